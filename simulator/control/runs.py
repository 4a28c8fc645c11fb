"""Control of scenario runs: look at them, wait for a verdict."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from .. import client
from ..api.answers import Response
from ..api.carried import carried, looked_at
from ..api.context import Context
from ..certification.status import state_of
from ..client.model import ABSENT
from ..journal.junit import Case, Suite, suite_as_xml
from ..sandboxes.registry import HostedSandbox
from ..scripting.fate import WirePlan
from ..scripting.observed_calls import ObservedCall
from ..scripting.run_record import ExpectationResult, RunVerdict
from ..scripting.runs import ScenarioRun
from ..scripting.scenario_engine import NoSuchRun
from .serving import Later, NotThere, mistake, now_or_later, written

#: What is larger than this is judged by a thread, and not waited for: runs' sizes, together.
MOST_AT_ONCE = 100_000
#: What showing a run takes that has nothing to judge.
SIZE_OF_ANY = 200
#: While a run is waited for, so much of it is judged for each look.
SIZE_A_LOOK = 2000


def list_all(
    context: Context, query: client.RunsQuery, format: str
) -> "Later[client.Runs | str] | client.Runs | str":
    sandbox = looked_at(context)
    with sandbox.world as world:
        now = world.clock.now
        found = list(sandbox.scenario_engine.runs)[-query.limit :]
        is_large = sum(run.size + SIZE_OF_ANY for run in found) > MOST_AT_ONCE
        runs = [run.copy() for run in found] if is_large else found
        make = partial(_listed, sandbox.name, runs, now, format, _endings(sandbox))
        return now_or_later(make, is_large=is_large)


def _listed(
    sandbox: str, runs: list[ScenarioRun], now: datetime, format: str, endings: Mapping[str, str]
) -> client.Runs | str:
    shown = [_shown(run, now, endings) for run in runs]
    return _junit(sandbox, shown) if format == "junit" else client.Runs(tuple(shown))


def show(context: Context, run_id: str) -> Later[client.Run] | client.Run:
    sandbox = looked_at(context)
    with sandbox.world:
        return _whole(sandbox, _find(sandbox, run_id))


def wait(
    context: Context, query: client.WaitQuery, run_id: str
) -> Later[client.Run] | client.Run | Response:
    sandbox = looked_at(context)
    with sandbox.world:
        run = _find(sandbox, run_id)
    if run.size > MOST_AT_ONCE or not (query.timeout and _is_undecided(sandbox, run)):
        return _whole(sandbox, run)
    if not carried().request.has_wire:
        raise mistake("", "only the simulator's own server can wait")
    waiting = Response(503)
    waiting.plan = WirePlan(
        delay=query.timeout,
        is_before_work=True,
        until=_ends_wait(sandbox, run),
        outlasts_client=True,
    )
    waiting.resume = lambda: written(_judged(sandbox, run))
    return waiting


def _ends_wait(sandbox: HostedSandbox, run: ScenarioRun) -> Callable[[], bool]:
    """Returns what tells whether a wait ends; the larger the run, the less often it is judged."""
    left_out = 0

    def ends() -> bool:
        nonlocal left_out
        if run.size > MOST_AT_ONCE:
            return True
        left_out += 1
        if left_out * SIZE_A_LOOK < run.size:
            return False
        left_out = 0
        return not _is_undecided(sandbox, run)

    return ends


def _whole(sandbox: HostedSandbox, run: ScenarioRun) -> Later[client.Run] | client.Run:
    with sandbox.world as world:
        is_large = run.size > MOST_AT_ONCE
        seen = run.copy() if is_large else run
        make = partial(_shown, seen, world.clock.now, _endings(sandbox), is_whole=True)
        return now_or_later(make, is_large=is_large)


def _judged(sandbox: HostedSandbox, run: ScenarioRun) -> client.Run:
    with sandbox.world as world:
        return _shown(run, world.clock.now, _endings(sandbox), is_whole=True)


def _is_undecided(sandbox: HostedSandbox, run: ScenarioRun) -> bool:
    with sandbox.world as world:
        return run.verdict(world.clock.now) is RunVerdict.UNFINISHED


def _find(sandbox: HostedSandbox, run_id: str) -> ScenarioRun:
    try:
        return sandbox.scenario_engine.run(run_id)
    except NoSuchRun as error:
        raise NotThere(str(error)) from error


def _endings(sandbox: HostedSandbox) -> dict[str, str]:
    """Returns what ended the attempts at cases, in a clause, by their runs."""
    sessions = sandbox.certifications.sessions.values()
    attempts = (each for session in sessions for each in session.attempts.values())
    return {each.run: each.ending for each in attempts}


def _shown(
    run: ScenarioRun, now: datetime, endings: Mapping[str, str], *, is_whole: bool = False
) -> client.Run:
    record = run.record
    results = run.results(now)
    verdict = run.verdict_on(results)
    is_over = verdict is RunVerdict.FAILED
    is_cut_short = is_over and not any(each.verdict is RunVerdict.FAILED for each in results)
    return client.Run(
        id=run.id,
        scenario=run.scenario.name,
        verdict=client.Verdict(verdict),
        begun_at=run.begun_at,
        payments=tuple(run.cursors),
        stopped=run.reason,
        remarks=tuple(run.remarks(is_decided=verdict is not RunVerdict.UNFINISHED)),
        expectations=tuple(expectation(each, is_over=is_over) for each in results),
        calls=tuple(_call(each) for each in record.calls) if is_whole else ABSENT,
        states=tuple(client.StateReached(*e) for e in record.states) if is_whole else ABSENT,
        now=now if is_whole else ABSENT,
        started_at=record.states[0][0] if record.states else None,
        ended_by=endings.get(run.id, "") if is_cut_short else "",
    )


def expectation(result: ExpectationResult, *, is_over: bool = True) -> client.Expectation:
    state = state_of(result, is_over=is_over)
    return client.Expectation(
        expected=result.expected,
        verdict=client.Verdict(result.verdict),
        seen=result.seen.told(is_over=state is not client.StepState.TO_COME),
        call=result.exchange,
        warning=result.warning,
        state=state,
    )


def _call(seen: ObservedCall) -> client.CallInRun:
    return client.CallInRun(
        number=seen.number,
        at=seen.at,
        call=seen.call,
        status=seen.status,
        struck=seen.has_fault,
        payment_id=seen.payment_id,
        amount=seen.amount,
        request=seen.exchange or None,
        arrived=seen.has_arrived,
    )


def _junit(sandbox: str, runs: list[client.Run]) -> str:
    """Returns one test case a run."""
    cases = tuple(_case(run) for run in runs)
    return suite_as_xml(Suite(name=f"mobilepay-sim {sandbox}", cases=cases))


def _case(run: client.Run) -> Case:
    has_failed = run.verdict is client.Verdict.FAILED
    broken = [f"{each.expected}: {each.seen}" for each in run.broken]
    ended = [run.ended_by] if run.ended_by else []
    return Case(
        classname=run.scenario,
        name=run.id,
        failure="; ".join([*broken[:1], *ended]) if has_failed else None,
        text="\n".join([*broken, *ended]),
        output="\n".join(run.remarks),
        skipped="unfinished" if run.verdict is client.Verdict.UNFINISHED else None,
    )
