"""`scenario play`: a scenario against the model client, in one process, on the virtual clock.

The client's calls go straight into the Flask app; what a fault does to the wire is done to the
virtual time and to the answer. So a week passes in a moment, and every run is the same.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..api.context import AppInProcess
from ..client import PaymentSeen, Timeline
from ..client.model import decode
from ..engine.events import PaymentChanged, RefundChanged, WorldEvent
from ..engine.merchants import SEEDED_VATS
from ..sandboxes.registry import DEFAULT, HostedSandbox
from ..scripting.includes import with_includes
from ..scripting.run_record import ExpectationResult, RunVerdict
from ..scripting.runs import ScenarioRun
from ..scripting.scenario import Scenario, read_scenario
from ..scripting.uploads import check_size
from .model_client import ModelClient
from .till_script import ALIAS, act
from .transport import GaveUp
from .virtual_wire import VirtualWire

#: How long the world goes on after the till is done: longer than any reservation or refund.
AFTERMATH = timedelta(days=10)
#: A till that polls for days makes thousands of them, which the diagram tells in one line.
MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line of a played scenario's timeline: `kind` is call, state, till or note."""

    at: datetime
    kind: str
    text: str
    status: int | None = None


@dataclass(slots=True)
class Played:
    """What came of playing a scenario; `timeline` is None where no payment was made."""

    scenario: str
    lines: list[TimelineLine] = field(default_factory=list)
    findings: list[ExpectationResult] = field(default_factory=list)
    verdict: RunVerdict = RunVerdict.UNFINISHED
    gave_up: str | None = None
    remarks: list[str] = field(default_factory=list)
    timeline: Timeline | None = None

    @property
    def has_passed(self) -> bool:
        """Whether the model client came through and every expectation was met."""
        return self.verdict is RunVerdict.PASSED and self.gave_up is None


def play_in(
    app: AppInProcess, scenario: Scenario, may_go_on: Callable[[], None] = lambda: None
) -> Played:
    """Plays a scenario with the model client.

    Args:
        app: where to play; its default sandbox is reset, and time stands still but for the
            client's waiting.
        scenario: what to play.
        may_go_on: asked before each call, before time passes, and before each expectation is judged
            and the timeline made; what it raises ends the play.

    Raises:
        ProblemsFound: the scenario can't be one of a sandbox, or is too large to be uploaded.
    """
    check_size(scenario)
    sandbox = app.context.sandboxes.reset(DEFAULT)
    played = Played(scenario.name)
    wire = VirtualWire(
        app,
        lambda at, text, status: played.lines.append(TimelineLine(at, "call", text, status)),
        may_go_on,
    )
    integrator = app.context.data.integrators[0]
    client = ModelClient(wire, integrator.client_id, integrator.secret, SEEDED_VATS[0])
    wire.on_notified = client.take_notice
    _put_included(sandbox, scenario)
    run_id = _queue(wire, scenario, integrator.client_id)
    with _watching(sandbox, played):
        played.gave_up = act(
            client,
            scenario.till,
            lambda step: played.lines.append(TimelineLine(wire.now, "till", str(step))),
            wire.jump,
        )
        stopped = _go_on(wire)
        played.gave_up = played.gave_up or stopped
    sandbox = app.context.sandboxes.get(DEFAULT)
    with sandbox.world as world:
        run = sandbox.scenario_engine.run(run_id)
        # Nothing more will happen, though a payment may never end.
        played.findings = [each.settled() for each in run.results(world.clock.now, may_go_on)]
        played.verdict = overall(played.findings)
        played.remarks = run.remarks(is_decided=True)
        _note_reason(run, played, world.clock.now)
    may_go_on()
    played.timeline = _timeline(wire, tuple(run.cursors))
    played.lines.sort(key=lambda line: line.at)
    return played


def _go_on(wire: VirtualWire) -> str | None:
    """Lets happen what follows once the till is done; returns why that is not possible, or None."""
    try:
        wire.jump(AFTERMATH.total_seconds())
    except GaveUp as error:
        return str(error)
    return None


