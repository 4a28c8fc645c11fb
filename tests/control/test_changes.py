"""What has changed: asked for, and told as it happens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.client import ControlClient
from mobilepay_simulator.control.changes import KINDS
from mobilepay_simulator.server.streams import MOST_STREAMS

from tests.support import CLIENT_ID, RunningServer, Till, fresh, running_server


def place(till: Till) -> str:
    """Where things are now."""
    return str(till.control("GET", "/changes")["id"])


def since(till: Till, where: str) -> dict[str, Any]:
    """What has changed since a place."""
    found: dict[str, Any] = till.control("GET", f"/changes?after={where}")["changes"]
    return found


class Events:
    """Server-sent events as they are read from a connection."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.id = ""

    def next(self) -> tuple[str, dict[str, Any]]:
        """The next event that says something."""
        kind = ""
        for line in self._lines:
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line.startswith("id: "):
                self.id = line[4:]
            elif not line and kind:
                return kind, data
        raise EOFError

    def until(self, wanted: str) -> dict[str, Any]:
        """The next event of a kind."""
        while True:
            kind, data = self.next()
            if kind == wanted:
                return data


@contextmanager
def listening(base: str, query: str = "", **headers: str) -> Iterator[Events]:
    """A stream that is open: its first byte has come."""
    url = f"{base}/_simulator/stream{query}"
    with (
        httpx.Client(timeout=httpx.Timeout(10)) as http,
        http.stream("GET", url, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert "Content-Length" not in answer.headers
        lines = answer.iter_lines()
        if "after" not in query and not headers:
            assert next(lines).startswith(":")
        yield Events(lines)


@pytest.fixture
def base(till: Till) -> str:
    """The URL of the till's sandbox."""
    return str(till.http.base_url).rstrip("/")


# --- asked for --------------------------------------------------------------------------------


def test_nothing_has_changed_since_now(till: Till) -> None:
    assert since(till, place(till)) == {}


def test_what_has_changed_is_told_by_kind_with_ids(till: Till) -> None:
    pos_id = till.create_pos()
    before = place(till)
    payment_id = till.initiate(pos_id)
    changes = since(till, before)
    assert changes["payments"] == {"ids": [payment_id], "more": False}
    assert changes["points-of-sale"]["ids"] == [pos_id]
    assert {"requests", "runs"} <= set(changes)
    assert "clock" not in changes


def test_a_jump_of_the_clock_a_store_and_a_scenario_are_told(till: Till) -> None:
    before = place(till)
    till.advance(seconds=1)
    till.control("POST", "/scenarios/next", {"scenario": "success"})
    till.http.put("/_simulator/scenarios/mine", content=b"summary: Nobody comes.")
    assert {"clock", "scenarios", "runs", "requests"} <= set(since(till, before))


def certifications_changed(till: Till, where: str) -> bool:
    """Whether how a certification stands may have changed since a place."""
    return "certifications" in since(till, where)


def test_what_is_done_to_a_certification_is_told(till: Till) -> None:
    before = place(till)
    till.control("POST", "/certifications", {"sections": ["onboarding"]})
    assert certifications_changed(till, before)
    for act in ("cases/certify-delete-pos/restart", "abandon"):
        before = place(till)
        till.control("POST", f"/certifications/C1/{act}")
        assert certifications_changed(till, before)


def test_looking_at_a_certification_changes_nothing(till: Till) -> None:
    till.control("POST", "/certifications", {"sections": ["onboarding"]})
    before = place(till)
    till.control("GET", "/certifications/C1")
    assert since(till, before) == {}


def test_what_happens_in_a_case_is_told(till: Till) -> None:
    till.control(
        "POST", "/certifications", {"cases": ["certify-full-capture"], "clientIds": [CLIENT_ID]}
    )
    pos_id = till.create_pos()
    before = place(till)
    till.initiate(pos_id)
    assert certifications_changed(till, before)
    # The customer of the case acts by himself.
    before = place(till)
    till.advance(seconds=30)
    assert certifications_changed(till, before)


def test_what_happens_in_no_case_leaves_certifications_alone(till: Till) -> None:
    till.control("POST", "/certifications", {"cases": ["certify-refund"], "clientIds": [CLIENT_ID]})
    before = place(till)
    till.captured()
    assert not certifications_changed(till, before)


def test_that_a_till_was_told_of_a_check_in_is_told(till: Till) -> None:
    till.control("PUT", "/callbacks/mine", {"url": "http://127.0.0.1:1/"})
    pos_id = till.create_pos(callbackAlias="mine")
    till.user("checkin", pos_id)
    (letter,) = till.control("GET", "/notifications")["notifications"]
    beginning = f"{place(till).partition('-')[0]}-0-0-0"
    told = {"ids": [], "more": False}
    while not told["ids"]:
        told = since(till, beginning)["notifications"]
    assert told == {"ids": [letter["id"]], "more": False}


def test_of_many_a_few_ids_are_told_and_that_there_are_more(till: Till) -> None:
    pos_id = till.create_pos()
    before = place(till)
    for _ in range(55):
        till.captured(pos_id)
    payments = since(till, before)["payments"]
    assert (len(payments["ids"]), payments["more"]) == (50, True)


@pytest.mark.parametrize("where", ["x", "1-2", "0-9-9-9", "0-1-1-1-1", "99999999-1-1-1"])
def test_after_a_place_that_can_not_be_everything_may_have_changed(till: Till, where: str) -> None:
    till.create_pos()
    assert set(since(till, where)) == set(KINDS)


def test_after_a_reset_everything_may_have_changed(till: Till) -> None:
    till.create_pos()
    before = place(till)
    till.control("POST", "/reset")
    assert set(since(till, before)) == set(KINDS)


def test_after_a_drop_everything_has_changed_once(
    server: RunningServer, till: Till, base: str
) -> None:
    till.create_pos()
    before = place(till)
    httpx.delete(f"{server.url}/_simulator/sandboxes/{base.rpartition('/')[2]}")
    assert set(since(till, before)) == set(KINDS)
    assert since(till, place(till)) == {}


def test_sandboxes_that_came_and_went_meanwhile_are_told(server: RunningServer, till: Till) -> None:
    before = place(till)
    name = fresh("meanwhile")
    httpx.post(f"{server.url}/sandboxes/{name}/_simulator/reset")
    assert since(till, before) == {"sandboxes": {"ids": [], "more": False}}
    before = place(till)
    httpx.delete(f"{server.url}/_simulator/sandboxes/{name}")
    assert since(till, before) == {"sandboxes": {"ids": [], "more": False}}


def test_a_sandbox_that_was_begun_at_the_same_time_is_another_one() -> None:
    heard = ""
    for _ in range(2):
        with running_server("--time-scale", "0", "--start-time", "2024-01-31T12:00:00Z") as server:
            url = f"{server.url}/sandboxes/named/_simulator"
            httpx.get(f"{url}/clock")
            for before in filter(None, (heard, httpx.get(f"{url}/changes").json()["id"])):
                httpx.post(f"{url}/reset")
                changes = httpx.get(f"{url}/changes?after={before}").json()["changes"]
                assert set(changes) == set(KINDS)
            heard = httpx.get(f"{url}/changes").json()["id"]


def test_the_generation_of_a_sandbox_changes_with_each_of_its_name(
    server: RunningServer, till: Till, base: str
) -> None:
    name = base.rpartition("/")[2]

    def generation() -> str:
        found = httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]
        return next(each["generation"] for each in found if each["name"] == name)

    till.create_pos()
    first = generation()
    till.create_pos()
    assert generation() == first
    snapshot = till.control("GET", "/snapshot")
    till.control("POST", "/reset")
    second = generation()
    till.control("PUT", "/snapshot", snapshot)
    assert len({first, second, generation()}) == 3


def test_asking_does_not_make_a_sandbox(server: RunningServer) -> None:
    name = fresh("unborn")
    httpx.get(f"{server.url}/sandboxes/{name}/_simulator/changes")
    found = httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]
    assert name not in [each["name"] for each in found]


