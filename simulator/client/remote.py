"""A simulator as tests see it, wherever it runs: it has a URL, and sandboxes."""

from abc import abstractmethod
from secrets import token_hex
from typing import Unpack
from urllib.parse import unquote

from simulator.client.closing import Closing
from simulator.client.control import ControlClient
from simulator.client.sandbox import Sandbox, Who

__all__ = ["RemoteSimulator", "SimulatorInUse"]


class SimulatorInUse(Closing):
    """What all simulators have in common, once they run."""

    @property
    @abstractmethod
    def control(self) -> ControlClient:
        """A client of its control API, in the default sandbox."""

    @property
    def exit_code(self) -> int | None:
        """How it ended, as far as that can be known."""
        return None

    @property
    def url(self) -> str:
        """Where it is."""
        return self.control.base_url

    def sandbox(self, name: str | None = None, **who: Unpack[Who]) -> Sandbox:
        """Returns a fresh sandbox.

        Args:
            name: its name; what is in a sandbox of this name is gone. A new one where it is None.
            who: whose client is tested.
        """
        sandbox = Sandbox(self.control, name or f"sandbox-{token_hex(6)}", **who)
        sandbox.reset()
        return sandbox

    def close(self) -> None:
        """Lets go of it."""
        self.control.close()


class RemoteSimulator(SimulatorInUse):
    """A simulator that somebody else has started, and that runs on in the end.

    Args:
        url: where it is. Where it names a sandbox, as in `http://127.0.0.1:8080/sandboxes/mine`,
            `sandbox()` gives that one, as it is, and leaves it in the end.
        token: what it was given as `--control-token`, if anything.
        timeout: real seconds an answer may take.

    Raises:
        ValueError: the URL is not one.
        Unreachable: nobody answers there.
        ControlError: whoever answers there is no simulator.
    """

    def __init__(self, url: str, *, token: str | None = None, timeout: float = 10.0) -> None:
        base, sandbox = _parted(url)
        self._control = ControlClient(base, sandbox=sandbox, token=token, timeout=timeout)
        try:
            # Health answers strangers too: this says what would let them in.
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


def _parted(url: str) -> tuple[str, str | None]:
    """Returns a simulator's URL, and the name of the sandbox it names, or None."""
    base, word, name = url.rstrip("/").rpartition("/sandboxes/")
    return (base, unquote(name)) if word and "/" not in name else (url, None)
