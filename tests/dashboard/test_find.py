"""What *Find* finds: every payment that there is, and no less than it says."""

import re
from urllib.parse import quote

import pytest

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till


def found(reader: Reader, words: str) -> list[str]:
    """The paths of what is found, best first."""
    text = reader.get(f"/page/find?find={quote(words)}", **HTMX).text
    prefix = reader.http.base_url.path.rstrip("/")
    return [each.removeprefix(prefix) for each in re.findall(r'href="([^"]+)"', text)]


def place(payment_id: str) -> str:
    return f"/page/timeline?paymentId={payment_id}"


def test_the_oldest_of_many_payments_is_found(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    oldest = till.captured(pos_id, orderId="Bulk-5")
    for number in range(600):
        made = {"what": "payment", "state": "captured", "orderId": f"bulk-{1000 + number}"}
        till.control("POST", "/arrange", made)
    assert found(reader, "Bulk-5")[0] == place(oldest)
    for words in (oldest, oldest.upper(), oldest[:13]):
        assert found(reader, words) == [place(oldest), f"/page/requests?search={words}"]


def test_the_payment_of_the_very_order_comes_before_those_that_have_it_as_a_part(
    reader: Reader, till: Till
) -> None:
    pos_id = till.create_pos()
    first, *_ = [till.captured(pos_id, orderId=f"order-1{end}") for end in ["", *"abcdefgh"]]
    assert found(reader, "order-1")[0] == place(first)


def test_more_than_are_shown_are_told_of(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    for number in range(6):
        till.captured(pos_id, orderId=f"many-{number}")
    assert "more payments" not in reader.get("/page/find?find=many", **HTMX).text
    till.captured(pos_id, orderId="many-6")
    assert "more payments" in reader.get("/page/find?find=many", **HTMX).text
    assert "more scenarios" in reader.get("/page/find?find=lost", **HTMX).text
    assert "more" not in reader.get("/page/find?find=lost-response-refund", **HTMX).text


def test_a_refused_payment_is_found_by_what_its_call_carried(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    till.initiate(pos_id, orderId="the-first")
    refused = till.call("POST", "/payments", till.payment_body(pos_id, orderId="Never-Made"))
    assert refused.status_code == 409
    call = f"/page/requests/{till.control('GET', '/requests')['requests'][-1]['id']}"
    for words in ("never-made", "1301", pos_id.upper(), refused.json()["correlationId"]):
        assert call in found(reader, words)
    # The payment comes before calls about it that failed.
    till.call("POST", "/payments", till.payment_body(pos_id, orderId="the-first"))
    assert found(reader, "the-first")[0].startswith("/page/timeline?paymentId=")


def test_a_point_of_sale_is_found_by_its_name_and_the_beginning_of_its_id(
    reader: Reader, till: Till
) -> None:
    pos_id = till.create_pos(name="North exit")
    till.create_pos(name="South exit")
    for words in ("north", pos_id, pos_id[:8].upper()):
        assert found(reader, words)[0] == f"/page/timeline?posId={pos_id}"
        assert len(found(reader, words)) == 2


@pytest.fixture
def called(reader: Reader, till: Till) -> Reader:
    """Reads the page once a payment was captured, one was refused, and one call had no token."""
    pos_id = till.create_pos()
    till.captured(pos_id)
    till.initiate(pos_id)
    headers = {"X-MobilePay-Client-System-Name": "Corner kiosk"}
    body = till.payment_body(pos_id)
    assert till.call("POST", "/payments", body, key="k4", headers=headers).status_code == 409
    assert till.call("GET", "/stores", headers={"Authorization": None}).status_code == 401
    return reader


@pytest.mark.parametrize(
    ("words", "hit", "told"),
    [
        ("401", "status=401", "401: 1 call<"),
        ("409", "status=409", "409: 1 call<"),
        ("4XX", "status=4xx", "4xx: 2 calls<"),
        ("1301", "code=1301", "1301: 1 call<"),
        ("CapturePayment", "operation=CapturePayment", "CapturePayment: 1 call<"),
        ("capturep", "operation=CapturePayment", "CapturePayment: 1 call<"),
        ("initiate", "operation=InitiatePayment", "InitiatePayment: 3 calls<"),
        ("k4", "search=k4", "k4: 1 call<"),
        ("corner KIOSK", "search=corner+KIOSK", "corner KIOSK: 1 call<"),
    ],
)
def test_what_a_row_of_the_requests_shows_leads_to_such_rows(
    called: Reader, words: str, hit: str, told: str
) -> None:
    assert f"/page/requests?{hit}" in found(called, words)
    assert told in called.text(f"/page/find?find={quote(words)}", **HTMX)
    listed = called.text(f"/page/requests?part=list&{hit}", **HTMX)
    assert listed.count("<tr id=") == int(told.split(": ")[1].split()[0])


@pytest.mark.parametrize("words", ["500", "CancelPayment", "1309", "k5"])
def test_no_filter_is_offered_that_no_call_fits(called: Reader, words: str) -> None:
    assert not [each for each in found(called, words) if each.startswith("/page/requests?")]


def test_many_calls_are_counted_as_far_as_is_cheap(reader: Reader, till: Till) -> None:
    for _ in range(100):
        till.call("GET", "/stores")
    assert "GetStores: 100 calls or more" in reader.text("/page/find?find=getstores", **HTMX)
