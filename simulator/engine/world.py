"""A world: everything one sandbox holds, behind one lock, with a clock of its own.

Use it as a context manager. Entering takes the lock and runs what fell due; leaving runs what
became due during the operation, and lets go of the lock.
"""

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import RLock
from types import TracebackType
from typing import Any

from simulator.engine import notifications, payment_course, points_of_sale, refunds
from simulator.engine.clock import Clock
from simulator.engine.customers import Customers
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.events import Event
from simulator.engine.ids import Ids, Place
from simulator.engine.merchants import Directory
from simulator.engine.records import CheckIn
from simulator.engine.rules import Rules
from simulator.engine.storage import IdempotencyKeys, Payments, PointsOfSale, Refunds, Stores
from simulator.engine.tables import Log, Table
from simulator.engine.values import Currency

__all__ = ["HANDLERS", "Progress", "World"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a world has come, beside what its tables hold.

    Args:
        start: the time at which it began.
        now: the time of its last operation.
        scale: seconds that pass inside for one outside.
        ids: how many ids it has given.
        notification_ids: how many of them to notifications.
        events: how many events it has seen.
    """

    start: datetime
    now: datetime
    scale: float
    ids: Place
    notification_ids: Place
    events: int


class World:
    """One sandbox's state.

    Args:
        name: the sandbox's name.
        seed: what its ids follow from, together with the name.
        directory: the merchants there could be.
        customers: the people who can check in.
        rules: the lengths and switches it obeys.
        ticks: seconds that pass outside, from any origin.
        start: the aware UTC time at which it begins.
        scale: seconds that pass inside for one outside; 0 stops time.
        callback_urls: where check-ins are told, by callback alias.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        directory: Directory,
        customers: Customers,
        rules: Rules,
        ticks: Callable[[], float],
        start: datetime,
        scale: float = 1.0,
        callback_urls: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.rules = rules
        #: What it was made with; scenarios may change `rules`.
        self.first_rules = rules
        self.directory = directory
        self.customers = customers
        self.start = start
        self.clock = Clock(ticks, start, scale, self._run)
        self.ids = Ids(seed, name)
        self.stores = Stores()
        self.balances: Table[tuple[str, Currency], Decimal] = Table()
        self.points_of_sale = PointsOfSale()
        self.check_ins: Table[str, CheckIn] = Table()
        self.payments = Payments()
        self.refunds = Refunds()
        self.keys = IdempotencyKeys()
        self.polls: Table[tuple[str, str], datetime] = Table()
        self.callback_urls: Table[str, str] = Table((callback_urls or {}).items())
        self.notification_habit = notifications.Habit()
        self.notification_ids = Ids(seed, name, "notifications")
        self.notifications: Table[str, notifications.Notification] = Table()
        self.outbox: deque[notifications.Notification] = deque()
        self.events: Log[Event] = Log(rules.journal_size)
        #: Whether what happens now fell due before the operation that is under way.
        self.is_catching_up = False
        self.subscribers: list[Callable[[Event], None]] = []
        self.handlers = dict(HANDLERS)
        self._lock = RLock()
        self._depth = 0

    def __enter__(self) -> "World":
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            self.is_catching_up = True
            try:
                self.clock.settle()
            except BaseException:
                self._leave()
                raise
            finally:
                self.is_catching_up = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._depth == 1:
                self.clock.run_immediate()
        finally:
            self._leave()

    @property
    def progress(self) -> Progress:
        """How far the world has come."""
        clock = self.clock
        places = self.ids.place, self.notification_ids.place
        return Progress(self.start, clock.now, clock.scale, *places, self.events.count)

    def restore(self, progress: Progress, present: datetime) -> None:
        """Goes on from where a world was whose tables these were filled from.

        Args:
            progress: how far it had come.
            present: what time it is there; what fell due in between happens at the next entry.
        """
        self.start = progress.start
        self.clock.restore(progress.now, present, progress.scale)
        self.ids = Ids.at(progress.ids)
        self.notification_ids = Ids.at(progress.notification_ids)
        self.events.restore(progress.events)
        self.keys.restore()
        notifications.resume(self)

    def record(self, event: Event) -> None:
        """Keeps a fact and tells it to all subscribers."""
        self.events.append(event)
        for subscriber in self.subscribers:
            subscriber(event)

    def check_poll(self, client_id: str, resource_id: str, delay: timedelta) -> None:
        """Notes a poll; one that is refused does not count.

        Raises:
            SimulatorError: it came too soon after the last, and the rules enforce the delay.
        """
        if not self.rules.enforce_poll_delay:
            return
        last = self.polls.get((client_id, resource_id))
        if last is not None and self.clock.now - last < delay:
            early = (delay - (self.clock.now - last)) / timedelta(milliseconds=1)
            raise SimulatorError(Refusal.POLLED_TOO_SOON, f"wait {early:g} ms longer")
        self.polls[client_id, resource_id] = self.clock.now

    def is_looked_up(self, since: datetime | None) -> bool:
        """Whether a customer who came at `since` has been looked up by now."""
        return since is None or self.clock.now >= since + self.rules.lookup_time

    def _run(self, command: Hashable) -> None:
        self.handlers[type(command)](self, command)

    def _leave(self) -> None:
        self._depth -= 1
        self._lock.release()


#: What to do when a timer's command is due, by the command's type.
HANDLERS: dict[type, Callable[[World, Any], None]] = {
    payment_course.GoesStale: payment_course.go_stale,
    payment_course.IsReserved: payment_course.finish_reserving,
    payment_course.Expires: payment_course.expire_if_reserved,
    notifications.Sends: notifications.send,
    points_of_sale.Lapses: points_of_sale.lapse,
    refunds.IsReserved: refunds.finish_reserving,
    refunds.CapturesItself: refunds.capture_by_itself,
}
