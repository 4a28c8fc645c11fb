"""The director: which scenario a payment plays."""

import pytest

from simulator.scripting.director import Director
from simulator.scripting.library import UnknownScenario
from tests.engine.full_shop import refused
from tests.scripting.theatre import Theatre
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


# --- what is chosen ---------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(len(CHOOSERS)))
def test_the_first_that_gives_a_scenario_chooses(theatre: Theatre, first: int) -> None:
    choosers = CHOOSERS[first:]
    pos_id = theatre.create_pos()
    for name in CHOOSERS[:3]:
        theatre.steps(name)
    if "applies-to-the-payment" in choosers:
        theatre.upload("applies-to-the-payment", PICKY)
    if "queued-for-any-pos" in choosers:
        theatre.queue("queued-for-any-pos")
    if "queued-for-the-pos" in choosers:
        theatre.queue("queued-for-the-pos", pos_id)
    script = "named-by-the-call" if "named-by-the-call" in choosers else None

    assert theatre.played(theatre.start(pos_id, script, order_id="A1")) == choosers[0]


def test_the_default_is_for_payments_nothing_else_is_chosen_for() -> None:
    theatre = Theatre(default="success")

    assert theatre.director.default == "success"
    assert theatre.played(theatre.start()) == "success"


def test_what_is_queued_is_played_in_its_order_and_so_many_times(theatre: Theatre) -> None:
    theatre.queue("success", times=2)
    theatre.queue("rejection")
    assert theatre.director.queued() == [(None, "success"), (None, "success"), (None, "rejection")]
    played = [theatre.played(theatre.start()) for _ in range(4)]

    assert played == ["success", "success", "rejection", "manual"]
    assert theatre.director.queued() == []


def test_a_scenario_is_queued_for_one_payment_where_nobody_says_for_how_many(
    theatre: Theatre,
) -> None:
    with theatre.world:
        theatre.director.queue("success")

    assert theatre.director.queued() == [(None, "success")]


def test_what_is_queued_for_a_point_of_sale_waits_for_it(theatre: Theatre) -> None:
    pos_id = theatre.create_pos()
    theatre.queue("success", pos_id)

    assert theatre.played(theatre.start()) == "manual"
    assert theatre.director.queued() == [(pos_id, "success")]
    assert theatre.played(theatre.start(pos_id)) == "success"


def test_a_refused_payment_takes_nothing_from_the_queue(theatre: Theatre) -> None:
    pos_id = theatre.create_pos()
    active = theatre.start(pos_id)
    theatre.queue("success", pos_id)
    with refused("1301"):
        theatre.start(pos_id)
    theatre.cancel(active)

    assert theatre.played(theatre.start(pos_id)) == "success"


def test_a_replayed_call_starts_no_second_scenario(theatre: Theatre) -> None:
    pos_id = theatre.create_pos()
    theatre.queue("success", times=2)
    payment_id = theatre.start(pos_id, key="key", order_id="order")
    again = theatre.start(pos_id, key="key", order_id="order")

    assert again == payment_id
    assert theatre.played(payment_id) == "success"
    assert theatre.director.queued() == [(None, "success")]


def test_of_those_that_apply_the_first_by_name_is_chosen(theatre: Theatre) -> None:
    for name in ("zebra", "ant", "bee"):
        theatre.upload(name, PICKY)

    assert theatre.played(theatre.start(order_id="A1")) == "ant"
    assert theatre.played(theatre.start(order_id="B1")) == "manual"


def test_a_name_that_is_none_can_not_be_queued_or_be_the_default(theatre: Theatre) -> None:
    with pytest.raises(UnknownScenario, match="did you mean 'success'"):
        theatre.queue("sucess")
    with pytest.raises(UnknownScenario):
        Director(theatre.world, theatre.shelf, "nothing")

    assert theatre.director.queued() == []


# --- customers by hand ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "is_queued", "played"),
    [(None, False, None), ("rejection", False, "rejection"), (None, True, "rejection")],
)
def test_a_customer_who_came_by_hand_plays_unless_a_scenario_was_asked_for(
    script: str | None, is_queued: bool, played: str | None
) -> None:
    theatre = Theatre(default="success")
    theatre.upload("applies", PICKY)
    pos_id = theatre.create_pos()
    theatre.check_in(pos_id)
    if is_queued:
        theatre.queue("rejection")

    assert theatre.played(theatre.start(pos_id, script, order_id="A1")) == played


