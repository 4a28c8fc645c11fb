"""What this simulator has answered, it answers again when its own recording is compared."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.testing.compare.har import read_har

from tests.support import CLIENT_ID, RunningServer, Till, running_server
from tests.testing.compare.recordings import compared, har_of, told, written


@pytest.fixture(scope="module")
def recorded_server() -> Iterator[RunningServer]:
    with running_server("--time-scale", "0", "--opening-balance", "100000") as server:
        yield server


@pytest.fixture
def shop(recorded_server: RunningServer, request: pytest.FixtureRequest) -> Iterator[Till]:
    name = "".join(each if each.isalnum() else "-" for each in request.node.name)[-40:].strip("-")
    base = f"{recorded_server.url}/sandboxes/{name}"
    with httpx.Client(base_url=base, verify=False) as http:
        yield Till(http)


def tried(till: Till, method: str, path: str, body: object = None, *, key: str) -> httpx.Response:
    """A call as clients make it: again with the same key where it failed."""
    for _ in range(12):
        try:
            answer = till.call(method, path, body, key=key, headers=till.headers)
            if answer.status_code < 500 and answer.content:
                answer.json()
        except (httpx.HTTPError, ValueError):
            continue
        if answer.status_code < 500:
            return answer
        till.advance(seconds=5)
    raise AssertionError("it failed again and again")


def paid_with(till: Till, scenario: str) -> None:
    """A payment with a scenario, as a till makes it, with a refund where money was taken."""
    pos_id = till.create_pos()
    till.headers = {"X-Simulator-Scenario": scenario}
    start = tried(till, "POST", "/payments", till.payment_body(pos_id, 20.0), key="start")
    till.headers = {}
    if start.status_code != 200:
        return
    payment_id = start.json()["paymentId"]
    status = ""
    for _ in range(30):
        till.advance(seconds=1)
        found = tried(till, "GET", f"/payments/{payment_id}", key="poll").json()
        status = found["status"]
        if status not in ("Initiated", "IssuedToUser", "Paired", "Prepared"):
            break
    if status == "Reserved":
        tried(till, "POST", f"/payments/{payment_id}/capture", {"amount": 20.0}, key="capture")
        till.advance(seconds=2)
        body = {"paymentId": payment_id, "refundOrderId": "r", "amount": 5, "currencyCode": "DKK"}
        refund = tried(till, "POST", "/refunds", body, key="refund")
        if refund.status_code == 200:
            refund_id = refund.json()["refundId"]
            till.advance(seconds=2)
            tried(till, "GET", f"/refunds/{refund_id}", key="poll")
            tried(till, "POST", f"/refunds/{refund_id}/capture", key="capture-refund")
            tried(till, "GET", f"/refunds/{refund_id}", key="poll")
    else:
        tried(till, "POST", f"/payments/{payment_id}/cancel", key="cancel")
    tried(till, "GET", f"/payments/{payment_id}", key="poll")
    tried(till, "DELETE", f"/pointofsales/{pos_id}", key="delete")


def prepared_with(till: Till, scenario: str) -> None:
    """A payment whose amount follows, with a scenario."""
    pos_id = till.create_pos()
    till.headers = {"X-Simulator-Scenario": scenario}
    body = {"posId": pos_id, "orderId": "prepared"}
    start = tried(till, "POST", "/payments/prepare", body, key="start")
    till.headers = {}
    payment_id = start.json()["paymentId"]
    for _ in range(20):
        till.advance(seconds=1)
        status = tried(till, "GET", f"/payments/{payment_id}", key="poll").json()["status"]
        if status == "Paired":
            terms = {"amount": 7.5, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
            tried(till, "POST", f"/payments/{payment_id}/ready", terms, key="ready")
        if status == "Reserved":
            tried(till, "POST", f"/payments/{payment_id}/capture", {"amount": 7.5}, key="capture")
    tried(till, "GET", f"/pointofsales/{pos_id}/checkin", key="poll")
    tried(till, "GET", f"/payments?orderId=prepared&posId={pos_id}", key="poll")


SCENARIOS = (
    *("success", "instant", "rejection", "loyalty", "partial-capture", "slow-customer"),
    *("cancelled-by-mobilepay", "manual", "refund", "debit-card", "inactive-too-long"),
    *("lost-response-initiate", "lost-response-capture", "lost-response-refund"),
    *("timeout-then-500-then-success", "service-unavailable", "reset-on-capture"),
    *("html-error-page", "malformed-body", "half-body-on-poll", "partial-capture-refused"),
    *("refund-cancelled-by-mobilepay", "refund-slow", "customer-leaves", "customer-takes-over"),
    *("late-lookups", "expiry", "slow-answers", "flaky-network"),
)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_recording_of_ours_is_answered_equally(shop: Till, tmp_path: Path, scenario: str) -> None:
    paid_with(shop, scenario)
    result = compared(written(har_of(shop), tmp_path))
    assert told(result) == []
    assert len(result.compared) > 4


PREPARED = ("prepared-success", "prepared-cancelled-by-user", "lost-response-prepare")


@pytest.mark.parametrize("scenario", [*PREPARED, "lost-response-ready"])
def test_a_prepared_payment_of_ours_is_answered_equally(
    shop: Till, tmp_path: Path, scenario: str
) -> None:
    prepared_with(shop, scenario)
    result = compared(written(har_of(shop), tmp_path))
    assert told(result) == []
    assert len(result.compared) > 4


def test_clients_of_a_recording_of_ours_are_known_although_it_is_masked(
    shop: Till, tmp_path: Path
) -> None:
    shop.captured()
    recording = read_har(written(har_of(shop), tmp_path))
    assert {
        each.exchange.client_id for each in recording.calls if each.exchange.operation == "Token"
    } == {CLIENT_ID}


ENDINGS = ("rejection", "success", "cancelled-by-mobilepay", "inactive-too-long", "expiry")


@pytest.mark.parametrize("is_shown", [False, True], ids=["unseen", "shown later"])
@pytest.mark.parametrize("scenario", ENDINGS)
def test_a_payment_that_ended_unseen_before_the_next_is_answered_equally(
    shop: Till, tmp_path: Path, scenario: str, is_shown: bool
) -> None:
    pos_id = shop.create_pos()
    body = shop.payment_body(pos_id, 10.0)
    shop.headers = {"X-Simulator-Scenario": scenario}
    first = tried(shop, "POST", "/payments", body, key="first").json()["paymentId"]
    shop.advance(minutes=20)
    shop.headers = {"X-Simulator-Scenario": "success"}
    body = shop.payment_body(pos_id, 3.0)
    second = tried(shop, "POST", "/payments", body, key="second").json()["paymentId"]
    shop.headers = {}
    shop.advance(seconds=10)
    for payment_id in [second, *([first] if is_shown else [])]:
        tried(shop, "GET", f"/payments/{payment_id}", key="poll")
    tried(shop, "POST", f"/payments/{second}/capture", {"amount": 3.0}, key="capture")
    result = compared(written(har_of(shop), tmp_path))
    assert told(result) == []
    assert not any(each.left_out for each in result.calls)


@pytest.mark.parametrize("scenario", ["rejection", "success"])
def test_a_payment_that_ended_before_its_point_of_sale_was_deleted_is_answered_equally(
    shop: Till, tmp_path: Path, scenario: str
) -> None:
    pos_id = shop.create_pos()
    body = shop.payment_body(pos_id, 10.0)
    shop.headers = {"X-Simulator-Scenario": scenario}
    payment_id = tried(shop, "POST", "/payments", body, key="first").json()["paymentId"]
    shop.headers = {}
    shop.advance(seconds=20)
    shop.call("DELETE", f"/pointofsales/{pos_id}", headers=shop.headers)
    tried(shop, "GET", f"/payments/{payment_id}", key="poll")
    if scenario == "success":
        capture = {"amount": 10.0}
        tried(shop, "POST", f"/payments/{payment_id}/capture", capture, key="capture")
        refund = {"paymentId": payment_id, "refundOrderId": "r", "amount": 2, "currencyCode": "DKK"}
        tried(shop, "POST", "/refunds", refund, key="refund")
    assert told(compared(written(har_of(shop), tmp_path))) == []
