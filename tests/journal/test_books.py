"""A till's own books: how they are read, and where they differ from the ledger."""

import re
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.client import Comparison, Ledger, LedgerEntry, LedgerVerdict
from mobilepay_simulator.journal.ledger.reconciliation import BadBooks, Totals, compare, read_books
from mobilepay_simulator.journal.ledger.reports import (
    comparison_as_csv,
    comparison_as_text,
)

ONE, TWO = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-aaaaaaaaaaaa"


def line(payment_id: str, order_id: str, captured: str, **amounts: str) -> LedgerEntry:
    return LedgerEntry(
        payment_id=payment_id,
        order_id=order_id,
        pos_id="pos",
        store_id="store",
        state="Captured",
        currency_code="DKK",
        reserved=Decimal("0.00"),
        captured=Decimal(captured),
        released=Decimal("0.00"),
        refunded=Decimal(amounts.get("refunded", "0.00")),
        refunds_pending=Decimal(amounts.get("refunds_pending", "0.00")),
        refunds_cancelled=Decimal("0.00"),
        verdict=LedgerVerdict(),
    )


LEDGER = Ledger((line(ONE, "order-1", "10.00", refunded="4.00"), line(TWO, "order-2", "12.50")))
AGREEING = "orderId,captured,refunded\norder-1,10.00,4.00\norder-2,12.50,\n"


def held(text: str, ledger: Ledger = LEDGER) -> list[tuple[Any, ...]]:
    """What differs, which order, what the books say, what the ledger says."""
    found = compare(ledger, read_books(text)).differences
    return [(each.what, each.order_id, each.books, each.ledger) for each in found]


def totals(captured: str, refunded: str | None = "0") -> Totals:
    return Totals(Decimal(captured), None if refunded is None else Decimal(refunded))


