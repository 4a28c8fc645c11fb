"""Which simulator the tools use: one that runs already, or one that is started for them."""

from collections.abc import Mapping
from threading import RLock
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError

from ...client import ClientError, ControlClient, ControlError, RemoteSimulator, SimulatorInUse
from ...settings.nearest import nearest, with_more
from ..process import Simulator

#: Where `mobilepay-sim serve` listens if nothing else is said.
USUAL = "http://127.0.0.1:8080"
DEFAULT = "default"
#: Real seconds an answer may take, and one of whatever listens at the usual place.
PATIENCE, PATIENCE_TO_FIND = 30.0, 3.0


class SimulatorChoice:
    """The one simulator that all tools use.

    What runs already is used rather than another started, unless there are settings for one.

    Args:
        target: the URL of the simulator to use; None to look for one, or start one.
        settings: of a simulator that is started; with some of them no other is looked for.
        token: the simulator's `--control-token`, where it has one.
    """

    def __init__(
        self, target: str | None, settings: Mapping[str, Any], token: str | None = None
    ) -> None:
        self._target = target
        self._settings = settings
        self._lock = RLock()
        self._used: SimulatorInUse | None = None
        self.token = token

    @property
    def is_own(self) -> bool:
        """Whether the simulator in use was started for the tools."""
        return isinstance(self._used, Simulator)

    def simulator(self) -> SimulatorInUse:
        """Returns the simulator in use; one that runs at the usual place where there is none yet.

        Raises:
            ToolError: none is in use, and none is found.
        """
        with self._lock:
            if self._used is not None and self._used.exit_code is not None:
                self.close()
                raise ToolError(
                    "The simulator that was started here has ended; simulator(start=true) starts "
                    "another, which knows nothing of the old sandboxes"
                )
            if self._used is None:
                self._used = self._found()
            if self._used is None:
                looked = (
                    f"; what runs at {USUAL} is not used, since --option has settings for another"
                    if self._settings
                    else f", and none runs at {USUAL}"
                )
                raise ToolError(
                    f"No simulator is in use{looked}. simulator(start=true) starts one; "
                    "simulator(url=...) uses one that runs already"
                )
            return self._used

    def use(self, url: str) -> SimulatorInUse:
        """Uses the simulator at a URL from now on.

        Raises:
            ToolError: there is none, or another one has been started here.
        """
        with self._lock:
            if self.is_own and self._used is not None:
                if url.rstrip("/") == self._used.url:
                    return self._used
                raise ToolError(
                    f"The simulator at {self._used.url} was started here and is in use; "
                    "simulator(stop=true) stops it, after that another one can be used"
                )
            there = _at(url, self.token, "; simulator(start=true) starts one")
            if self._used is not None:
                self._used.close()
            self._used = there
            return there

    def start(self) -> SimulatorInUse:
        """Returns the simulator in use, or at the usual place; starts one where there is neither.

        Raises:
            ToolError: it does not start.
        """
        with self._lock:
            if self._used is not None and self._used.exit_code is not None:
                self.close()
            self._used = self._used or self._found()
            if self._used is None:
                own = Simulator(**{"time_scale": 1.0, **self._settings}, control_token=self.token)
                try:
                    self._used = own.start()
                except ClientError as error:
                    raise ToolError(str(error)) from error
            return self._used

    def control(self, sandbox: str) -> ControlClient:
        """Returns a client of a sandbox of the simulator in use.

        Raises:
            ToolError: there is no such sandbox.
        """
        control = self.simulator().control.within(None)
        names = [DEFAULT, *(each.name for each in control.sandboxes())]
        if sandbox not in names:
            raise ToolError(
                f"There is no sandbox {sandbox!r}; "
                + with_more(nearest(sandbox, set(names)), f"sandbox(name={sandbox!r}) makes it")
            )
        return control.within(None if sandbox == DEFAULT else sandbox)

    def close(self) -> bool:
        """Lets go of the simulator; stops it where it was started here. Returns whether it was."""
        with self._lock:
            was_own, used, self._used = self.is_own, self._used, None
            if used is not None:
                used.close()
            return was_own

    def _found(self) -> SimulatorInUse | None:
        if self._target is not None:
            return _at(self._target, self.token, " (--target)")
        if self._settings:
            return None
        try:
            RemoteSimulator(USUAL, token=self.token, timeout=PATIENCE_TO_FIND).close()
            return RemoteSimulator(USUAL, token=self.token, timeout=PATIENCE)
        except ControlError as error:
            # Something else may listen there; a simulator says what it lacks.
            if error.status in (401, 403) and isinstance(error.details, dict):
                raise ToolError(f"{USUAL}: {error.message} (--token)") from error
            return None
        except ClientError:
            return None


def _at(url: str, token: str | None, hint: str) -> SimulatorInUse:
    """Returns the simulator at a URL; where there is none, the refusal ends with the hint."""
    if "/sandboxes/" in url:
        raise ToolError(
            f"Give the simulator's URL without a sandbox: {url.partition('/sandboxes/')[0]}. "
            "Each tool takes the sandbox's name"
        )
    try:
        return RemoteSimulator(url, token=token, timeout=PATIENCE)
    except ControlError as error:
        hint = " (--token)" if error.status in (401, 403) else hint
        raise ToolError(f"{url}: {error.message}{hint}") from error
    except (ClientError, ValueError) as error:
        raise ToolError(f"{error}{hint}") from error
