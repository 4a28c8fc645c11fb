"""A machine as a user has it: nobody listens at any port, and nothing is set up but a clone.

Where it can be had, it is a network of its own, so that it does not matter what else runs beside the
tests. Where it can't, it is this machine, as long as the usual ports are free.
"""

import json
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest

from tests.packaging.support import clean_environment
from tests.support import ROOT

__all__ = [
    "ALONE",
    "PORT",
    "Machine",
    "clone",
    "free_machine",
    "left_by",
    "tracked",
    "user_environment",
]

#: Where a simulator is unless it is told otherwise, for HTTP and for HTTPS.
PORT, TLS_PORT = 8080, 8443
#: Real seconds that a command may take on a machine that has much else to do.
LONGEST = 240.0
#: Real seconds until a server must have said where it is.
START = 90.0
#: The variable by which a command's processes are found, whatever became of their parents.
MARK = "DEFAULTS_MARK"
#: Variables of whoever runs the tests that a user does not have.
FOREIGN = ("PYTEST", "ARGS", "MAKE", "MFLAGS", "XDG_", "CRASH_", "FUZZ_", "MODEL_")

_LOOPBACK = """\
import fcntl, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14s", b"lo", 1, b""))
print("up", flush=True)
sys.stdin.read()
"""
#: What begins a network of its own, and what enters it: for root, and for whoever may become it.
_WAYS = (
    (["unshare", "--net"], ["nsenter", "--net"]),
    (
        ["unshare", "--user", "--map-root-user", "--net"],
        ["nsenter", "--user", "--preserve-credentials", "--net"],
    ),
)


