"""Who may call the control API: from where, with which token, under which name, from which page."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.control.routes import BASE, ROUTES
from mobilepay_simulator.settings.settings import Settings
from werkzeug.test import Client, TestResponse

from tests.support import RunningServer, fresh, running_server

TOKEN = "a-token.of_ours~1+2/3="
STILL = ("--time-scale", "0", "--scenario", "manual")


def address_of_this_machine() -> str:
    """An address by which this machine is reached from elsewhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: this only looks for the way there.
            probe.connect(("192.0.2.1", 9))
            address = str(probe.getsockname()[0])
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("this machine has no address but the loopback ones")
    return address


@pytest.fixture(scope="module")
def guarded() -> Iterator[RunningServer]:
    """A server with a control token, on all addresses."""
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": TOKEN}
    with running_server("--host", "0.0.0.0", *STILL, env=env) as server:
        yield server


@pytest.fixture(scope="module")
def everywhere() -> Iterator[RunningServer]:
    """A server without one, on all addresses."""
    with running_server("--host", "0.0.0.0", *STILL) as server:
        yield server


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    """The same in process, where a caller's address can be made up."""
    return create_app(Settings(time_scale=0, scenario="manual", allowed_hosts=("*.example.test",)))


def ask(app: SimulatorApp, path: str = "/clock", **options: Any) -> TestResponse:
    return app.test_client().get(f"{BASE}{path}", **options)


def from_peer(app: SimulatorApp, peer: str, **headers: str) -> TestResponse:
    """Calls from an address."""
    return ask(app, environ_overrides={"REMOTE_ADDR": peer}, headers=headers)


# --- the token --------------------------------------------------------------------------------

WRONG = [
    {},
    {"Authorization": "Bearer wrong"},
    {"Authorization": "Bearer"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": TOKEN},
    {"Authorization": "Bearer æøå".encode()},
]


@pytest.mark.parametrize("headers", WRONG)
def test_without_the_right_token_nothing_is_told(
    guarded: RunningServer, headers: dict[str, Any]
) -> None:
    answer = httpx.get(f"{guarded.url}{BASE}/clock", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="mobilepay-sim"')
    assert "Authorization: the control token is " in answer.json()["error"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_the_token_all_is_as_ever(guarded: RunningServer, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}"}
    assert httpx.get(f"{guarded.url}{BASE}/clock", headers=headers).status_code == 200


def test_the_token_lets_in_from_another_machine_too(guarded: RunningServer) -> None:
    url = f"http://{address_of_this_machine()}:{guarded.port}{BASE}/clock"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_token_that_is_there_twice_is_refused(guarded: RunningServer) -> None:
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]
    assert httpx.get(f"{guarded.url}{BASE}/clock", headers=headers).status_code == 401


CALLS = [(method, path) for method, path, *_ in ROUTES if path != "/health"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_control_call_wants_the_token(guarded: RunningServer, method: str, path: str) -> None:
    for base in (guarded.url, f"{guarded.url}/sandboxes/mine"):
        assert httpx.request(method, f"{base}{BASE}{path}", json={}).status_code == 401


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/clock/", "/clock/advance/x"])
def test_paths_that_are_not_there_want_it_as_well(guarded: RunningServer, path: str) -> None:
    assert httpx.get(f"{guarded.url}{BASE}{path}").status_code == 401


def test_a_refused_call_makes_no_sandbox(guarded: RunningServer) -> None:
    name = fresh("refused")
    httpx.post(f"{guarded.url}/sandboxes/{name}{BASE}/reset")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    found = httpx.get(f"{guarded.url}{BASE}/sandboxes", headers=headers).json()["sandboxes"]
    assert name not in [each["name"] for each in found]


def test_the_api_of_the_service_itself_knows_no_control_token(guarded: RunningServer) -> None:
    path = "/integrator-authentication/.well-known/openid-configuration"
    assert httpx.get(guarded.url + path).status_code == 200


def test_the_token_is_neither_shown_nor_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_server("--control-token", TOKEN, log=log) as server:
        httpx.get(f"{server.url}{BASE}/clock", headers={"Authorization": f"Bearer {TOKEN}"})
        httpx.get(f"{server.url}{BASE}/clock", headers={"Authorization": f"Bearer {TOKEN}x"})
    written = log.read_text()
    assert "control    with the control token" in written
    assert TOKEN not in written
    assert TOKEN not in repr(Settings(control_token=TOKEN))


# --- health -----------------------------------------------------------------------------------


def test_health_answers_everybody_but_tells_strangers_only_that_it_is_well(
    guarded: RunningServer,
) -> None:
    answer = httpx.get(f"{guarded.url}{BASE}/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    whole = httpx.get(f"{guarded.url}{BASE}/health", headers=headers).json()
    assert set(whole) == {
        "status",
        "version",
        "seed",
        "scenario",
        "sandboxes",
        "journalMb",
        "journalLimitMb",
        "lostLogLines",
        "problems",
    }


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}],
    ids=["host", "origin"],
)
def test_health_is_short_for_whoever_may_not_call_the_rest(
    everywhere: RunningServer, headers: dict[str, str]
) -> None:
    answer = httpx.get(f"{everywhere.url}{BASE}/health", headers=headers)
    assert set(answer.json()) == {"status", "version"}


def test_health_is_short_for_other_machines(everywhere: RunningServer) -> None:
    url = f"http://{address_of_this_machine()}:{everywhere.port}{BASE}/health"
    assert set(httpx.get(url).json()) == {"status", "version"}


# --- the peer ---------------------------------------------------------------------------------


def test_another_machine_is_refused_and_told_how_to_be_let_in(everywhere: RunningServer) -> None:
    url = f"http://{address_of_this_machine()}:{everywhere.port}{BASE}/clock"
    answer = httpx.get(url)
    assert answer.status_code == 403
    assert (
        "another machine; use --control-token TEXT or --allow-remote-control"
        in answer.json()["error"]
    )


def test_this_machine_is_let_in(everywhere: RunningServer) -> None:
    assert httpx.get(f"{everywhere.url}{BASE}/clock").status_code == 200


def test_other_machines_are_let_in_where_that_is_wanted() -> None:
    address = address_of_this_machine()
    with running_server("--host", "0.0.0.0", "--allow-remote-control") as server:
        url = f"http://{address}:{server.port}{BASE}/clock"
        assert httpx.get(url).status_code == 200
        assert httpx.get(url, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 200


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_a_loopback_address_is_of_this_machine(app: SimulatorApp, peer: str) -> None:
    assert from_peer(app, peer).status_code == 200


@pytest.mark.parametrize(
    "peer", ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "fe80::1%eth0", "128.0.0.1", "", "x"]
)
def test_any_other_address_is_not(app: SimulatorApp, peer: str) -> None:
    assert from_peer(app, peer).status_code == 403


def test_who_calls_the_application_itself_is_of_this_machine(app: SimulatorApp) -> None:
    answer = Client(app).get(f"{BASE}/clock")
    assert "REMOTE_ADDR" not in answer.request.environ
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"]
)
def test_what_a_proxy_on_this_machine_passes_on_is_refused(
    everywhere: RunningServer, name: str
) -> None:
    answer = httpx.get(f"{everywhere.url}{BASE}/clock", headers={name: "127.0.0.1"})
    assert answer.status_code == 403
    assert f"came through a proxy ({name.lower()})" in answer.json()["error"]


