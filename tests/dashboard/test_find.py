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
