"""Control of what happened in a sandbox, and of the states there are."""

from enum import StrEnum
from operator import attrgetter
from typing import TypeVar

from .. import client
from ..api.carried import looked_at
from ..api.context import Context
from ..engine.states import PAYMENTS, REFUNDS, PaymentState, RefundState, StateMachine
from ..journal.shown import shown_event
from .named import known_payment
from .serving import Later

S = TypeVar("S", bound=StrEnum)


def list_all(context: Context, query: client.EventsQuery) -> Later[client.Events]:
    with looked_at(context).world as world:
        payment_id = known_payment(world, "paymentId", query.payment_id)
        events = list(world.events)
    # What was arranged happened earlier than what came before it in the log.
    events.sort(key=attrgetter("at"))

    def make() -> client.Events:
        found = (
            shown_event(each)
            for each in events
            if payment_id in ("", getattr(each, "payment_id", None))
        )
        return client.Events(tuple(found))

    return Later(make)


def show_states(context: Context) -> client.StateTables:
    return client.StateTables(
        _table(PAYMENTS, {each.value: each.is_final for each in PaymentState}),
        _table(REFUNDS, {each.value: each.is_final for each in RefundState}),
    )


def _table(machine: StateMachine[S], states: dict[str, bool]) -> client.StateTable:
    transitions = (
        client.Transition(row.before, row.after, row.trigger, row.source)
        for row in machine.transitions
    )
    return client.StateTable(
        tuple(client.State(*each) for each in states.items()), tuple(transitions)
    )