@cache
def _way() -> tuple[list[str], list[str]] | None:
    """Returns the first of the ways that works here."""
    for begins, enters in _WAYS:
        if not (shutil.which(begins[0]) and shutil.which(enters[0])):
            continue
        with _network(begins) as pid:
            if pid and _runs([*enters, f"--target={pid}", "--", "true"]):
                return begins, enters
    return None


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def _network(begins: list[str]) -> Iterator[int]:
    """Gives the process whose network is a new one with nothing but a loopback; 0 if there is none."""
    holder = subprocess.Popen(
        [*begins, sys.executable, "-c", _LOOPBACK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        yield holder.pid if holder.stdout.readline() == "up\n" else 0


#: Tests that take the usual ports of this machine are not run at the same time.
ALONE: list[pytest.MarkDecorator] = [] if _way() else [pytest.mark.xdist_group("usual-ports")]


@dataclass
class Machine:
    """Where commands are run.

    Args:
        home: of the user.
        enters: what enters the machine's network.
    """

    home: Path
    enters: list[str] = field(default_factory=list)

    def start(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> "subprocess.Popen[str]":
        """Starts a command, in a process group of its own."""
        return subprocess.Popen(
            [*self.enters, *map(str, command)],
            cwd=cwd,
            env={**user_environment(self.home), **(env or {})},
            text=True,
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL, **options},
        )

    def run(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float = LONGEST,
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a command to its end; one that does not come to it fails the test."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self.start(command, cwd, env, **pipes) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                end(process, signal.SIGKILL)
                out, err = process.communicate()
                pytest.fail(f"{command} has not ended within {timeout:g} s:\n{out}{err}")
            finally:
                end(process, signal.SIGKILL)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    @contextmanager
    def serving(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Runs a command that serves; gives what it says of itself once it does."""
        with ExitStack() as stack:
            errors: Any = stack.enter_context((log or self.home / "log").open("w"))
            process = self.start(command, cwd, env, stdout=subprocess.PIPE, stderr=errors)
            stack.enter_context(process)
            late = threading.Timer(START, end, (process, signal.SIGKILL))
            late.start()
            try:
                assert process.stdout is not None
                said = announced(process.stdout)
                late.cancel()
                assert said is not None, (
                    f"it never said where it is: {Path(errors.name).read_text()}"
                )
                yield said
            finally:
                late.cancel()
                end(process, signal.SIGTERM)
                try:
                    process.wait(LONGEST)
                finally:
                    end(process, signal.SIGKILL)

    def ask(self, url: str, *options: str) -> Any:
        """Asks a simulator on the machine; returns the JSON of its answer, which must be fine."""
        done = self.run(["curl", "--silent", "--show-error", "--fail", *options, url], self.home)
        assert done.returncode == 0, f"{url}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout else None


def announced(stdout: IO[str]) -> dict[str, Any] | None:
    """Returns what a server that was started says of itself; what make says before is passed by."""
    for line in stdout:
        if line.startswith("{"):
            said: dict[str, Any] = json.loads(line)
            return said
    return None


def end(process: "subprocess.Popen[Any]", number: signal.Signals) -> None:
    """Sends a signal to all of a command that are still there."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


@contextmanager
def free_machine(home: Path) -> Iterator[Machine]:
    """Gives a machine where nobody listens; skips the test where there can't be one."""
    way = _way()
    if way is None:
        taken = [port for port in (PORT, TLS_PORT) if _is_taken(port)]
        if taken:
            pytest.skip(f"port {taken[0]} is taken, and no network of its own can be had here")
        yield Machine(home)
        return
    begins, enters = way
    with _network(begins) as pid:
        yield Machine(home, [*enters, f"--target={pid}", "--"])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def user_environment(home: Path) -> dict[str, str]:
    """Returns the variables of a user who has installed nothing beside what the machine came with."""
    ours = {name: v for name, v in clean_environment().items() if not name.startswith(FOREIGN)}
    path = [
        each
        for each in os.environ["PATH"].split(os.pathsep)
        if not Path(each, "mobilepay-sim").exists()
    ]
    return {**ours, "HOME": str(home), "PATH": os.pathsep.join(path)}


def clone(folder: Path) -> Path:
    """Makes a clone of the sources as they are now, set up as `make run` and `make test` do it.

    The packages are those of the environment that runs the tests: nothing is installed.
    """
    folder.mkdir(parents=True)
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    here = Path(sys.prefix)
    if not (here / "bin" / "mobilepay-sim").exists():
        pytest.skip("the simulator is not installed in a virtual environment of its own")
    environment = folder / ".venv"
    environment.mkdir()
    for each in here.iterdir():
        # What says where it was made is not true of the clone, which make would make anew.
        if each.suffix != ".stamp" and each.name not in ("made-as", "unfinished"):
            (environment / each.name).symlink_to(each)
    digest = runpy.run_path(str(ROOT / ".ci" / "set_up.py"))["digest"]
    for name in ("run", "test", "lint"):
        (environment / f"{name}.stamp").write_text(digest(name), encoding="utf-8")
    return folder


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("these sources are no clone: git does not know them")
    return tuple(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


# --- what a command leaves ------------------------------------------------------------------------


@dataclass
class Leavings:
    """What is left of the commands that were run with these variables."""

    folder: Path
    mark: str

    @property
    def env(self) -> dict[str, str]:
        """The variables to run a command with."""
        return {MARK: self.mark, "TMPDIR": str(self.folder)}

    def processes(self) -> list[str]:
        """The command lines of processes that are still there."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"{MARK}={self.mark}".encode() in path.read_bytes():
                    command = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ")
                    found.append(command.decode(errors="replace"))
            except OSError:
                continue
        return [each for each in found if each]

    def wait(self) -> None:
        """Waits until all processes have ended."""
        until = time.monotonic() + LONGEST
        while self.processes() and time.monotonic() < until:
            time.sleep(0.05)

    def files(self) -> list[str]:
        """The files that are still there."""
        return sorted(each.relative_to(self.folder).as_posix() for each in self.folder.rglob("*"))


@contextmanager
def left_by(folder: Path) -> Iterator[Leavings]:
    """Gives variables to run commands with; nothing of theirs must be left in the end."""
    folder.mkdir()
    leavings = Leavings(folder, uuid4().hex)
    yield leavings
    assert leavings.processes() == []
    assert leavings.files() == []
