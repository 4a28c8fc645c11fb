"""Verification, audit, ledger, snapshots: what is sent, and what is made of the answers."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.client import ControlClient, Matcher, Severity, VerificationFailed

from tests.client.fakes import EXCHANGE, Fake, control_of
from tests.support import Till


def test_an_exchange_is_read_whole() -> None:
    exchange = control_of(Fake(EXCHANGE)).request(12)
    assert exchange.status == 409
    assert exchange.duration_ms == 1.208
    assert exchange.request.header("Authorization") == "Bearer ***72a71b38"
    assert exchange.request.header("X-None") is None
    assert exchange.answer.json() == {"code": "1309"}
    assert exchange.changes[0].before == "Reserved"
    assert exchange.merchant == "DK12345678"


def test_an_exchange_shows_itself_in_a_line() -> None:
    struck = {
        **EXCHANGE,
        "delivery": "nothing",
        "fault": "cut",
        "hint": "did you mean /x",
        "code": None,
    }
    (line,) = str(control_of(Fake(struck)).request(12)).splitlines()
    assert line.startswith("#12 2024-01-31 12:00:04.000 POST /pos/v10/payments/")
    assert line.endswith("-> cut off (cut) (did you mean /x)  [Reserved -> Captured]")


def test_an_answer_that_was_cut_off_has_the_status_0() -> None:
    assert control_of(Fake({**EXCHANGE, "delivery": "part"})).request(12).status == 0


def test_dropped_exchanges_are_counted() -> None:
    requests = control_of(Fake({"requests": [EXCHANGE, EXCHANGE], "dropped": 7})).requests()
    assert (len(requests), requests.dropped, requests[-1].id) == (2, 7, 12)


def test_a_har_is_asked_for_with_the_same_filters() -> None:
    fake = Fake({"log": {"version": "1.2"}})
    assert control_of(fake).har(status="4xx", payment_id="P")["log"]["version"] == "1.2"
    assert fake.query == {"format": "har", "status": "4xx", "paymentId": "P"}


def test_an_explanation_reads_as_text() -> None:
    fake = Fake(
        {"id": 12, "title": "Refused", "paragraphs": ["One.", "Two."], "parts": ["rule", "state"]}
    )
    explanation = control_of(fake).explain(12)
    assert str(explanation) == "Refused\n\nOne.\n\nTwo."
    assert explanation.parts == ("rule", "state")
    assert fake.last.url.path == "/_simulator/explain/12"


BOUNDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"count": 0}, {"count": {"exactly": 0}}),
    ({"at_least": 1, "at_most": 2}, {"count": {"atLeast": 1, "atMost": 2}}),
]


@pytest.mark.parametrize(("bounds", "sent"), BOUNDS)
def test_a_verification_says_how_many_there_must_be(
    bounds: dict[str, int], sent: dict[str, Any]
) -> None:
    fake = Fake({"matched": 1, "requests": [12]})
    verified = control_of(fake).verify("CapturePayment", **bounds)  # type: ignore[arg-type]
    assert (verified.matched, verified.requests) == (1, (12,))
    assert fake.sent == {"operation": "CapturePayment", **sent}


def test_a_matcher_says_no_more_than_was_given() -> None:
    fake = Fake({"matched": 1, "requests": [12]})
    control_of(fake).verify(
        Matcher(path="/pos/v10/*", method="POST", status=0, body={"amount": 1}, headers={"a": "b*"})
    )
    assert fake.sent == {
        "path": "/pos/v10/*",
        "method": "POST",
        "status": 0,
        "body": {"amount": 1},
        "headers": {"a": "b*"},
    }


def test_a_matcher_names_what_is_meant_as_the_control_api_does() -> None:
    noon = datetime(2024, 1, 31, 12, tzinfo=UTC)
    matcher = Matcher(payment_id="P", pos_id="S", code="1301", query={"state": "Cap*"}, since=noon)
    assert matcher.raw == {
        "paymentId": "P",
        "posId": "S",
        "code": "1301",
        "query": {"state": "Cap*"},
        "since": "2024-01-31T12:00:00.000Z",
    }
    assert Matcher(since=12).raw == {"since": 12}


def test_calls_are_verified_in_order() -> None:
    fake = Fake({"matched": 2, "requests": [1, 2]})
    control_of(fake).verify_in_order("InitiatePayment", Matcher("CapturePayment", status=200))
    assert fake.sent == {
        "inOrder": [
            {"operation": "InitiatePayment"},
            {"operation": "CapturePayment", "status": 200},
        ]
    }


def test_what_did_not_happen_is_an_assertion_that_shows_what_came_near() -> None:
    refusal = {
        "error": "expected CapturePayment with status 200 once, found it 0 times",
        "matched": 0,
        "nearest": [{"id": 12, "differences": ["status: expected 200, was 409"]}],
    }
    fake = Fake(refusal, status=422, by_path={"/requests/12": EXCHANGE})
    with pytest.raises(AssertionError) as failed:
        control_of(fake).verify(Matcher("CapturePayment", status=200), count=1)
    assert isinstance(failed.value, VerificationFailed)
    assert failed.value.nearest[0].differences == ("status: expected 200, was 409",)
    assert str(failed.value).splitlines() == [
        "expected CapturePayment with status 200 once, found it 0 times",
        "  near: #12 2024-01-31 12:00:04.000 POST /pos/v10/payments/c67fc370-d770-4725-9992-d77159fd886d/capture"
        " -> 409 1309  [Reserved -> Captured]",
        "    status: expected 200, was 409",
    ]


AUDIT = {
    "findings": [
        {
            "rule": "polled-too-soon",
            "severity": "warning",
            "message": "polled after 0.1 s",
            "principle": "Wait for pollDelayInMs.",
            "requests": [3, 4],
        },
        {
            "rule": "key-reused",
            "severity": "error",
            "message": "again",
            "principle": "",
            "requests": [],
        },
    ],
    "counts": {"error": 1, "warning": 1},
}


def test_an_audit_tells_findings_by_severity() -> None:
    fake = Fake(AUDIT)
    audit = control_of(fake).audit(off=["late-capture", "no-app-id"])
    assert fake.query == {"format": "json", "off": "late-capture,no-app-id"}
    assert audit.counts["error"] == 1
    assert str(audit.findings[0]) == "warning polled-too-soon: polled after 0.1 s (#3, #4)"
    assert [each.rule for each in audit.at_least("error")] == ["key-reused"]
    assert audit.at_least(Severity.NOTE) == audit.findings
    with pytest.raises(ValueError, match="fatal"):
        audit.at_least("fatal")


def test_one_rule_can_be_switched_off_by_its_name() -> None:
    fake = Fake(AUDIT)
    control_of(fake).audit(off="late-capture")
    assert fake.query["off"] == "late-capture"


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "text"])
def test_an_audit_comes_in_every_format(form: Any) -> None:
    fake = Fake("as it is")
    assert control_of(fake).audit_as(form) == '"as it is"'
    assert fake.query == {"format": form}


def test_a_ledger_tells_exact_amounts_and_verdicts(control: ControlClient, till: Till) -> None:
    payment_id = till.captured(amount=10.1)
    till.reserved(amount=5)
    ledger = control.ledger()
    captured, reserved = ledger.payments
    assert (captured.payment_id, captured.captured) == (payment_id, Decimal("10.1"))
    assert captured.verdict.is_fine
    assert not reserved.verdict.no_open_reservation
    assert not ledger.verdict.is_fine
    assert [each.payments for each in ledger.stores] == [2]
    assert ledger.stores[0].reserved == Decimal("15.1")


def test_a_tills_books_are_held_against_the_ledger(
    control: ControlClient, till: Till, tmp_path: Path
) -> None:
    till.captured(amount=10.1, orderId="order-1")
    assert control.compare_ledger("orderId,captured\norder-1,10.10\n").agrees
    books = tmp_path / "books.csv"
    books.write_text("orderId,captured\norder-1,9.00\n")
    comparison = control.compare_ledger(books)
    (difference,) = comparison.differences
    assert (difference.books, difference.ledger) == (Decimal(9), Decimal("10.1"))
    assert "order-1" in difference.message


def test_a_snapshot_goes_back_as_it_came() -> None:
    fake = Fake({"version": 1, "amount": 0.1})
    control = control_of(fake, sandbox="mine")
    snapshot = control.snapshot()
    control.restore(snapshot)
    assert fake.sent == {"version": 1, "amount": 0.1}
    assert (fake.last.method, fake.last.url.path) == ("PUT", "/sandboxes/mine/_simulator/snapshot")


def test_a_bundle_is_given_as_it_is() -> None:
    assert control_of(Fake({"seed": 1})).bundle() == {"seed": 1}
