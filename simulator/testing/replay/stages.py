"""Where a bundle is played: in this process, or against a running simulator."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

from ...api.answers import Response
from ...api.request import Headers
from ...api.request import Request as Asked
from ...app import SimulatorApp, create_app
from ...engine import stores
from ...engine.ids import guid_from
from ...journal.secret_fields import MASK
from ...sandboxes.bundles import Bundle, settings_of
from ...sandboxes.registry import DEFAULT, HostedSandbox
from ...sandboxes.snapshots import take_snapshot
from ...scripting.fate import Delivery, fate_of


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A call to make."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came back; status 0 where nothing did."""

    status: int
    body: bytes
    delivery: Delivery
    media_type: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class HeldCall:
    """A call that a scenario keeps until others have been made."""

    call: Any
    body: bytes = field(default=b"")


class ReplayTarget(Protocol):
    """Plays calls."""

    def go_to(self, moment: datetime) -> None:
        """Moves the sandbox's clock forward."""

    def send(self, request: ReplayRequest, *, may_wait: bool) -> ReplayResult | HeldCall:
        """Makes a call; `may_wait` where others were made before its work in the bundle."""

    def finish(self, waiting: HeldCall) -> ReplayResult:
        """Lets a call that waits be answered."""

    def secret(self, client_id: str) -> str:
        """Returns an integrator's secret."""

    def issue(self, client_id: str, merchant: str | None) -> str:
        """Returns an access token."""


def prefix_of(sandbox: str) -> str:
    """Returns what stands before the paths of a sandbox."""
    return "" if sandbox == DEFAULT else f"/sandboxes/{sandbox}"


class ReplayInProcess:
    """A simulator in this process, and a sandbox of it.

    Args:
        app: the simulator; the secrets of its integrators are the mask.
        name: the sandbox's name.
    """

    def __init__(self, app: SimulatorApp, name: str = DEFAULT) -> None:
        self._app = app
        self._name = name
        self._prefix = prefix_of(name)

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> Self:
        """Returns one that is made of a bundle: the same seed, start, settings and scenarios.

        Raises:
            BadBundle: a setting is not right.
            ProblemsFound: a scenario is not right.
        """
        with tempfile.TemporaryDirectory() as folder:
            for name, text in bundle.scenarios.items():
                (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
            settings = settings_of(bundle, scenarios=Path(folder), public_url="http://replay")
            return cls(create_app(settings, bundle.data), bundle.sandbox)

    @property
    def sandbox(self) -> HostedSandbox:
        """The sandbox, as it is now."""
        return self._app.context.sandboxes.get(self._name)

    def snapshot(self, vats: Iterable[str]) -> bytes:
        """Returns a snapshot of the sandbox as it is, with all scenarios of the simulator in it.

        Args:
            vats: merchants whose stores, which follow from the seed, are to be in it too.
        """
        sandbox = self.sandbox
        with sandbox.world as world:
            for vat in vats:
                stores.admit_merchant(world, vat)
            for scenario in self._app.context.library:
                sandbox.scenario_engine.catalog.put(scenario)
            return take_snapshot(sandbox)

    def go_to(self, moment: datetime) -> None:
        """Moves the sandbox's clock forward."""
        with self.sandbox.world as world:
            if moment > world.clock.now:
                world.clock.advance(moment - world.clock.now)

    def send(self, request: ReplayRequest, *, may_wait: bool) -> ReplayResult | HeldCall:
        """Makes a call."""
        asked = Asked(
            method=request.method,
            path=self._prefix + request.path,
            query=request.query,
            headers=Headers(request.headers),
            body=request.body,
        )
        reply = self._app.respond(asked)
        return _result(reply) if reply.resume is None else HeldCall(reply)

    def finish(self, waiting: HeldCall) -> ReplayResult:
        """Lets a call that waits be answered."""
        return _result(waiting.call.resume())

    def secret(self, client_id: str) -> str:
        """Returns an integrator's secret: all are the mask."""
        return MASK

    def issue(self, client_id: str, merchant: str | None) -> str:
        """Returns an access token."""
        context = self._app.context
        now, lifetime = self.sandbox.world.clock.present(), context.settings.token_lifetime
        # None of the sandbox's own: its tokens are to be as they were.
        token_id = guid_from("replay", client_id, merchant)
        return context.tokens.issue(client_id, merchant, DEFAULT, now, lifetime, token_id)


def _result(reply: Response) -> ReplayResult:
    fate = fate_of(reply.plan, len(reply.content))
    headers = {name.lower(): value for name, value in reply.headers}
    return ReplayResult(reply.status, reply.content, fate.delivery, headers.get("content-type", ""))
