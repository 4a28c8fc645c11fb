"""Every fault as a client sees it over a real socket; then the engine: done or not done, once."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.settings.settings import Settings

from tests.support import CLIENT_ID, SECRET, RunningServer, Till, fresh, running_server

SCENARIOS = {
    "status-500": "answer: {status: 500, code: 2001}",
    "status-401": "answer: {status: 401}",
    "status-503": "answer: {status: 503}",
    "empty-body": "answer: {status: 500, body: empty}",
    "malformed-body": "answer: {status: 200, body: malformed}",
    "truncated-body": "answer: {status: 200, body: truncated}",
    "no-content": "answer: {status: 204}",
    "not-modified": "answer: {status: 304, body: html}",
    "html-page": "answer: {status: 502, body: html}",
    "wrong-type": "answer: {status: 200, body: wrong-type}\n    work: done",
    "failed-after-work": "answer: {status: 500}\n    work: done",
    "close-before-work": "cut: before_commit",
    "reset-before-work": "cut: before_commit\n    by: reset",
    "lost-response": "cut: after_commit",
    "reset-after-work": "cut: after_commit\n    by: reset",
    "half-body": "cut: mid_body",
    "half-body-reset": "cut: mid_body\n    by: reset",
    "too-late": "cut: past_client_timeout",
    "slow": "delay: 150ms",
    "slow-range": "delay: {at_least: 100ms, at_most: 200ms}",
    "slow-spread": "delay: {at_least: 100ms, spread: 0.2}",
    "slow-before-work": "delay: 300ms\n    work: after",
    "dribble": "dribble: 200ms",
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with one scenario a fault, each striking the first InitiatePayment."""
    folder: Path = tmp_path_factory.mktemp("scenarios")
    for name, fault in SCENARIOS.items():
        (folder / f"{name}.yaml").write_text(
            f"summary: {name}\nfaults:\n  - call: InitiatePayment\n    first: 1\n    {fault}\n"
        )
    options = ("--time-scale", "0", "--scenario", "manual", "--scenarios", str(folder))
    with running_server(*options) as server:
        yield server


@pytest.fixture
def till(faulty: RunningServer) -> Iterator[Till]:
    with httpx.Client(base_url=f"{faulty.url}/sandboxes/{fresh('faults')}", timeout=5) as http:
        yield Till(http)


def start(till: Till, scenario: str, pos_id: str, **options: Any) -> httpx.Response:
    """The call that is struck; called again it is the retry."""
    body = till.payment_body(pos_id) | {"orderId": "the-order"}
    headers = {"X-Simulator-Scenario": scenario}
    return till.call("POST", "/payments", body, key="the-key", headers=headers, **options)


def made(till: Till, pos_id: str) -> int:
    """How many payments there are."""
    return len(till.ok("GET", f"/payments?posId={pos_id}")["paymentIds"])


ANSWERED = [
    ("status-500", 500, 0),
    ("status-401", 401, 0),
    ("status-503", 503, 0),
    ("empty-body", 500, 0),
    ("malformed-body", 200, 0),
    ("truncated-body", 200, 0),
    ("no-content", 204, 0),
    ("not-modified", 304, 0),
    ("html-page", 502, 0),
    ("wrong-type", 200, 1),
    ("failed-after-work", 500, 1),
]


@pytest.mark.parametrize(("scenario", "status", "done"), ANSWERED)
def test_a_wrong_answer_comes_instead_of_the_right_one_and_the_retry_works(
    till: Till, scenario: str, status: int, done: int
) -> None:
    pos_id = till.create_pos()
    assert start(till, scenario, pos_id).status_code == status
    assert made(till, pos_id) == done
    assert start(till, scenario, pos_id).status_code == 200
    assert made(till, pos_id) == 1


@pytest.mark.parametrize("scenario", ["no-content", "not-modified"])
def test_behind_a_status_that_has_no_body_nothing_comes_and_nothing_is_kept(
    till: Till, scenario: str
) -> None:
    answer = start(till, scenario, till.create_pos())
    assert answer.content == b""
    assert {"content-length", "content-type"}.isdisjoint(answer.headers)
    kept = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert [each["answer"]["body"] for each in kept] == [""]


