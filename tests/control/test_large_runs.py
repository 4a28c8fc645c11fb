"""Runs with much to judge: a thread judges them, and nobody waits for one on the server's time."""

import pytest
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.control import runs as control
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.scripting.uploads import MOST_LINES
from mobilepay_simulator.settings.settings import Settings

from tests.control import asking
from tests.control.asking import at_last

MANY = "summary: x\nexpect:\n" + "  - polls_no_faster_than: 1s\n" * MOST_LINES


def ask(app: SimulatorApp, method: str, path: str, body: str = "", query: str = "") -> Response:
    """Calls as `asking.ask` does; RUN is the id of the first run."""
    if "RUN" in path:
        (run,) = app.context.sandboxes.get(DEFAULT).scenario_engine.runs
        path = path.replace("RUN", run.id)
    return asking.ask(app, method, path, body, query=query)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> SimulatorApp:
    """One in which a run has as much to judge as is judged at once."""
    made = create_app(Settings())
    assert at_last(ask(made, "PUT", "/_simulator/scenarios/many", MANY))[0].status == 200
    assert ask(made, "POST", "/_simulator/scenarios/next", '{"scenario": "many"}').status == 200
    monkeypatch.setattr(control, "MOST_AT_ONCE", MOST_LINES + control.SIZE_OF_ANY)
    return made


PATHS = [("GET", "/_simulator/runs"), ("GET", "/_simulator/runs/RUN")]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_what_is_not_much_is_judged_at_once(app: SimulatorApp, method: str, path: str) -> None:
    shown = ask(app, method, path)
    assert (shown.status, shown.later) == (200, None)


@pytest.mark.parametrize(
    ("method", "path"), [*PATHS, ("POST", "/_simulator/runs/RUN/wait"), ("GET", "/page/runs/RUN")]
)
def test_what_is_much_is_judged_by_a_thread(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(control, "MOST_AT_ONCE", MOST_LINES - 1)
    reply = ask(app, method, path)
    assert reply.later is not None
    assert reply.plan is None
    assert at_last(reply)[0].status == 200


def test_a_wait_ends_once_there_is_much_to_judge(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = ask(app, "POST", "/_simulator/runs/RUN/wait", query="timeout=30")
    assert waiting.plan is not None and waiting.plan.until is not None
    assert waiting.plan.until() is False
    monkeypatch.setattr(control, "MOST_AT_ONCE", MOST_LINES - 1)
    assert waiting.plan.until() is True


def test_a_run_that_is_waited_for_is_judged_less_often_the_more_there_is(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "SIZE_A_LOOK", MOST_LINES // 10)
    waiting = ask(app, "POST", "/_simulator/runs/RUN/wait", query="timeout=30")
    assert waiting.plan is not None and waiting.plan.until is not None
    judged: list[object] = []
    monkeypatch.setattr(control, "_is_undecided", lambda *given: not judged.append(given))
    assert not any(waiting.plan.until() for _ in range(100))
    assert len(judged) == 10


def test_a_scenario_with_too_many_expectations_is_refused_wherever_it_is_sent(
    app: SimulatorApp,
) -> None:
    text = MANY + "  - polls_no_faster_than: 1s\n"
    for method, path in (
        ("PUT", "/_simulator/scenarios/more"),
        ("POST", "/_simulator/scenarios/preview"),
    ):
        refused, _ = at_last(ask(app, method, path, text))
        assert refused.status == 400
        assert b"at most 1,000" in refused.content
