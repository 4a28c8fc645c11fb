"""The audit over the control API: formats, rules that are off, and what is looked at."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.control.audit import TAKES
from mobilepay_simulator.engine.rules import Rules
from mobilepay_simulator.journal.audit.judging import RULES
from mobilepay_simulator.settings.settings import Settings

from tests.api.calls import CREATING
from tests.api.calls import OPERATIONS as POS_CALLS
from tests.support import CREDIT, Till


def audit(till: Till, **query: str) -> httpx.Response:
    return till.http.get("/_simulator/audit", params=query)


def rules_of(till: Till, **query: str) -> list[str]:
    return [each["rule"] for each in audit(till, **query).json()["findings"]]


def careless(till: Till) -> str:
    """A payment of a till that breaks four rules: an error, a warning and two notes."""
    late = till.reserved(orderId="order-1")
    till.call("POST", f"/payments/{late}/capture", {"amount": 4.0})
    till.advance(days=3)
    till._token = None
    till.call("POST", f"/payments/{late}/capture", {"amount": 10.0}, headers=NO_KEY)
    return late


NO_KEY = {"X-MobilePay-Idempotency-Key": None}
BROKEN = [
    "partial-capture-not-possible",
    "captured-late",
    "unneeded-header",
    "ibm-client-id-missing",
]


def test_findings_come_worst_first_with_the_payment_and_the_requests(till: Till) -> None:
    late = careless(till)
    answer = audit(till).json()
    assert [each["rule"] for each in answer["findings"]] == BROKEN
    finding = answer["findings"][1]
    assert finding["paymentId"] == late
    assert finding["posId"] == till.payment(late)["posId"]
    request = till.control("GET", f"/requests/{finding['requests'][0]}")
    assert (request["operation"], request["paymentId"]) == ("CapturePayment", late)
    assert "captured 3d after the reservation" in finding["message"]
    assert answer["counts"] == {"error": 1, "warning": 1, "note": 2}


def test_an_audit_changes_nothing_and_says_the_same_again(till: Till) -> None:
    careless(till)
    before = till.control("GET", "/events")
    assert audit(till).text == audit(till).text
    assert till.control("GET", "/events") == before
    assert till.control("GET", "/requests?control=true&path=*audit*")["requests"] == []


def test_calls_of_users_and_of_the_control_api_are_not_judged(till: Till) -> None:
    body = {"beaconId": "123456789012345", "phoneNumber": CREDIT, "more": 1}
    for _ in range(2):
        assert till.http.post("/pos/app/usersimulation/checkin", json=body).status_code == 404
    till.http.get("/pos/v10/paymants")
    till.advance(seconds=1)
    answer = audit(till).json()
    assert (answer["findings"], answer["calls"]) == ([], 0)


def test_rules_are_switched_off_by_their_ids(till: Till) -> None:
    careless(till)
    assert rules_of(till, off="captured-late,unneeded-header") == [BROKEN[0], BROKEN[3]]
    repeated = till.http.get(
        "/_simulator/audit?off=captured-late&off=partial-capture-not-possible&off="
    )
    assert [each["rule"] for each in repeated.json()["findings"]] == BROKEN[2:]
    assert repeated.json()["off"] == ["captured-late", "partial-capture-not-possible"]


BAD_QUERIES = [
    ("off=captured-lately", "off: there is no rule 'captured-lately'; did you mean 'captured-late'?"),
    ("format=jnuit", "format: there is no 'jnuit'; did you mean 'junit'?"),
    ("of=captured-late", "of: unknown parameter; did you mean 'off'?"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "said"), BAD_QUERIES)
def test_a_bad_query_is_refused_with_what_would_be_right(till: Till, query: str, said: str) -> None:
    answer = till.http.get(f"/_simulator/audit?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]


FORMATS = [
    ("json", "application/json"),
    ("junit", "application/xml"),
    ("sarif", "application/sarif+json"),
    ("text", "text/plain"),
]


@pytest.mark.parametrize(("name", "media_type"), FORMATS)
def test_a_format_is_asked_for_by_name_or_by_accept_header(
    till: Till, name: str, media_type: str
) -> None:
    careless(till)
    by_name = audit(till, format=name)
    headers = {"Accept": media_type}
    by_header = till.http.get("/_simulator/audit", headers=headers)
    assert by_name.headers["Content-Type"].startswith(media_type)
    assert by_name.text == by_header.text
    assert by_name.headers["X-Simulator-Audit"] == "error=1 warning=1 note=2 calls=7"


@pytest.mark.parametrize("accept", ["*/*", "text/html,*/*;q=0.8", "image/png", ""])
def test_json_is_answered_to_those_who_do_not_care(till: Till, accept: str) -> None:
    answer = till.http.get("/_simulator/audit", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/json")


def test_reports_name_the_sandbox_and_its_requests(till: Till) -> None:
    careless(till)
    name = str(till.http.base_url).rstrip("/").rpartition("/")[2]
    suite = ET.fromstring(audit(till, format="junit").content)
    assert suite.get("name") == f"mobilepay-sim audit {name}"
    run = json.loads(audit(till, format="sarif").text)["runs"][0]
    place = run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    answer = till.http.get(f"{str(till.http.base_url).partition('/sandboxes')[0]}{place}")
    assert answer.json()["operation"] == "CapturePayment"


def test_text_is_for_people(till: Till) -> None:
    careless(till)
    text = audit(till, format="text").text
    assert text.startswith("error: partial-capture-not-possible: CapturePayment asked for 4.00")
    assert text.endswith("1 error, 1 warning, 2 notes in 7 calls\n")


def test_the_verdict_is_partial_where_the_journal_has_dropped_calls() -> None:
    app = create_app(Settings(time_scale=0, scenario="manual", rules=Rules(journal_size=3)))
    transport = httpx.WSGITransport(app=app.wsgi_app)
    with httpx.Client(transport=transport, base_url="http://simulator") as http:
        till = Till(http)
        payment_id = till.reserved()
        till.advance(days=8)
        answer = audit(till).json()
    assert (answer["isPartial"], answer["calls"]) == (True, 2)
    assert answer["dropped"] > 0
    # What became of the money is known all the same.
    assert answer["findings"][0]["paymentId"] == payment_id


def test_every_call_of_a_client_is_known_with_what_it_takes() -> None:
    assert set(TAKES) == {*POS_CALLS, "Token"}
    assert {name for name, takes in TAKES.items() if takes.creates} == set(CREATING)
    assert TAKES["CapturePayment"].fields == {"amount"}
    assert TAKES["QueryPayment"].fields == frozenset()
    assert {"restrictions", "restrictions.debitCardDisallowed"} < TAKES["PaymentReady"].fields
    key = "x-mobilepay-idempotency-key"
    assert {name for name, takes in TAKES.items() if key in takes.headers} == set(CREATING)
    assert TAKES["Token"].headers == frozenset()


def test_a_call_that_was_refused_early_is_counted_for_the_client_of_its_token(till: Till) -> None:
    pos_id = till.create_pos()
    body: Any = till.payment_body(pos_id, -1)
    for _ in range(3):
        assert till.call("POST", "/payments", body, key="key-1").status_code == 400
    notes = [each for each in audit(till).json()["findings"] if each["severity"] == "note"]
    assert len(notes) == 1, "all calls are one client's"
    assert rules_of(till) == ["refusal-retried", "ibm-client-id-missing"]


def test_the_documented_rules_are_those_there_are() -> None:
    assert {
        "polled-too-soon",
        "relies-on-case",
        "unknown-parameter",
        "new-key-on-retry",
        "idempotency-key-reused",
        "too-many-retries",
        "no-back-off",
        "reservation-left-open",
        "captured-late",
        "reservation-not-settled",
        "duplicate-order-id",
        "token-for-each-call",
        "expired-token-used",
        "check-in-polled-without-end",
        "partial-capture-not-possible",
        "ibm-client-id-missing",
        "amount-as-string",
        "unknown-field",
        "unneeded-header",
        "refusal-retried",
        "pos-deleted-with-reservation",
        "created-instead-of-looked-up",
        "check-in-not-asked-for",
        "prepared-without-looking",
        "charged-twice-after-lost-answer",
        "gave-up-without-clean-up",
        "reservations-swept-by-polling",
        "refund-left-to-capture-itself",
        "refund-not-settled",
        "wrong-payment-cancelled",
    } == set(RULES)
