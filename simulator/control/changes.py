"""Control of what has changed: asked for once, or told as it happens (server-sent events).

Nothing is kept for whoever listens: a place in the sandbox's logs is all there is, and what lies
behind it is read when it is asked for. However much happens, one look tells each kind of thing
once, with a few ids.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask import request

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.environ import HAS_WIRE, SANDBOX_NAME
from simulator.api.streams import STREAM, Stream
from simulator.control.queries import check_parameters
from simulator.engine import events
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.events import Event
from simulator.journal.exchanges import CONTROL, Exchange
from simulator.sandboxes import DEFAULT, Sandbox, Sandboxes
from simulator.scripting.playing import ScriptStarted, ScriptStopped, StepBegun
from simulator.scripting.runs import Run

__all__ = ["KINDS", "show_changes", "stream_changes"]

CERTIFICATIONS, CLOCK, NOTIFICATIONS = "certifications", "clock", "notifications"
PAYMENTS, POSES, REQUESTS, RUNS = "payments", "points-of-sale", "requests", "runs"
SANDBOXES, SCENARIOS, STORES = "sandboxes", "scenarios", "stores"
#: What can change.
KINDS = (
    CERTIFICATIONS,
    CLOCK,
    NOTIFICATIONS,
    PAYMENTS,
    POSES,
    REQUESTS,
    RUNS,
    SANDBOXES,
    SCENARIOS,
    STORES,
)

#: So many ids of a kind are told; of more only that there are.
MOST_IDS = 50
#: Whoever is further behind is told that everything may have changed.
MOST_BEHIND = 5000
#: Real seconds between two looks.
OFTENEST, USUAL, RAREST = 0.25, 0.25, 60.0

#: What an event is about: kinds, and where it holds the id of each.
_OF_EVENTS: Mapping[type[Event], tuple[tuple[str, str], ...]] = {
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
#: What a call of the control API changes, by how its path begins.
_OF_CONTROL = (
    ("/_simulator/clock", CLOCK),
    ("/_simulator/scenarios", SCENARIOS),
    ("/_simulator/scenarios/next", RUNS),
    ("/_simulator/stores", STORES),
    ("/_simulator/callbacks", NOTIFICATIONS),
    ("/_simulator/certifications", CERTIFICATIONS),
)


class Place(NamedTuple):
    """How far somebody has read a sandbox's logs. `start` tells one world from the next."""

    start: str
    events: int
    requests: int

    def __str__(self) -> str:
        return f"{self.start}-{self.events}-{self.requests}"


NOWHERE = Place("0", 0, 0)


def _place_of(sandbox: Sandbox | None) -> Place:
    if sandbox is None:
        return NOWHERE
    start = int(sandbox.world.start.timestamp() * 1000)
    return Place(f"{start:x}", sandbox.world.events.count, sandbox.journal.count)


def _read_place(text: str) -> Place | None:
    """Returns a place that was told before; None for one that can't have been."""
    start, *numbers = text[:100].split("-")
    if len(numbers) != 2 or not all(each.isascii() and each.isdecimal() for each in numbers):
        return None
    return Place(start, int(numbers[0]), int(numbers[1]))


@dataclass(slots=True)
class _News:
    """What has changed: ids by kind. `is_all` where nobody can say what has not."""

    ids: dict[str, dict[str, None]] = field(default_factory=dict)
    is_all: bool = False

    def add(self, kind: str, thing_id: str | None = None) -> None:
        """Notes that something of a kind has changed."""
        known = self.ids.setdefault(kind, {})
        if thing_id and len(known) <= MOST_IDS:
            known[thing_id] = None

    def as_json(self) -> dict[str, Any]:
        """Returns each kind with the ids of what has changed, where they are few and known."""
        if self.is_all:
            return {kind: {"ids": [], "more": True} for kind in KINDS}
        return {
            kind: {"ids": list(ids)[:MOST_IDS], "more": len(ids) > MOST_IDS}
            for kind, ids in sorted(self.ids.items())
        }


