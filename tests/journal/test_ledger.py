"""The ledger: what became of the money, made of the stored payments and refunds."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.client import Ledger, LedgerVerdict
from mobilepay_simulator.engine import payment_course, payments, refunds
from mobilepay_simulator.engine.values import Currency
from mobilepay_simulator.journal.ledger.accounts import Amounts, amounts_of, ledger_from
from mobilepay_simulator.journal.ledger.reports import as_csv, as_text

from tests.support import CREDIT, PARTIAL, Shop, fresh

FINE = LedgerVerdict()


def ledger(shop: Shop) -> Ledger:
    with shop.world as world:
        return ledger_from(world.payments, world.refunds)


def only(shop: Shop) -> tuple[Amounts, LedgerVerdict]:
    (entry,) = ledger(shop).payments
    return amounts_of(entry), entry.verdict


def reserved(shop: Shop, amount: str = "10.00", pos_id: str = "", phone: str = CREDIT) -> str:
    pos_id = pos_id or shop.create_pos()
    shop.check_in(pos_id, phone)
    payment_id = shop.initiate(pos_id, amount)
    with shop.world as world:
        payment = world.payments.get(payment_id)
        assert payment is not None
        payment_course.accept(world, payment)
    return payment_id


def captured(shop: Shop, amount: str = "10.00", part: str = "", **options: Any) -> str:
    payment_id = reserved(shop, amount, **options)
    with shop.world as world:
        payments.capture(world, shop.caller, payment_id, Decimal(part or amount))
    return payment_id


def refunded(shop: Shop, payment_id: str, amount: str) -> str:
    request = refunds.CreateRefund(payment_id, fresh("refund"), Decimal(amount), Currency.DKK)
    with shop.world as world:
        return refunds.create(world, shop.caller, fresh("key"), request)


def money(**amounts: str) -> Amounts:
    return Amounts(**{name: Decimal(amount) for name, amount in amounts.items()})


def test_a_payment_that_was_never_reserved_moves_no_money(shop: Shop) -> None:
    shop.initiate(shop.create_pos())
    assert only(shop) == (Amounts(), FINE)


def test_a_reserved_payment_is_an_open_reservation(shop: Shop) -> None:
    reserved(shop)
    assert only(shop) == (money(reserved="10"), LedgerVerdict(no_open_reservation=False))


def test_a_captured_payment_is_fine(shop: Shop) -> None:
    captured(shop)
    assert only(shop) == (money(reserved="10", captured="10"), FINE)


def test_what_a_partial_capture_leaves_over_is_released(shop: Shop) -> None:
    captured(shop, part="4", phone=PARTIAL)
    assert only(shop) == (money(reserved="10", captured="4", released="6"), FINE)


def test_a_cancelled_reservation_is_released(shop: Shop) -> None:
    payment_id = reserved(shop)
    with shop.world as world:
        payments.cancel(world, shop.caller, payment_id)
    assert only(shop) == (money(reserved="10", released="10"), FINE)


def test_a_payment_that_was_cancelled_before_it_was_reserved_releases_nothing(shop: Shop) -> None:
    payment_id = shop.initiate(shop.create_pos())
    with shop.world as world:
        payments.cancel(world, shop.caller, payment_id)
    assert only(shop) == (Amounts(), FINE)


def test_an_expired_reservation_is_released_and_told(shop: Shop) -> None:
    reserved(shop)
    shop.advance(timedelta(days=8))
    assert only(shop) == (money(reserved="10", released="10"), LedgerVerdict(none_expired=False))


def test_refunds_are_told_by_what_became_of_them(shop: Shop) -> None:
    payment_id = captured(shop)
    kept, dropped = refunded(shop, payment_id, "1"), refunded(shop, payment_id, "2")
    shop.advance(timedelta(seconds=1))
    with shop.world as world:
        refunds.capture(world, shop.caller, kept)
        refunds.cancel(world, shop.caller, dropped)
    refunded(shop, payment_id, "4")
    amounts, verdict = only(shop)
    assert amounts == money(
        reserved="10", captured="10", refunded="1", refunds_pending="4", refunds_cancelled="2"
    )
    assert verdict == LedgerVerdict(no_open_refund=False)
    shop.advance(timedelta(hours=25))
    amounts, verdict = only(shop)
    assert (amounts.refunded, amounts.refunds_pending) == (Decimal(5), Decimal(0))
    assert verdict == FINE


def test_a_refund_that_was_left_open_is_told(shop: Shop) -> None:
    refunded(shop, captured(shop), "4")
    assert "All: a refund is neither captured nor cancelled" in as_text(ledger(shop))


def test_points_of_sale_and_stores_have_sums_by_currency(shop: Shop) -> None:
    one, two = shop.create_pos(), shop.create_pos()
    captured(shop, "0.10", pos_id=one)
    captured(shop, "0.20", pos_id=one)
    captured(shop, "7.00", pos_id=two)
    shop.advance(timedelta(minutes=6))
    shop.initiate(two, "1.00", currency=Currency.EUR)
    found = ledger(shop)
    assert [(each.pos_id, each.currency_code, each.payments) for each in found.points_of_sale] == [
        (one, "DKK", 2),
        (two, "DKK", 1),
        (two, "EUR", 1),
    ]
    assert amounts_of(found.points_of_sale[0]) == money(reserved="0.30", captured="0.30")
    assert [(each.currency_code, each.captured) for each in found.stores] == [
        ("DKK", Decimal("7.30")),
        ("EUR", Decimal(0)),
    ]


def test_one_open_reservation_spoils_the_verdict_on_its_place_and_on_all(shop: Shop) -> None:
    pos_id = shop.create_pos()
    captured(shop, pos_id=pos_id)
    reserved(shop, pos_id=pos_id)
    captured(shop)
    found = ledger(shop)
    assert [each.verdict.is_fine for each in found.points_of_sale] == [False, True]
    assert found.verdict == LedgerVerdict(no_open_reservation=False)


def test_a_prepared_payment_is_listed_without_a_currency(shop: Shop) -> None:
    shop.prepare(shop.create_pos())
    found = ledger(shop)
    assert found.payments[0].currency_code is None
    assert found.points_of_sale == ()


IMPOSSIBLE = [
    # records that the engine never makes, and what is said of them
    ({"captured_amount": Decimal("10.01")}, "captured more than was reserved"),
    ({"captured_amount": Decimal("0.50")}, "refunded more than was captured"),
]


@pytest.mark.parametrize(("changes", "said"), IMPOSSIBLE)
def test_what_must_never_happen_is_found_all_the_same(
    shop: Shop, changes: dict[str, Any], said: str
) -> None:
    payment_id = captured(shop)
    refunded(shop, payment_id, "1.00")
    with shop.world as world:
        payment = world.payments.get(payment_id)
        assert payment is not None
        world.payments.put(replace(payment, **changes))
    assert f"{payment_id}  Captured: {said}; a refund is" in as_text(ledger(shop))


@pytest.mark.parametrize("shown", ["still reserved", "captured 0.00", "reserved 10.00"])
def test_text_tells_amounts_and_verdict(shop: Shop, shown: str) -> None:
    reserved(shop)
    assert shown in as_text(ledger(shop))


def test_csv_has_a_row_for_each_payment(shop: Shop) -> None:
    payment_id = captured(shop, "10.00", part="4.50", phone=PARTIAL)
    head, row = as_csv(ledger(shop)).splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert cells["paymentId"] == payment_id
    assert (cells["reserved"], cells["captured"], cells["released"]) == ("10.00", "4.50", "5.50")
    assert (cells["state"], cells["verdict"]) == ("Captured", "fine")
    for name in ("createdAt", "reservedAt", "capturedAt", "endedAt"):
        assert cells[name] == "2024-01-31T12:00:00.000Z"


def test_json_amounts_are_numbers_that_are_exact_to_the_cent(shop: Shop) -> None:
    pos_id = shop.create_pos()
    for _ in range(3):
        captured(shop, "0.10", pos_id=pos_id)
    told = ledger(shop).raw
    assert told["pointsOfSale"][0]["captured"] == 0.3
    assert told["payments"][0]["verdict"] == {
        "capturedWithinReserved": True,
        "refundsWithinCaptured": True,
        "noOpenReservation": True,
        "noneExpired": True,
        "noOpenRefund": True,
    }
