"""The past: what a world was like when a call came, folded out of its events.

The oldest events are dropped in the end. What was before them is told by what came after, as each
change names the state before it, and by the records as they are now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from simulator.engine.events import (
    CheckedIn,
    CheckedOut,
    Event,
    PaymentChanged,
    PosCreated,
    PosDeleted,
    RefundChanged,
)
from simulator.engine.records import Payment, Refund
from simulator.engine.states import PaymentState, RefundState
from simulator.engine.world import World
from simulator.journal.exchanges import Exchange, Journal
from simulator.scripting.playing import ScriptStopped, StepBegun

__all__ = ["Past", "Visit", "made_by"]

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who was checked in, and since when; `since` is None where that is not kept any more."""

    phone: str
    since: datetime | None


def made_by(event: Event) -> str | None:
    """Returns the id of what an event says was made, or None."""
    match event:
        case PosCreated():
            return event.pos_id
        case PaymentChanged(before=None):
            return event.payment_id
        case RefundChanged(before=None):
            return event.refund_id
    return None


class Past:
    """A world as it was just before a call's own doings.

    Args:
        world: where; the caller has entered it.
        journal: the exchanges that are kept.
        exchange: the call.
    """

    def __init__(self, world: World, journal: Journal, exchange: Exchange) -> None:
        events = list(world.events)
        dropped = world.events.count - len(events)
        here = max(exchange.mark - len(exchange.events) - dropped, 0)
        self._world = world
        self._journal = journal
        self._exchange = exchange
        self._before, self._after = events[:here], events[here:]

    def last(self, kind: type[E], **wanted: Any) -> E | None:
        """Returns the newest event of a kind, before the call, whose fields are as wanted."""
        for event in reversed(self._before):
            if isinstance(event, kind) and _has(event, wanted):
                return event
        return None

    def payment_state(self, payment_id: str) -> PaymentState | None:
        """Returns the state a payment was in; None where it was not there."""
        record = self._world.payments.get(payment_id)
        state: PaymentState | None = self._state(PaymentChanged, record, payment_id=payment_id)
        return state

    def refund_state(self, refund_id: str) -> RefundState | None:
        """Returns the state a refund was in; None where it was not there."""
        record = self._world.refunds.get(refund_id)
        state: RefundState | None = self._state(RefundChanged, record, refund_id=refund_id)
        return state

    def _state(
        self,
        kind: type[PaymentChanged] | type[RefundChanged],
        record: Payment | Refund | None,
        **wanted: Any,
    ) -> Any:
        last = self.last(kind, **wanted)
        if last is not None:
            return last.after
        later = self._first_later(kind, **wanted)
        if later is not None:
            return later.before
        return record.state if record and self._was_there(record.created_at) else None

    def payments(self) -> dict[str, PaymentState]:
        """Returns the states of the payments that there are events of, by id."""
        return {each: state for each, state in self._states().items() if state is not None}

    def active_on(self, pos_id: str) -> str | None:
        """Returns the payment that occupied a point of sale, or None."""
        states = self._states(pos_id)
        active = self._world.payments.active_on(pos_id)
        if active is not None and self._was_there(active.created_at):
            states.setdefault(active.id, active.state)
        return next((each for each, state in states.items() if state and state.is_active), None)

    def _states(self, pos_id: str | None = None) -> dict[str, PaymentState | None]:
        """Returns what the events say of payments; None for those that were not there yet."""
        states: dict[str, PaymentState | None] = {}
        for event in self._before:
            if isinstance(event, PaymentChanged) and pos_id in (None, event.pos_id):
                states[event.payment_id] = event.after
        for event in self._after:
            if isinstance(event, PaymentChanged) and pos_id in (None, event.pos_id):
                states.setdefault(event.payment_id, event.before)
        return states

    def visit(self, pos_id: str) -> Visit | None:
        """Returns who was checked in at a point of sale, or None."""
        for event in reversed(self._before):
            if isinstance(event, CheckedIn | CheckedOut) and event.pos_id == pos_id:
                return Visit(event.phone, event.at) if isinstance(event, CheckedIn) else None
        for event in self._after:
            if isinstance(event, CheckedIn | CheckedOut) and event.pos_id == pos_id:
                return Visit(event.phone, None) if isinstance(event, CheckedOut) else None
        check_in = self._world.check_ins.get(pos_id)
        if check_in is None or not self._was_there(check_in.since):
            return None
        return Visit(check_in.customer.phone, check_in.since)

    def deleted_at(self, pos_id: str) -> PosDeleted | None:
        """Returns the event of a point of sale's deletion, or None."""
        return self.last(PosDeleted, pos_id=pos_id)

    def steps(self, payment_id: str) -> int:
        """Returns how many steps of its script had begun."""
        last = self.last(StepBegun, payment_id=payment_id)
        return last.number if last else 0

    def script_end(self, payment_id: str) -> ScriptStopped | None:
        """Returns how the script of a payment had ended, or None."""
        return self.last(ScriptStopped, payment_id=payment_id)

    def maker(self, made_id: str) -> Exchange | None:
        """Returns the exchange that made a thing, or None where it is not kept."""
        for each in self._journal:
            if any(made_by(event) == made_id for event in each.events):
                return each
        return None

    def cause(self, event: Event) -> Exchange | None:
        """Returns the exchange that an event is due to; None for time and scripts."""
        return next((each for each in self._journal if event in each.events), None)

    def earlier(self) -> list[Exchange]:
        """Returns the exchanges before this one, the newest first."""
        return [each for each in reversed(list(self._journal)) if each.id < self._exchange.id]

    def later(self) -> list[Exchange]:
        """Returns the exchanges after this one."""
        return [each for each in self._journal if each.id > self._exchange.id]

    def _first_later(self, kind: type[E], **wanted: Any) -> E | None:
        for event in self._after:
            if isinstance(event, kind) and _has(event, wanted):
                return event
        return None

    def _was_there(self, since: datetime) -> bool:
        """Whether something without events, made at `since`, was there before the call."""
        return since <= (self._exchange.worked_at or self._exchange.at)


def _has(event: Event, wanted: dict[str, Any]) -> bool:
    return all(getattr(event, name) == value for name, value in wanted.items())
