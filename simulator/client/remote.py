"""A running simulator as tests see it: it has a URL and sandboxes."""

from abc import abstractmethod
from pathlib import Path
from secrets import token_hex
from typing import Unpack
from urllib.parse import unquote

from .connection import Closing
from .control import ControlClient
from .sandbox import Sandbox, Who


class SimulatorInUse(Closing):
    """A simulator that runs."""

    @property
    @abstractmethod
    def control(self) -> ControlClient:
        """A client of its control API, in the default sandbox."""

    @property
    def exit_code(self) -> int | None:
        """Its exit code, where that is known."""
        return None

    @property
    def url(self) -> str:
        """Its URL."""
        return self.control.base_url

    @property
    def https_url(self) -> str | None:
        """Its URL over HTTPS; None where it serves none."""
        return self.control.https_url

    @property
    def ca_file(self) -> Path | None:
        """The CA to trust over HTTPS, as a PEM file; None where this machine has no such file."""
        return self.control.ca_file

    def sandbox(self, name: str | None = None, **who: Unpack[Who]) -> Sandbox:
        """Returns a fresh sandbox.

        Args:
            name: its name; a sandbox of this name is reset. A new name where it is None.
            who: whose client is tested.
        """
        sandbox = Sandbox(self.control, name or f"sandbox-{token_hex(6)}", **who)
        sandbox.reset()
        return sandbox

    def close(self) -> None:
        """Closes the connections."""
        self.control.close()


class RemoteSimulator(SimulatorInUse):
    """A simulator that runs already, and that goes on running.

    Args:
        url: its URL. Where it names a sandbox, as in `http://127.0.0.1:8080/sandboxes/mine`,
            `sandbox()` returns that one without a reset, and does not drop it.
        token: its `--control-token`, where it has one.
        timeout: real seconds an answer may take.

    Raises:
        ValueError: the URL is not one.
        Unreachable: no server answers there.
        ControlError: the server there is not a simulator.
    """

    def __init__(self, url: str, *, token: str | None = None, timeout: float = 10.0) -> None:
        base, sandbox = sandbox_in(url)
        self._control = ControlClient(base, sandbox=sandbox, token=token, timeout=timeout)
        try:
            # Health answers strangers too; this call says how to get access.
            self._control.sandboxes()
        except BaseException:
            self._control.close()
            raise

    @property
    def control(self) -> ControlClient:
        """A client of its control API, in the default sandbox or the one that the URL names."""
        return self._control

    def sandbox(self, name: str | None = None, **who: Unpack[Who]) -> Sandbox:
        """Returns a fresh sandbox; the one that the URL names, where it names one."""
        lent = self._control.sandbox
        if lent is None:
            return super().sandbox(name, **who)
        return Sandbox(self._control, lent, is_lent=True, **who)


def sandbox_in(url: str) -> tuple[str, str | None]:
    """Returns the simulator's part of a URL, and the name of the sandbox it names, or None."""
    base, word, name = url.rstrip("/").rpartition("/sandboxes/")
    return (base, unquote(name)) if word and "/" not in name else (url, None)
