"""A call to explain, and its past: what the sandbox was like before it, worked out from events.

The oldest events are dropped in the end. What came before them follows from the events that are
kept, since each change names the state before it, and from the records as they are now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from ...engine.client_rules import must_send_again
from ...engine.error_rows import CREATES, CREATES_PAYMENT, SIMULATES_USER
from ...engine.events import (
    CheckedIn,
    CheckedOut,
    PaymentChanged,
    PosCreated,
    RefundChanged,
    WorldEvent,
)
from ...engine.records import PaymentRecord, RefundRecord
from ...engine.states import PaymentState, RefundState
from ...engine.world import World
from ...scripting.scenario_engine import ScenarioEngine
from ..exchanges import KEY, ExchangeRecord, Journal
from ..words import moment

#: Operations that depend on which payment is active at a point of sale, or who is checked in.
AT_POS = frozenset({*CREATES_PAYMENT, "GetCheckIn", "DeletePos", *SIMULATES_USER})

E = TypeVar("E", bound=WorldEvent)


class PastCheckIn(NamedTuple):
    """Who was checked in, and since when; `since` is None where that is no longer known."""

    phone: str
    since: datetime | None


def made_by(event: WorldEvent) -> str | None:
    """Returns the id of what an event says was made, or None."""
    if isinstance(event, PosCreated):
        return event.pos_id
    return _changed(event) if getattr(event, "before", event) is None else None


def _changed(event: WorldEvent) -> str | None:
    """Returns the id of the payment or refund whose state an event changed, or None."""
    if isinstance(event, RefundChanged):
        return event.refund_id
    return event.payment_id if isinstance(event, PaymentChanged) else None


class Past:
    """A world as it was just before a call changed it.

    Args:
        world: the world; the caller has entered it.
        journal: the exchanges that are kept.
        exchange: the call.
    """

    def __init__(self, world: World, journal: Journal, exchange: ExchangeRecord) -> None:
        events = list(world.events)
        dropped = world.events.count - len(events)
        here = max(exchange.mark - len(exchange.events) - dropped, 0)
        self._world, self._journal, self._exchange = world, journal, exchange
        self._before, self._after = events[:here], events[here:]

    def last(self, kind: type[E], **wanted: Any) -> E | None:
        """Returns the newest event of a kind before the call that has the wanted values."""
        for event in reversed(self._before):
            if isinstance(event, kind) and all(
                getattr(event, name) == value for name, value in wanted.items()
            ):
                return event
        return None

    def record(self, made_id: str) -> PaymentRecord | RefundRecord | None:
        """Returns a payment or refund as it is now, or None."""
        return self._world.refunds.get(made_id) or self._world.payments.get(made_id)

    def change(self, made_id: str) -> Any:
        """Returns the newest change of a payment or refund before the call, or None."""
        return next((each for each in reversed(self._before) if _changed(each) == made_id), None)

    def state(self, made_id: str) -> PaymentState | RefundState | None:
        """Returns the state of a payment or refund; None where it did not exist."""
        before: Any = self.change(made_id)
        after: Any = next((each for each in self._after if _changed(each) == made_id), None)
        record = self.record(made_id)
        states = [before.after] if before else [after.before] if after else []
        if not states and record and self._existed(record.created_at):
            states = [record.state]
        return next(iter(states), None)

    def payments(self, pos_id: str | None = None) -> dict[str, PaymentState | None]:
        """Returns the states of payments by id, of one point of sale or of all, as far as events
        tell; None for payments that did not exist.
        """
        states: dict[str, PaymentState | None] = {}
        for event in self._before:
            if isinstance(event, PaymentChanged) and pos_id in (None, event.pos_id):
                states[event.payment_id] = event.after
        for event in self._after:
            if isinstance(event, PaymentChanged) and pos_id in (None, event.pos_id):
                states.setdefault(event.payment_id, event.before)
        return states

    def active_on(self, pos_id: str) -> str | None:
        """Returns the payment that was active on a point of sale, or None."""
        states = self.payments(pos_id)
        active = self._world.payments.active_on(pos_id)
        if active is not None and self._existed(active.created_at):
            states.setdefault(active.id, active.state)
        return next((each for each, state in states.items() if state and state.is_active), None)

    def check_in(self, pos_id: str) -> PastCheckIn | None:
        """Returns who was checked in at a point of sale, or None."""
        for event in reversed(self._before):
            if isinstance(event, CheckedIn | CheckedOut) and event.pos_id == pos_id:
                return PastCheckIn(event.phone, event.at) if isinstance(event, CheckedIn) else None
        for event in self._after:
            if isinstance(event, CheckedIn | CheckedOut) and event.pos_id == pos_id:
                return PastCheckIn(event.phone, None) if isinstance(event, CheckedOut) else None
        now = self._world.check_ins.get(pos_id)
        is_same = now is not None and self._existed(now.since)
        return PastCheckIn(now.customer.phone, now.since) if now and is_same else None

    def maker(self, made_id: str) -> ExchangeRecord | None:
        """Returns the exchange that made something, or None where it is no longer kept."""
        makers = (each for each in self._journal if made_id in map(made_by, each.events))
        return next(makers, None)

    def cause(self, event: WorldEvent | None) -> ExchangeRecord | None:
        """Returns the exchange that caused an event; None for timers and scenarios."""
        return next((each for each in self._journal if event in each.events), None)

    def earlier(self) -> list[ExchangeRecord]:
        """Returns the exchanges before this one, the newest first."""
        return [each for each in reversed(list(self._journal)) if each.id < self._exchange.id]

    def _existed(self, since: datetime) -> bool:
        """Whether something without events, made at `since`, existed before the call."""
        return since <= (self._exchange.worked_at or self._exchange.at)


def is_same_request(one: ExchangeRecord, other: ExchangeRecord) -> bool:
    """Whether a client made the same request twice, with any key."""
    names = ("operation", "path", "body", "client_id", "merchant")
    return all(getattr(one, name) == getattr(other, name) for name in names)


@dataclass(frozen=True)
class ExplainedCall:
    """A call, and where facts about it are looked up. The world stays entered meanwhile.

    Args:
        exchange: the call.
        world: the world of its sandbox.
        scenarios: the scenarios and runs of its sandbox.
        journal: the exchanges that its sandbox keeps.
        summaries: what each operation does, in a few words.
        token_journals: the journals in which its token may have been fetched.
        elsewhere: tells which other sandbox has a payment, refund or point of sale, or None.
    """

    exchange: ExchangeRecord
    world: World
    scenarios: ScenarioEngine
    journal: Journal
    summaries: Mapping[str, str]
    token_journals: tuple[Journal, ...]
    elsewhere: Callable[[str], str | None]

    @cached_property
    def past(self) -> Past:
        """What the sandbox was like before the call."""
        return Past(self.world, self.journal, self.exchange)

    @property
    def new_key(self) -> str | None:
        """The idempotency key of a call that makes something, or None."""
        return self.exchange.header(KEY) if self.exchange.operation in CREATES else None

    @cached_property
    def retried_with(self) -> tuple[str | None, int | None]:
        """The key that a retry of the call needs, and the request whose key that is if not its own.

        A retry carries the key of the first attempt; a client that was answered begins anew.
        """
        first, retention = self.exchange, self.world.rules.idempotency_retention
        for each in self.past.earlier():
            if each.seen_status == 401 or not is_same_request(each, self.exchange):
                continue
            is_remembered = self.exchange.at - each.at <= retention
            if not (is_remembered and must_send_again(each.seen_status)):
                break
            first = each
        if self.new_key is None or first.header(KEY) == self.new_key:
            return self.new_key, None
        return first.header(KEY), first.id

    @property
    def payment_id(self) -> str | None:
        """The payment the call was about, else the one that was active at its point of sale."""
        exchange = self.exchange
        if exchange.payment_id is None and exchange.operation in AT_POS:
            return self.past.active_on(exchange.pos_id or "")
        return exchange.payment_id

    def answered(self, name: str) -> Any:
        """Returns a field of the answer, or None."""
        answer = self.exchange.answer_json
        return answer.get(name) if isinstance(answer, dict) else None

    def at(self, at: datetime) -> str:
        """Returns a time, without its date where that is the call's."""
        return moment(at, self.exchange.at)