def test_a_customer_of_a_script_does_not_keep_the_next_from_being_chosen(
    theatre: Theatre,
) -> None:
    theatre.steps("stays", "when: CancelledByClient, do: check-in")
    pos_id = theatre.create_pos()
    theatre.cancel(theatre.start(pos_id, "stays"))
    assert pos_id in theatre.world.check_ins

    assert theatre.played(theatre.start(pos_id)) == "manual"


def test_a_customer_a_script_left_behind_chooses_by_their_phone(theatre: Theatre) -> None:
    theatre.steps("stays", "when: CancelledByClient, do: {check-in: {user: loyalty}}")
    theatre.upload("theirs", f"summary: x\napplies_to: {{phone: '{LOYAL}'}}\n")
    pos_id = theatre.create_pos()
    theatre.cancel(theatre.start(pos_id, "stays"))

    assert theatre.played(theatre.start(pos_id)) == "theirs"
    assert theatre.played(theatre.start()) == "manual"


def test_a_person_takes_over_from_a_script(theatre: Theatre) -> None:
    payment_id = theatre.start(script="success")
    theatre.wait(seconds=1)
    assert theatre.director.playing(payment_id) == "success"
    with theatre.world:
        theatre.director.hand_over(theatre.payment(payment_id).pos_id)
    theatre.wait(minutes=1)

    assert theatre.state(payment_id) == "IssuedToUser"
    assert theatre.director.playing(payment_id) is None
    stopped = theatre.stopped(payment_id)
    assert stopped is not None and stopped.reason == "a simulated user took over"


def test_taking_over_where_nothing_plays_does_nothing(theatre: Theatre) -> None:
    pos_id = theatre.create_pos()
    with theatre.world:
        theatre.director.hand_over(pos_id)
    payment_id = theatre.start(pos_id)
    before = list(theatre.world.events)
    with theatre.world:
        theatre.director.hand_over(pos_id)

    assert list(theatre.world.events) == before
    assert theatre.state(payment_id) == "Initiated"


@pytest.mark.parametrize("end", ["accept", "cancel-by-user", "cancel-by-mobilepay"])
def test_a_customer_of_a_script_leaves_once_the_payment_is_decided(
    theatre: Theatre, end: str
) -> None:
    theatre.steps("script", "do: check-in", f"when: IssuedToUser, after: 1s, do: {end}")
    payment = theatre.payment(theatre.start(script="script"))
    assert payment.pos_id in theatre.world.check_ins
    theatre.wait(seconds=1)

    assert payment.pos_id not in theatre.world.check_ins


def test_a_customer_of_a_script_stays_where_an_older_payment_comes_to_its_end(
    theatre: Theatre,
) -> None:
    theatre.steps("comes", "do: check-in")
    pos_id = theatre.create_pos()
    older = theatre.start(pos_id, "instant")
    theatre.start(pos_id, "comes")
    theatre.capture(older)

    assert pos_id in theatre.world.check_ins


def test_a_customer_who_came_by_hand_stays(theatre: Theatre) -> None:
    pos_id = theatre.create_pos()
    theatre.steps("script", "after: 1s, do: accept")
    theatre.check_in(pos_id, CREDIT)
    payment_id = theatre.start(pos_id, "script")
    theatre.wait(seconds=1)

    assert theatre.state(payment_id) == "Reserved"
    assert theatre.world.check_ins[pos_id].customer.phone == CREDIT


def test_a_customer_by_hand_can_take_over_from_a_customer_of_a_script(theatre: Theatre) -> None:
    theatre.steps("script", "do: check-in")
    payment = theatre.payment(theatre.start(script="script"))
    theatre.check_in(payment.pos_id, LOYAL)
    theatre.accept(payment.id)

    assert theatre.world.check_ins[payment.pos_id].customer.phone == LOYAL
    assert theatre.payment(payment.id).customer == theatre.world.customers.with_phone(LOYAL)
