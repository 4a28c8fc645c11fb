"""Calls that are kept until a payment is in a state: which payment it is, and when they are let go."""

from collections.abc import Callable

import pytest

from simulator.scripting.runs import Incoming
from simulator.scripting.scenario import read_scenario
from tests.scripting.theatre import Theatre
from tests.support import fresh

UNTIL_RESERVED = "summary: x\nfaults: [{call: QueryPayment, hold: {until: Reserved}}]\n"
UNTIL_ISSUED = "summary: x\nfaults: [{call: InitiatePayment, hold: {until: IssuedToUser}}]\n"


def starting(theatre: Theatre, pos_id: str, script: str | None = None) -> Incoming:
    return Incoming(
        name="InitiatePayment",
        method="POST",
        caller=theatre.caller,
        key=fresh("key"),
        pos_id=pos_id,
        script=script,
        starts_payment=True,
    )


def held(theatre: Theatre, incoming: Incoming) -> tuple[Callable[[], bool], str | None]:
    """What tells whether a call is let go, and the run that it belongs to."""
    with theatre.world:
        found = theatre.director.cue(incoming)
    assert found.plan is not None and found.plan.until is not None
    return found.plan.until, found.run.id if found.run else None


def poll(theatre: Theatre, payment_id: str) -> Callable[[], bool]:
    return held(theatre, Incoming(name="QueryPayment", payment_id=payment_id))[0]


@pytest.mark.parametrize(
    ("act", "is_let_go"), [("accept", True), ("cancel", True), ("wait", False)]
)
def test_a_call_is_kept_until_its_payment_is_in_the_state_or_can_not_get_there(
    theatre: Theatre, act: str, is_let_go: bool
) -> None:
    theatre.upload("holds", UNTIL_RESERVED)
    pos_id = theatre.create_pos()
    theatre.check_in(pos_id)
    payment_id = theatre.start(pos_id, "holds")
    until = poll(theatre, payment_id)
    assert not until()
    getattr(theatre, act)(*([payment_id] if is_let_go else []))

    assert until() is is_let_go


def test_a_call_about_a_payment_is_not_let_go_for_another_payment_of_its_run(
    theatre: Theatre,
) -> None:
    theatre.upload("holds", f"{UNTIL_RESERVED}payments: [{{}}, {{}}]\n")
    theatre.queue("holds")
    pos_id = theatre.create_pos()
    theatre.cancel(theatre.start(pos_id))
    theatre.check_in(pos_id)
    second = theatre.start(pos_id)
    until = poll(theatre, second)
    assert not until()
    theatre.accept(second)

    assert until()


def test_a_call_that_makes_a_runs_payment_is_kept_for_it_and_for_no_other(
    theatre: Theatre,
) -> None:
    theatre.upload("holds", UNTIL_ISSUED)
    pos_id, elsewhere = theatre.create_pos(), theatre.create_pos()
    until, run_id = held(theatre, starting(theatre, pos_id, "holds"))
    assert run_id is not None
    theatre.start(pos_id, run_id)
    theatre.check_in(elsewhere)
    theatre.start(elsewhere)
    assert not until()
    theatre.check_in(pos_id)

    assert until()


def test_a_call_of_no_run_that_makes_a_payment_is_kept_for_the_newest(theatre: Theatre) -> None:
    theatre.director.standing.put(read_scenario(UNTIL_ISSUED, "x").faults)
    theatre.cancel(theatre.start())
    pos_id = theatre.create_pos()
    until, run_id = held(theatre, starting(theatre, pos_id))
    assert run_id is None
    theatre.start(pos_id)
    assert not until()
    theatre.check_in(pos_id)

    assert until()
