"""A world: the state of one sandbox, with one lock and a clock of its own.

Use it as a context manager. Entering takes the lock and runs the timers that are due; leaving runs
the timers that became due during the operation, and releases the lock.
"""

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import RLock
from types import TracebackType
from typing import Any, Protocol

from .clock import WorldClock
from .customers import CustomerDirectory
from .errors import SimulatorError
from .events import WorldEvent
from .ids import IdPosition, Ids
from .merchants import MerchantDirectory
from .records import Caller, CheckInRecord, NotificationPolicy, NotificationRecord
from .refusals import Refusal
from .rules import Rules
from .storage import IdempotencyKeys, KeyUse, Payments, PointsOfSale, Refunds, Stores
from .tables import Log, Table
from .values import Currency


@dataclass(frozen=True, slots=True)
class WorldProgress:
    """How far a world has come; stored beside its tables.

    Args:
        start: the time at which it began.
        now: the time of its last operation.
        scale: simulated seconds per real second.
        ids: the position of its ids.
        notification_ids: the position of its notifications' ids.
        events: how many events there have been.
    """

    start: datetime
    now: datetime
    scale: float
    ids: IdPosition
    notification_ids: IdPosition
    events: int


class _HasId(Protocol):
    """What has an id."""

    @property
    def id(self) -> str: ...


#: Runs a timer's command.
Handler = Callable[["World", Any], None]


class World:
    """One sandbox's state.

    Args:
        name: the sandbox's name.
        seed: what its ids depend on, together with the name.
        directory: all possible merchants.
        customers: the customers who can check in.
        rules: its durations and switches.
        ticks: returns the real seconds since any origin.
        start: the aware UTC time at which it begins.
        handlers: what runs a timer's command, by the command's type.
        scale: simulated seconds per real second; 0 stops time.
        callback_urls: where check-in notifications are sent, by callback alias.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        directory: MerchantDirectory,
        customers: CustomerDirectory,
        rules: Rules,
        ticks: Callable[[], float],
        start: datetime,
        handlers: Mapping[type, Handler],
        scale: float = 1.0,
        callback_urls: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.rules = rules
        #: The rules it began with; scenarios may change `rules`.
        self.first_rules = rules
        self.directory = directory
        self.customers = customers
        self.start = start
        self.clock = WorldClock(ticks, start, scale, self._run)
        self.ids = Ids(seed, name)
        self.stores = Stores()
        self.balances: Table[tuple[str, Currency], Decimal] = Table()
        self.points_of_sale = PointsOfSale()
        self.check_ins: Table[str, CheckInRecord] = Table()
        self.payments = Payments()
        self.refunds = Refunds()
        self.keys = IdempotencyKeys()
        self.polls: Table[tuple[str, str], datetime] = Table()
        self.callback_urls: Table[str, str] = Table((callback_urls or {}).items())
        self.notification_policy = NotificationPolicy()
        self.notification_ids = Ids(seed, name, "notifications")
        self.notifications: Table[str, NotificationRecord] = Table()
        self.outbox: deque[NotificationRecord] = deque()
        self.events: Log[WorldEvent] = Log(rules.journal_size)
        #: Whether timers run that were due before the current operation.
        self.is_catching_up = False
        self.subscribers: list[Callable[[WorldEvent], None]] = []
        self.handlers = dict(handlers)
        self._lock = RLock()
        self._depth = 0
        #: Gets the events that the operation under way causes, until the world is left. Set it
        #: inside: what fell due before the operation is no effect of it.
        self.caused: list[WorldEvent] | None = None

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
    def progress(self) -> WorldProgress:
        """How far the world has come."""
        clock = self.clock
        positions = self.ids.position, self.notification_ids.position
        return WorldProgress(self.start, clock.now, clock.scale, *positions, self.events.count)

    def restore(self, progress: WorldProgress, present: datetime) -> None:
        """Goes on with the tables of another world.

        Args:
            progress: how far the other world had come.
            present: the time now; timers due in between run at the next entry.
        """
        self.start = progress.start
        self.clock.restore(progress.now, present, progress.scale)
        self.ids = Ids.at(progress.ids)
        self.notification_ids = Ids.at(progress.notification_ids)
        self.events.restore(progress.events)
        self.keys.restore()

    def record(self, event: WorldEvent) -> None:
        """Stores an event, and passes it to all subscribers."""
        self.record_past(event)
        for subscriber in self.subscribers:
            subscriber(event)

    def record_past(self, event: WorldEvent) -> None:
        """Stores an event of which no subscriber is told: no scenario may begin with it."""
        self.events.append(event)
        if self.caused is not None and not self.is_catching_up:
            self.caused.append(event)

    def check_poll(self, client_id: str, resource_id: str, delay: timedelta) -> None:
        """Records a poll; a refused poll does not count.

        Raises:
            SimulatorError: it came too soon after the last one, and the rules enforce the delay.
        """
        if not self.rules.enforce_poll_delay:
            return
        last = self.polls.get((client_id, resource_id))
        if last is not None and self.clock.now - last < delay:
            early = (delay - (self.clock.now - last)) / timedelta(milliseconds=1)
            raise SimulatorError(Refusal.POLLED_TOO_SOON, f"wait {early:g} ms longer")
        self.polls[client_id, resource_id] = self.clock.now

    def once(self, caller: Caller, key: str, request: object, work: Callable[[], _HasId]) -> str:
        """Executes the first request with a key (section 9), and returns the id of what it created.

        The check runs inside the lock together with the work, so that equal requests can't race. A
        refused request releases its key.

        Args:
            caller: the owner of the key; each integrator and merchant has keys of its own.
            key: the idempotency key.
            request: the request; equal requests are the same request.
            work: creates the record.

        Raises:
            SimulatorError: the key was used for another request, or `work` refuses.
        """
        now = self.clock.now
        self.keys.forget_before(now - self.rules.idempotency_retention)
        answered = self.keys.get(caller, key)
        if answered is None:
            made = work().id
            self.keys.put(caller, key, KeyUse(request, made, now))
            return made
        if answered.request != request:
            used_for = f"{type(answered.request).__name__} at {answered.at:%F %T}"
            detail = f"{key!r} was used for {used_for}"
            raise SimulatorError(Refusal.KEY_USED_FOR_ANOTHER_REQUEST, detail)
        return answered.made

    def is_looked_up(self, since: datetime | None) -> bool:
        """Whether the details of a customer who checked in at `since` are known by now."""
        return since is None or self.clock.now >= since + self.rules.lookup_time

    def _run(self, command: Hashable) -> None:
        self.handlers[type(command)](self, command)

    def _leave(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.caused = None
        self._lock.release()
