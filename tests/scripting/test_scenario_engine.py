"""The scenario engine: which scenario a payment plays."""

import pytest
from mobilepay_simulator.scripting.library import UnknownScenario
from mobilepay_simulator.scripting.scenario_engine import ScenarioEngine

from tests.engine.full_shop import refused
from tests.scripting.scenario_shop import ScenarioShop
from tests.support import CREDIT, LOYAL

#: Who chooses, first come first served.
CHOOSERS = (
    "queued-for-the-pos",
    "queued-for-any-pos",
    "named-by-the-call",
    "applies-to-the-payment",
    "manual",
)
PICKY = "summary: x\napplies_to: {order_id: A*}\n"


def queue_of(shop: ScenarioShop) -> list[tuple[str | None, str]]:
    """What waits for a payment: on which point of sale, and which scenario."""
    return [(run.pos_id, run.scenario.name) for run in shop.scenario_engine.runs.queue()]


# --- what is chosen ---------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(len(CHOOSERS)))
def test_the_first_that_gives_a_scenario_chooses(shop: ScenarioShop, first: int) -> None:
    choosers = CHOOSERS[first:]
    pos_id = shop.create_pos()
    for name in CHOOSERS[:3]:
        shop.steps(name)
    if "applies-to-the-payment" in choosers:
        shop.upload("applies-to-the-payment", PICKY)
    if "queued-for-any-pos" in choosers:
        shop.queue("queued-for-any-pos")
    if "queued-for-the-pos" in choosers:
        shop.queue("queued-for-the-pos", pos_id)
    script = "named-by-the-call" if "named-by-the-call" in choosers else None

    assert shop.played(shop.start(pos_id, script, order_id="A1")) == choosers[0]


def test_the_default_is_for_payments_nothing_else_is_chosen_for() -> None:
    shop = ScenarioShop(default="success")

    assert shop.scenario_engine.default == "success"
    assert shop.played(shop.start()) == "success"


def test_what_is_queued_is_played_in_its_order_and_so_many_times(shop: ScenarioShop) -> None:
    shop.queue("success", times=2)
    shop.queue("rejection")
    assert queue_of(shop) == [
        (None, "success"),
        (None, "success"),
        (None, "rejection"),
    ]
    played = [shop.played(shop.start()) for _ in range(4)]

    assert played == ["success", "success", "rejection", "manual"]
    assert queue_of(shop) == []


def test_a_scenario_is_queued_for_one_payment_where_nobody_says_for_how_many(
    shop: ScenarioShop,
) -> None:
    with shop.world:
        shop.scenario_engine.queue("success")

    assert queue_of(shop) == [(None, "success")]


def test_what_is_queued_for_a_point_of_sale_waits_for_it(shop: ScenarioShop) -> None:
    pos_id = shop.create_pos()
    shop.queue("success", pos_id)

    assert shop.played(shop.start()) == "manual"
    assert queue_of(shop) == [(pos_id, "success")]
    assert shop.played(shop.start(pos_id)) == "success"


def test_a_refused_payment_takes_nothing_from_the_queue(shop: ScenarioShop) -> None:
    pos_id = shop.create_pos()
    active = shop.start(pos_id)
    shop.queue("success", pos_id)
    with refused("1301"):
        shop.start(pos_id)
    shop.cancel(active)

    assert shop.played(shop.start(pos_id)) == "success"


def test_a_replayed_call_starts_no_second_scenario(shop: ScenarioShop) -> None:
    pos_id = shop.create_pos()
    shop.queue("success", times=2)
    payment_id = shop.start(pos_id, key="key", order_id="order")
    again = shop.start(pos_id, key="key", order_id="order")

    assert again == payment_id
    assert shop.played(payment_id) == "success"
    assert queue_of(shop) == [(None, "success")]


def test_of_those_that_apply_the_first_by_name_is_chosen(shop: ScenarioShop) -> None:
    for name in ("zebra", "ant", "bee"):
        shop.upload(name, PICKY)

    assert shop.played(shop.start(order_id="A1")) == "ant"
    assert shop.played(shop.start(order_id="B1")) == "manual"


def test_a_name_that_is_none_can_not_be_queued_or_be_the_default(shop: ScenarioShop) -> None:
    with pytest.raises(UnknownScenario, match="did you mean 'success'"):
        shop.queue("sucess")
    with pytest.raises(UnknownScenario):
        ScenarioEngine(shop.world, shop.catalog, "nothing")

    assert queue_of(shop) == []


