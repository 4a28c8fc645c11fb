"""A wire of virtual time between the model client and an app in the same process.

Calls go straight into the Flask app; what a fault does to the wire is done to the virtual time and
to the answer. So a week passes in a moment, and every run is the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulator.api.environ import EXCHANGE, PLAN
from simulator.api.recording import delivery_of, note_delivery
from simulator.app import SimulatorApp
from simulator.engine import notifications
from simulator.engine.world import World
from simulator.environs import call, make_environ
from simulator.journal.exchanges import Exchange as Kept
from simulator.model_client import Exchange, NoAnswer
from simulator.sandboxes import DEFAULT
from simulator.scripting.faults import WirePlan

__all__ = ["VirtualWire"]

CHECK = timedelta(milliseconds=10)


class VirtualWire:
    """Carries calls into the default sandbox of an app, and lets the virtual wire misbehave.

    What passes on the wire is real time to the app as well. The sandbox's own clock stands still
    but for that, and for jumps.

    Args:
        app: where the calls go.
        note: told of each call: when it began, what it was, and its status; 0 for no answer.
    """

    def __init__(
        self, app: SimulatorApp, note: Callable[[datetime, str, int], None] | None = None
    ) -> None:
        self._app = app
        self._note = note or (lambda at, text, status: None)
        #: Told when a till is notified of a check-in.
        self.on_notified: Callable[[], None] = lambda: None
        self._jumped = timedelta(0)
        app.context.wall_time = lambda: (self.now - self._jumped).timestamp()
        with self._world as world:
            world.clock.rescale(0)

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

    def ask(self, method: str, path: str, body: bytes = b"") -> Exchange:
        """Makes a call of the control API."""
        return self._run(_environ(method, path, {"Content-Type": "application/json"}, body), body)

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self._world.clock.now

    def jump(self, seconds: float) -> None:
        """Lets the sandbox's time pass, and no real time."""
        self._jumped += timedelta(seconds=seconds)
        self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Lets time pass."""
        with self._world as world:
            world.clock.advance(timedelta(seconds=seconds))
            while world.outbox:
                letter = world.outbox.popleft()
                self.on_notified()
                notifications.note_attempt(world, letter.id, 200)

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
        plan = plan.fitted_to(answer.body)
        has_timed_out = left <= 0 or plan.dribble >= left
        self.sleep(max(left, 0.0) if has_timed_out else plan.dribble)
        _complete(environ, plan, self.now - begun, is_gone=has_timed_out)
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


def _complete(environ: dict[str, Any], plan: WirePlan, took: timedelta, *, is_gone: bool) -> None:
    """Says of an exchange what the wire has made of it; virtual time is what passes there."""
    exchange: Kept | None = environ.get(EXCHANGE)
    if exchange is not None:
        exchange.duration = took.total_seconds()
        note_delivery(environ, delivery_of(plan, is_gone=is_gone))


def _environ(method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    path, _, query = path.partition("?")
    pairs = [(name.lower(), value) for name, value in headers.items()]
    return make_environ(method, path, query, pairs, body)
