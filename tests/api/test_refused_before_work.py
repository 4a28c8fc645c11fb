"""Calls that are refused for a field, a header or their body: what they are about, and who sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.calls import (
    AUTHORIZATION,
    KEY_HEADER,
    MERCHANT_HEADER,
    TERMS,
    UNKNOWN,
    VERSION_HEADER,
    outcome,
)
from tests.support import CREDIT, Till, fresh

#: Operations of clients by what they name in the path, the query or the body.
ABOUT_PAYMENT = (
    "QueryPayment", "PaymentReady", "CapturePayment", "CancelPayment", "CreateRefund",
    "QueryRefundIds",
)  # fmt: skip
ABOUT_REFUND = ("GetRefund", "CaptureRefund", "CancelRefund")
STARTS = ("InitiatePayment", "PreparePayment")
ABOUT_POS = ("GetCheckIn", "DeletePos", "GetPos", "QueryPaymentIds", *STARTS)
USERS = ("UserSimulationCheckin", "UserSimulationAcceptPayment", "UserSimulationCancelPayment")
WITH_BODY = ("PaymentReady", "CapturePayment", "CreateRefund", *STARTS)
WITH_AMOUNT = ("PaymentReady", "CapturePayment", "CreateRefund", "InitiatePayment")
WITH_KEY = ("CreateRefund", *STARTS)
CLIENTS = (*ABOUT_PAYMENT, *ABOUT_REFUND, *ABOUT_POS)

WATCHED = f"""
summary: No call may be refused; each may be made.
steps:
  - do: check-in
  - when: IssuedToUser
    do: accept
expect:
  - not_refused: [{", ".join((*CLIENTS, *USERS))}]
