"""What *Find* finds: every payment that there is, and no less than it says."""

import re

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till


def found(reader: Reader, words: str) -> list[str]:
    """The paths of what is found, best first."""
    text = reader.get(f"/page/find?find={words}", **HTMX).text
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
    assert found(reader, oldest) == found(reader, oldest.upper()) == [place(oldest)]
    assert found(reader, oldest[:13]) == [place(oldest)]


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
        assert found(reader, words) == [f"/page/timeline?posId={pos_id}"]
