"""Starts commands of the simulator without waiting for their imports.

Tests start some thousands of commands, and most of what such a start takes are imports. `Popen` and
`run` of this module are those of `subprocess`; a command of the simulator they hand to a starter:
a process that has imported everything, does nothing, and forks itself for each command.

    pytest --- asks, and passes its standard streams ---> starter
      ^                                                     | forks
      |                                                   a middle one, which ends at once
      +------------ becomes the parent of -------------- the command

A test sees no difference: the command is a child of pytest, so waiting for it, its exit code and
signals are the business of `subprocess` as ever. It has the arguments, environment, folder, streams
and process group that were asked for, no other file, and the signal handlers of a fresh process.

Everything else is started by exec, as `subprocess` does: other programs, and commands for whose start
Python itself has to be started, such as those with another `PYTHONPATH` or time zone. So is every
command where `TESTS_EXEC` is set, and on other systems than Linux: no other lets a process adopt the
children of its children.
"""

import builtins
import ctypes
import gc
import importlib
import inspect
import io
import json
import os
import pkgutil
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from importlib.machinery import BuiltinImporter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
IS_EXEC_ONLY = sys.platform != "linux" or bool(os.environ.get("TESTS_EXEC"))

#: What a command may have otherwise than the starter: read when it runs, by nothing that is imported.
READ_LATE = re.compile(r"MOBILEPAY_SIM_\w+|PYTEST_\w+|HOME|USERPROFILE")
#: What `Popen` takes that the starter knows of; the values mean that nothing else is asked for.
PLAIN = {"shell": False, "preexec_fn": None, "pass_fds": (), "executable": None, "umask": -1}
PLAIN |= {"uid": None, "gid": None, "gids": None, "close_fds": True, "restore_signals": True}
#: One message holds a command with its environment; what is longer is started by exec.
LONGEST = 100_000
PIPES = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
SET_CHILD_SUBREAPER = 36

_ENVIRONMENT = dict(os.environ)


# --- what pytest does -------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A way to call the simulator.

    Args:
        words: what follows the name of Python in the command line.
        package: the name by which it imports the simulator.
        starter: what follows the name of Python to start the starter: with the same flags.
    """

    words: tuple[str, ...]
    package: str
    starter: tuple[str, ...]


@cache
def ways() -> tuple[Way, ...]:
    """The ways to call the simulator that are worth a starter."""
    from mobilepay_simulator.testing.process import own_command

    return (
        Way(("-m", "simulator"), "simulator", ("-m", "tests.warm")),
        # Of `Simulator()`.
        Way(tuple(own_command()[1:]), "mobilepay_simulator", ("-P", __file__)),
    )


def run(
    command: Any,
    *,
    input: Any = None,
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> "subprocess.CompletedProcess[Any]":
    """Runs a command to its end, as `subprocess.run` does."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Popen(command, **options) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """A process, started by a starter where that makes no difference."""

    #: Whether it was forked by a starter.
    is_warm = False

    def _execute_child(self, *given: Any) -> None:
        asked = inspect.signature(super()._execute_child).bind(*given).arguments
        found = _job(asked)
        starter = _starter_for(*found) if found else None
        if found is None or starter is None:
            super()._execute_child(*given)
            return
        ends = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
        streams = [number if end == -1 else end for number, end in enumerate(ends)]
        self.pid = starter.start(found[1], streams)
        self._child_created = self.is_warm = True
        self._close_pipe_fds(*(asked[name] for name in PIPES))


#: For those who start commands through the module `subprocess`.
SUBPROCESS = types.SimpleNamespace(**{**vars(subprocess), "Popen": Popen, "run": run})


@dataclass(frozen=True)
class CommandLine:
    """A command that is to be started.

    Args:
        command: the whole command line.
        new_session: whether it gets a session of its own.
        group: the process group it joins; -1 for that of pytest.
    """

    command: list[str]
    cwd: str
    env: dict[str, str]
    new_session: bool
    group: int

    @property
    def message(self) -> bytes:
        """What a starter is told."""
        return json.dumps(asdict(self)).encode()


def _job(asked: Mapping[str, Any]) -> tuple[Way, CommandLine] | None:
    """Returns what a starter is to start; None where only exec does what is asked for."""
    if IS_EXEC_ONLY or any(asked[name] not in (value, ()) for name, value in PLAIN.items()):
        return None
    if isinstance(asked["args"], str | bytes | os.PathLike):
        return None
    command = [os.fspath(each) for each in asked["args"]]
    way = _way_of(command)
    env = dict(os.environ if asked["env"] is None else asked["env"])
    cwd = os.fspath(asked["cwd"] or Path.cwd())
    if way is None or not _is_sound([*command, *env, *env.values()]) or not Path(cwd).is_dir():
        return None
    if way.words[0] == "-m" and Path(cwd) != ROOT:
        return None
    job = CommandLine(command, cwd, env, bool(asked["start_new_session"]), asked["process_group"])
    return (way, job) if len(job.message) < LONGEST else None


def _way_of(command: list[str]) -> Way | None:
    if command[0] != sys.executable:
        return None
    found = (way for way in ways() if tuple(command[1 : 1 + len(way.words)]) == way.words)
    return next(found, None)


def _is_sound(texts: list[Any]) -> bool:
    """Whether a process could be started with these texts: exec says what is wrong with others."""
    try:
        return all(isinstance(each, str) and b"\0" not in os.fsencode(each) for each in texts)
    except UnicodeError:
        return False


def _inherited() -> tuple[str, ...]:
    """Returns what a process gets from its parent that no starter could follow."""
    status = Path("/proc/thread-self/status").read_text().splitlines()
    kept = ("Umask", "SigBlk", "SigIgn", "Cpus_allowed", "Uid", "Gid", "CapEff")
    return (
        *(line for line in status if line.startswith(kept)),
        Path("/proc/self/limits").read_text(),
    )


class Starter:
    """The starter of a way, as pytest sees it. It ends when pytest does."""

    def __init__(self, way: Way) -> None:
        self.inherited = _inherited()
        self.owner = os.getpid()
        self._lock = threading.Lock()
        self._link, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self.process = subprocess.Popen(
                [sys.executable, *way.starter, str(other.fileno()), way.package],
                cwd=ROOT,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
            )
        self._told()

    def start(self, job: CommandLine, streams: list[int]) -> int:
        """Starts a command; returns its process id."""
        with self._lock, _adopting():
            socket.send_fds(self._link, [job.message], streams)
            return int(self._told())

    def _told(self) -> bytes:
        said = self._link.recv(100)
        if not said:
            raise RuntimeError(f"the starter has ended with {self.process.wait()}")
        return said

    def close(self) -> None:
        """Ends it; what it has started is killed."""
        self._link.close()
        self.process.wait()


_starters: dict[Way, Starter] = {}
_starting = threading.Lock()


def close() -> None:
    """Ends all starters."""
    while _starters:
        _starters.popitem()[1].close()


def _starter_for(way: Way, job: CommandLine) -> Starter | None:
    """Returns the starter for a command; None where it would not make what exec makes."""
    with _starting:
        if way not in _starters:
            _starters[way] = Starter(way)
    starter = _starters[way]
    if starter.owner != os.getpid() or starter.inherited != _inherited():
        return None
    names = job.env.keys() | _ENVIRONMENT.keys()
    different = (name for name in names if job.env.get(name) != _ENVIRONMENT.get(name))
    return starter if all(READ_LATE.fullmatch(name) for name in different) else None


@contextmanager
def _adopting() -> Iterator[None]:
    """Makes this process the parent of grandchildren whose parent ends inside."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")
    try:
        yield
    finally:
        libc.prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


