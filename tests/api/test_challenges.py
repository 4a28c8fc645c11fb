"""Whoever is answered 401 is told what to send: many clients send no credentials unasked."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.scripting.faults import Body
from mobilepay_simulator.settings.settings import Settings

from tests.support import CLIENT_ID, SECRET, RunningServer, Till, fresh, running_server

CONTROL_TOKEN = "a-control-token-of-ours"
TOKEN = "/integrator-authentication/connect/token"
GUID = "0b7b3a0e-3c64-4d6e-8f0c-6d3e9f0c7a11"
#: What may stand in a challenge (RFC 6750, section 3; RFC 9110, section 11.6.1).
CHALLENGE = re.compile(
    r'(?P<scheme>Basic|Bearer) realm="(?P<realm>[a-z-]+)"'
    r'(, error="(?P<error>[a-z_]+)", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+")?'
)
#: What a client may send, and what is then said to be wrong with its bearer token.
SENT: dict[str, tuple[list[tuple[str, str]], str | None]] = {
    "nothing": ([], None),
    "a wrong token": ([("Authorization", "Bearer æ\\x\"")], "invalid_token"),
    "what was a token": ([("Authorization", "Bearer a.b.c")], "invalid_token"),
    "credentials": ([("Authorization", "Basic eDp5")], None),
    "no scheme": ([("Authorization", "x")], None),
    "two tokens": ([("Authorization", "Bearer x"), ("Authorization", "Bearer y")], "invalid_request"),
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """A method on a path, without its parameters."""

    method: str
    path: str

    @property
    def realm(self) -> str:
        """Whose credentials it wants."""
        is_ours = self.path.startswith("/_simulator")
        return "mobilepay-sim" if is_ours else "mobilepay"

    @property
    def kind(self) -> str:
        """Which part of the simulator it belongs to."""
        kinds = {"/_simulator": "control", "/pos/app": "user simulation", "/pos/v10": "service"}
        kinds["/integrator-authentication/.well-known"] = "discovery"
        found = (kind for start, kind in kinds.items() if self.path.startswith(start))
        return "token" if self.path == TOKEN else next(found, "other")


def routes() -> list[Route]:
    """Every method on every path there is."""
    found = {
        Route(method, re.sub(r"<[^>]+>", GUID, rule.rule))
        for rule in create_app(Settings()).url_map.iter_rules()
        for method in rule.methods or ()
    }
    return sorted(found, key=lambda route: (route.path, route.method))


ROUTES = routes()


def form(route: Route) -> dict[str, bytes]:
    if route.kind != "token":
        return {}
    return {"content": b"grant_type=client_credentials"}


@pytest.fixture(scope="module", params=["", "--require-ibm-client-id"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[RunningServer, str]]:
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": CONTROL_TOKEN}
    options = [request.param] if request.param else []
    with running_server("--time-scale", "0", *options, env=env) as running:
        yield running, request.param


@pytest.mark.parametrize("sent", SENT)
def test_every_401_says_what_to_send(server: tuple[RunningServer, str], sent: str) -> None:
    running, option = server
    headers, error = SENT[sent]
    asked: dict[str, set[Route]] = {}
    with httpx.Client(base_url=running.url) as http:
        for route in ROUTES:
            pairs = [(name, value.encode()) for name, value in headers]
            if route.kind == "token":
                pairs.append(("Content-Type", b"application/x-www-form-urlencoded"))
            answer = http.request(route.method, route.path, headers=pairs, **form(route))
            if answer.status_code != 401:
                assert "WWW-Authenticate" not in answer.headers
                continue
            asked.setdefault(route.kind, set()).add(route)
            (told,) = answer.headers.get_list("WWW-Authenticate")
            found = CHALLENGE.fullmatch(told)
            assert found, told
            assert found["scheme"] == ("Basic" if route.kind == "token" else "Bearer")
            assert found["realm"] == route.realm
            if route.kind == "service" and not option:
                assert found["error"] == error
            elif route.kind == "control":
                assert bool(found["error"]) == bool(headers)
            else:
                assert found["error"] is None
    # So that it is known to have been looked at everywhere.
    expected = {"service", "control"} | ({"user simulation", "discovery"} if option else set())
    if sent != "two tokens" or option:
        expected |= {"token"}
    assert set(asked) == expected
    for kind in expected:
        # Methods that Flask answers by itself ask for nothing.
        all_there_are = {each for each in ROUTES if each.kind == kind and each.method != "OPTIONS"}
        is_open = {each for each in all_there_are if each.path == "/_simulator/health"}
        assert {each for each in asked[kind] if each.method != "OPTIONS"} == all_there_are - is_open


def test_a_wrong_control_token_on_the_page_is_told_as_well(
    server: tuple[RunningServer, str],
) -> None:
    running, _ = server
    with httpx.Client(base_url=running.url) as http:
        page = http.get("/page/login").text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        form = {"csrf": csrf[1], "token": "x"}
        answer = http.post("/page/login", data=form, follow_redirects=True)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="mobilepay-sim"'


@pytest.fixture(scope="module")
def open_server() -> Iterator[RunningServer]:
    with running_server("--time-scale", "0", "--scenario", "manual") as running:
        yield running


@pytest.mark.parametrize("body", Body)
@pytest.mark.parametrize("call", ["Token", "KeySet", "GetStores"])
def test_a_401_that_a_scenario_wants_says_so_too(
    open_server: RunningServer, call: str, body: Body
) -> None:
    url = f"{open_server.url}/sandboxes/{fresh('asked')}"
    fault = f"faults:\n  - {{call: {call}, answer: {{status: 401, body: {body}}}}}\n"
    assert httpx.put(f"{url}/_simulator/faults", content=fault).status_code == 200
    if call == "Token":
        answer = httpx.post(url + TOKEN, data={"grant_type": "client_credentials"})
    elif call == "KeySet":
        answer = httpx.get(f"{url}/integrator-authentication/.well-known/openid-configuration/jwks")
    else:
        with httpx.Client(base_url=url) as http:
            answer = Till(http).call("GET", "/stores")
    assert answer.status_code == 401
    found = CHALLENGE.fullmatch(answer.headers["WWW-Authenticate"])
    assert found
    assert found["scheme"] == ("Basic" if call == "Token" else "Bearer")
    assert found["error"] == (None if call == "Token" else "invalid_token")


@pytest.mark.skipif(not shutil.which("wget"), reason="wget is not installed")
def test_wget_gets_a_token_with_user_and_password(open_server: RunningServer) -> None:
    # It sends none before it is asked, unless --auth-no-challenge is given.
    command = ["wget", "-q", "-O", "-", "--no-proxy", "--user", CLIENT_ID, "--password", SECRET]
    grant = "grant_type=client_credentials&merchant_vat=DK12345678"
    command += ["--post-data", grant, open_server.url + TOKEN]
    got = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert '"access_token":' in got.stdout


def test_a_client_that_waits_to_be_asked_gets_a_token(open_server: RunningServer) -> None:
    form = {"grant_type": "client_credentials"}
    with httpx.Client(base_url=open_server.url) as http:
        first = http.post(TOKEN, data=form)
        assert first.headers["WWW-Authenticate"].startswith("Basic ")
        second = http.post(TOKEN, data=form, auth=(CLIENT_ID, SECRET))
    assert (first.status_code, second.status_code) == (401, 200)
