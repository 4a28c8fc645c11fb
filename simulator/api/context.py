"""The server's parts, handed to the edge by `app`: settings, integrators, tokens, sandboxes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Protocol

from ..engine.ids import Ids
from ..journal.budget import JournalBudget
from ..journal.exchanges import ExchangeRecord
from ..sandboxes.background import BackgroundWork
from ..sandboxes.registry import DEFAULT, SandboxRegistry
from ..scripting.library import ScenarioLibrary
from ..settings.data import Data, Integrator
from ..settings.settings import Settings
from .request import Request
from .tokens import Tokens

if TYPE_CHECKING:
    from .answers import Response

#: Correlation ids of clients are told back up to this length.
_CORRELATION_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Secure:
    """Where HTTPS is served.

    Args:
        port: the port.
        ca: the file of the certificate of the CA to trust; None where there is none of ours.
    """

    port: int
    ca: Path | None


class AppInProcess(Protocol):
    """A whole simulator, which answers who calls it in its own process."""

    @property
    def context(self) -> "Context":
        """Its parts."""

    @property
    def respond(self) -> "Callable[[Request], Response]":
        """What answers a request."""


@dataclass(slots=True)
class Context:
    """One server's parts; `background` knows what is broken; `secure` is None without HTTPS.

    `stopping` is set once the server stops: what goes on in a thread ends.
    `another` makes a simulator of the same rules in which nothing has happened, and time begins
    where it is told: what is played there changes nothing here.
    """

    settings: Settings
    data: Data
    tokens: Tokens
    sandboxes: SandboxRegistry
    library: ScenarioLibrary
    journals: JournalBudget
    correlation_ids: Ids
    wall_time: Callable[[], float]
    background: BackgroundWork
    another: "Callable[[ScenarioLibrary, datetime], AppInProcess]"
    secure: Secure | None = None
    stopping: Event = field(default_factory=Event)
    _integrators: dict[str, Integrator] = field(init=False)
    _by_ibm_id: dict[str, Integrator] = field(init=False)

    def __post_init__(self) -> None:
        self._integrators = {each.client_id.lower(): each for each in self.data.integrators}
        self._by_ibm_id = {
            (each.ibm_client_id or each.client_id).lower(): each for each in self.data.integrators
        }

    def correlation_id(self, request: Request, exchange: ExchangeRecord | None = None) -> str:
        """Returns the id the client sent as CorrelationId, or the next one of its sandbox.

        Calls in other sandboxes take none of these; a call that reaches no sandbox gets one of the
        server's.

        Args:
            request: the call.
            exchange: its record, which knows the sandbox once that was found.
        """
        sent = request.headers.get("correlationid") or ""
        if 0 < len(sent) <= _CORRELATION_LENGTH and sent.isprintable():
            return sent
        name = (exchange.sandbox if exchange is not None else "") or request.sandbox or DEFAULT
        sandbox = self.sandboxes.find(name)
        return (self.correlation_ids if sandbox is None else sandbox.correlation_ids).guid()

    def begin_after(self, exchanges: int) -> None:
        """Advances the server's own ids past those of so many exchanges in earlier runs."""
        if exchanges:
            self.correlation_ids = Ids(self.settings.seed, "correlation", exchanges)

    def integrator(self, client_id: str) -> Integrator | None:
        """Returns the integrator of a client id, or None; with open auth there is one for each."""
        known = self._integrators.get(client_id.lower())
        if known is None and self.settings.open_auth and client_id:
            return Integrator(client_id.lower(), "")
        return known

    def integrator_of_app(self, ibm_client_id: str) -> Integrator | None:
        """Returns the integrator that sends this x-ibm-client-id, or None."""
        known = self._by_ibm_id.get(ibm_client_id.lower())
        if known is None and self.settings.open_auth and ibm_client_id:
            return Integrator(ibm_client_id.lower(), "")
        return known


#: Seconds that the time of day stands still for at most, until the machine's clock has caught up.
LONGEST_HALT = 1.0


class SteadyWallClock:
    """Returns the seconds since 1970.

    It follows the machine's clock forward, however far. Where that is set back a little, it stands
    still until the clock has caught up; where it is set back further, it goes on by itself.

    Args:
        wall: returns the seconds since 1970 by the machine's clock.
        ticks: returns the seconds since any origin; never decreases.
    """

    def __init__(self, wall: Callable[[], float], ticks: Callable[[], float]) -> None:
        self._wall, self._ticks = wall, ticks
        self._last, self._last_ticks = wall(), ticks()

    def __call__(self) -> float:
        """Returns the time; never less than before."""
        wall, ticks = self._wall(), self._ticks()
        if wall < self._last - LONGEST_HALT:
            wall = self._last + ticks - self._last_ticks
        self._last, self._last_ticks = max(wall, self._last), ticks
        return self._last
