"""Control of what has changed: asked for once, or sent as it happens (server-sent events).

Nothing is kept for a reader. A place in the sandbox's logs is all there is; what comes after it is
read when it is asked for. However much happens, one look names each kind once, with a few ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import request

from .. import client
from ..api.answers import Response, Stream
from ..api.carried import carried
from ..api.context import Context
from ..client.model import encode
from ..engine import events
from ..engine.events import WorldEvent
from ..journal.exchanges import CONTROL, ExchangeRecord
from ..sandboxes.registry import DEFAULT, HostedSandbox, SandboxRegistry
from ..scripting.runs import ScenarioRun
from ..scripting.script_runner import ScriptStarted, ScriptStopped, StepBegun
from .serving import mistake

CERTIFICATIONS, CLOCK, FAULTS = "certifications", "clock", "faults"
NOTIFICATIONS, PAYMENTS, POSES = "notifications", "payments", "points-of-sale"
REQUESTS, RUNS, SANDBOXES = "requests", "runs", "sandboxes"
SCENARIOS, STORES = "scenarios", "stores"
#: What can change.
KINDS = (
    *(CERTIFICATIONS, CLOCK, FAULTS, NOTIFICATIONS, PAYMENTS, POSES),
    *(REQUESTS, RUNS, SANDBOXES, SCENARIOS, STORES),
)

#: An answer has at most this many ids of a kind; beyond that it says that there are more.
MOST_IDS = 50
#: A reader who is further behind is told that everything may have changed.
MOST_BEHIND = 5000

#: The kinds that an event changes, and the field of its id.
_OF_EVENTS: Mapping[type[WorldEvent], tuple[tuple[str, str], ...]] = {
    events.PaymentChanged: ((PAYMENTS, "payment_id"), (POSES, "pos_id"), (RUNS, "")),
    events.PaymentTakenOver: ((PAYMENTS, "payment_id"),),
    events.RefundChanged: ((PAYMENTS, "payment_id"), (RUNS, "")),
    events.PosCreated: ((POSES, "pos_id"),),
    events.PosDeleted: ((POSES, "pos_id"),),
    events.CheckedIn: ((POSES, "pos_id"), (NOTIFICATIONS, "")),
    events.CheckedOut: ((POSES, "pos_id"),),
    events.NotificationTried: ((NOTIFICATIONS, "notification_id"), (POSES, "pos_id"), (RUNS, "")),
    events.StoreChanged: ((STORES, "store_id"),),
    ScriptStarted: ((RUNS, ""), (PAYMENTS, "payment_id")),
    ScriptStopped: ((RUNS, ""), (PAYMENTS, "payment_id")),
    StepBegun: ((RUNS, ""),),
}
#: The kinds that a control call changes, by how its path begins.
_OF_CONTROL = (
    ("/_simulator/clock", CLOCK),
    ("/_simulator/faults", FAULTS),
    ("/_simulator/scenarios", SCENARIOS),
    ("/_simulator/scenarios/next", RUNS),
    ("/_simulator/polling", FAULTS),
    ("/_simulator/stores", STORES),
    ("/_simulator/callbacks", NOTIFICATIONS),
    ("/_simulator/certifications", CERTIFICATIONS),
)


class ChangePosition(NamedTuple):
    """How far a reader is in a sandbox's logs, and in the server's changes of its sandboxes.

    `generation` tells the sandbox from the next of its name.
    """

    generation: str
    events: int
    requests: int
    sandboxes: int

    def __str__(self) -> str:
        return "-".join(map(str, self))


def _place_of(sandbox: HostedSandbox | None, sandboxes: int) -> ChangePosition:
    if sandbox is None:
        return ChangePosition("0", 0, 0, sandboxes)
    counts = sandbox.world.events.count, sandbox.journal.count
    return ChangePosition(sandbox.generation, *counts, sandboxes)


def _read_place(text: str) -> ChangePosition | None:
    """Returns the place that a text names; None where it can't be one."""
    generation, *numbers = text[:100].split("-")
    if len(numbers) != 3 or not all(each.isascii() and each.isdecimal() for each in numbers):
        return None
    events, requests, sandboxes = map(int, numbers)
    return ChangePosition(generation, events, requests, sandboxes)


@dataclass(slots=True)
class _Changed:
    """The ids of what has changed, by kind; with `is_all` anything may have changed."""

    ids: dict[str, dict[str, None]] = field(default_factory=dict)
    is_all: bool = False

    def add(self, kind: str, thing_id: str | None = None) -> None:
        known = self.ids.setdefault(kind, {})
        if thing_id and len(known) <= MOST_IDS:
            known[thing_id] = None

    def shown(self) -> dict[str, client.Change]:
        if self.is_all:
            return {kind: client.Change(more=True) for kind in KINDS}
        return {
            kind: client.Change(tuple(ids)[:MOST_IDS], len(ids) > MOST_IDS)
            for kind, ids in sorted(self.ids.items())
        }