# --- told as it happens -----------------------------------------------------------------------


def test_what_happens_is_told_as_it_happens(till: Till, base: str) -> None:
    pos_id = till.create_pos()
    with listening(base) as events:
        payment_id = till.initiate(pos_id)
        assert events.until("payments")["ids"] == [payment_id]
        till.advance(seconds=1)
        assert events.until("clock")


def test_much_at_once_is_told_once(till: Till, base: str) -> None:
    pos_id = till.create_pos()
    before = place(till)
    for _ in range(30):
        till.captured(pos_id)
    with listening(base, f"?after={before}&every=60") as events:
        assert len(events.until("payments")["ids"]) == 30


def test_a_listener_that_comes_again_hears_what_it_has_missed(till: Till, base: str) -> None:
    pos_id = till.create_pos()
    with listening(base) as events:
        till.initiate(pos_id)
        events.until("runs")
        heard = events.id or place(till)
    missed = till.initiate(till.create_pos())
    with listening(base, **{"Last-Event-ID": heard}) as events:
        assert missed in events.until("payments")["ids"]


def test_a_reset_is_told_to_whoever_listens(till: Till, base: str) -> None:
    till.create_pos()
    with listening(base) as events:
        till.control("POST", "/reset")
        assert events.until("payments") == {"ids": [], "more": True}


