"""No configuration that is good keeps a server from starting, whatever calls it refuses."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.support import cli, running_server

CLIENT = "11111111-2222-4333-8444-555555555555"

#: Data files that change what is seeded.
DATA = {
    "another secret": f"integrators: [{{client_id: {CLIENT}, client_secret: mine}}]",
    "long-lived tokens": (
        f"integrators: [{{client_id: {CLIENT}, client_secret: mine, long_lived_tokens: true}}]"
    ),
    "bound to a sandbox": (
        f"integrators: [{{client_id: {CLIENT}, client_secret: mine, sandbox: nightly}}]"
    ),
    "another x-ibm-client-id": (
        f"integrators: [{{client_id: {CLIENT}, client_secret: mine, ibm_client_id: app}}]"
    ),
    "no stores": "merchants: [{vat: DK12345678, name: Closed, stores: []}]",
    "inactive stores": """\
merchants:
  - vat: DK12345678
    name: Closed
    stores: [{name: Closed, brand_id: POSDK55555, location_id: "00007", active: false}]
""",
}

OPTIONS = [
    ("--integrator", f"{CLIENT}:mine"),
    ("--integrator", f"{CLIENT}:mine@nightly"),
    ("--require-certified",),
    ("--require-ibm-client-id",),
    ("--require-system-name",),
    ("--blocked-versions", "1.0.0 999999999.0.0"),
    ("--inactivity-limit", "0ms"),
    ("--reservation-lifetime", "0ms"),
    ("--token-lifetime", "1s"),
    ("--time-scale", "1000000"),
    ("--max-body", "1"),
    ("--max-sandboxes", "1"),
    ("--journal-size", "1"),
    ("--control-token", "secret"),
    ("--public-url", "https://till.example.test/pos"),
    ("--magic-amounts",),
]

#: Scenarios of files, by name, that strike calls.
SCENARIOS = {
    "manual": "{summary: Fails., steps: [], faults: [{call: InitiatePayment, answer: {status: 500}}]}",
    "warm-up": "{summary: Fails., steps: [], faults: [{call: InitiatePayment, answer: {status: 500}}]}",
    "mine": """\
summary: Every payment is late.
applies_to: {amount: 0.01}
steps: []
faults: [{call: InitiatePayment, delay: 5m}]
""",
}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_a_server_starts_whatever_its_data_are(tmp_path: Path, data: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(data)
    with running_server("--data", str(path)) as server:
        assert httpx.get(f"{server.url}/_simulator/health").status_code == 200


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_a_server_starts_whatever_calls_its_settings_refuse(options: tuple[str, ...]) -> None:
    with running_server(*options) as server:
        assert httpx.get(f"{server.url}/_simulator/health").status_code == 200


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_server_starts_whatever_its_scenarios_do(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.yaml").write_text(SCENARIOS[name])
    assert cli("scenario", "check", str(tmp_path)).returncode == 0
    with running_server("--scenarios", str(tmp_path), "--scenario", name) as server:
        assert httpx.get(f"{server.url}/_simulator/scenarios").status_code == 200


def test_the_secret_of_a_file_is_the_one_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(DATA["another secret"])
    form = {"grant_type": "client_credentials", "client_id": CLIENT}
    with running_server("--data", str(path)) as server:
        url = f"{server.url}/integrator-authentication/connect/token"
        seeded = httpx.post(url, data={**form, "client_secret": "sandbox-secret"})
        changed = httpx.post(url, data={**form, "client_secret": "mine"})
    assert (seeded.status_code, changed.status_code) == (401, 200)


def test_a_start_leaves_nothing_in_the_default_sandbox() -> None:
    with running_server("--start-time", "2024-01-31T12:00:00Z", "--time-scale", "0") as server:
        requests = httpx.get(f"{server.url}/_simulator/requests").json()
        events = httpx.get(f"{server.url}/_simulator/events").json()
        clock = httpx.get(f"{server.url}/_simulator/clock").json()
    assert requests["requests"] == []
    assert events["events"] == []
    assert datetime.fromisoformat(clock["now"]) == datetime(2024, 1, 31, 12, tzinfo=UTC)