@pytest.mark.parametrize("scenario", ["close-before-work", "reset-before-work"])
def test_no_answer_is_recorded_where_nobody_made_one(till: Till, scenario: str) -> None:
    with pytest.raises(httpx.TransportError):
        start(till, scenario, till.create_pos())
    (kept,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    answer = kept["answer"]
    assert (answer["status"], answer["headers"], answer["body"]) == (0, [], "")


def test_an_error_answer_has_the_documented_shape(till: Till) -> None:
    answer = start(till, "status-500", till.create_pos())
    assert set(answer.json()) == {"code", "message", "correlationId"}
    assert answer.json()["code"] == "2001"


def test_bodies_are_empty_malformed_truncated_html_or_of_the_wrong_type(till: Till) -> None:
    def body(scenario: str) -> httpx.Response:
        return start(till, scenario, till.create_pos(), extensions={})

    assert body("empty-body").content == b""
    till.control("POST", "/reset")
    for scenario in ("malformed-body", "truncated-body"):
        answer = start(till, scenario, till.create_pos())
        with pytest.raises(ValueError):
            answer.json()
        till.control("POST", "/reset")
    assert start(till, "html-page", till.create_pos()).text.startswith("<html>")
    till.control("POST", "/reset")
    wrong = start(till, "wrong-type", till.create_pos())
    assert wrong.headers["Content-Type"].startswith("text/plain")
    assert "paymentId" in wrong.text


BROKEN = [
    ("close-before-work", httpx.RemoteProtocolError, 0),
    ("reset-before-work", httpx.ReadError, 0),
    ("lost-response", httpx.RemoteProtocolError, 1),
    ("reset-after-work", httpx.ReadError, 1),
    ("half-body", httpx.RemoteProtocolError, 1),
    ("half-body-reset", httpx.ReadError, 1),
]


@pytest.mark.parametrize(("scenario", "error", "done"), BROKEN)
def test_a_broken_exchange_is_done_or_not_done_and_the_retry_makes_it_one(
    till: Till, scenario: str, error: type[Exception], done: int
) -> None:
    pos_id = till.create_pos()
    with pytest.raises(error):
        start(till, scenario, pos_id)
    assert made(till, pos_id) == done
    assert start(till, scenario, pos_id).status_code == 200
    assert made(till, pos_id) == 1


def test_half_a_body_is_half_a_body(till: Till, faulty: RunningServer) -> None:
    pos_id, token = till.create_pos(), till.token()
    path = till.http.base_url.path + "pos/v10/payments"
    body = (
        f'{{"posId":"{pos_id}","orderId":"o","amount":1,"currencyCode":"DKK",'
        '"plannedCaptureDelay":"None"}'
    )
    with socket.create_connection(("127.0.0.1", faulty.port), timeout=5) as raw:
        raw.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            "X-MobilePay-Client-System-Version: 1.0.0\r\nX-MobilePay-Idempotency-Key: k\r\n"
            "X-Simulator-Scenario: half-body\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        received = b""
        while chunk := raw.recv(65536):
            received += chunk
    head, _, part = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert b"200 OK" in head
    assert 0 < len(part) < length


@pytest.mark.parametrize("by", ["close", "reset"])
def test_half_of_an_answer_without_a_body_is_no_answer(till: Till, by: str) -> None:
    payment_id = till.reserved()
    fault = f"faults:\n  - {{call: CancelPayment, first: 1, cut: mid_body, by: {by}}}\n"
    assert till.http.put("/_simulator/faults", content=fault).is_success
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        till.call("POST", f"/payments/{payment_id}/cancel")
    (*_, kept) = till.control("GET", "/requests?operation=CancelPayment")["requests"]
    assert kept["delivery"] == "nothing"
    assert till.status(payment_id) == "CancelledByClient"


def test_an_answer_past_the_clients_patience_finds_the_work_done(till: Till) -> None:
    pos_id = till.create_pos()
    with pytest.raises(httpx.ReadTimeout):
        start(till, "too-late", pos_id, timeout=0.2)
    assert made(till, pos_id) == 1
    assert start(till, "too-late", pos_id).status_code == 200
    assert made(till, pos_id) == 1


def test_a_time_out_lasts_until_the_client_hangs_up(till: Till) -> None:
    pos_id = till.create_pos()
    with pytest.raises(httpx.ReadTimeout):
        start(till, "too-late", pos_id, timeout=3.5)
    for _ in range(40):
        (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
        if call["delivery"] != "pending":
            break
        time.sleep(0.05)

    assert call["delivery"] == "abandoned"
    assert 3.4 < call["durationMs"] / 1000 < 5


def test_a_time_out_does_not_last_for_ever(tmp_path: Path) -> None:
    (tmp_path / "too-late.yaml").write_text(
        "summary: x\nfaults:\n  - {call: InitiatePayment, first: 1, cut: past_client_timeout}\n"
    )
    options = ("--scenario", "manual", "--scenarios", str(tmp_path), "--timeout-limit", "3500ms")
    with running_server(*options) as server, httpx.Client(base_url=server.url, timeout=10) as http:
        till = Till(http)
        begun = time.perf_counter()
        assert start(till, "too-late", till.create_pos()).status_code == 200
        assert 3.4 < time.perf_counter() - begun < 8


@pytest.mark.parametrize("scenario", ["slow", "slow-range", "slow-spread", "dribble"])
def test_a_slow_answer_is_slow_and_right(till: Till, scenario: str) -> None:
    pos_id = till.create_pos()
    begun = time.perf_counter()
    assert "paymentId" in start(till, scenario, pos_id).json()
    assert time.perf_counter() - begun > 0.04
    assert made(till, pos_id) == 1


def test_work_that_comes_after_a_delay_is_not_done_before(till: Till) -> None:
    pos_id = till.create_pos()
    answers: list[httpx.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(start(till, "slow-before-work", pos_id))
    )
    with httpx.Client(base_url=till.http.base_url) as http:
        other = Till(http)
        assert made(other, pos_id) == 0
        thread.start()
        during = made(other, pos_id)
        thread.join()
        assert during == 0
        assert answers[0].status_code == 200
        assert made(other, pos_id) == 1


def test_an_answer_that_the_client_did_not_wait_for_is_told_as_not_delivered(till: Till) -> None:
    pos_id = till.create_pos()
    with pytest.raises(httpx.ReadTimeout):
        start(till, "slow-before-work", pos_id, timeout=0.1)
    for _ in range(500):
        (kept,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
        if kept["delivery"] != "pending":
            break
        threading.Event().wait(0.01)
    assert (kept["delivery"], kept["answer"]["status"]) == ("abandoned", 200)
    assert made(till, pos_id) == 1


ELSEWHERE = [
    # a call that is no PoS call, and how it is made
    ("Token", "POST", "/integrator-authentication/connect/token"),
    ("KeySet", "GET", "/integrator-authentication/.well-known/openid-configuration/jwks"),
    ("Discovery", "GET", "/integrator-authentication/.well-known/openid-configuration"),
    ("UserSimulationCheckin", "POST", "/pos/app/usersimulation/checkin"),
]


@pytest.mark.parametrize(("call", "method", "path"), ELSEWHERE)
def test_authentication_and_user_simulation_can_be_struck_too(
    till: Till, call: str, method: str, path: str
) -> None:
    beacon_id = till.ok("GET", f"/pointofsales/{till.create_pos()}")["beaconId"]
    fault = f"summary: x\nfaults:\n  - {{call: {call}, first: 1, answer: {{status: 503}}}}\n"
    assert till.http.put("/_simulator/scenarios/elsewhere", content=fault).status_code == 200
    till.control("POST", "/scenarios/next", {"scenario": "elsewhere"})
    form = {
        "grant_type": "client_credentials",
        "client_id": till.client_id,
        "client_secret": till.secret,
    }
    body = {"beaconId": beacon_id, "phoneNumber": "+4520031801"}
    options: dict[str, Any] = {}
    if method == "POST":
        options = {"data": form} if call == "Token" else {"json": body}
    assert till.http.request(method, path, **options).status_code == 503
    assert till.http.request(method, path, **options).status_code == 200


def test_more_stalled_calls_than_the_setting_allows_are_answered_at_once() -> None:
    with (
        running_server("--max-stalled", "1", "--time-scale", "0") as server,
        httpx.Client(base_url=server.url, timeout=20, verify=False) as http,
    ):
        till = Till(http)
        pos_id = till.create_pos()
        stall = (
            "summary: x\nfaults:\n  - {call: GetPos, delay: 1m}\n"
            "expect:\n  - not_called: CancelPayment\n"
        )
        assert http.put("/_simulator/scenarios/stall", content=stall).status_code == 200
        run_id = till.control("POST", "/scenarios/next", {"scenario": "stall"})["runs"][0]
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(
                f"GET /pos/v10/pointofsales/{pos_id} HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {till._token}\r\n"
                "X-MobilePay-Client-System-Version: 1.0.0\r\n\r\n".encode()
            )
            while not till.control("GET", f"/runs/{run_id}")["calls"]:
                threading.Event().wait(0.01)
            answer = till.call("GET", f"/pointofsales/{pos_id}")
            kept = till.control("GET", "/requests")["requests"][-1]
            explained = till.control("GET", f"/explain/{kept['id']}")
        assert answer.status_code == 503
        assert "--max-stalled" in answer.json()["message"]
        assert (kept["answer"]["status"], kept["delivery"]) == (503, "whole")
        assert kept["answer"]["body"] == answer.text
        assert explained["title"].endswith("GetPos failed (503, code 2000).")


def test_a_plain_wsgi_server_says_that_it_can_not_misbehave_and_does_no_work() -> None:
    app = create_app(Settings(time_scale=0, scenario="manual"))
    client = app.test_client()
    token = client.post(
        "/integrator-authentication/connect/token",
        data={
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "merchant_vat": "DK12345678",
        },
    ).json["access_token"]
    headers = {
        "Authorization": f"Bearer {token}",
        "X-MobilePay-Client-System-Version": "1.0.0",
        "X-MobilePay-Idempotency-Key": "k",
        "X-Simulator-Scenario": "lost-response-initiate",
    }
    store_id = client.get("/pos/v10/stores", headers=headers).json["storeIds"][0]
    pos = {
        "merchantPosId": "1",
        "storeId": store_id,
        "name": "x",
        "supportedBeaconTypes": ["QR"],
    }
    pos_id = client.post("/pos/v10/pointofsales", json=pos, headers=headers).json["posId"]
    payment = {
        "posId": pos_id,
        "orderId": "o",
        "amount": 1,
        "currencyCode": "DKK",
        "plannedCaptureDelay": "None",
    }
    headers["X-MobilePay-Idempotency-Key"] = "another"
    answer = client.post("/pos/v10/payments", json=payment, headers=headers)
    assert answer.status_code == 501
    assert "wire" in answer.json["message"]
    found = client.get(f"/pos/v10/payments?posId={pos_id}", headers=headers)
    assert found.json["paymentIds"] == []


def test_many_stalled_calls_hold_up_nobody_and_end_at_once_when_the_server_stops() -> None:
    with (
        running_server("--time-scale", "0", "--scenario", "manual") as server,
        httpx.Client(base_url=f"{server.url}/sandboxes/stalls") as http,
    ):
        till = Till(http)
        pos_id = till.create_pos()
        upload = "summary: stalls\nfaults:\n  - {call: GetPos, delay: 1m}\n"
        assert http.put("/_simulator/scenarios/stalls", content=upload).status_code == 200
        till.control("POST", "/scenarios/next", {"scenario": "stalls"})
        threads = [
            threading.Thread(target=_stall, args=(server, till, pos_id), daemon=True)
            for _ in range(50)
        ]
        for thread in threads:
            thread.start()
        payment_id = till.initiate(till.create_pos())
        assert till.status(payment_id) == "Initiated"
        begun = time.perf_counter()
        server.process.terminate()
        assert server.process.wait(5) == 0
        assert time.perf_counter() - begun < 5
        for thread in threads:
            thread.join(5)
            assert not thread.is_alive()


def _stall(server: RunningServer, till: Till, pos_id: str) -> None:
    with httpx.Client(base_url=till.http.base_url, timeout=30) as http:
        mine = Till(http, _token=till._token)
        try:
            mine.call("GET", f"/pointofsales/{pos_id}")
        except httpx.TransportError:
            return
