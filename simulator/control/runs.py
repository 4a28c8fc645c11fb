"""Control of scenario runs: upload, look at, wait for the verdict, as JSON or JUnit XML."""

import math
from typing import Any

from flask import request

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.environ import HAS_WIRE, PLAN, RESUMED
from simulator.api.pipeline import sandbox_of, whole_body
from simulator.control.queries import MOST, asked_format, asked_limit
from simulator.documents import ProblemsFound
from simulator.engine.errors import Refusal, SimulatorError
from simulator.journal.shown import plain
from simulator.junit import Case, Suite, suite_as_xml
from simulator.sandboxes import Sandbox
from simulator.scripting.director import NoSuchRun
from simulator.scripting.expectations import Verdict
from simulator.scripting.faults import WirePlan
from simulator.scripting.runs import Cue, Run
from simulator.scripting.scenario import read_scenario

__all__ = ["list_runs", "show_run", "upload_scenario", "wait_for_run"]

LONGEST_WAIT = 600.0
FORMATS = {"json": "application/json", "junit": "application/xml"}


def upload_scenario(context: Context, name: str) -> dict[str, Any]:
    """Takes in a scenario for this sandbox; it is checked as a file is."""
    sandbox = sandbox_of(context)
    try:
        text = whole_body().decode("utf-8-sig")
        scenario = read_scenario(text, name)
        with sandbox.world:
            sandbox.director.shelf.put(scenario)
    except UnicodeDecodeError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"{name}.yaml: is not UTF-8 text") from error
    except ProblemsFound as found:
        raise SimulatorError(Refusal.BAD_REQUEST, str(found)) from found
    return {"name": scenario.name, "summary": scenario.summary}


def list_runs(context: Context) -> Any:
    """The runs that are kept, or the newest `limit`, oldest first; also as JUnit XML."""
    sandbox, limit = sandbox_of(context), asked_limit(MOST)
    with sandbox.world:
        shown = [_show(sandbox, run) for run in sandbox.director.runs()[-limit:]]
    if asked_format(FORMATS) == "junit":
        return Reply(200, _junit(sandbox.name, shown).encode(), "application/xml")
    return {"runs": shown}


def show_run(context: Context, run_id: str) -> dict[str, Any]:
    """One run: its verdict, what became of each expectation, and what was seen."""
    sandbox = sandbox_of(context)
    with sandbox.world as world:
        run = _find(sandbox, run_id)
        return {
            **_show(sandbox, run),
            "calls": [
                {
                    "number": seen.number,
                    "at": plain(seen.at),
                    "call": seen.call,
                    "status": seen.status,
                    "struck": seen.is_struck,
                    "paymentId": seen.payment_id,
                    "amount": plain(seen.amount),
                }
                for seen in run.record.calls
            ],
            "states": [
                {"at": plain(at), "paymentId": payment_id, "state": state}
                for at, payment_id, state in run.record.states
            ],
            "now": plain(world.clock.now),
        }


def wait_for_run(context: Context, run_id: str) -> dict[str, Any]:
    """The run once it has a verdict, or as it is when `?timeout=` seconds are over."""
    timeout = _timeout()
    sandbox = sandbox_of(context)
    with sandbox.world:
        run = _find(sandbox, run_id)
    if _is_undecided(sandbox, run) and timeout and RESUMED not in request.environ:
        if not request.environ.get(HAS_WIRE):
            raise SimulatorError(Refusal.BAD_REQUEST, "only the simulator's own server can wait")
        request.environ[PLAN] = WirePlan(
            delay=timeout, is_before_work=True, until=lambda: not _is_undecided(sandbox, run)
        )
        request.environ[RESUMED] = Cue()
    return show_run(context, run_id)


def _timeout() -> float:
    text = request.args.get("timeout", "30")
    try:
        timeout = float(text)
    except ValueError:
        timeout = math.nan
    if not 0 <= timeout <= LONGEST_WAIT:
        wanted = f"timeout: expected seconds from 0 to {LONGEST_WAIT:g}, got {text[:20]!r}"
        raise SimulatorError(Refusal.BAD_REQUEST, wanted)
    return timeout


def _is_undecided(sandbox: Sandbox, run: Run) -> bool:
    with sandbox.world as world:
        return run.verdict(world.clock.now) is Verdict.UNFINISHED


def _find(sandbox: Sandbox, run_id: str) -> Run:
    try:
        return sandbox.director.run(run_id)
    except NoSuchRun as error:
        raise SimulatorError(Refusal.NO_SUCH_PATH, str(error)) from error


def _show(sandbox: Sandbox, run: Run) -> dict[str, Any]:
    findings = run.findings(sandbox.world.clock.now)
    return {
        "id": run.id,
        "scenario": run.scenario.name,
        "verdict": run.verdict_on(findings),
        "begunAt": plain(run.begun_at),
        "payments": list(run.cursors),
        "stopped": run.reason,
        "expectations": [
            {
                "expected": finding.expected,
                "verdict": finding.verdict,
                "seen": finding.seen,
                "call": finding.exchange,
            }
            for finding in findings
        ],
    }


def _junit(sandbox: str, runs: list[dict[str, Any]]) -> str:
    """Returns one test case a run."""
    cases = tuple(_case(run) for run in runs)
    return suite_as_xml(Suite(name=f"mobilepay-sim {sandbox}", cases=cases))


def _case(run: dict[str, Any]) -> Case:
    wrong = [each for each in run["expectations"] if each["verdict"] is Verdict.FAILED]
    text = "\n".join(f"{each['expected']}: {each['seen']}" for each in wrong)
    has_failed = run["verdict"] is Verdict.FAILED
    return Case(
        classname=run["scenario"],
        name=run["id"],
        failure=text.partition("\n")[0] if has_failed else None,
        text=text,
        skipped="unfinished" if run["verdict"] is Verdict.UNFINISHED else None,
    )