"""


@dataclass
class Watched:
    """A payment with a run, and how each operation is called about it."""

    till: Till
    payment_id: str
    pos_id: str
    refund_id: str
    beacon_id: str

    def call(self, operation: str, **changes: Any) -> httpx.Response:
        """Calls about the payment; `body` replaces fields of the body, `headers` headers."""
        method, path, body = self._right(operation)
        if body is not None:
            body = {**body, **changes.pop("body", {})}
            changes = {"json": body, **changes} if "content" not in changes else changes
        if operation in USERS:
            return self.till.http.request(method, f"/pos/app/usersimulation{path}", **changes)
        return self.till.call(method, path, **changes)

    def _right(self, operation: str) -> tuple[str, str, dict[str, Any] | None]:
        payment, refund = f"/payments/{self.payment_id}", f"/refunds/{self.refund_id}"
        pos, start = f"/pointofsales/{self.pos_id}", self.till.payment_body(self.pos_id)
        to_refund = {
            "paymentId": self.payment_id,
            "refundOrderId": "order",
            "amount": 10.0,
            "currencyCode": "DKK",
        }
        user = {"beaconId": self.beacon_id, "phoneNumber": CREDIT}
        rows: dict[str, tuple[str, str, dict[str, Any] | None]] = {
            "QueryPayment": ("GET", payment, None),
            "PaymentReady": ("POST", f"{payment}/ready", TERMS),
            "CapturePayment": ("POST", f"{payment}/capture", {"amount": 10.0}),
            "CancelPayment": ("POST", f"{payment}/cancel", None),
            "CreateRefund": ("POST", "/refunds", to_refund),
            "QueryRefundIds": ("GET", f"/refunds?paymentId={self.payment_id}", None),
            "GetRefund": ("GET", refund, None),
            "CaptureRefund": ("POST", f"{refund}/capture", None),
            "CancelRefund": ("POST", f"{refund}/cancel", None),
            "GetCheckIn": ("GET", f"{pos}/checkin", None),
            "DeletePos": ("DELETE", pos, None),
            "GetPos": ("GET", pos, None),
            "QueryPaymentIds": ("GET", f"/payments?posId={self.pos_id}", None),
            "InitiatePayment": ("POST", "/payments", start),
            "PreparePayment": ("POST", "/payments/prepare", start),
            "UserSimulationCheckin": ("POST", "/checkin", user),
            "UserSimulationAcceptPayment": ("POST", "/acceptpayment", user),
            "UserSimulationCancelPayment": ("POST", "/cancelpaymentbyuser", user),
        }
        return rows[operation]

    def newest(self) -> Any:
        """The newest exchange in the journal."""
        return self.till.control("GET", "/requests?limit=1")["requests"][-1]

    def run(self) -> Any:
        (found,) = self.till.control("GET", "/runs")["runs"]
        return self.till.control("GET", f"/runs/{found['id']}")


def upload(till: Till, name: str, text: str) -> None:
    assert till.http.put(f"/_simulator/scenarios/{name}", content=text).is_success


def watched(till: Till, *, is_captured: bool = False, text: str = WATCHED) -> Watched:
    upload(till, "watched", text)
    pos_id = till.create_pos()
    beacon_id = till.ok("GET", f"/pointofsales/{pos_id}")["beaconId"]
    payment_id, refund_id = till.initiate(pos_id, scenario="watched"), UNKNOWN
    if is_captured:
        till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
        refund_id = till.refund(payment_id)
    return Watched(till, payment_id, pos_id, refund_id, beacon_id)


Refused = Callable[[Watched, str], httpx.Response]

# The kinds of refusal: the operations that know them, the status, and how to provoke them.
KINDS: dict[str, tuple[tuple[str, ...], int, Refused]] = {
    "no version": (CLIENTS, 400, lambda of, name: of.call(name, headers={VERSION_HEADER: None})),
    "odd version": (CLIENTS, 400, lambda of, name: of.call(name, headers={VERSION_HEADER: "one"})),
    "another merchant": (
        CLIENTS, 403, lambda of, name: of.call(name, headers={MERCHANT_HEADER: "DK87654321"}),
    ),
    "no key": (WITH_KEY, 400, lambda of, name: of.call(name, headers={KEY_HEADER: None})),
    "odd key": (WITH_KEY, 400, lambda of, name: of.call(name, headers={KEY_HEADER: "k" * 37})),
    "odd amount": (WITH_AMOUNT, 400, lambda of, name: of.call(name, body={"amount": "99,95"})),
    "fine amount": (WITH_AMOUNT, 400, lambda of, name: of.call(name, body={"amount": 10.123})),
    "no amount": (WITH_AMOUNT, 400, lambda of, name: of.call(name, body={"amount": None})),
    "odd order": (STARTS, 400, lambda of, name: of.call(name, body={"orderId": "x" * 37})),
    "odd user": (USERS[:2], 400, lambda of, name: of.call(name, body={"phoneNumber": "one"})),
    "media type": (
        (*WITH_BODY, *USERS), 400,
        lambda of, name: of.call(name, headers={"Content-Type": "text/plain"}),
    ),
    "encoding": (
        (*WITH_BODY, *USERS), 415,
        lambda of, name: of.call(name, headers={"Content-Encoding": "gzip"}),
    ),
    "no JSON": (("PaymentReady", "CapturePayment"), 400, lambda of, name: of.call(name, content=b"{")),
    "a list": (("PaymentReady", "CapturePayment"), 400, lambda of, name: of.call(name, content=b"[]")),
    # What the state does not allow was seen all along.
    "state": ((*ABOUT_REFUND[1:], "PaymentReady", *STARTS), 409, lambda of, name: of.call(name)),
}  # fmt: skip
TABLE = [(kind, name) for kind, (names, _, _) in KINDS.items() for name in names]


@pytest.mark.parametrize(("kind", "operation"), TABLE)
def test_the_run_sees_a_refused_call_and_fails_by_it(till: Till, kind: str, operation: str) -> None:
    is_refund = operation in ABOUT_REFUND or operation.endswith(("Refund", "RefundIds"))
    # A payment that is reserved keeps nobody from starting the next one.
    text = WATCHED.replace("do: accept", "after: 1h\n    do: accept")
    case = watched(till, is_captured=is_refund, text=text if operation in STARTS else WATCHED)
    if kind == "state" and operation in ABOUT_REFUND:
        till.advance(seconds=60)
        case.call("CaptureRefund" if operation == "CancelRefund" else "CancelRefund")
    _, status, refuse = KINDS[kind]
    before = case.run()
    assert (refuse(case, operation).status_code, case.newest()["operation"]) == (status, operation)

    exchange, run = case.newest(), case.run()
    about_payment = case.payment_id if operation in (*ABOUT_PAYMENT, *ABOUT_REFUND) else None
    assert (exchange["paymentId"], exchange["posId"]) == (about_payment, case.pos_id)
    assert exchange["refundId"] == (case.refund_id if operation in ABOUT_REFUND else None)
    assert exchange["run"] == run["id"]
    assert len(run["calls"]) == len(before["calls"]) + 1
    seen = run["calls"][-1]
    assert (seen["call"], seen["status"], seen["request"]) == (operation, status, exchange["id"])
    assert (before["verdict"] != "failed", run["verdict"]) == (True, "failed")


@pytest.mark.parametrize(("amount", "refusal"), [("99,95", (400, "1102")), (99.95, (409, "1304"))])
def test_a_capture_that_must_not_be_made_counts_whatever_refuses_it(
    till: Till, amount: Any, refusal: tuple[int, str]
) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="rejection")
    till.advance(seconds=20)
    path = f"/payments/{payment_id}/capture"
    for _ in range(2):
        assert outcome(till.call("POST", path, {"amount": amount})) == refusal

    (run,) = till.control("GET", "/runs")["runs"]
    broken = {each["expected"]: each["verdict"] for each in run["expectations"]}
    assert broken["CapturePayment is not called"] == run["verdict"] == "failed"


def test_a_run_that_waits_for_a_payment_sees_the_refused_start(till: Till) -> None:
    upload(till, "watched", WATCHED)
    pos_id = till.create_pos()
    (run_id,) = till.control("POST", "/scenarios/next", {"scenario": "watched"})["runs"]
    body = till.payment_body(pos_id, amount="1,00")
    assert outcome(till.call("POST", "/payments", body)) == (400, "1102")
    payment_id = till.initiate(pos_id)

    run = till.control("GET", f"/runs/{run_id}")
    assert [each["status"] for each in run["calls"]] == [400, 200]
    assert (run["payments"], run["verdict"]) == ([payment_id], "failed")


def test_a_start_that_is_refused_for_a_field_begins_no_run_and_chooses_no_scenario(
    till: Till,
) -> None:
    upload(till, "for-nine", WATCHED + "applies_to: {amount: 9.00}\n")
    pos_id, key = till.create_pos(), fresh("key")
    for amount in ("9,00", 9.0):
        till.call("POST", "/payments", till.payment_body(pos_id, amount), key=key)

    (run,) = till.control("GET", "/runs")["runs"]
    assert (run["scenario"], run["verdict"]) == ("for-nine", "unfinished")


def test_a_call_with_no_token_is_nobodys_and_no_run_sees_it(till: Till) -> None:
    case = watched(till)
    before = len(case.run()["calls"])
    for token in (None, "Bearer x", f"Bearer {till.token()}x"):
        for name in ("CapturePayment", "CreateRefund"):
            answer = case.call(name, headers={AUTHORIZATION: token})
            assert answer.status_code == 401
            newest = case.newest()
            assert (newest["paymentId"], newest["run"]) == (case.payment_id, None)

    assert len(case.run()["calls"]) == before


def test_a_refused_call_of_the_test_itself_is_seen_by_no_run(till: Till) -> None:
    case = watched(till)
    before = len(case.run()["calls"])
    case.call("CapturePayment", body={"amount": "1,0"}, headers={"X-Simulator-Aside": "true"})

    assert len(case.run()["calls"]) == before


def test_a_refused_call_uses_up_no_fault(till: Till) -> None:
    fault = "faults:\n  - {call: CapturePayment, first: 1, answer: {status: 503}}\n"
    case = watched(till, text=WATCHED + fault)
    till.control("POST", "/faults", {"call": "CancelPayment", "fault": "500", "times": 1})
    case.call("CancelPayment", headers={VERSION_HEADER: None})
    case.call("CapturePayment", body={"amount": "1,0"})

    assert case.call("CancelPayment").status_code == 500
    assert case.call("CapturePayment").status_code == 503
    assert [each["struck"] for each in case.run()["calls"]][-4:] == [False, False, True, True]


def test_a_refused_poll_is_none_that_the_script_waits_for(till: Till) -> None:
    text = "summary: x\nsteps:\n  - {after: 1h, or_query: 1, do: check-in}\n"
    case = watched(till, text=text + "expect:\n  - call: QueryPayment\n")
    case.call("QueryPayment", headers={VERSION_HEADER: None})
    assert till.control("GET", f"/payments/{case.payment_id}")["state"] == "Initiated"

    case.call("QueryPayment")
    assert till.status(case.payment_id) != "Initiated"


def test_two_wrong_requests_are_not_the_same_request(till: Till) -> None:
    case = watched(till, text="summary: x\nexpect:\n  - not_retried: CapturePayment\n")
    case.call("CapturePayment", body={"amount": "1,0"}, key="key")
    case.call("CapturePayment", body={"amount": "1,00"}, key="key")
    assert case.run()["verdict"] != "failed"

    case.call("CapturePayment", body={"amount": "1,00"}, key="key")
    assert case.run()["verdict"] == "failed"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"paymentId": 1}', b'{"paymentId": "x"}', b"[" * 9999, b"\xff{}"],
)
def test_a_body_that_names_nothing_is_about_nothing(till: Till, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert till.call("POST", "/refunds", content=content, headers=headers).status_code == 400
    exchange = till.control("GET", "/requests?limit=1")["requests"][-1]

    assert (exchange["paymentId"], exchange["posId"], exchange["run"]) == (None, None, None)


def test_a_refused_refund_is_in_the_timeline_of_its_payment(till: Till) -> None:
    case = watched(till, is_captured=True)
    case.call("CreateRefund", body={"amount": 10.123})
    wrong = case.newest()["id"]
    case.call("CreateRefund", headers={KEY_HEADER: None})
    ids = {wrong, case.newest()["id"]}

    timeline = till.control("GET", f"/timeline?paymentId={case.payment_id}")["entries"]
    found = till.control("GET", f"/requests?paymentId={case.payment_id}")["requests"]
    assert ids <= {each["id"] for each in found}
    assert ids <= {each.get("request") for each in timeline}