def test_another_sandbox_is_told_of_but_not_what_happens_there(
    server: RunningServer, till: Till, base: str
) -> None:
    till.create_pos()
    with listening(base) as events:
        httpx.get(f"{server.url}/sandboxes/{fresh('another')}/_simulator/clock")
        kind, _ = events.next()
        assert kind == "sandboxes"


def test_a_dropped_sandbox_does_not_come_back_because_somebody_listens(
    server: RunningServer, till: Till, base: str
) -> None:
    till.create_pos()
    name = base.rpartition("/")[2]
    with listening(base) as events:
        httpx.delete(f"{server.url}/_simulator/sandboxes/{name}")
        assert events.until("payments") == {"ids": [], "more": True}
        assert events.until("sandboxes")
        found = httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]
        assert name not in [each["name"] for each in found]
    till.create_pos()


def test_the_typed_client_listens_too(server: RunningServer, till: Till, base: str) -> None:
    pos_id = till.create_pos()
    before = place(till)
    payment_id = till.initiate(pos_id)
    with ControlClient(server.url, sandbox=base.rpartition("/")[2]) as control:
        told = dict(zip(range(3), control.stream(before), strict=False))
    assert ("payments", (payment_id,)) in {(kind, each.ids) for kind, each in told.values()}


def test_so_many_may_listen_and_no_more_and_who_leaves_makes_room() -> None:
    # Of its own server: on a shared one, those who have left in other tests may still count.
    with (
        running_server("--time-scale", "0") as server,
        httpx.Client(timeout=10, limits=httpx.Limits(max_connections=None)) as http,
    ):
        url = f"{server.url}/_simulator/stream"
        streams = [
            http.send(http.build_request("GET", url), stream=True) for _ in range(MOST_STREAMS)
        ]
        assert {each.status_code for each in streams} == {200}
        assert http.get(url).status_code == 503
        for each in streams:
            each.close()
        # Each is noticed to have left when it is looked after next.
        while True:
            with http.stream("GET", url) as answer:
                if answer.status_code == 200:
                    break


def test_who_asks_for_the_head_of_a_stream_alone_gets_it_and_takes_no_place(
    server: RunningServer, till: Till
) -> None:
    path = till.http.base_url.path + "_simulator/stream"
    with httpx.Client(base_url=server.url, timeout=10) as http:
        for _ in range(MOST_STREAMS + 1):
            answer = http.head(path)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
            assert "Content-Length" not in answer.headers
        # On one connection, which goes on.
        with http.stream("GET", path) as stream:
            assert stream.status_code == 200


def test_a_stream_ends_with_the_server() -> None:
    with (
        running_server("--time-scale", "0") as server,
        httpx.stream("GET", f"{server.url}/_simulator/stream", timeout=10) as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        server.process.terminate()
        assert [line for line in lines if line] == []


@pytest.mark.parametrize("query", ["?every=0.1", "?every=61", "?every=x", "?every=nan", "?when=1"])
def test_a_mistake_in_the_query_of_a_stream_is_told(till: Till, query: str) -> None:
    answer = till.http.get(f"/_simulator/stream{query}")
    assert answer.status_code == 400
    assert "every: expected a number" in answer.json()["error"] or "when" in answer.json()["error"]


def test_only_our_own_server_streams(app: SimulatorApp) -> None:
    answer = app.test_client().get("/_simulator/stream")
    assert answer.status_code == 400
    assert "only the simulator's own server" in answer.json["error"]
