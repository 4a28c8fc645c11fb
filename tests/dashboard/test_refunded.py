"""Wherever a payment is listed, the page says what of it was refunded, as the till does."""

import re

import pytest

from tests.dashboard.conftest import Reader
from tests.dashboard.test_certification import words
from tests.support import Till

PATHS = ("/", "/page/ledger", "/page/till")
ALL, PART, NONE = "Refunded", "Captured 4.00 DKK refunded", "Captured"


def lights(page: str) -> list[str]:
    """What the lights of payments say, those of one payment together."""
    together = re.findall(r'((?:<span class="light [^"]*">.*?</span>\s*)+)', page)
    return [words(each) for each in together]


def refunded(till: Till, amount: float, orderId: str = "mine") -> None:
    payment_id = till.captured(amount=10, orderId=orderId)
    refund_id = till.refund(payment_id, amount)
    till.advance(seconds=1)
    till.ok("POST", f"/refunds/{refund_id}/capture")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("amount", "said"), [(10, ALL), (4, PART)])
def test_a_payment_is_shown_with_what_was_refunded(
    reader: Reader, till: Till, path: str, amount: float, said: str
) -> None:
    refunded(till, amount)
    assert said in lights(reader.text(path))


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_refunded_yet_is_captured(reader: Reader, till: Till, path: str) -> None:
    till.refund(till.captured(amount=10), 10)
    assert NONE in lights(reader.text(path))


def test_lists_to_choose_from_tell_what_was_refunded(reader: Reader, till: Till) -> None:
    refunded(till, 10, "all")
    refunded(till, 4, "part")
    page = reader.text("/page/timeline")
    assert "all (refunded)" in page
    assert "part (captured, 4.00 DKK refunded)" in page


def test_a_refund_that_was_captured_by_itself_is_refunded(reader: Reader, till: Till) -> None:
    payment_id = till.captured(amount=10)
    till.refund(payment_id, 10)
    till.advance(days=2)
    (refund,) = till.control("GET", f"/payments/{payment_id}")["refunds"]
    assert refund["state"] == "ExpiredAndCaptured"
    page = reader.text("/page/till")
    assert ALL in lights(page)
    assert "Nothing is left to refund of 10.00 DKK" in words(page)


@pytest.mark.parametrize(
    ("amounts", "said"),
    [((10,), "Refunded"), ((4,), "Captured, partly refunded"), ((4, 6), "Refunded")],
)
def test_the_last_moment_of_a_diagram_tells_what_was_refunded(
    reader: Reader, till: Till, amounts: tuple[float, ...], said: str
) -> None:
    payment_id = till.captured(amount=10)
    for amount in amounts:
        refund_id = till.refund(payment_id, amount)
        till.advance(seconds=1)
        till.ok("POST", f"/refunds/{refund_id}/capture")
    page = reader.text(f"/page/timeline?paymentId={payment_id}")
    assert re.findall(r'data-state="([^"]+)"', page)[-1] == said
