"""Four simulators behind a real HAProxy: each sandbox lives in one of them, and nobody notices."""

import re
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
import yaml
from mobilepay_simulator.settings.settings import settings_table

from tests.scaling.fleet import CONFIG, HAPROXY, Fleet, fleet
from tests.support import ROOT, RunningServer, Till

COMPOSE = yaml.safe_load((ROOT / "compose.scale.yaml").read_text(encoding="utf-8"))
pytestmark = pytest.mark.skipif(HAPROXY is None, reason="haproxy is not installed")

SIMULATORS = 4


@pytest.fixture(scope="module")
def ships() -> Iterator[Fleet]:
    with fleet(SIMULATORS) as running:
        yield running


@pytest.fixture
def servers(ships: Fleet) -> list[RunningServer]:
    return ships.servers


@pytest.fixture
def proxy(ships: Fleet) -> str:
    return ships.url


def homes(servers: list[RunningServer]) -> dict[str, list[int]]:
    """Which simulators have which sandbox, but for the one that all have."""
    found: dict[str, list[int]] = {}
    for number, server in enumerate(servers):
        for each in httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]:
            if each["name"] != "default":
                found.setdefault(each["name"], []).append(number)
    return found


def test_a_sandbox_lives_in_one_simulator_whatever_connection_its_calls_come_by(
    servers: list[RunningServer], proxy: str
) -> None:
    for number in range(40):
        with httpx.Client(base_url=f"{proxy}/sandboxes/scaled-{number}") as http:
            till = Till(http)
            payment = till.captured()
        with httpx.Client(base_url=f"{proxy}/sandboxes/scaled-{number}") as http:
            assert Till(http).status(payment) == "Captured"
    found = {name: where for name, where in homes(servers).items() if name.startswith("scaled-")}
    assert len(found) == 40
    assert {len(where) for where in found.values()} == {1}
    # By chance a simulator may get few, but with forty sandboxes none gets nothing.
    assert len(Counter(where[0] for where in found.values())) == SIMULATORS


def test_a_token_leads_to_its_sandbox_without_a_prefix(
    servers: list[RunningServer], proxy: str
) -> None:
    for number in range(8):
        name = f"by-token-{number}"
        with httpx.Client(base_url=f"{proxy}/sandboxes/{name}") as http:
            till = Till(http)
            payment, token = till.captured(), till._token
        headers = {
            "Authorization": f"Bearer {token}",
            "X-MobilePay-Client-System-Version": "1.0.0",
        }
        answer = httpx.get(f"{proxy}/pos/v10/payments/{payment}", headers=headers)
        assert answer.json()["status"] == "Captured"
        assert len(homes(servers)[name]) == 1


def test_a_token_of_the_default_sandbox_is_good_in_every_sandbox(proxy: str) -> None:
    with httpx.Client(base_url=proxy) as http:
        token = Till(http).token()
    for number in range(8):
        with httpx.Client(base_url=f"{proxy}/sandboxes/shared-token-{number}") as http:
            till = Till(http)
            till._token = token
            assert till.create_pos()


def test_a_sandbox_is_dropped_where_it_lives(servers: list[RunningServer], proxy: str) -> None:
    for number in range(8):
        name = f"dropped-{number}"
        httpx.get(f"{proxy}/sandboxes/{name}/_simulator/clock").raise_for_status()
        assert httpx.delete(f"{proxy}/_simulator/sandboxes/{name}").status_code == 204
        assert name not in homes(servers)


def test_a_lost_answer_is_lost_behind_the_proxy_too(proxy: str) -> None:
    with httpx.Client(base_url=f"{proxy}/sandboxes/lossy") as http:
        till = Till(http)
        pos_id = till.create_pos()
        till.control("POST", "/scenarios/next", {"scenario": "lost-response-initiate"})
        order = {
            **{"posId": pos_id, "orderId": "order-1", "amount": 10.0},
            **{"currencyCode": "DKK", "plannedCaptureDelay": "None"},
        }
        # On a connection that was used before, HAProxy breaks off as the simulator did.
        with pytest.raises(httpx.RemoteProtocolError):
            till.call("POST", "/payments", order, key="key")
        assert till.call("POST", "/payments", order, key="key").status_code == 200
        calls = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
        assert [each["delivery"] for each in calls] == ["nothing", "whole"]


def test_what_compose_sets_is_a_setting() -> None:
    known = {each.variable for each in settings_table()}
    assert set(COMPOSE["services"]["mobilepay"]["environment"]) <= known
    named = set(re.findall(r"\$\{(\w+)\}", CONFIG.read_text(encoding="utf-8")))
    assert named == set(COMPOSE["services"]["proxy"]["environment"])