class _Reader:
    """Reads what has changed since its last look.

    Args:
        sandboxes: all there are.
        name: the sandbox to read; it may be missing.
        after: the place to begin from; from now on where it is None.
    """

    def __init__(self, sandboxes: SandboxRegistry, name: str, after: ChangePosition | None) -> None:
        self._sandboxes, self._name = sandboxes, name
        sandbox = sandboxes.find(name)
        self.place = after or _place_of(sandbox, sandboxes.changes)
        self._newest = _newest_notification(sandbox)

    def read(self) -> _Changed:
        """Returns what has changed, and goes on from here."""
        changed = _Changed()
        # A sandbox that was dropped is not made again here.
        sandbox = self._sandboxes.find(self._name)
        before, place = self.place, _place_of(sandbox, self._sandboxes.changes)
        behind = [new - old for old, new in zip(before[1:], place[1:], strict=True)]
        # Of a sandbox that is gone, everything has changed as well.
        is_another = place.generation != before.generation
        if is_another or min(behind) < 0 or max(behind) > MOST_BEHIND:
            changed.is_all = True
        elif sandbox is not None:
            _read_logs(changed, sandbox, before, place)
        newest = _newest_notification(sandbox)
        if place.sandboxes != before.sandboxes:
            changed.add(SANDBOXES)
        if newest != self._newest:
            changed.add(NOTIFICATIONS)
        self.place, self._newest = place, newest
        return changed


def _newest_notification(sandbox: HostedSandbox | None) -> str | None:
    """Returns its id: no log tells of it."""
    return next(reversed(list(sandbox.world.notifications)), None) if sandbox is not None else None


def _read_logs(
    changed: _Changed, sandbox: HostedSandbox, after: ChangePosition, until: ChangePosition
) -> None:
    for number in range(after.events + 1, until.events + 1):
        event = sandbox.world.events.get(number)
        # It was dropped before it was read.
        changed.is_all |= event is None
        if event is not None:
            _add_event(changed, sandbox, event)
    for number in range(after.requests + 1, until.requests + 1):
        exchange = sandbox.journal.get(number)
        changed.is_all |= exchange is None
        if exchange is not None:
            _add_exchange(changed, sandbox, exchange)


def _add_event(changed: _Changed, sandbox: HostedSandbox, event: WorldEvent) -> None:
    for kind, name in _OF_EVENTS.get(type(event), ()):
        changed.add(kind, getattr(event, name) if name else None)
    runs = sandbox.scenario_engine.runs
    if isinstance(event, events.NotificationTried):
        _add_case(changed, runs.on_pos(event.pos_id))
    else:
        _add_case(changed, runs.of_payment(getattr(event, "payment_id", "")))


def _add_exchange(changed: _Changed, sandbox: HostedSandbox, exchange: ExchangeRecord) -> None:
    changed.add(REQUESTS, str(exchange.id))
    if exchange.is_counted:
        # A fault may have been spent by it.
        changed.add(FAULTS)
    if exchange.run:
        changed.add(RUNS, exchange.run)
        _add_case(changed, sandbox.scenario_engine.runs.table.get(exchange.run))
    if exchange.operation == CONTROL:
        for path, kind in _OF_CONTROL:
            if exchange.path.startswith(path):
                changed.add(kind)


def _add_case(changed: _Changed, run: ScenarioRun | None) -> None:
    """Adds the certifications where a run is one of their cases: its steps may have changed."""
    if run is not None and run.is_case:
        changed.add(CERTIFICATIONS)


def show(context: Context, query: client.ChangesQuery) -> client.Changes:
    reader = _reader(context, query.after)
    changed = reader.read() if query.after else _Changed()
    return client.Changes(str(reader.place), changed.shown())


def stream(context: Context, query: client.StreamQuery) -> Response:
    """Tells the same as server-sent events, as it happens: one for each kind of thing."""
    if not carried().request.has_wire:
        raise mistake("", "only the simulator's own server can stream")
    reader = _reader(context, request.headers.get("Last-Event-ID") or query.after)
    reply = Response(200, b"", "text/event-stream; charset=utf-8", [("Cache-Control", "no-store")])
    reply.stream = Stream(lambda: _as_events(reader), query.every, b": still here\n\n")
    return reply


def _reader(context: Context, after: str) -> _Reader:
    # A sandbox that was dropped must not come back because a page still shows it.
    name = carried().request.sandbox or DEFAULT
    place = (_read_place(after) or ChangePosition("?", 0, 0, 0)) if after else None
    return _Reader(context.sandboxes, name, place)


def _as_events(reader: _Reader) -> bytes:
    changes = reader.read().shown().items()
    lines = [b"event: %s\ndata: %s\n" % (kind.encode(), encode(told)) for kind, told in changes]
    # The place goes with the last one: a reader who loses the others gets them again.
    return b"\n".join(lines) + f"id: {reader.place}\n\n".encode() if lines else b""