def test_a_header_of_a_proxy_makes_nobody_local(app: SimulatorApp) -> None:
    answer = from_peer(app, "192.0.2.7", **{"X-Forwarded-For": "127.0.0.1"})
    assert answer.status_code == 403


# --- the name it is called by -----------------------------------------------------------------

KNOWN = [
    "localhost",
    "LOCALHOST:8080",
    "till-1.localhost:8080",
    "127.0.0.1:8080",
    "192.0.2.7",
    "[::1]:8080",
    "mobilepay:8080",
    "api.mobilepay.dk",
    "api.sandbox.mobilepay.dk:8443",
    "host.docker.internal:8080",
    "sim.example.test",
]


@pytest.mark.parametrize("host", KNOWN)
def test_a_name_that_can_only_mean_this_server_is_taken(app: SimulatorApp, host: str) -> None:
    assert ask(app, headers={"Host": host}).status_code == 200


UNKNOWN = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example"]


@pytest.mark.parametrize("host", UNKNOWN)
def test_any_other_name_is_refused_and_the_option_told(
    everywhere: RunningServer, host: str
) -> None:
    answer = httpx.get(f"{everywhere.url}{BASE}/clock", headers={"Host": host})
    assert answer.status_code == 403
    assert "--allowed-hosts" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/docs", "/docs/start.js", "/"])
def test_pages_are_not_shown_under_another_name(everywhere: RunningServer, path: str) -> None:
    answer = httpx.get(f"{everywhere.url}{path}", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert httpx.get(f"{everywhere.url}{path}").status_code in (200, 404)


def test_the_api_of_the_service_itself_is_answered_under_any_name(
    everywhere: RunningServer,
) -> None:
    path = "/integrator-authentication/.well-known/openid-configuration"
    answer = httpx.get(everywhere.url + path, headers={"Host": "any.example"})
    assert answer.status_code == 200


OWN_NAMES = [
    {"allowed_hosts": ("sim.example",)},
    {"host": "sim.example"},
    {"public_url": "https://sim.example:9443/x"},
    {"tls_hosts": ("sim.example",)},
]


@pytest.mark.parametrize("setting", OWN_NAMES, ids=lambda each: next(iter(each)))
def test_a_name_that_is_set_is_taken(setting: dict[str, Any]) -> None:
    app = create_app(Settings(**setting))
    assert ask(app, headers={"Host": "sim.example:1"}).status_code == 200
    assert ask(app, headers={"Host": "other.example:1"}).status_code == 403


def test_a_request_as_of_http_1_0_needs_no_name(everywhere: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", everywhere.port), timeout=5) as raw:
        raw.sendall(f"GET {BASE}/clock HTTP/1.0\r\n\r\n".encode())
        assert raw.recv(100).split()[1] == b"200"


# --- pages of other sites ---------------------------------------------------------------------

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_page_of_another_site_can_not_make_a_call(
    everywhere: RunningServer, headers: dict[str, str]
) -> None:
    answer = httpx.post(
        f"{everywhere.url}{BASE}/reset", headers={**headers, "Content-Type": "text/plain"}
    )
    assert answer.status_code == 403
    assert "cross-site" in answer.json()["error"]


def test_a_page_of_its_own_can(everywhere: RunningServer) -> None:
    headers = {"Origin": everywhere.url, "Sec-Fetch-Site": "same-origin"}
    answer = httpx.post(f"{everywhere.url}/sandboxes/page{BASE}/reset", headers=headers)
    assert answer.status_code == 200


def test_a_browser_that_asks_first_gets_no_leave(everywhere: RunningServer) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    answer = httpx.options(f"{everywhere.url}{BASE}/clock", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", [f"{BASE}/health", f"{BASE}/clock", "/openapi.json", "/nothing"])
def test_no_answer_carries_a_header_that_opens_it_to_other_sites(
    everywhere: RunningServer, path: str
) -> None:
    for origin in (everywhere.url, "https://evil.example"):
        answer = httpx.get(everywhere.url + path, headers={"Origin": origin})
        assert not [name for name in answer.headers if name.startswith("access-control")]
