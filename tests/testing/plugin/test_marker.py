"""The marker: a scenario for the next payments, and an audit at the end of the test."""

from typing import Any

import httpx
import pytest

from tests.testing.plugin.altered import NO_SUCH_PATH, altered_simulator
from tests.testing.plugin.conftest import Run
from tests.testing.plugin.test_fixtures import PAYS

FINDINGS = {
    "findings": [
        {
            "rule": "polled-too-soon",
            "severity": "warning",
            "message": "polled after 0.1 s, not 1 s",
            "principle": "Wait for pollDelayInMs.",
            "requests": [3, 4],
        }
    ],
    "counts": {"warning": 1},
}
NO_FINDINGS: dict[str, Any] = {"findings": [], "counts": {}}


def marked(arguments: str, body: str = "pass", fixtures: str = "mobilepay") -> str:
    """A test file whose one test is marked."""
    return f"""
    import pytest
    {PAYS}
    @pytest.mark.mobilepay({arguments})
    def test_it({fixtures}):
        {body}
    """


def test_the_next_payment_plays_the_scenario(run_here: Run) -> None:
    body = "assert mobilepay.payment(pay(mobilepay)).state == 'Reserved'"
    run_here(marked("scenario='instant'", body)).assert_outcomes(passed=1)


def test_several_payments_play_it(run_here: Run) -> None:
    body = "assert len(mobilepay.control.scenarios().queued) == 3"
    run_here(marked("scenario='instant', times=3", body)).assert_outcomes(passed=1)


def test_a_scenario_is_given_as_text_too(run_here: Run) -> None:
    body = "assert len(mobilepay.control.runs()) == 1"
    run_here(marked("scenario='summary: Nobody comes.'", body)).assert_outcomes(passed=1)


def test_the_nearest_marker_wins_argument_by_argument(run_here: Run) -> None:
    run_here("""
    import pytest

    pytestmark = pytest.mark.mobilepay(scenario="rejection", times=2)

    def queued(mobilepay):
        return [each.scenario for each in mobilepay.control.scenarios().queued]

    def test_of_the_module(mobilepay):
        assert queued(mobilepay) == ["rejection", "rejection"]

    @pytest.mark.mobilepay(scenario="expiry")
    def test_of_its_own(mobilepay):
        assert queued(mobilepay) == ["expiry", "expiry"]

    @pytest.mark.mobilepay(scenario=None)
    def test_without(mobilepay):
        assert queued(mobilepay) == []

    def test_that_does_not_care():
        pass
    """).assert_outcomes(passed=4)


MISTAKES = [
    ("scenrio='rejection'", "unknown argument 'scenrio'; did you mean scenario?"),
    ("'rejection'", "it takes scenario, times, audit, audit_off by name, not 'rejection'"),
    ("scenario='rejectoin'", "did you mean 'rejection'?"),
    ("scenario=5", "scenario: expected a name, a text or a path, got 5"),
    ("scenario=__import__('pathlib').Path('nowhere.yaml')", "nowhere.yaml"),
    ("scenario='rejection', times=0", "times: expected a whole number of at least 1"),
    ("scenario='summary: x\\nstep: []'", "did you mean 'steps'?"),
    ("audit='fatal'", "audit: expected note, warning, error or None, got 'fatal'"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
def test_a_mistake_in_the_marker_is_told_in_a_line(
    run_here: Run, arguments: str, said: str
) -> None:
    result = run_here(marked(arguments))
    result.assert_outcomes(errors=1)
    told = [line for line in result.outlines if said in line and not line.startswith("ERROR")]
    assert len(told) == 1, result.outlines
    assert told[0].startswith("mobilepay")
    assert "Traceback" not in result.stdout.str()


def test_a_test_that_is_marked_but_uses_no_sandbox_is_told(run_here: Run) -> None:
    result = run_here(marked("scenario='rejection'", fixtures=""))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the test does not use the fixture `mobilepay`"])


# --- the audit --------------------------------------------------------------------------------


def outcome(run: Run, answer: tuple[int, Any], arguments: str) -> pytest.RunResult:
    with altered_simulator(audit=answer) as url:
        return run(marked(arguments, "mobilepay.token()"), f"--mobilepay-url={url}")


@pytest.mark.parametrize("severity", ["note", "warning"])
def test_findings_of_the_severity_or_worse_let_the_test_fail(run: Run, severity: str) -> None:
    result = outcome(run, (200, FINDINGS), f"audit='{severity}'")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "the audit found:",
            "warning polled-too-soon: polled after 0.1 s, not 1 s (#3, #4)",
            "*MobilePay simulator*",
            "#* POST /integrator-authentication/connect/token -> 200",
        ]
    )


@pytest.mark.parametrize("severity", ["error", None])
def test_lesser_findings_do_no_harm(run: Run, severity: str | None) -> None:
    outcome(run, (200, FINDINGS), f"audit={severity!r}").assert_outcomes(passed=1)


def test_a_client_that_does_right_passes(run: Run) -> None:
    outcome(run, (200, NO_FINDINGS), "audit='note'").assert_outcomes(passed=1)


def test_a_simulator_without_an_audit_is_told(run: Run) -> None:
    result = outcome(run, NO_SUCH_PATH, "audit='error'")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["mobilepay: There is no such path.*audit was answered 404)"])


@pytest.mark.parametrize("arguments", ["scenario='rejectoin'", "audit='note'"])
def test_the_sandbox_is_dropped_whatever_is_wrong(run: Run, arguments: str) -> None:
    with altered_simulator(audit=NO_SUCH_PATH) as url:
        assert run(marked(arguments), f"--mobilepay-url={url}").parseoutcomes()["errors"] == 1
        sandboxes = httpx.get(f"{url}/_simulator/sandboxes").json()["sandboxes"]
    assert [each["name"] for each in sandboxes] == ["default"]
