"""Where a bundle is played: in this process, or against a running simulator."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from simulator.api.environ import PLAN
from simulator.api.recording import delivery_of
from simulator.app import SimulatorApp, create_app
from simulator.engine import merchants
from simulator.environs import call, make_environ
from simulator.journal.exchanges import Delivery
from simulator.journal.masking import MASK
from simulator.persistence.bundles import Bundle, settings_of
from simulator.persistence.snapshots import take_snapshot
from simulator.sandboxes import DEFAULT, Sandbox
from simulator.scripting.faults import WirePlan

__all__ = ["InProcess", "Request", "Result", "Stage", "Waiting", "prefix_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """A call to make."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What came back; status 0 where nothing did."""

    status: int
    body: bytes
    delivery: Delivery


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A call that a scenario keeps until others have been made."""

    call: Any
    body: bytes = field(default=b"")


class Stage(Protocol):
    """Plays calls."""

    def go_to(self, moment: datetime) -> None:
        """Moves the sandbox's clock forward."""

    def send(self, request: Request, *, may_wait: bool) -> Result | Waiting:
        """Makes a call; `may_wait` where others were made before its work in the bundle."""

    def finish(self, waiting: Waiting) -> Result:
        """Lets a call that waits be answered."""

    def secret(self, client_id: str) -> str:
        """Returns an integrator's secret."""

    def issue(self, client_id: str, merchant: str | None) -> str:
        """Returns an access token."""


def prefix_of(sandbox: str) -> str:
    """Returns what stands before the paths of a sandbox."""
    return "" if sandbox == DEFAULT else f"/sandboxes/{sandbox}"


class InProcess:
    """A simulator made of a bundle, in this process: the same seed, start, settings and scenarios.

    Args:
        bundle: what to make it of.

    Raises:
        BadBundle: a setting is not right.
        ProblemsFound: a scenario is not right.
    """

    def __init__(self, bundle: Bundle) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in bundle.scenarios.items():
                (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
            settings = settings_of(bundle, scenarios=Path(folder), public_url="http://replay")
            self._app: SimulatorApp = create_app(settings, bundle.data)
        self._name = bundle.sandbox
        self._prefix = prefix_of(bundle.sandbox)

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that the bundle was taken of, as it is now."""
        return self._app.context.sandboxes.get(self._name)

    def snapshot(self, vats: Iterable[str]) -> bytes:
        """Returns a snapshot of the sandbox as it is, with all scenarios of the bundle in it.

        Args:
            vats: merchants whose stores, which follow from the seed, are to be in it too.
        """
        sandbox = self.sandbox
        with sandbox.world as world:
            for vat in vats:
                merchants.settle(world, vat)
            for scenario in self._app.context.library:
                sandbox.director.shelf.put(scenario)
            return take_snapshot(sandbox)

    def go_to(self, moment: datetime) -> None:
        """Moves the sandbox's clock forward."""
        with self.sandbox.world as world:
            if moment > world.clock.now:
                world.clock.advance(moment - world.clock.now)

    def send(self, request: Request, *, may_wait: bool) -> Result | Waiting:
        """Makes a call."""
        path = (self._prefix + request.path).encode().decode("latin-1")
        environ = make_environ(request.method, path, request.query, request.headers, request.body)
        answer = call(self._app.wsgi_app, environ, request.body)
        plan: WirePlan | None = environ.pop(PLAN, None)
        if plan is not None and plan.is_before_work:
            return Waiting((environ, plan), request.body)
        return Result(answer.status, answer.content, delivery_of(plan))

    def finish(self, waiting: Waiting) -> Result:
        """Lets a call that waits be answered."""
        environ, plan = waiting.call
        answer = call(self._app.wsgi_app, environ, waiting.body)
        return Result(answer.status, answer.content, delivery_of(plan))

    def secret(self, client_id: str) -> str:
        """Returns an integrator's secret: in a bundle, all are the mask."""
        return MASK

    def issue(self, client_id: str, merchant: str | None) -> str:
        """Returns an access token."""
        context = self._app.context
        now, lifetime = self.sandbox.world.clock.present(), context.settings.token_lifetime
        return context.tokens.issue(client_id, merchant, DEFAULT, now, lifetime)
