"""Answers that take long are made by a thread: as they were, while others are answered."""

import json
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mobilepay_simulator import client
from mobilepay_simulator.app import create_app
from mobilepay_simulator.client.model import ABSENT, encode, encode_in_pieces
from mobilepay_simulator.journal.har import as_har
from mobilepay_simulator.sandboxes import snapshots
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.settings.settings import Settings

from tests.control.asking import ask, at_last
from tests.support import RunningServer, Till, running_server

LARGE = (
    "/requests?limit=100000",
    "/requests?format=har&limit=100000",
    "/events",
    "/audit",
    "/audit?format=junit",
    "/audit?format=sarif",
    "/audit?format=text",
    "/ledger",
    "/ledger?format=csv",
    "/snapshot",
    "/bundle",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(-9, 9, places=2),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_that_is_written_in_pieces_is_the_same(value: Any) -> None:
    assert encode_in_pieces(value) == encode(value)


def test_models_that_are_written_in_pieces_are_the_same() -> None:
    health = client.Health(status="ok", version="1", https_port=ABSENT, journal_mb=0.5)
    moment = datetime(2024, 1, 31, 12, tzinfo=UTC)
    problem = client.BackgroundProblem("a \ud800 part", "why", moment, lost=3)
    for each in (health, problem, [health, problem], {"a": (health,), "b": Decimal("1.50")}):
        assert encode_in_pieces(each) == encode(each)


@pytest.mark.parametrize("path", LARGE)
def test_a_large_answer_is_the_same_over_the_wire_and_without_a_thread(
    server: RunningServer, till: Till, path: str
) -> None:
    for _ in range(3):
        till.captured()
    first, second = (till.http.get(f"/_simulator{path}") for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.content == second.content
    assert int(first.headers["Content-Length"]) == len(first.content)
    if "json" in first.headers["Content-Type"]:
        json.loads(first.content)
    head = till.http.head(f"/_simulator{path}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == first.headers["Content-Length"]


def test_in_process_a_large_answer_is_there_at_once() -> None:
    http = create_app(Settings()).test_client()
    for path in LARGE:
        answer = http.get(f"/_simulator{path}")
        assert answer.status_code == 200
        assert len(answer.data) == int(answer.headers["Content-Length"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/audit?off=nothing-like-it", "off: "),
        ("/requests?status=many", "status: "),
        ("/requests?format=xml", "format: "),
    ],
)
def test_mistakes_in_what_a_large_answer_is_asked_by_are_told(
    till: Till, path: str, said: str
) -> None:
    answer = till.http.get(f"/_simulator{path}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_others_are_answered_while_a_large_archive_is_made() -> None:
    """How often is counted, not how fast: one that held up everybody would let one call in."""
    options = ("--time-scale", "0", "--log-format", "none")
    with (
        running_server(*options) as server,
        httpx.Client(base_url=server.url, timeout=60) as http,
    ):
        till = Till(http)
        for _ in range(1500):
            till.call("GET", "/stores")
        done, answers, count = threading.Event(), [], 0

        def export() -> None:
            answers.append(httpx.get(f"{server.url}/_simulator/requests?format=har&limit=9999"))
            done.set()

        exporting = threading.Thread(target=export)
        exporting.start()
        while not done.is_set():
            assert http.get("/_simulator/health").is_success
            count += 1
        exporting.join()
    assert len(answers[0].json()["log"]["entries"]) >= 1500
    assert count >= 5


def test_an_archive_has_the_entries_that_were_there_when_it_was_asked_for() -> None:
    app = create_app(Settings())
    http = app.test_client()
    http.get("/nowhere")
    kept = tuple(app.context.sandboxes.get(DEFAULT).journal)
    archive = as_har(kept, phrases={404: "Not Found"}, version="1")
    http.get("/nowhere-else")
    written = json.loads(encode_in_pieces(archive))
    assert [each["request"]["url"][-8:] for each in written["log"]["entries"]] == ["/nowhere"]


def test_a_snapshot_is_of_the_moment_it_was_asked_for_and_a_thread_writes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = create_app(Settings(time_scale=0, scenario="manual"))
    changes = [
        ("PUT", "/_simulator/callbacks/a", '{"url": "http://a.test/"}'),
        ("POST", "/_simulator/arrange", '{"what": "payment", "state": "Reserved"}'),
        ("POST", "/_simulator/certifications", "{}"),
        ("POST", "/_simulator/clock/advance", '{"seconds": 1}'),
    ]

    def change() -> None:
        for each in changes:
            assert ask(app, *each).status == 200

    change()
    before = at_last(ask(app, "GET", "/_simulator/snapshot"))[0].content
    written: list[str] = []
    write = snapshots._written
    monkeypatch.setattr(
        snapshots,
        "_written",
        lambda part, *given: (written.append(part.name), write(part, *given))[1],
    )
    asked = ask(app, "GET", "/_simulator/snapshot")
    # Runs and certifications change inside; all else is replaced, so that a thread may read it.
    assert set(written) == {"runs", "certifications"}
    change()
    assert at_last(asked)[0].content == before
