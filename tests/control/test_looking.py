"""Looking into a sandbox that is not there does not make it, nor does a call that is refused."""

import re
from collections.abc import Iterator

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.control.routes import BASE, ROUTES, Route
from mobilepay_simulator.sandboxes.registry import HostedSandbox
from mobilepay_simulator.settings.settings import Settings

from tests.control.asking import ask
from tests.support import RunningServer, Till, fresh

#: Calls that are nothing but looking, and yet begin something: a clock, the stores of merchants.
BEGINNING = ("/clock", "/merchants")
#: Calls that are not about one sandbox, or never end.
ELSEWHERE = ("/health", "/sandboxes", "/states", "/changes", "/stream")
#: Bodies of calls that look with POST.
BODIES = {
    "/verify": '{"operation": "CapturePayment", "count": 0}',
    "/ledger/compare": "orderId,captured\norder-1,10\n",
    "/scenarios/check": "summary: x\nsteps: []\n",
    "/runs/<run_id>/wait": "",
}
LOOKING = [
    each
    for each in ROUTES
    if (each.method == "GET" or each.path in BODIES) and each.path not in (*BEGINNING, *ELSEWHERE)
]


@pytest.fixture
def names(server: RunningServer) -> Iterator[tuple[str, str]]:
    """The names of a sandbox that is not there, and of one that is new."""
    missing, new = fresh("missing"), fresh("new")
    httpx.post(f"{server.url}/sandboxes/{new}{BASE}/reset")
    yield missing, new
    for name in (missing, new):
        httpx.delete(f"{server.url}{BASE}/sandboxes/{name}")


def made(server: RunningServer) -> set[str]:
    answer = httpx.get(f"{server.url}{BASE}/sandboxes").json()
    return {each["name"] for each in answer["sandboxes"]}


def look(server: RunningServer, name: str, route: Route) -> httpx.Response:
    path = re.sub("<.*?>", "1", route.path)
    url = f"{server.url}/sandboxes/{name}{BASE}{path}"
    return httpx.request(route.method, url, content=BODIES.get(route.path))


def test_all_that_looks_is_looked_at() -> None:
    paths = {each.path for each in LOOKING}
    assert {"/audit", "/ledger", "/requests", "/explain/<request_id>", "/runs"} <= paths
    assert paths >= set(BODIES)


@pytest.mark.parametrize("route", LOOKING, ids=lambda route: route.endpoint)
def test_what_looks_makes_no_sandbox_and_answers_as_for_a_new_one(
    server: RunningServer, names: tuple[str, str], route: Route
) -> None:
    missing, new = names
    here = look(server, missing, route)
    assert missing not in made(server)
    there = look(server, new, route)
    assert here.status_code == there.status_code
    assert here.headers["content-type"] == there.headers["content-type"]


@pytest.mark.parametrize("path", BEGINNING)
def test_what_begins_a_clock_or_a_shop_makes_a_sandbox(
    server: RunningServer, names: tuple[str, str], path: str
) -> None:
    missing, _ = names
    assert httpx.get(f"{server.url}/sandboxes/{missing}{BASE}{path}").status_code == 200
    assert missing in made(server)


#: Calls that change something, and what they are refused with in a new sandbox; {} where that is
#: enough.
REFUSED = {
    "/callbacks/<alias>": '{"url": "ftp://a/"}',
    "/clock": '{"scale": -1}',
    "/faults": "faults: [{}]",
    "/polling": '{"delay": -1}',
    "/snapshot": '{"format": "another"}',
    "/scenarios/<name>": "summary: x\nsteps: 1\n",
    "/scenarios/next": '{"scenario": "nothing"}',
    "/arrange": '{"what": "payment", "state": "Captured", "merchant": "DK1"}',
    "/certifications": '{"cases": ["nothing"]}',
}
#: Calls that nothing refuses, or not those of a sandbox that has nothing.
NEVER = (
    ("POST", "/reset"),
    ("DELETE", "/scenarios/next"),
    ("DELETE", "/faults"),
    ("DELETE", "/polling"),
    ("DELETE", "/sandboxes/<name>"),
)
CHANGING = [
    each
    for each in ROUTES
    if each.method != "GET" and each.path not in BODIES and (each.method, each.path) not in NEVER
]


@pytest.mark.parametrize("route", CHANGING, ids=lambda route: route.endpoint)
def test_what_is_refused_makes_no_sandbox(
    server: RunningServer, names: tuple[str, str], route: Route
) -> None:
    missing, _ = names
    path = re.sub("<.*?>", "1", route.path)
    body = "" if route.method == "DELETE" else REFUSED.get(route.path, "{}")
    url = f"{server.url}/sandboxes/{missing}{BASE}{path}"
    answer = httpx.request(route.method, url, content=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert missing not in made(server)


def test_what_changes_a_sandbox_that_is_not_there_makes_it(
    server: RunningServer, names: tuple[str, str]
) -> None:
    missing, _ = names
    url = f"{server.url}/sandboxes/{missing}{BASE}"
    put = httpx.put(f"{url}/callbacks/a", json={"url": "http://a.test/"})
    assert put.status_code == 200
    assert httpx.get(f"{url}/callbacks").json()["callbacks"] == {"a": "http://a.test/"}
    kept = httpx.get(f"{url}/requests", params={"operation": "Control"}).json()["requests"]
    assert [each["request"]["path"] for each in kept] == [f"{BASE}/callbacks/a"]


def test_where_another_thread_makes_the_sandbox_first_a_call_is_of_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = create_app(Settings())
    sandboxes = app.context.sandboxes
    make = sandboxes.fresh

    def make_too_late(name: str) -> HostedSandbox:
        sandboxes.get(name)
        return make(name)

    monkeypatch.setattr(sandboxes, "fresh", make_too_late)
    path = f"/sandboxes/one{BASE}/callbacks/a"
    assert ask(app, "PUT", path, '{"url": "http://a.test/"}').status == 200
    there = sandboxes.find("one")
    assert there is not None
    assert there.world.callback_urls == {"a": "http://a.test/"}
    assert len(there.journal) == 1


def test_a_call_of_the_service_makes_a_sandbox(
    server: RunningServer, names: tuple[str, str]
) -> None:
    missing, _ = names
    with httpx.Client(base_url=f"{server.url}/sandboxes/{missing}") as http:
        Till(http).store_id()
    assert missing in made(server)


def test_looking_takes_no_room_where_there_may_be_no_more_sandboxes(
    server: RunningServer, names: tuple[str, str]
) -> None:
    before = made(server)
    for number in range(20):
        url = f"{server.url}/sandboxes/nobody-{number}{BASE}/audit"
        assert httpx.get(url).status_code == 200
    assert made(server) == before
