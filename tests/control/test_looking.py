"""Looking into a sandbox that is not there does not make it."""

import re
from collections.abc import Iterator

import httpx
import pytest
from mobilepay_simulator.control.routes import BASE, ROUTES, Route

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
