"""The time line as a diagram, over the wire: for bug reports, and for what draws it elsewhere."""

from xml.etree import ElementTree

import httpx
import pytest

from tests.support import Till


def drawn(till: Till, payment_id: str, format: str) -> httpx.Response:
    path = f"/_simulator/timeline?paymentId={payment_id}&format={format}"
    return till.http.get(path).raise_for_status()


@pytest.fixture
def payment_id(till: Till) -> str:
    """A payment whose capture was tried twice with one key, and its first answer lost."""
    payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
    till.advance(seconds=2)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="one")
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10}, key="one")
    return payment_id


def test_an_entry_names_its_cause_its_first_try_and_where_the_clock_went(
    till: Till, payment_id: str
) -> None:
    found = till.control("GET", f"/timeline?paymentId={payment_id}")["entries"]
    first, second = (each for each in found if each.get("operation") == "CapturePayment")
    assert second["firstTry"] == first["request"]
    assert "firstTry" not in first
    (captured,) = (each for each in found if each.get("event", {}).get("after") == "Captured")
    assert captured["causedBy"] == first["request"]
    (moved,) = (each for each in found if each["kind"] == "clock")
    assert moved["movedTo"] > moved["at"]
    numbers = [each["number"] for each in found if "number" in each]
    assert numbers == sorted(set(numbers))


def test_a_payment_is_written_as_mermaid(till: Till, payment_id: str) -> None:
    answer = drawn(till, payment_id, "mermaid")
    assert answer.headers["Content-Type"].startswith("text/vnd.mermaid")
    lines = [line.strip() for line in answer.text.splitlines()]
    assert lines[0] == "sequenceDiagram"
    assert [line for line in lines if line.startswith("service--xclient: answer lost")]
    assert [line for line in lines if "same key as" in line]
    assert [line for line in lines if line.startswith("customer->>service: accepts")]


def test_a_payment_is_drawn_as_svg(till: Till, payment_id: str) -> None:
    answer = drawn(till, payment_id, "svg")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    root = ElementTree.fromstring(answer.text)
    assert payment_id in (root.findtext("{*}title") or "")
    classes = [each.get("class", "").split() for each in root.iter()]
    assert [each for each in classes if {"answer", "lost"} <= set(each)]
    assert [each for each in classes if "tie" in each]


def test_an_unknown_format_is_answered_with_those_there_are(till: Till, payment_id: str) -> None:
    answer = till.http.get(f"/_simulator/timeline?paymentId={payment_id}&format=svgg")
    assert answer.status_code == 400
    assert "svg" in answer.json()["error"]
