"""The ledger over the control API, alone and against a till's own books."""

from typing import Any

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.engine.rules import Rules
from mobilepay_simulator.settings.settings import Settings

from tests.support import Till


def compare(till: Till, text: str, **query: str) -> httpx.Response:
    return till.http.post("/_simulator/ledger/compare", content=text, params=query)


@pytest.fixture
def pos_id(till: Till) -> str:
    """A point of sale with one captured payment, a part of which was refunded."""
    pos_id = till.create_pos()
    payment_id = till.captured(pos_id, 10.0, orderId="order-1")
    refund_id = till.refund(payment_id, 4.0)
    till.advance(seconds=1)
    till.ok("POST", f"/refunds/{refund_id}/capture")
    return pos_id


def test_payments_and_places_are_told_with_amounts_and_verdicts(till: Till, pos_id: str) -> None:
    ledger = till.control("GET", "/ledger")
    (payment,) = ledger["payments"]
    assert (payment["orderId"], payment["posId"]) == ("order-1", pos_id)
    for told in (payment, ledger["pointsOfSale"][0], ledger["stores"][0]):
        assert (told["reserved"], told["captured"], told["refunded"]) == (10.0, 10.0, 4.0)
        assert told["currencyCode"] == "DKK"
        assert all(told["verdict"].values())
    assert all(ledger["verdict"].values())


def test_an_open_reservation_is_in_the_verdict(till: Till) -> None:
    till.reserved()
    assert till.control("GET", "/ledger")["verdict"]["noOpenReservation"] is False


FORMATS = [("json", "application/json"), ("csv", "text/csv"), ("text", "text/plain")]


@pytest.mark.parametrize(("name", "media_type"), FORMATS)
def test_a_format_is_asked_for_by_name_or_by_accept_header(
    till: Till, pos_id: str, name: str, media_type: str
) -> None:
    by_name = till.http.get(f"/_simulator/ledger?format={name}")
    by_header = till.http.get("/_simulator/ledger", headers={"Accept": media_type})
    assert by_name.headers["Content-Type"].startswith(media_type)
    assert by_name.text == by_header.text
    assert by_name.headers["X-Simulator-Ledger"] == "payments=1"
    books = "orderId,captured\norder-1,9\n"
    compared = compare(till, books, format=name)
    assert compared.headers["Content-Type"].startswith(media_type)
    assert compared.headers["X-Simulator-Ledger"] == "differences=1"


def test_books_that_agree_have_no_differences(till: Till, pos_id: str) -> None:
    answer = compare(till, "orderId,captured,refunded\norder-1,10.00,4.00\n").json()
    assert answer == {"agrees": True, "rows": 1, "differences": []}


def test_differences_are_told_both_ways(till: Till, pos_id: str) -> None:
    answer = compare(till, "orderId,captured\norder-2,5.00\n").json()
    assert [each["what"] for each in answer["differences"]] == ["notHere", "notInBooks"]


def test_holding_books_against_the_ledger_changes_nothing(till: Till, pos_id: str) -> None:
    before = till.control("GET", "/events")
    compare(till, "orderId,captured\norder-1,1\n")
    assert till.control("GET", "/events") == before
    assert till.control("GET", "/requests?operation=Control&path=*compare")["requests"] == []


BAD: list[tuple[Any, str, str]] = [
    ("orderId,captured\nx,ten\n", "", "line 2, column captured: expected an amount such as 10.50"),
    ("", "", "line 1: there is no header line"),
    (b"orderId,captured\n\xe6,1\n", "", "not UTF-8 text"),
    ("orderId,captured\n", "format=cvs", "did you mean 'csv'"),
    ("orderId,captured\n", "fromat=csv", "did you mean 'format'"),
]


@pytest.mark.parametrize(("content", "query", "said"), BAD)
def test_bad_books_and_queries_are_refused(till: Till, content: Any, query: str, said: str) -> None:
    answer = till.http.post(f"/_simulator/ledger/compare?{query}", content=content)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_the_ledger_is_whole_whatever_the_journal_has_dropped() -> None:
    app = create_app(Settings(time_scale=0, scenario="manual", rules=Rules(journal_size=0)))
    transport = httpx.WSGITransport(app=app.wsgi_app)
    with httpx.Client(transport=transport, base_url="http://simulator") as http:
        till = Till(http)
        till.captured()
        assert till.control("GET", "/ledger")["payments"][0]["captured"] == 10.0
