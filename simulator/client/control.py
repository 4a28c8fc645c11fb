"""`ControlClient`: the whole control API, typed."""

from copy import copy
from typing import TYPE_CHECKING

from .arranging import ArrangeCalls
from .audit import AuditCalls
from .certification import CertificationCalls
from .changes import ChangeCalls
from .clock import ClockCalls
from .connection import Closing, Connection
from .events import EventCalls
from .ledger import LedgerCalls
from .payments import PaymentCalls
from .polling import PollingCalls
from .runs import RunCalls
from .scenarios import ScenarioCalls
from .server import ServerCalls
from .shops import ShopCalls
from .verification import VerificationCalls

if TYPE_CHECKING:
    import httpx


class ControlClient(
    ServerCalls,
    ClockCalls,
    ScenarioCalls,
    RunCalls,
    VerificationCalls,
    AuditCalls,
    LedgerCalls,
    CertificationCalls,
    PaymentCalls,
    EventCalls,
    ChangeCalls,
    ShopCalls,
    PollingCalls,
    ArrangeCalls,
    Closing,
):
    """A client of the control API, of one sandbox.

    Every call raises `Unreachable` without an answer, and `ControlError` where it is refused.
    Clients may be used by several threads.

    Args:
        base_url: the simulator's URL, such as `http://127.0.0.1:8080`.
        sandbox: the sandbox's name; None for the default one.
        token: the simulator's `--control-token`, where it has one.
        timeout: real seconds an answer may take.
        transport: carries the calls in place of the network.

    Raises:
        ValueError: the URL is not one.
        ClientError: the token can't be one.
    """

    def __init__(
        self,
        base_url: str,
        *,
        sandbox: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        connection = Connection(base_url, timeout=timeout, transport=transport)
        super().__init__(connection, sandbox, token)

    def within(self, sandbox: str | None) -> "ControlClient":
        """Returns a client of another sandbox, over the same connections."""
        client = copy(self)
        client._sandbox = sandbox
        return client

    @property
    def connection(self) -> Connection:
        """The connections to the server."""
        return self._connection

    @property
    def sandbox(self) -> str | None:
        """The name of the sandbox; None for the default one."""
        return self._sandbox

    def close(self) -> None:
        """Closes the connections, also those of the clients of other sandboxes."""
        self._connection.close()
