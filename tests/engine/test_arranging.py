"""Arranging in a world whose rules are not the usual ones, and what is refused there."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from mobilepay_simulator.engine.arranging import ArrangedIds, CannotArrange, arrange
from mobilepay_simulator.engine.clock import EARLIEST
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.events import CheckedIn, PaymentChanged
from mobilepay_simulator.engine.paths import PosState, WantedState, path_to
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import PaymentState, RefundState
from mobilepay_simulator.engine.values import Currency

from tests.support import CREDIT, MERCHANT, Shop, make_world

SECOND = timedelta(seconds=1)


def wanted(
    shop: Shop, state: PaymentState | RefundState | PosState, age: timedelta = timedelta(0)
) -> WantedState:
    customer = shop.world.customers.with_phone(CREDIT)
    return WantedState(
        state=state, age=age, customer=customer, currency=Currency.DKK, amount=Decimal("10.00")
    )


def made(shop: Shop, wish: WantedState) -> ArrangedIds:
    with shop.world as world:
        return arrange(world, shop.caller, wish)


def test_every_state_has_a_way() -> None:
    for states in (PaymentState, RefundState, PosState):
        for state in states:
            assert path_to(state, is_checked_in=False) is not None


def test_the_time_that_a_reservation_takes_has_passed_before() -> None:
    shop = Shop(make_world(reserving_time=30 * SECOND))
    ids = made(shop, wanted(shop, PaymentState.RESERVED, timedelta(hours=1)))
    payment = shop.world.payments.table[ids.payment_id]
    now = shop.world.clock.now
    assert payment.created_at == now - timedelta(hours=1) - 30 * SECOND
    assert payment.reserved_at == ids.since == now - timedelta(hours=1)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_state_is_reached_however_few_events_are_kept(size: int) -> None:
    shop = Shop(make_world(journal_size=size))
    ids = made(shop, wanted(shop, PaymentState.CAPTURED, timedelta(hours=1)))
    assert shop.world.payments.table[ids.payment_id].state is PaymentState.CAPTURED
    assert len(shop.world.events) == size


def test_what_the_rules_end_on_the_way_is_refused() -> None:
    shop = Shop(make_world(inactivity_limit=timedelta(0)))
    with pytest.raises(CannotArrange, match="on the way to Reserved") as caught:
        made(shop, wanted(shop, PaymentState.RESERVED))
    assert caught.value.field == "state"
    assert "CancelledByMobilePay" in str(caught.value)


def test_a_refusal_leaves_the_world_as_it_was() -> None:
    shop = Shop()
    before = shop.world.progress
    for age in (timedelta(days=8), shop.world.clock.now - EARLIEST + SECOND):
        with pytest.raises(CannotArrange) as caught:
            made(shop, wanted(shop, PaymentState.RESERVED, age))
        assert caught.value.field == "age"
    assert shop.world.progress == before
    assert len(shop.world.payments) == 0
    assert not shop.world.points_of_sale.table
    assert not shop.world.balances
    assert shop.world.clock.next_due() is None


def test_the_next_ids_are_those_after_what_was_arranged() -> None:
    shop, other = Shop(), Shop()
    made(shop, wanted(shop, PaymentState.CAPTURED))
    # The point of sale, its beacon and the payment have taken three.
    for _ in range(3):
        other.world.ids.guid()
    assert shop.world.ids.guid() == other.world.ids.guid()


def test_a_check_in_that_is_there_leads_to_the_customer_s_payment() -> None:
    shop = Shop()
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    wish = replace(wanted(shop, PaymentState.ISSUED_TO_USER), pos_id=pos_id)
    with pytest.raises(CannotArrange, match="a customer is checked in"):
        made(shop, replace(wish, state=PaymentState.INITIATED))
    ids = made(shop, wish)
    assert shop.world.payments.table[ids.payment_id].customer is not None
    events = list(shop.world.events)
    assert sum(isinstance(each, CheckedIn) for each in events) == 1
    assert isinstance(events[-1], PaymentChanged)
    # The check-in still lapses unless the payment needs it.
    assert shop.world.check_ins[pos_id].since == shop.world.clock.now


def test_nothing_is_sent_for_an_arranged_check_in() -> None:
    shop = Shop()
    shop.world.callback_urls["alias"] = "http://localhost:9/"
    pos_id = shop.create_pos(callback_alias="alias")
    made(shop, replace(wanted(shop, PosState.CHECKED_IN), pos_id=pos_id))
    assert pos_id in shop.world.check_ins
    assert not shop.world.notifications


def test_the_point_of_sale_must_be_the_callers() -> None:
    shop = Shop()
    pos_id = shop.create_pos()
    other = replace(shop.caller, client_id="another")
    with shop.world as world, pytest.raises(SimulatorError) as caught:
        arrange(world, other, replace(wanted(shop, PaymentState.INITIATED), pos_id=pos_id))
    assert caught.value.refusal is Refusal.POS_OF_ANOTHER_INTEGRATOR
    assert shop.caller.merchant == MERCHANT
