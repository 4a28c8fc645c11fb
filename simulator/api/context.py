"""What the edge knows: settings, who is known, tokens and sandboxes. Handed in by `app`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.api.tokens import Tokens
from simulator.config import Settings
from simulator.data import Data, Integrator
from simulator.engine.ids import Ids
from simulator.sandboxes import Sandboxes
from simulator.scripting.library import Library

__all__ = ["Context"]


@dataclass(slots=True)
class Context:
    """One server's parts."""

    settings: Settings
    data: Data
    tokens: Tokens
    sandboxes: Sandboxes
    library: Library
    correlation_ids: Ids
    wall_time: Callable[[], float]
    _integrators: dict[str, Integrator] = field(init=False)
    _by_ibm_id: dict[str, Integrator] = field(init=False)

    def __post_init__(self) -> None:
        self._integrators = {each.client_id.lower(): each for each in self.data.integrators}
        self._by_ibm_id = {
            (each.ibm_client_id or each.client_id).lower(): each for each in self.data.integrators
        }

    def begin_after(self, exchanges: int) -> None:
        """Lets ids of tokens and errors be new ones, after so many exchanges in earlier runs."""
        if exchanges:
            self.correlation_ids = Ids(self.settings.seed, "correlation", exchanges)
            self.tokens.begin_after(exchanges)

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
