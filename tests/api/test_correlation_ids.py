"""Ids come from the sandbox: what neighbours do changes nothing of what a client is told."""

import re
import threading
from pathlib import Path

import httpx
from mobilepay_simulator.api.signing import keep_key

from tests.support import CLIENT_ID, MERCHANT, SECRET, running_server

JWKS = "/integrator-authentication/.well-known/openid-configuration/jwks"
REAL_TIMES = re.compile(r'"(realAt|durationMs)": ?[^,}]+')
VERSION = {"X-MobilePay-Client-System-Version": "1.2.3"}
LISTINGS = (
    "requests",
    "events",
    "payments",
    "runs",
    "ledger",
    "audit",
    "timeline",
    "points-of-sale",
)


def told(url: str) -> list[str]:
    """What a sandbox tells of the same calls, and afterwards of itself."""
    with httpx.Client(base_url=url) as http:
        http.post("/_simulator/reset")
        bodies = [_day(http, number) for number in range(5)]
        bodies.append([http.get(JWKS).text])
        payment = http.get("/_simulator/payments").json()["payments"][0]["paymentId"]
        for each in LISTINGS:
            query = {"paymentId": payment} if each == "timeline" else {}
            answer = http.get(f"/_simulator/{each}", params=query)
            assert answer.status_code == 200, answer.text
            bodies.append([REAL_TIMES.sub("", answer.text)])
        return [
            text.replace(url, "URL").replace(url.split("/")[2], "HOST")
            for day in bodies
            for text in day
        ]


def _day(http: httpx.Client, number: int) -> list[str]:
    asked = {"grant_type": "client_credentials", "merchant_vat": MERCHANT}
    token = http.post(
        "/integrator-authentication/connect/token", data=asked, auth=(CLIENT_ID, SECRET)
    )
    headers = {"Authorization": f"Bearer {token.json()['access_token']}", **VERSION}

    def call(method: str, path: str, body: object = None) -> httpx.Response:
        key = {"X-MobilePay-Idempotency-Key": f"{method}{path}{number}"}
        return http.request(method, f"/pos/v10{path}", headers={**headers, **key}, json=body)

    store = call("GET", "/stores")
    pos = call(
        "POST",
        "/pointofsales",
        {
            "merchantPosId": f"pos-{number}",
            "storeId": store.json()["storeIds"][0],
            "name": "Till",
            "supportedBeaconTypes": ["QR"],
        },
    )
    paid = call(
        "POST",
        "/payments",
        {
            "posId": pos.json()["posId"],
            "orderId": f"order-{number}",
            "amount": 10.0,
            "currencyCode": "DKK",
            "plannedCaptureDelay": "None",
        },
    )
    answers = [token, store, pos, paid, call("POST", "/payments", {"posId": "x"})]
    answers += [call("GET", f"/nowhere-{number}"), http.get(f"/nothing-{number}")]
    for each in answers:
        del each.headers["date"]
    return [f"{each.status_code} {each.text} {sorted(each.headers.items())}" for each in answers]


def test_three_runs_are_told_the_same_beside_a_noisy_neighbour_and_without_one(
    tmp_path: Path,
) -> None:
    keep_key(tmp_path / "key.pem")
    options = ("--time-scale", "0", "--start-time", "2024-01-31T12:00:00Z", "--seed", "7")
    options += ("--signing-key", str(tmp_path / "key.pem"), "--public-url", "http://pos.test")
    with running_server(*options) as server:
        mine = f"{server.url}/sandboxes/mine"
        alone = told(mine)
        stop = threading.Event()

        def shout() -> None:
            while not stop.is_set():
                told(f"{server.url}/sandboxes/noisy")
                told(server.url)

        noisy = threading.Thread(target=shout)
        noisy.start()
        beside = told(mine)
        stop.set()
        noisy.join()
    with running_server(*options) as other:
        again = told(f"{other.url}/sandboxes/mine")
    assert alone == beside
    assert alone == again
    assert sum('"access_token"' in each for each in alone) == 5
    assert len({each for each in alone if '"access_token"' in each}) == 5