SPELLINGS = [
    "orderId,captured,refunded\norder-1,10.00,4.00\n",
    "Order ID;Captured Amount;Refunded Amount\norder-1;10,00;4\n",
    "order_id\tAMOUNT\trefunded\norder-1\t10\t4.0\n",
    'till,order-id,"captured","refunded"\n3,"order-1","10,00"," 4.00 "\n',
    "\ufefforderId,captured,refunded\r\n\r\norder-1,10.00,4.00\r\n,,\r\n",
    "orderId,amount,captured,refunded\norder-1,99.00,10.00,4.00\n",
    "orderId,captured,refunded\norder-1,10.00,\norder-1,,4.00\n",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_books_may_be_written_in_many_ways(text: str) -> None:
    assert read_books(text).orders == {"order-1": totals("10.00", "4.00")}


def test_a_row_that_names_a_payment_is_about_that() -> None:
    text = f"paymentId,orderId,captured\n{ONE.upper()},order-9,10\n,order-2,12.50\n"
    books = read_books(text)
    assert books.payments == {ONE: totals("10", None)}
    assert books.orders == {"order-2": totals("12.50", None)}
    assert held(text) == []


BAD = [
    ("", ["line 1: there is no header line; expected paymentId or orderId, captured"]),
    ("a,b\n1,2\n", ["line 1: there is no column orderId, only a, b;", "no column captured"]),
    ("orderId,captured\nx,ten\n", ["line 2, column captured: expected an amount such as 10.50"]),
    ("orderId,captured\nx,-1\n", ["line 2, column captured:"]),
    ("orderId,captured\nx,1.005\n", ["line 2, column captured:"]),
    ("orderId,captured\nx,NaN\n", ["line 2, column captured:"]),
    ("orderId,captured\nx,1e3\n", ["line 2, column captured:"]),
    ("orderId,captured\nx,٣\n", ["line 2, column captured:"]),
    (
        "orderId,captured,refunded\nx,1,a\ny,b,1\n",
        ["line 2, column refunded:", "line 3, column captured:"],
    ),
    (
        "orderId,captured\nx,10,50\n",
        ["line 2: expected 2 fields, got 3; put amounts with a comma in quotes"],
    ),
    ("orderId,captured\nx\n", ["line 2: expected 2 fields, got 1"]),
    ("orderId,captured\n,1\n", ["line 2: the row names no order"]),
    ("paymentId,captured\nx,1\n", ["line 2, column paymentId: expected a GUID, got 'x'"]),
    ("orderId,captured,Captured\nx,1,2\n", ["line 1: there are two columns captured"]),
    ('orderId,captured\n"x,1\n', ["line 2: unexpected end of data"]),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_a_bad_row_is_told_with_its_line_and_column(text: str, said: list[str]) -> None:
    with pytest.raises(BadBooks) as caught:
        read_books(text)
    for each in said:
        assert each in str(caught.value)


def test_of_many_mistakes_the_first_are_told() -> None:
    with pytest.raises(BadBooks) as caught:
        read_books("orderId,captured\n" + "x,ten\n" * 1000)
    assert str(caught.value).count("\n") < 30


def test_books_that_say_the_same_agree() -> None:
    assert held(AGREEING) == []


def test_refunds_that_the_books_do_not_tell_are_not_compared() -> None:
    assert held("orderId,captured\norder-1,10\norder-2,12.5\n") == []


def test_other_amounts_are_told() -> None:
    assert held("orderId,captured,refunded\norder-1,10.01,4\norder-2,12.50,1\n") == [
        ("captured", "order-1", Decimal("10.01"), Decimal("10.00")),
        ("refunded", "order-2", Decimal(1), Decimal(0)),
    ]


def test_an_order_of_the_books_that_is_not_here_is_told() -> None:
    assert held(AGREEING + "order-3,5.00,\n") == [("notHere", "order-3", Decimal("5.00"), None)]


def test_a_payment_of_the_books_that_is_not_here_is_told() -> None:
    found = compare(Ledger(), read_books(f"paymentId,captured\n{ONE},5\n")).differences
    assert [(each.what, each.payment_id) for each in found] == [("notHere", ONE)]


@pytest.mark.parametrize(("told", "shown"), [("5", "5.00"), ("5.5", "5.50"), ("5.25", "5.25")])
@pytest.mark.parametrize("order", ["order-1", "order-3"])
def test_messages_tell_amounts_with_two_decimals(order: str, told: str, shown: str) -> None:
    books = read_books(f"orderId,captured\n{order},{told}\n")
    messages = {each.order_id: each.message for each in compare(LEDGER, books).differences}
    assert re.findall(r"\d+\.\d+|(?<=captured )\d+", messages[order])[0] == shown


def test_an_order_without_money_need_not_be_here() -> None:
    assert held(AGREEING + "order-3,0.00,0\n") == []


def test_a_captured_payment_that_is_not_in_the_books_is_told() -> None:
    assert held("orderId,captured,refunded\norder-1,10,4\n") == [
        ("notInBooks", "order-2", None, Decimal("12.50"))
    ]


def test_a_payment_that_was_not_captured_need_not_be_in_the_books() -> None:
    assert held("orderId,captured\n", Ledger((line(ONE, "order-1", "0"),))) == []


def test_payments_under_one_order_id_are_added_up() -> None:
    double = Ledger((line(ONE, "order-1", "10"), line(TWO, "order-1", "5")))
    assert held("orderId,captured\norder-1,15\n", double) == []


def test_a_payment_that_is_named_does_not_count_for_its_order_again() -> None:
    double = Ledger((line(ONE, "order-1", "10"), line(TWO, "order-1", "5")))
    assert held(f"paymentId,orderId,captured\n{ONE},,10\n,order-1,5\n", double) == []


def test_a_refund_that_is_not_captured_yet_is_given_as_the_reason() -> None:
    pending = line(ONE, "order-1", "10", refunds_pending="4")
    found = compare(Ledger((pending,)), read_books("orderId,captured,refunded\norder-1,10,4\n"))
    (difference,) = found.differences
    assert difference.message == (
        "order 'order-1': the books have 4.00 refunded, here it is 0.00; "
        "refunds of 4.00 are not captured yet"
    )


def test_differences_are_written_down_for_people_spreadsheets_and_programs() -> None:
    found = compare(LEDGER, read_books("orderId,captured\norder-1,9\norder-2,12.50\n"))
    assert comparison_as_text(found) == (
        "order 'order-1': the books have 9.00 captured, here it is 10.00\n1 difference, 2 rows\n"
    )
    assert comparison_as_csv(found).splitlines()[1].startswith(f"captured,order-1,{ONE},9,10.00,")
    told = found.raw
    assert (told["agrees"], told["rows"]) == (False, 2)
    assert (told["differences"][0]["books"], told["differences"][0]["ledger"]) == (9.0, 10.0)
    same = compare(LEDGER, read_books("orderId,captured\norder-1,10\norder-2,12.50\n"))
    assert same == Comparison(agrees=True, rows=2, differences=())
    assert comparison_as_text(same) == "the books agree with the ledger, 2 rows\n"
