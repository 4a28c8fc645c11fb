"""What a refusal looks like on the wire (section 4)."""

from uuid import UUID

import httpx
import pytest

from tests.api.calls import OPERATIONS, UNKNOWN, simulate
from tests.support import Till

NOT_A_GUID = "not-a-guid"
OF_REFUNDS = ("CreateRefund", "QueryRefundIds", "GetRefund", "CaptureRefund", "CancelRefund")


def refused(till: Till, operation: str, **headers: str) -> httpx.Response:
    """A bad request to an operation: its version header is no version."""
    method, path = OPERATIONS[operation]
    bad = {"X-MobilePay-Client-System-Version": "x", **headers}
    return till.call(method, path, headers=bad)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refusal_has_code_message_and_correlation_id(till: Till, operation: str) -> None:
    answer = refused(till, operation)
    body = answer.json()

    assert answer.headers["Content-Type"].startswith("application/json")
    assert body.keys() - {"origin"} == {"code", "message", "correlationId"}
    assert body["code"] == "1161"
    assert body["message"]
    assert UUID(body["correlationId"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_the_refund_endpoints_tell_their_origin(till: Till, operation: str) -> None:
    expected = "PoS" if operation in OF_REFUNDS else None

    assert refused(till, operation).json().get("origin") == expected


def test_the_user_simulations_refusals_have_the_same_body(till: Till) -> None:
    body = simulate(till, "checkin", beaconId="x").json()

    assert body.keys() == {"code", "message", "correlationId"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unauthenticated_call_is_answered_without_a_body(till: Till, operation: str) -> None:
    method, path = OPERATIONS[operation]
    answer = till.http.request(method, f"/pos/v10{path}")

    assert (answer.status_code, answer.content) == (401, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


#: Those that answer a plain 404 for an id nobody has; CaptureRefund has code 1004 instead.
BY_ID = (
    "QueryPayment",
    "PaymentReady",
    "CapturePayment",
    "CancelPayment",
    "GetPos",
    "DeletePos",
    "GetCheckIn",
    "GetStore",
    "GetRefund",
    "CancelRefund",
)


@pytest.mark.parametrize("operation", BY_ID)
def test_what_is_not_there_is_answered_without_a_body(till: Till, operation: str) -> None:
    method, path = OPERATIONS[operation]
    body = {"amount": 1, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
    answer = till.call(method, path, body if method == "POST" else None)

    assert (answer.status_code, answer.content) == (404, b"")


def test_a_refund_to_capture_that_is_not_there_has_a_code(till: Till) -> None:
    body = till.call("POST", f"/refunds/{UNKNOWN}/capture").json()

    assert (body["code"], body["origin"]) == ("1004", "PoS")


@pytest.mark.parametrize(
    "sent", ["2a4cb0a2-22e4-4d5c-a8e5-2e7f1e0b9a11", "TILL-7/0001", "Kasse nr. 3", "x" * 100]
)
@pytest.mark.parametrize("header", ["CorrelationId", "correlationid", "CORRELATIONID"])
def test_the_clients_correlation_id_is_echoed(till: Till, header: str, sent: str) -> None:
    assert refused(till, "GetStores", **{header: sent}).json()["correlationId"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 101, "a\tb"])
def test_a_correlation_id_that_is_no_good_is_replaced(till: Till, sent: str) -> None:
    assert UUID(refused(till, "GetStores", CorrelationId=sent).json()["correlationId"])


def test_every_refusal_has_a_correlation_id_of_its_own(till: Till) -> None:
    seen = {refused(till, "GetStores").json()["correlationId"] for _ in range(10)}

    assert len(seen) == 10


def test_unknown_paths_and_the_user_simulation_echo_it_too(till: Till) -> None:
    headers = {"CorrelationId": "mine"}
    lost = till.http.get("/pos/v10/nothing", headers=headers)
    not_allowed = till.http.put("/pos/v10/payments", headers=headers)
    simulated = till.http.post("/pos/app/usersimulation/checkin", json={}, headers=headers)

    assert [each.status_code for each in (lost, not_allowed, simulated)] == [404, 405, 400]
    for each in (lost, not_allowed, simulated):
        assert each.json()["correlationId"] == "mine"


def test_a_message_tells_what_would_be_right(till: Till) -> None:
    assert "Major.Minor.Build" in refused(till, "GetStores").json()["message"]
    assert NOT_A_GUID in till.call("GET", f"/payments/{NOT_A_GUID}").json()["message"]


def test_a_message_tells_all_that_is_wrong_with_a_body(till: Till) -> None:
    body = {"orderId": "x" * 37, "amount": -1}
    message = till.call("POST", "/payments", body).json()["message"]

    for field in ("posId", "orderId", "amount", "currencyCode", "plannedCaptureDelay"):
        assert field in message
