"""`--allow-origin`: pages of named origins may call the service's API, and nothing else."""

from collections.abc import Iterator

import httpx
import pytest

from tests.cli.test_cli import refused
from tests.support import CLIENT_ID, RunningServer, Till, running_server

PAGE, APP, OTHER = "http://localhost:5173", "capacitor://localhost", "https://evil.example"
ORIGIN = "access-control-allow-origin"
TOKEN = "/integrator-authentication/connect/token"


@pytest.fixture(scope="module")
def opened() -> Iterator[RunningServer]:
    options = ("--allow-origin", PAGE, "--allow-origin", APP, "--time-scale", "0")
    with running_server(*options, "--scenario", "manual") as server:
        yield server


@pytest.fixture
def page(opened: RunningServer) -> Iterator[httpx.Client]:
    """A page that a browser shows, as far as the simulator can tell."""
    with httpx.Client(base_url=opened.url, headers={"Origin": PAGE}) as http:
        yield http


def ask(http: httpx.Client, path: str, origin: str = PAGE) -> httpx.Response:
    """Asks, as a browser does before it sends a payment to another origin."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-mobilepay-idempotency-key",
    }
    return http.request("OPTIONS", path, headers=headers)


@pytest.mark.parametrize("origin", [PAGE, APP])
@pytest.mark.parametrize(
    "path",
    [
        "/pos/v10/payments",
        "/sandboxes/mine/pos/v10/payments",
        "/pos-self-certification-api/pos/v10/payments",
        "/pos/app/usersimulation/checkin",
        TOKEN,
    ],
)
def test_a_browser_that_asks_is_told_what_the_page_may_send(
    page: httpx.Client, origin: str, path: str
) -> None:
    answer = ask(page, path, origin)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers[ORIGIN] == origin
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "x-mobilepay-idempotency-key" in answer.headers["access-control-allow-headers"]
    assert "origin" in answer.headers["vary"].lower()
    assert "access-control-allow-credentials" not in answer.headers


def test_a_page_reads_right_answers_and_refusals(page: httpx.Client) -> None:
    till = Till(page)
    found = till.call("GET", "/stores")
    assert (found.status_code, found.headers[ORIGIN]) == (200, PAGE)
    refused = page.get("/pos/v10/stores")
    assert (refused.status_code, refused.headers[ORIGIN]) == (401, PAGE)
    assert till.call("GET", "/payments").headers[ORIGIN] == PAGE


def test_a_page_reads_an_answer_whose_work_follows_a_wait(page: httpx.Client) -> None:
    fault = "faults:\n  - {call: GetStores, delay: 50ms, work: after}\n"
    control = httpx.Client(base_url=page.base_url)
    with control:
        assert control.put("/_simulator/faults", content=fault).status_code == 200
        answer = Till(page).call("GET", "/stores")
        assert control.delete("/_simulator/faults").status_code == 204
    assert (answer.status_code, answer.headers[ORIGIN]) == (200, PAGE)


@pytest.mark.parametrize("origin", [OTHER, "null", "http://localhost:51730", "http://localhost"])
def test_no_other_origin_is_let_in(page: httpx.Client, origin: str) -> None:
    for answer in (
        ask(page, "/pos/v10/payments", origin),
        page.get("/pos/v10/stores", headers={"Origin": origin}),
    ):
        assert ORIGIN not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/_simulator/clock",
        "/_simulator/health",
        "/sandboxes/mine/_simulator/clock",
        "/",
        "/page/requests",
        "/docs",
        "/openapi.json",
        "/nothing",
        "/pos/../_simulator/clock",
    ],
)
def test_nothing_but_the_service_is_opened(page: httpx.Client, path: str) -> None:
    for answer in (ask(page, path), page.get(path), page.post(path, json={})):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_that_may_pay_may_not_control(page: httpx.Client) -> None:
    assert page.post("/_simulator/reset").status_code == 403


def test_what_a_browser_asks_is_no_call_of_the_client(page: httpx.Client) -> None:
    path = "/sandboxes/asked/pos/v10/payments"
    ask(page, path)
    seen = httpx.get(f"{page.base_url}/sandboxes/asked/_simulator/requests").json()
    assert seen["requests"] == []


def test_without_the_option_no_page_is_let_in(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url) as http:
        answer = ask(http, "/pos/v10/payments")
        assert ORIGIN not in answer.headers
        assert ORIGIN not in http.get("/pos/v10/stores", headers={"Origin": PAGE}).headers


def test_the_variable_takes_several() -> None:
    env = {"MOBILEPAY_SIM_ALLOW_ORIGIN": f"{OTHER}:443 {PAGE}"}
    with running_server(env=env) as server, httpx.Client(base_url=server.url) as http:
        for origin in (OTHER, PAGE):
            headers = {"Origin": origin, "X-IBM-Client-Id": CLIENT_ID}
            assert http.get("/pos/v10/stores", headers=headers).headers[ORIGIN] == origin


@pytest.mark.parametrize(
    "origin", ["*", "localhost:5173", "http://localhost:5173/", "http://*.example.test", "http://"]
)
def test_what_is_no_origin_is_refused_in_one_line(origin: str) -> None:
    said = refused("serve", "--port", "0", "--allow-origin", origin)
    assert "--allow-origin" in said
    assert "http://localhost:5173" in said
