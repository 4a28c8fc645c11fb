"""A large body is read by a thread: whoever else calls is answered meanwhile."""

import json
import re
from urllib.parse import urlencode

import pytest
from mobilepay_simulator.api.carried import SOON_READ
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.settings.settings import Settings

from tests.control.asking import ask, at_last

FILL = "#" * SOON_READ + "\n"
SCENARIO = "summary: Accepts at once.\nsteps:\n- after: 1s\n  do: accept\n"
WRONG = "summary: x\nstep: []\n"
FORM = "application/x-www-form-urlencoded"
FAULTS = "faults:\n- call: CapturePayment\n  first: 1\n  cut: after_commit\n"


@pytest.fixture
def app() -> SimulatorApp:
    return create_app(Settings())


CALLS = {
    "an upload": ("PUT", "/_simulator/scenarios/mine", SCENARIO, 200, 1),
    "a wrong upload": ("PUT", "/_simulator/scenarios/mine", WRONG, 400, 1),
    "a check": ("POST", "/_simulator/scenarios/check", SCENARIO, 200, 1),
    "a check of what is wrong": ("POST", "/_simulator/scenarios/check", WRONG, 200, 1),
    # It is played by one, too.
    "a preview": ("POST", "/_simulator/scenarios/preview", SCENARIO, 200, 2),
    "a wrong preview": ("POST", "/_simulator/scenarios/preview", WRONG, 400, 1),
    "faults": ("PUT", "/_simulator/faults", FAULTS, 200, 1),
    "wrong faults": ("PUT", "/_simulator/faults", WRONG, 400, 1),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_large_body_is_read_by_a_thread_and_answered_as_a_small_one(
    app: SimulatorApp, call: str
) -> None:
    method, path, text, status, needed = CALLS[call]
    small, few = at_last(ask(app, method, path, text))
    large, threads = at_last(ask(app, method, path, text + FILL))
    assert (small.status, large.status) == (status, status)
    assert (few, threads) == (needed - 1, needed)
    # The ids of what was played differ.
    assert len(large.content) == len(small.content)


def test_a_call_whose_body_a_thread_has_read_is_recorded_once_with_its_answer(
    app: SimulatorApp,
) -> None:
    at_last(ask(app, "PUT", "/_simulator/scenarios/mine", SCENARIO + FILL))
    listed, _ = at_last(ask(app, "GET", "/_simulator/requests"))
    assert json.loads(listed.content)["requests"] == []
    kept = list(app.context.sandboxes.get(DEFAULT).journal)
    assert [(each.path, each.status) for each in kept] == [("/_simulator/scenarios/mine", 200)]


def test_the_editor_of_the_page_saves_and_plays_a_large_scenario_with_threads(
    app: SimulatorApp,
) -> None:
    page, _ = at_last(ask(app, "GET", "/page/scenarios/success/edit"))
    found = re.search(rb'name="csrf" value="([^"]+)"', page.content)
    assert found is not None
    fields = {"csrf": found[1].decode(), "name": "mine", "yaml": SCENARIO + FILL}
    # The form, the check and the upload are read by one each.
    saved, threads = at_last(ask(app, "POST", "/page/scenarios/save", urlencode(fields), kind=FORM))
    assert (saved.status, threads) == (303, 3)
    assert "mine" in app.context.sandboxes.get(DEFAULT).scenario_engine.catalog.uploads
    led, _ = at_last(ask(app, "POST", "/page/scenarios/preview", urlencode(fields), kind=FORM))
    assert led.status == 303
    path, _, query = dict(led.headers)["Location"].partition("?")
    drawn, _ = at_last(ask(app, "GET", path, query=query))
    assert (drawn.status, b"<svg" in drawn.content) == (200, True)


def snapshot_of_a_payment(app: SimulatorApp) -> str:
    """A snapshot of another sandbox that has a payment; it is large."""
    paid = '{"what": "payment", "state": "captured"}'
    arranged, _ = at_last(ask(app, "POST", "/sandboxes/other/_simulator/arrange", paid))
    assert arranged.status == 200
    taken, _ = at_last(ask(app, "GET", "/sandboxes/other/_simulator/snapshot"))
    assert len(taken.content) > SOON_READ
    return taken.content.decode()


def test_a_thread_fills_the_sandbox_that_a_snapshot_holds(app: SimulatorApp) -> None:
    snapshot = snapshot_of_a_payment(app)
    before = app.context.sandboxes.get(DEFAULT)
    waits = ask(app, "PUT", "/_simulator/snapshot", snapshot)
    assert waits.later is not None
    read = waits.later()
    # What the thread has made is not to be seen until the loop takes it.
    assert app.context.sandboxes.get(DEFAULT) is before
    assert not before.is_gone
    assert read.resume is not None
    restored = read.resume()
    assert (restored.status, json.loads(restored.content)["payments"]) == (200, 1)
    after = app.context.sandboxes.get(DEFAULT)
    assert after is not before
    assert (before.is_gone, len(after.world.payments)) == (True, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"sandbox":"other"', '"sandbox":"other', "is not JSON"),
        ("captured", "refunded", "its checksum is another"),
        ('"version":2', '"version":1', "is of version 1"),
    ],
)
def test_a_snapshot_that_a_thread_refuses_changes_nothing(
    app: SimulatorApp, old: str, new: str, message: str
) -> None:
    snapshot = snapshot_of_a_payment(app)
    assert old in snapshot
    before = app.context.sandboxes.get(DEFAULT)
    refused, threads = at_last(ask(app, "PUT", "/_simulator/snapshot", snapshot.replace(old, new)))
    assert (refused.status, threads) == (400, 1)
    assert message in json.loads(refused.content)["error"]
    assert app.context.sandboxes.get(DEFAULT) is before
    assert not before.is_gone