class _Reader:
    """Reads what has changed since it looked last.

    Args:
        sandboxes: all there are.
        name: the one that is read; it need not be there.
        after: where to go on; from here on where it is None.
    """

    def __init__(self, sandboxes: Sandboxes, name: str, after: Place | None) -> None:
        self._sandboxes, self._name = sandboxes, name
        self._sandbox = sandboxes.find(name)
        self.place = after or _place_of(self._sandbox)
        self._letters = self._told()
        self._names = self._known()

    def read(self) -> _News:
        """Returns what has changed, and goes on from here."""
        news = _News()
        before, sandbox = self._sandbox, self._sandboxes.find(self._name)
        place, self._sandbox = _place_of(sandbox), sandbox
        behind = (place.events - self.place.events, place.requests - self.place.requests)
        if sandbox is None:
            # It was dropped, or never there: whoever asks for what is in it would make it.
            self.place = place
            self._compare(news)
            return news
        is_another = sandbox is not before or place.start != self.place.start
        if is_another or min(behind) < 0 or max(behind) > MOST_BEHIND:
            news.is_all = True
        else:
            _read_events(news, sandbox, self.place.events, place.events)
            _read_requests(news, sandbox, self.place.requests, place.requests)
        self.place = place
        self._compare(news)
        return news

    def _compare(self, news: _News) -> None:
        letters, names = self._told(), self._known()
        if letters != self._letters:
            news.add(NOTIFICATIONS)
        if names != self._names:
            news.add(SANDBOXES)
        self._letters, self._names = letters, names

    def _told(self) -> tuple[str, ...]:
        """The newest check-in that was to be told; what became of it, an event says."""
        return tuple(self._sandbox.world.notifications)[-1:] if self._sandbox is not None else ()

    def _known(self) -> tuple[str, ...]:
        return tuple(each.name for each in self._sandboxes)


def _read_events(news: _News, sandbox: Sandbox, after: int, until: int) -> None:
    _read_all(news, sandbox, sandbox.world.events.get, after, until, _note_event)


def _read_requests(news: _News, sandbox: Sandbox, after: int, until: int) -> None:
    _read_all(news, sandbox, sandbox.journal.get, after, until, _note_exchange)


def _read_all(
    news: _News,
    sandbox: Sandbox,
    get: Callable[[int], Any],
    after: int,
    until: int,
    note: Callable[[_News, Sandbox, Any], None],
) -> None:
    for number in range(after + 1, until + 1):
        entry = get(number)
        if entry is None:
            # It was dropped before it was read.
            news.is_all = True
            return
        note(news, sandbox, entry)


def _note_event(news: _News, sandbox: Sandbox, event: Event) -> None:
    for kind, name in _OF_EVENTS.get(type(event), ()):
        news.add(kind, getattr(event, name) if name else None)
    book = sandbox.director.book
    if isinstance(event, events.NotificationTried):
        _note_case(news, book.on_pos(event.pos_id))
    else:
        _note_case(news, book.of_payment(getattr(event, "payment_id", "")))


def _note_exchange(news: _News, sandbox: Sandbox, exchange: Exchange) -> None:
    news.add(REQUESTS, str(exchange.id))
    if exchange.run:
        news.add(RUNS, exchange.run)
        _note_case(news, sandbox.director.book.table.get(exchange.run))
    if exchange.operation == CONTROL:
        for path, kind in _OF_CONTROL:
            if exchange.path.startswith(path):
                news.add(kind)


def _note_case(news: _News, run: Run | None) -> None:
    """What happens in a case may light one of its steps."""
    if run is not None and run.is_case:
        news.add(CERTIFICATIONS)


def show_changes(context: Context) -> dict[str, Any]:
    """What has changed since a place, and the place to ask from next."""
    check_parameters("after")
    text = request.args.get("after", "")
    reader = _reader(context, text)
    news = reader.read() if text else _News()
    return {"id": str(reader.place), "changes": news.as_json()}


def stream_changes(context: Context) -> Reply:
    """The same as server-sent events, as it happens: one for each kind of thing."""
    check_parameters("after", "every")
    every = _every()
    if not request.environ.get(HAS_WIRE):
        raise SimulatorError(Refusal.BAD_REQUEST, "only the simulator's own server can stream")
    reader = _reader(context, request.headers.get("Last-Event-ID") or request.args.get("after", ""))
    request.environ[STREAM] = Stream(lambda: _as_events(reader), every, b": still here\n\n")
    return Reply(200, b"", "text/event-stream; charset=utf-8", [("Cache-Control", "no-store")])


def _reader(context: Context, after: str) -> _Reader:
    # A sandbox that was dropped must not come back because a page of it is still open.
    name = request.environ.get(SANDBOX_NAME) or DEFAULT
    place = (_read_place(after) or Place("?", 0, 0)) if after else None
    return _Reader(context.sandboxes, name, place)


def _every() -> float:
    text = request.args.get("every", f"{USUAL}")
    try:
        every = float(text)
    except ValueError:
        every = math.nan
    if not OFTENEST <= every <= RAREST:
        wanted = f"every: expected seconds from {OFTENEST:g} to {RAREST:g}, got {text[:20]!r}"
        raise SimulatorError(Refusal.BAD_REQUEST, wanted)
    return every


def _as_events(reader: _Reader) -> bytes:
    changes = reader.read().as_json()
    lines = [f"event: {kind}\ndata: {json.dumps(told)}\n" for kind, told in changes.items()]
    # The place goes with the last, so that whoever loses the others is told of them again.
    return ("\n".join(lines) + f"id: {reader.place}\n\n").encode() if lines else b""