# --- what the starter does --------------------------------------------------------------------


def main() -> None:
    """Is the starter, until pytest ends; in each process that it forks, runs the command."""
    number, package = sys.argv[1:]
    link = socket.socket(fileno=int(number))
    _import_all(package)
    assert threading.active_count() == 1
    # Ctrl-C goes to all of the terminal; this one ends after pytest.
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    link.send(b"ready")
    run_command = _serve(link, interrupt)
    if run_command:
        run_command()


def _import_all(package: str) -> None:
    """Imports all of the simulator, but for what commands import only where they are asked to."""
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if not re.search(r"\.(mcp|__main__|pytest_plugin)\b", module.name):
            importlib.import_module(module.name)


def _serve(link: socket.socket, interrupt: Any) -> Callable[[], None] | None:
    """Forks as it is told to. Returns the program of a forked process; None in the end.

    Args:
        link: where pytest is.
        interrupt: what a fresh process does at Ctrl-C.
    """
    started: list[int] = []
    while message := (received := socket.recv_fds(link, LONGEST, 3))[0]:
        forked = _fork()
        if forked is None:
            return partial(_run, json.loads(message), received[1], interrupt)
        ended = select.select(started, [], [], 0)[0]
        for each in ended:
            os.close(each)
        started = [each for each in started if each not in ended]
        # Before it is told, nobody waits for it, and its number is not given to another.
        started.append(os.pidfd_open(forked))
        link.send(str(forked).encode())
        for stream in received[1]:
            os.close(stream)
    for each in started:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(each, signal.SIGKILL)
    return None


def _fork() -> int | None:
    """Forks a process that pytest adopts. Returns its number; None in the forked process."""
    number, tell_number = os.pipe()
    adopted, tell_adopted = os.pipe()
    middle = os.fork()
    if middle == 0:
        forked = os.fork()
        if forked:
            os.write(tell_number, str(forked).encode())
            os._exit(0)
        os.close(tell_adopted)
        # It is closed everywhere once the middle one has ended.
        os.read(adopted, 1)
        return None
    os.waitpid(middle, 0)
    told = int(os.read(number, 100))
    for each in (number, tell_number, adopted, tell_adopted):
        os.close(each)
    return told


def _run(job: dict[str, Any], streams: list[int], interrupt: Any) -> None:
    """Makes this process what exec would have made, and runs the command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if job["new_session"]:
        os.setsid()
    if job["group"] >= 0:
        os.setpgid(0, job["group"])
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    signal.signal(signal.SIGINT, interrupt)
    _open_streams()
    command = job["command"]
    sys.orig_argv[:] = command
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    vars(main).update(__builtins__=builtins, __loader__=BuiltinImporter)
    if command[1] == "-m":
        sys.path[0] = str(Path.cwd())
        sys.argv[:] = command[2:]
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        at = command.index("-c")
        sys.argv[:] = ["-c", *command[at + 2 :]]
        exec(compile(command[at + 1], "<string>", "exec"), vars(main))


def _open_streams() -> None:
    """Opens the standard streams as Python does: what they are is asked only then."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old, mode = getattr(sys, name), "w" if number else "r"
        is_direct = old.write_through
        file = open(number, f"{mode}b", 0 if is_direct and number else -1, closefd=False)  # noqa: SIM115
        getattr(file, "raw", file).name = f"<{name}>"
        new = io.TextIOWrapper(
            file,
            encoding=old.encoding,
            errors=old.errors,
            newline="\n",
            line_buffering=not is_direct and (name == "stderr" or file.isatty()),
            write_through=is_direct,
        )
        new.mode = mode
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


if __name__ == "__main__":
    main()
