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

from simulator.api.environ import EXCHANGE, PLAN
from simulator.api.recording import delivery_of
from simulator.app import SimulatorApp, create_app
from simulator.config import Settings
from simulator.engine.events import Event, PaymentChanged, RefundChanged
from simulator.engine.merchants import SEEDED_VATS
from simulator.engine.world import World
from simulator.environs import call, make_environ
from simulator.journal.exchanges import Exchange as Kept
from simulator.model_client import Exchange, GaveUp, ModelClient, NoAnswer, Refused
from simulator.sandboxes import DEFAULT, Sandbox
from simulator.scripting.expectations import Finding, Verdict
from simulator.scripting.faults import WirePlan
from simulator.scripting.runs import Run
from simulator.scripting.scenario import Scenario
from simulator.scripting.till import TillStep

__all__ = ["Line", "Played", "as_json", "play"]

CHECK = timedelta(milliseconds=10)
#: How long the world goes on after the till is done: longer than any reservation or refund.
AFTERMATH = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a played scenario's timeline: `kind` is call, state, till or note."""

    at: datetime
    kind: str
    text: str
    status: int | None = None


@dataclass(slots=True)
class Played:
    """What came of playing a scenario."""

    scenario: str
    lines: list[Line] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    verdict: Verdict = Verdict.UNFINISHED
    gave_up: str | None = None

    @property
    def has_passed(self) -> bool:
        """Whether the model client came through and every expectation was met."""
        return self.verdict is Verdict.PASSED and self.gave_up is None


class _Wire:
    """Carries calls into the app, and lets the virtual wire misbehave."""

    def __init__(self, app: SimulatorApp, played: Played) -> None:
        self._app = app
        self._played = played

    @property
    def _world(self) -> World:
        return self._app.context.sandboxes.get(DEFAULT).world

    def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> Exchange:
        """Makes a call."""
        began = self._world.clock.now
        try:
            exchange = self._exchange(method, path, headers, body, timeout)
        except NoAnswer as error:
            self._note(began, f"{method} {path}: {error}", 0)
            raise
        self._note(began, f"{method} {path}", exchange.status)
        return exchange

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self._world.clock.now

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        with self._world as world:
            world.clock.advance(timedelta(seconds=seconds))

    def _note(self, at: datetime, text: str, status: int) -> None:
        self._played.lines.append(Line(at, "call", text, status))

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> Exchange:
        environ = _environ(method, path, headers, body)
        begun = self.now
        answer = self._run(environ, body)
        plan: WirePlan | None = environ.pop(PLAN, None)
        if plan is None:
            return answer
        left = self._wait(plan, timeout)
        if plan.is_before_work:
            answer = self._run(environ, body)
        has_timed_out = left <= 0 or plan.dribble >= left
        self.sleep(max(left, 0.0) if has_timed_out else plan.dribble)
        _complete(environ.get(EXCHANGE), plan, self.now - begun, is_gone=has_timed_out)
        if has_timed_out:
            raise NoAnswer("timed out")
        if plan.part < 1:
            raise NoAnswer("the connection broke" + (" half-way" if plan.part else ""))
        return answer

    def _wait(self, plan: WirePlan, timeout: float) -> float:
        """Waits as the wire would; returns what is left of the client's patience, in seconds."""
        if plan.until is None:
            self.sleep(min(plan.delay, timeout))
            return timeout - plan.delay
        begun, longest = self._world.clock.now, timedelta(seconds=plan.delay)
        while not plan.until() and self._world.clock.now - begun < longest:
            self.sleep(CHECK.total_seconds())
        return timeout - (self._world.clock.now - begun).total_seconds()

    def _run(self, environ: dict[str, Any], body: bytes) -> Exchange:
        answer = call(self._app.wsgi_app, environ, body)
        return Exchange(answer.status, answer.content)


def _complete(exchange: Kept | None, plan: WirePlan, took: timedelta, *, is_gone: bool) -> None:
    """Says of an exchange what the wire has made of it; virtual time is what passes there."""
    if exchange is not None:
        exchange.delivery = delivery_of(plan, is_gone=is_gone)
        exchange.duration = took.total_seconds()


def play(scenario: Scenario, settings: Settings, app: SimulatorApp | None = None) -> Played:
    """Plays a scenario with the model client.

    Args:
        scenario: what to play.
        settings: the simulator's settings; time stands still but for the client's waiting.
        app: an app to play in; its default sandbox is reset.
    """
    app = app or create_app(settings)
    sandbox = app.context.sandboxes.reset(DEFAULT)
    played = Played(scenario.name)
    wire = _Wire(app, played)
    integrator = app.context.data.integrators[0]
    client = ModelClient(wire, integrator.client_id, integrator.secret, SEEDED_VATS[0])
    with sandbox.world as world:
        world.clock.rescale(0)
    run_id = _queue(app, scenario)
    with _watching(sandbox, played):
        played.gave_up = _do_all(client, wire, scenario.till, played)
        wire.sleep(AFTERMATH.total_seconds())
    sandbox = app.context.sandboxes.get(DEFAULT)
    with sandbox.world as world:
        run = sandbox.director.run(run_id)
        # Nothing more will happen, though a payment may never end.
        played.findings = [each.settled() for each in run.findings(world.clock.now)]
        played.verdict = overall(played.findings)
        _note_reason(run, played, world.clock.now)
    played.lines.sort(key=lambda line: line.at)
    return played


