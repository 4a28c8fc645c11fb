"""Calls that are kept until a payment is in a state: which payment it is, and when they are let go."""

from collections.abc import Callable

import pytest
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.scenario import read_scenario

from tests.scripting.scenario_shop import ScenarioShop
from tests.support import fresh

UNTIL_RESERVED = "summary: x\nfaults: [{call: QueryPayment, hold: {until: Reserved}}]\n"
UNTIL_ISSUED = "summary: x\nfaults: [{call: InitiatePayment, hold: {until: IssuedToUser}}]\n"


def starting(shop: ScenarioShop, pos_id: str, script: str | None = None) -> Call:
    return Call(
        name="InitiatePayment",
        method="POST",
        caller=shop.caller,
        key=fresh("key"),
        pos_id=pos_id,
        script=script,
        starts_payment=True,
    )


def held(shop: ScenarioShop, incoming: Call) -> tuple[Callable[[], bool], str | None]:
    """What tells whether a call is let go, and the run that it belongs to."""
    with shop.world:
        found = shop.scenario_engine.decide(incoming)
    assert found.plan is not None and found.plan.until is not None
    return found.plan.until, found.run.id if found.run else None


def poll(shop: ScenarioShop, payment_id: str) -> Callable[[], bool]:
    return held(shop, Call(name="QueryPayment", payment_id=payment_id))[0]


@pytest.mark.parametrize(
    ("act", "is_let_go"), [("accept", True), ("cancel", True), ("wait", False)]
)
def test_a_call_is_kept_until_its_payment_is_in_the_state_or_can_not_get_there(
    shop: ScenarioShop, act: str, is_let_go: bool
) -> None:
    shop.upload("holds", UNTIL_RESERVED)
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    payment_id = shop.start(pos_id, "holds")
    until = poll(shop, payment_id)
    assert not until()
    getattr(shop, act)(*([payment_id] if is_let_go else []))

    assert until() is is_let_go


def test_a_call_about_a_payment_is_not_let_go_for_another_payment_of_its_run(
    shop: ScenarioShop,
) -> None:
    shop.upload("holds", f"{UNTIL_RESERVED}payments: [{{}}, {{}}]\n")
    shop.queue("holds")
    pos_id = shop.create_pos()
    shop.cancel(shop.start(pos_id))
    shop.check_in(pos_id)
    second = shop.start(pos_id)
    until = poll(shop, second)
    assert not until()
    shop.accept(second)

    assert until()


def test_a_call_that_makes_a_runs_payment_is_kept_for_it_and_for_no_other(
    shop: ScenarioShop,
) -> None:
    shop.upload("holds", UNTIL_ISSUED)
    pos_id, elsewhere = shop.create_pos(), shop.create_pos()
    until, run_id = held(shop, starting(shop, pos_id, "holds"))
    assert run_id is not None
    shop.start(pos_id, run_id)
    shop.check_in(elsewhere)
    shop.start(elsewhere)
    assert not until()
    shop.check_in(pos_id)

    assert until()


def test_a_call_of_no_run_that_makes_a_payment_is_kept_for_the_newest(shop: ScenarioShop) -> None:
    shop.scenario_engine.sandbox_faults.put(read_scenario(UNTIL_ISSUED, "x").faults)
    shop.cancel(shop.start())
    pos_id = shop.create_pos()
    until, run_id = held(shop, starting(shop, pos_id))
    assert run_id is None
    shop.start(pos_id)
    assert not until()
    shop.check_in(pos_id)

    assert until()
