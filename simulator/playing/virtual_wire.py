"""A wire of virtual time between the model client and an app in the same process.

Calls go straight into the app; what a fault does to the wire is done to the virtual time and
to the answer. So a week passes in a moment, and every run is the same.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ..api.context import AppInProcess
from ..api.recorder import note_delivery
from ..api.request import Headers, Request
from ..engine import notifications
from ..engine.world import World
from ..sandboxes.registry import DEFAULT
from ..scripting.fate import Delivery, WirePlan, fate_of
from .transport import GaveUp, NoAnswer, TransportAnswer

CHECK = timedelta(milliseconds=10)


class VirtualWire:
    """Carries calls into the default sandbox of an app, and lets the virtual wire misbehave.

    What passes on the wire is real time to the app as well. The sandbox's own clock stands still
    but for that, and for jumps.

    Args:
        app: where the calls go.
        note: told of each call: when it began, what it was, and its status; 0 for no answer.
        may_go_on: asked before time passes; what it raises ends the play.
    """

    def __init__(
        self,
        app: AppInProcess,
        note: Callable[[datetime, str, int], None] | None = None,
        may_go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self._may_go_on = may_go_on
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
    ) -> TransportAnswer:
        """Makes a call."""
        self._may_go_on()
        began = self._world.clock.now
        try:
            exchange = self._exchange(method, path, headers, body, timeout)
        except NoAnswer as error:
            self._note(began, f"{method} {path}: {error}", 0)
            raise
        self._note(began, f"{method} {path}", exchange.status)
        return exchange

    def ask(self, method: str, path: str, body: bytes = b"") -> TransportAnswer:
        """Makes a call of the control API."""
        reply = self._app.respond(
            _request(method, path, {"Content-Type": "application/json"}, body)
        )
        return TransportAnswer(reply.status, reply.content)

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self._world.clock.now

    def jump(self, seconds: float) -> None:
        """Lets the sandbox's time pass, and no real time."""
        self._jumped += timedelta(seconds=seconds)
        self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Lets time pass.

        Raises:
            GaveUp: the clock goes no further.
        """
        self._may_go_on()
        with self._world as world:
            try:
                world.clock.advance(timedelta(seconds=seconds))
            except ValueError as error:
                raise GaveUp(str(error)) from error
            while world.outbox:
                letter = world.outbox.popleft()
                self.on_notified()
                notifications.note_attempt(world, letter.id, 200)

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> TransportAnswer:
        begun = self.now
        reply = self._app.respond(_request(method, path, headers, body))
        plan = reply.plan
        if plan is None:
            return TransportAnswer(reply.status, reply.content)
        left = self._wait(plan, timeout)
        if reply.resume is not None:
            reply = reply.resume()
        fate = fate_of(replace(plan, delay=timeout - left), len(reply.content), timeout)
        self.sleep(max(fate.wait - (timeout - left), 0.0))
        note_delivery(reply, fate.delivery, (self.now - begun).total_seconds())
        if fate.delivery is Delivery.WHOLE:
            return TransportAnswer(reply.status, reply.content)
        raise NoAnswer(_REASONS[fate.delivery])

    def _wait(self, plan: WirePlan, timeout: float) -> float:
        """Waits as the wire would; returns what is left of the client's patience, in seconds."""
        if plan.until is None:
            self.sleep(min(plan.delay, timeout))
            return timeout - plan.delay
        begun, longest = self._world.clock.now, timedelta(seconds=plan.delay)
        while not plan.until() and self._world.clock.now - begun < longest:
            self.sleep(CHECK.total_seconds())
        return timeout - (self._world.clock.now - begun).total_seconds()


#: Why there is no answer.
_REASONS = {
    Delivery.ABANDONED: "timed out",
    Delivery.PART: "the connection broke half-way",
    Delivery.NOTHING: "the connection broke",
}


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
    path, _, query = path.partition("?")
    pairs = [(name.lower(), value) for name, value in headers.items()]
    return Request(method=method, path=path, query=query, headers=Headers(pairs), body=body)