def _queue(app: SimulatorApp, scenario: Scenario) -> str:
    """Uploads and queues a scenario as anybody would, so that the journal tells of it."""
    (_, text), *_ = scenario.texts
    name = scenario.name
    calls = (
        ("PUT", f"/_simulator/scenarios/{name}", text),
        ("POST", "/_simulator/scenarios/next", json.dumps({"scenario": name})),
    )
    for method, path, content in calls:
        body = content.encode()
        environ = _environ(method, path, {"Content-Type": "application/json"}, body)
        answer = call(app.wsgi_app, environ, body)
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.content.decode()}")
    return str(json.loads(answer.content)["runs"][0])


def overall(findings: list[Finding]) -> Verdict:
    """Returns the verdict on a whole play."""
    verdicts = {finding.verdict for finding in findings}
    return next(
        (each for each in (Verdict.FAILED, Verdict.UNFINISHED) if each in verdicts), Verdict.PASSED
    )


def _do_all(
    client: ModelClient, wire: _Wire, till: tuple[TillStep, ...], played: Played
) -> str | None:
    """Does what the till does; returns why it gave up, or None."""
    doings = _doings(client, wire)
    for step in till:
        played.lines.append(Line(wire.now, "till", str(step)))
        try:
            doings[step.word](step)
        except Refused as refused:
            if refused.code != step.is_refused_with:
                return f"{step}: refused with {refused}"
            continue
        except GaveUp as error:
            return f"{step}: {error}"
        if step.is_refused_with is not None:
            return f"{step}: it was not refused"
    return None


def _doings(client: ModelClient, wire: _Wire) -> dict[str, Callable[[TillStep], Any]]:
    amounts: list[float] = []

    def amount(step: TillStep) -> float:
        if step.amount is not None:
            amounts.append(float(step.amount))
        return amounts[-1]

    def captured(step: TillStep) -> Any:
        wanted = float(step.amount) if step.amount is not None else amounts[-1]
        if step.is_refused_with is None:
            return client.capture(wanted)
        client.wait_until_decided()
        return client.capture_exactly(wanted)

    return {
        "create-pos": lambda _: client.create_pos(),
        "create-strict-pos": lambda _: client.create_pos(payment_first=True),
        "delete-pos": lambda _: client.delete_pos(),
        "initiate": lambda step: client.initiate(amount(step)),
        "initiate-no-debit": lambda step: client.initiate(
            amount(step), {"debitCardDisallowed": True}
        ),
        "initiate-no-credit": lambda step: client.initiate(
            amount(step), {"creditCardDisallowed": True}
        ),
        "reuse-key": lambda step: client.reuse_key(float(step.amount or 0)),
        "prepare": lambda _: client.prepare(),
        "ready": lambda step: client.ready(amount(step)),
        "wait-until-decided": lambda _: client.wait_until_decided(),
        "capture": captured,
        "cancel": lambda _: client.cancel(),
        "check": lambda _: client.state(),
        "refund": lambda step: client.refund(float(step.amount or 0)),
        "capture-refund": lambda _: client.capture_refund(),
        "cancel-refund": lambda _: client.cancel_refund(),
        "check-refund": lambda _: client.refund_state(),
        "wait": lambda step: wire.sleep((step.length or timedelta(0)).total_seconds()),
    }


@contextmanager
def _watching(sandbox: Sandbox, played: Played) -> Iterator[None]:
    def note(event: Event) -> None:
        if isinstance(event, PaymentChanged):
            text = f"payment {event.before or 'none'} -> {event.after}: {event.trigger}"
            played.lines.append(Line(event.at, "state", text))
        elif isinstance(event, RefundChanged):
            text = f"refund {event.before or 'none'} -> {event.after}: {event.trigger}"
            played.lines.append(Line(event.at, "state", text))

    sandbox.world.subscribers.append(note)
    try:
        yield
    finally:
        sandbox.world.subscribers.remove(note)


def _note_reason(run: Run, played: Played, now: datetime) -> None:
    if run.reason is not None:
        played.lines.append(Line(now, "note", f"the script stopped: {run.reason}"))


def _environ(method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    path, _, query = path.partition("?")
    pairs = [(name.lower(), value) for name, value in headers.items()]
    return make_environ(method, path, query, pairs, body)


def as_json(played: Played) -> str:
    """Returns a played scenario as JSON, for `--record`."""
    return json.dumps(
        {
            "scenario": played.scenario,
            "verdict": played.verdict,
            "gaveUp": played.gave_up,
            "expectations": [
                {"expected": each.expected, "verdict": each.verdict, "seen": each.seen}
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
