"""Control of scenario runs: look at them, wait for a verdict."""

from .. import client
from ..api.answers import Response
from ..api.carried import carried
from ..api.context import Context
from ..client.model import ABSENT
from ..journal.junit import Case, Suite, suite_as_xml
from ..sandboxes.registry import HostedSandbox
from ..scripting.run_record import ExpectationResult, ObservedCall, RunVerdict
from ..scripting.runs import ScenarioRun
from ..scripting.scenario_engine import NoSuchRun
from ..scripting.wire_plan import WirePlan
from .looking import looked_at
from .serving import NotThere, mistake, written


def list_all(context: Context, query: client.RunsQuery, format: str) -> client.Runs | str:
    sandbox = looked_at(context)
    with sandbox.world:
        runs = [_shown(sandbox, run) for run in list(sandbox.scenario_engine.runs)[-query.limit :]]
    if format == "junit":
        return _junit(sandbox.name, runs)
    return client.Runs(tuple(runs))


def show(context: Context, run_id: str) -> client.Run:
    sandbox = looked_at(context)
    with sandbox.world:
        return _whole(sandbox, _find(sandbox, run_id))


def wait(context: Context, query: client.WaitQuery, run_id: str) -> client.Run | Response:
    sandbox = looked_at(context)
    with sandbox.world:
        run = _find(sandbox, run_id)
    if not (query.timeout and _is_undecided(sandbox, run)):
        return _whole(sandbox, run)
    if not carried().request.has_wire:
        raise mistake("", "only the simulator's own server can wait")
    waiting = Response(503)
    waiting.plan = WirePlan(
        delay=query.timeout, is_before_work=True, until=lambda: not _is_undecided(sandbox, run)
    )
    waiting.resume = lambda: written(_whole(sandbox, run))
    return waiting


def _whole(sandbox: HostedSandbox, run: ScenarioRun) -> client.Run:
    with sandbox.world:
        return _shown(sandbox, run, is_whole=True)


def _is_undecided(sandbox: HostedSandbox, run: ScenarioRun) -> bool:
    with sandbox.world as world:
        return run.verdict(world.clock.now) is RunVerdict.UNFINISHED


def _find(sandbox: HostedSandbox, run_id: str) -> ScenarioRun:
    try:
        return sandbox.scenario_engine.run(run_id)
    except NoSuchRun as error:
        raise NotThere(str(error)) from error


def _shown(sandbox: HostedSandbox, run: ScenarioRun, *, is_whole: bool = False) -> client.Run:
    now, record = sandbox.world.clock.now, run.record
    results = run.results(now)
    return client.Run(
        id=run.id,
        scenario=run.scenario.name,
        verdict=client.Verdict(run.verdict_on(results)),
        begun_at=run.begun_at,
        payments=tuple(run.cursors),
        stopped=run.reason,
        remarks=tuple(run.remarks),
        expectations=tuple(expectation(each) for each in results),
        calls=tuple(_call(each) for each in record.calls) if is_whole else ABSENT,
        states=tuple(client.StateReached(*e) for e in record.states) if is_whole else ABSENT,
        now=now if is_whole else ABSENT,
    )


def expectation(result: ExpectationResult) -> client.Expectation:
    verdict = client.Verdict(result.verdict)
    return client.Expectation(
        result.expected, verdict, result.seen, result.exchange, result.warning
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
    )


def _junit(sandbox: str, runs: list[client.Run]) -> str:
    """Returns one test case a run."""
    cases = tuple(_case(run) for run in runs)
    return suite_as_xml(Suite(name=f"mobilepay-sim {sandbox}", cases=cases))


def _case(run: client.Run) -> Case:
    text = "\n".join(f"{each.expected}: {each.seen}" for each in run.broken)
    has_failed = run.verdict is client.Verdict.FAILED
    return Case(
        classname=run.scenario,
        name=run.id,
        failure=text.partition("\n")[0] if has_failed else None,
        text=text,
        output="\n".join(run.remarks),
        skipped="unfinished" if run.verdict is client.Verdict.UNFINISHED else None,
    )
