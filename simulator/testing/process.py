"""`Simulator`: a real server in a process of its own, for as long as a test needs it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, TYPE_CHECKING, Any, Self

from ..client import ControlClient, SimulatorInUse, StartFailed
from ..server.signals import held_back
from .settings import as_options

if TYPE_CHECKING:
    from .in_process import InProcess

#: Real seconds it may take to start, and to stop before it is killed.
PATIENCE_TO_START = 30.0
PATIENCE_TO_STOP = 5.0

TOKEN_VARIABLE = "MOBILEPAY_SIM_CONTROL_TOKEN"  # noqa: S105 - its name

#: Variables that say where a server at the desk listens: of one in tests there may be many.
PLACES = ("MOBILEPAY_SIM_TLS_PORT", "MOBILEPAY_SIM_PORT_FILE")

_PACKAGE = Path(__file__).parents[1]
#: Runs this very package, whatever its folder is called and whatever else has its name.
_BOOT = """\
import sys
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv.pop(1)
name = "mobilepay_simulator"
spec = spec_from_file_location(name, folder + "/__init__.py", submodule_search_locations=[folder])
package = sys.modules[name] = module_from_spec(spec)
spec.loader.exec_module(package)
from mobilepay_simulator.cli.main import main
from mobilepay_simulator.testing.parent_watchdog import watch
watch()
main()
"""


def own_command(*words: str, boot: str = _BOOT) -> list[str]:
    """Returns the command line that runs `mobilepay-sim WORDS` of this very package.

    The program ends as after SIGTERM once nobody holds its standard input, so that it never
    outlives whoever started it.
    """
    return [sys.executable, "-P", "-c", boot, str(_PACKAGE), *words]


class Simulator(SimulatorInUse):
    """A server on a free port, in a process of its own.

    It is made for tests: its time stands still until it is advanced, and it logs nothing. The
    variables of the environment count for whatever else is not given, but for the ports and the
    port file.

    Args:
        settings: the settings of `mobilepay-sim serve` by their names with underscores, as values
            or as texts.

    Raises:
        StartFailed: there is no such setting, or the server does not start; its own message.
    """

    #: Whether it always takes a free port, as tests at the same time need it.
    takes_free_port = True
    #: The program that runs the server's commands; its first argument is the package's folder.
    boot = _BOOT

    def __init__(self, **settings: Any) -> None:
        settings = dict(settings)
        self._token = settings.pop("control_token", None) or os.environ.get(TOKEN_VARIABLE)
        if self.takes_free_port and str(settings.get("port", 0)) != "0":
            raise StartFailed("port: it always takes a free one; `url` says which it became")
        self._options = as_options(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._control: ControlClient | None = None

    @staticmethod
    def in_process(**settings: Any) -> "InProcess":
        """Returns a simulator without a process or sockets, for WSGI users.

        Args:
            settings: as those of `InProcess`.
        """
        from .in_process import InProcess

        return InProcess(**settings)

    @property
    def control(self) -> ControlClient:
        """A client of its control API, in the default sandbox."""
        if self._control is None:
            raise RuntimeError("the simulator is not started: use it in `with`, or call start()")
        return self._control

    @property
    def pid(self) -> int:
        """The number of its process."""
        if self._process is None:
            raise RuntimeError("the simulator is not started: use it in `with`, or call start()")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How the server ended; None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> Self:
        """Starts the server; returns once it answers.

        Raises:
            StartFailed: it does not start.
        """
        if self._process is not None:
            raise RuntimeError("the simulator is started already")
        try:
            self._errors = TemporaryFile()  # noqa: SIM115 - closed by close()
            with held_back():
                self._process = self._launched(self._errors)
            said = self._listening(self._process)
            self._control = ControlClient(said["url"], token=self._token)
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stops the server; kills it where it does not."""
        process, self._process = self._process, None
        if self._control is not None:
            self._control.close()
            self._control = None
        if process is not None:
            with process:
                _tell_to_stop(process)
                try:
                    process.wait(PATIENCE_TO_STOP)
                except subprocess.TimeoutExpired:
                    process.kill()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def __enter__(self) -> Self:
        return self.start()

    def _launched(self, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
        try:
            return self._started(errors)
        except (OSError, ValueError) as error:
            # Such as a NUL, or half a character, in a setting: no program takes it.
            options = " ".join(self._options)[:200]
            raise StartFailed(f"no process can be started with {options!r}: {error}") from error

    def _started(self, errors: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own program
            own_command("serve", *self._options, boot=self.boot),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=self._environment(),
            # Ctrl-C is for the tests, which stop the server once they have ended.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def _environment(self) -> dict[str, str]:
        kept = dict(os.environ)
        if self.takes_free_port:
            for name in PLACES:
                kept.pop(name, None)
        return {**kept, **({TOKEN_VARIABLE: self._token} if self._token else {})}

    def _listening(self, process: "subprocess.Popen[bytes]") -> Mapping[str, Any]:
        """Returns what the server says of itself once it listens."""
        assert process.stdout is not None  # noqa: S101 - for mypy
        timer = Timer(PATIENCE_TO_START, process.kill)
        # It must keep nobody who is interrupted meanwhile.
        timer.daemon = True
        timer.start()
        try:
            said = _announced(process.stdout)
            is_late = not timer.is_alive()
        finally:
            timer.cancel()
        if said is not None:
            return said
        if is_late:
            raise StartFailed(f"the simulator did not start within {PATIENCE_TO_START:g} s")
        process.wait()
        raise StartFailed(self._last_words())

    def _last_words(self) -> str:
        assert self._errors is not None  # noqa: S101 - for mypy
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        # Mistakes in files are a line each; before an error nobody has foreseen comes its trace.
        lines = said.splitlines()
        if any(line.startswith("Traceback") for line in lines):
            lines = lines[-1:]
        message = "\n".join(lines).removeprefix("mobilepay-sim: ")
        return message or f"the simulator ended with {self.exit_code}, and said nothing"


def _announced(lines: Iterable[bytes]) -> Mapping[str, Any] | None:
    """Returns what a server says once it listens; None if it ends before.

    Other lines are not the server's: Python runs a machine's `sitecustomize` first, for one.
    """
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and said.get("event") == "listening":
            return said
    return None


def _tell_to_stop(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform != "win32":
        process.terminate()
    elif process.stdin is not None:
        # There `terminate` kills it. It ends by itself once nobody holds its stdin.
        process.stdin.close()


class Standing(Simulator):
    """A server at a port that is asked for, whose time passes: for clients that come by themselves.

    Args:
        settings: as of `Simulator`; also the port.
    """

    takes_free_port = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"time_scale": 1.0, **settings})