# --- customers by hand ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "is_queued", "played"),
    [(None, False, None), ("rejection", False, "rejection"), (None, True, "rejection")],
)
def test_a_customer_who_came_by_hand_plays_unless_a_scenario_was_asked_for(
    script: str | None, is_queued: bool, played: str | None
) -> None:
    shop = ScenarioShop(default="success")
    shop.upload("applies", PICKY)
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    if is_queued:
        shop.queue("rejection")

    assert shop.played(shop.start(pos_id, script, order_id="A1")) == played


def test_a_customer_of_a_script_does_not_keep_the_next_from_being_chosen(
    shop: ScenarioShop,
) -> None:
    shop.steps("stays", "when: CancelledByClient, do: check-in")
    pos_id = shop.create_pos()
    shop.cancel(shop.start(pos_id, "stays"))
    assert pos_id in shop.world.check_ins

    assert shop.played(shop.start(pos_id)) == "manual"


def test_a_customer_a_script_left_behind_chooses_by_their_phone(shop: ScenarioShop) -> None:
    shop.steps("stays", "when: CancelledByClient, do: {check-in: {user: loyalty}}")
    shop.upload("theirs", f"summary: x\napplies_to: {{phone: '{LOYAL}'}}\n")
    pos_id = shop.create_pos()
    shop.cancel(shop.start(pos_id, "stays"))

    assert shop.played(shop.start(pos_id)) == "theirs"
    assert shop.played(shop.start()) == "manual"


def test_a_person_takes_over_from_a_script(shop: ScenarioShop) -> None:
    payment_id = shop.start(script="success")
    shop.wait(seconds=1)
    assert shop.scenario_engine.active_scenario(payment_id) == "success"
    with shop.world:
        shop.scenario_engine.stop_script(shop.payment(payment_id).pos_id)
    shop.wait(minutes=1)

    assert shop.state(payment_id) == "IssuedToUser"
    assert shop.scenario_engine.active_scenario(payment_id) is None
    stopped = shop.stopped(payment_id)
    assert stopped is not None and stopped.reason == "a simulated user took over"


def test_taking_over_where_nothing_plays_does_nothing(shop: ScenarioShop) -> None:
    pos_id = shop.create_pos()
    with shop.world:
        shop.scenario_engine.stop_script(pos_id)
    payment_id = shop.start(pos_id)
    before = list(shop.world.events)
    with shop.world:
        shop.scenario_engine.stop_script(pos_id)

    assert list(shop.world.events) == before
    assert shop.state(payment_id) == "Initiated"


@pytest.mark.parametrize("end", ["accept", "cancel-by-user", "cancel-by-mobilepay"])
def test_a_customer_of_a_script_leaves_once_the_payment_is_decided(
    shop: ScenarioShop, end: str
) -> None:
    shop.steps("script", "do: check-in", f"when: IssuedToUser, after: 1s, do: {end}")
    payment = shop.payment(shop.start(script="script"))
    assert payment.pos_id in shop.world.check_ins
    shop.wait(seconds=1)

    assert payment.pos_id not in shop.world.check_ins


def test_a_customer_of_a_script_stays_where_an_older_payment_comes_to_its_end(
    shop: ScenarioShop,
) -> None:
    shop.steps("comes", "do: check-in")
    pos_id = shop.create_pos()
    older = shop.start(pos_id, "instant")
    shop.start(pos_id, "comes")
    shop.capture(older)

    assert pos_id in shop.world.check_ins


def test_a_customer_who_came_by_hand_goes_with_the_payment_too(shop: ScenarioShop) -> None:
    pos_id = shop.create_pos()
    shop.steps("script", "after: 1s, do: accept")
    shop.check_in(pos_id, CREDIT)
    payment_id = shop.start(pos_id, "script")
    shop.wait(seconds=1)

    assert shop.state(payment_id) == "Reserved"
    assert pos_id not in shop.world.check_ins


def test_a_customer_by_hand_can_take_over_from_a_customer_of_a_script(shop: ScenarioShop) -> None:
    shop.steps("script", "do: check-in")
    payment = shop.payment(shop.start(script="script"))
    shop.check_in(payment.pos_id, LOYAL)
    assert shop.world.check_ins[payment.pos_id].customer.phone == LOYAL
    shop.accept(payment.id)

    assert shop.payment(payment.id).customer == shop.world.customers.with_phone(LOYAL)