def _timeline(wire: VirtualWire, payments: tuple[str, ...]) -> Timeline | None:
    """Returns what happened to the payment that was made, or where several of them were made."""
    if not payments:
        return None
    about = f"paymentId={payments[0]}"
    if len(payments) > 1:
        answer = wire.ask("GET", f"/_simulator/payments/{payments[0]}")
        about = f"posId={decode(PaymentSeen, answer.body).pos_id}"
    return decode(
        Timeline, wire.ask("GET", f"/_simulator/timeline?{about}&limit={MOST_ENTRIES}").body
    )


def _put_included(sandbox: HostedSandbox, scenario: Scenario) -> None:
    """Adds the scenarios that this one includes, wherever they are from."""
    (_, *included) = scenario.texts
    read = {name: read_scenario(text, name) for name, text in included}
    with sandbox.world:
        for each in read.values():
            sandbox.scenario_engine.catalog.put(with_includes(each, read))


def _queue(wire: VirtualWire, scenario: Scenario, client_id: str) -> str:
    """Uploads and queues a scenario as anybody would, so that the journal tells of it."""
    if scenario.case is not None:
        return _begin_case(wire, scenario.name, client_id)
    (_, text), *_ = scenario.texts
    _ask(wire, "PUT", f"/_simulator/scenarios/{scenario.name}", text)
    wanted = json.dumps({"scenario": scenario.name})
    return str(_ask(wire, "POST", "/_simulator/scenarios/next", wanted)["runs"][0])


def _begin_case(wire: VirtualWire, name: str, client_id: str) -> str:
    """Begins a certification of one case; returns the case's run."""
    _ask(wire, "PUT", f"/_simulator/callbacks/{ALIAS}", json.dumps({"url": "http://till.test/"}))
    wanted = json.dumps({"cases": [name], "clientIds": [client_id]})
    opened = _ask(wire, "POST", "/_simulator/certifications", wanted)
    path = f"/_simulator/certifications/{opened['id']}/cases/{name}/restart"
    return str(_ask(wire, "POST", path)["run"])


def _ask(wire: VirtualWire, method: str, path: str, text: str = "") -> Any:
    answer = wire.ask(method, path, text.encode())
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.body.decode()}")
    return json.loads(answer.body)


def overall(findings: list[ExpectationResult]) -> RunVerdict:
    """Returns the verdict on a whole play."""
    verdicts = {finding.verdict for finding in findings}
    return next(
        (each for each in (RunVerdict.FAILED, RunVerdict.UNFINISHED) if each in verdicts),
        RunVerdict.PASSED,
    )


@contextmanager
def _watching(sandbox: HostedSandbox, played: Played) -> Iterator[None]:
    def note(event: WorldEvent) -> None:
        if isinstance(event, PaymentChanged):
            text = f"payment {event.before or 'none'} -> {event.after}: {event.trigger}"
            played.lines.append(TimelineLine(event.at, "state", text))
        elif isinstance(event, RefundChanged):
            text = f"refund {event.before or 'none'} -> {event.after}: {event.trigger}"
            played.lines.append(TimelineLine(event.at, "state", text))

    sandbox.world.subscribers.append(note)
    try:
        yield
    finally:
        sandbox.world.subscribers.remove(note)


def _note_reason(run: ScenarioRun, played: Played, now: datetime) -> None:
    if run.reason is not None:
        played.lines.append(TimelineLine(now, "note", f"the script stopped: {run.reason}"))


def as_json(played: Played) -> str:
    """Returns a played scenario as JSON, for `--record`."""
    return json.dumps(
        {
            "scenario": played.scenario,
            "verdict": played.verdict,
            "gaveUp": played.gave_up,
            "remarks": played.remarks,
            "expectations": [
                {
                    "expected": each.expected,
                    "verdict": each.verdict,
                    "seen": each.seen.told(is_over=True),
                }
                for each in played.findings
            ],
            "timeline": [
                {
                    "at": each.at.isoformat(),
                    "kind": each.kind,
                    "text": each.text,
                    "status": each.status,
                }
                for each in played.lines
            ],
        },
        indent=2,
    )
