"""What happened to a payment, or at a point of sale, on one axis."""

from typing import Any

import httpx
import pytest

from tests.support import CREDIT, DEBIT, LOYAL, RunningServer, Till


def entries(till: Till, **subject: str) -> list[dict[str, Any]]:
    """The entries of a time line."""
    ((name, value),) = subject.items()
    found: list[dict[str, Any]] = till.control("GET", f"/timeline?{name}={value}")["entries"]
    return found


def shown(till: Till, **subject: str) -> list[tuple[str, str]]:
    """Kind of each entry, and what tells it from the others."""
    return [
        (each["kind"], each.get("operation") or each.get("event", {}).get("after") or "")
        for each in entries(till, **subject)
    ]


def test_calls_customers_states_and_the_clock_are_in_order(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id)
    till.advance(seconds=5)
    till.user("checkin", pos_id)
    till.user("acceptpayment", pos_id)
    assert shown(till, paymentId=payment_id) == [
        ("call", "InitiatePayment"),
        ("state", "Initiated"),
        ("scenario", ""),
        ("scenario", ""),
        ("clock", "Control"),
        ("customer", "UserSimulationCheckin"),
        ("customer", ""),
        ("state", "IssuedToUser"),
        ("customer", "UserSimulationAcceptPayment"),
        ("state", "Reserved"),
        ("customer", ""),
    ]


def test_what_happens_at_the_till_after_a_payment_is_not_its_own(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.reserved(pos_id)
    till.initiate(pos_id)
    till.user("checkin", pos_id, DEBIT)
    assert not [each for each in entries(till, paymentId=payment_id) if DEBIT in each["text"]]
    assert [each for each in entries(till, posId=pos_id) if DEBIT in each["text"]]


def test_a_fault_is_told_with_the_call_it_struck(till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
    till.advance(seconds=2)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    (capture,) = (e for e in entries(till, paymentId=payment_id) if e.get("fault"))
    assert (capture["operation"], capture["status"]) == ("CapturePayment", 0)
    assert "its response is lost" in capture["fault"]


def test_real_time_is_told_of_what_a_call_has_caused(till: Till) -> None:
    payment_id = till.reserved()
    assert all(each["realAt"] for each in entries(till, paymentId=payment_id))


@pytest.mark.parametrize("of", ["posId", "paymentId"])
def test_notifications_are_on_the_axis_once_with_how_each_try_went(till: Till, of: str) -> None:
    till.control("PUT", "/callbacks/mine", {"url": "http://127.0.0.1:1/"})
    pos_id = till.create_pos(callbackAlias="mine")
    subject = {"posId": pos_id, "paymentId": till.initiate(pos_id)}
    till.user("checkin", pos_id)
    texts: list[str] = []
    while len(texts) < 2:
        found = entries(till, **{of: subject[of]})
        texts = [each["text"] for each in found if each["kind"] == "notification"]
    assert len(texts) == 2
    assert texts[0] == "mine is to be told: http://127.0.0.1:1/"
    assert f"check-in at point of sale {pos_id} was sent to the till" in texts[1]
    assert "nothing answered (" in texts[1]


def test_the_newest_are_told_where_there_are_more(till: Till) -> None:
    payment_id = till.captured()
    whole = entries(till, paymentId=payment_id)
    told = till.control("GET", f"/timeline?paymentId={payment_id}&limit=2")
    assert told["entries"] == whole[-2:]
    assert told["more"] is True


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?paymentId=x", 400),
        ("?paymentId=00000000-0000-4000-8000-000000000000", 404),
        ("?paymentId=1&posId=2", 400),
        ("?payment=1", 400),
    ],
)
def test_a_time_line_of_nothing_is_refused(till: Till, query: str, status: int) -> None:
    answer = till.http.get(f"/_simulator/timeline{query}")
    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_time_line_is_of_one_sandbox(server: RunningServer, till: Till) -> None:
    payment_id = till.reserved()
    path = f"/sandboxes/elsewhere/_simulator/timeline?paymentId={payment_id}"
    assert httpx.get(server.url + path).status_code == 404


def texts(till: Till, payment_id: str) -> list[str]:
    return [
        each["text"] for each in till.control("GET", f"/timeline?paymentId={payment_id}")["entries"]
    ]


def test_a_payment_has_nothing_of_another_of_the_same_instant(till: Till) -> None:
    # While time stands still, only the order tells one payment's customer from the next one's.
    till.control("PUT", "/callbacks/my-till", {"url": "http://127.0.0.1:9/"})
    pos_id = till.create_pos(callbackAlias="my-till")
    kinds = []
    for phone in (CREDIT, LOYAL):
        payment_id = till.initiate(pos_id, scenario="manual")
        till.user("checkin", pos_id, phone)
        till.user("acceptpayment", pos_id, phone)
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10})
        kinds.append(payment_id)
    for payment_id, own, others in ((kinds[0], CREDIT, LOYAL), (kinds[1], LOYAL, CREDIT)):
        said = texts(till, payment_id)
        assert sum("/checkin" in each for each in said) == 1
        assert sum("is to be told" in each for each in said) == 1
        assert any(own in each for each in said)
        assert not any(others in each for each in said)


def test_who_leaves_after_a_payment_leaves_none_that_is_started_in_that_instant(
    till: Till,
) -> None:
    till.control("PUT", "/clock", {"scale": 0})
    pos_id = till.create_pos()
    for order in ("first", "second"):
        payment_id = till.initiate(pos_id, orderId=order)
        till.user("checkin", pos_id)
        till.user("acceptpayment", pos_id)
        till.ok("POST", f"/payments/{payment_id}/cancel")
        told = [each for each in texts(till, payment_id) if "left" in each or "checked in" in each]
        assert [each.split()[1] for each in told] == ["checked", "left"]


def test_jumps_of_the_clock_after_a_payment_is_over_are_not_its_own(till: Till) -> None:
    payment_id = till.reserved()
    till.advance(minutes=10)
    assert "moved by 10 min" in texts(till, payment_id)[-1]
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    till.advance(days=3)
    assert [each for each in texts(till, payment_id) if "moved by" in each] == [
        each for each in texts(till, payment_id) if "moved by 10 min" in each
    ]


def test_a_refused_jump_of_the_clock_is_nothing_that_happened(till: Till) -> None:
    payment_id = till.reserved()
    before = texts(till, payment_id)
    for seconds in (-5, 99_999_999_999_999):
        answer = till.http.post("/_simulator/clock/advance", json={"seconds": seconds})
        assert answer.status_code == 400
    assert texts(till, payment_id) == before
