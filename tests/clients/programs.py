"""Builds the programs of the stacks, and runs them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mobilepay_simulator.client.sandbox import CLIENT_ID, CLIENT_SECRET, MERCHANT
from mobilepay_simulator.server.authority import open_authority

from tests.clients.tools import HERE, Stack, environment

__all__ = ["Done", "Failed", "Programs"]

#: Real seconds a program may take, or its compiler.
PATIENCE = 60.0
#: What Mono's runtime says where it crashes by itself, as it does once in a while on a busy machine.
MONO_CRASHED = "Telemetry Dumper"


class Failed(AssertionError):
    """A stack did not do what it should."""


@dataclass(frozen=True)
class Done:
    """What a program printed, and how it ended."""

    code: int
    text: str
    errors: str

    @property
    def facts(self) -> dict[str, str]:
        """The last line, which holds `payment=ID refund=ID status=STATE again=COUNT`."""
        lines = self.text.splitlines() or [""]
        return dict(word.split("=", 1) for word in lines[-1].split() if "=" in word)

    def __str__(self) -> str:
        """How it ended, with the end of what it said."""
        return f"it ended with {self.code}: {(self.errors + self.text).strip()[-1500:]}"


class Programs:
    """The programs of the stacks, in a folder of this run.

    Args:
        folder: for what is built, and for their homes.
        authority: the folder of the CA they are told to trust.
    """

    def __init__(self, folder: Path, authority: Path) -> None:
        self._folder = folder
        self._built: dict[str, Path] = {}
        self._ca = open_authority(authority)
        self._store = folder / "ca.p12"
        self._store.write_bytes(self._ca.export("p12"))

    def run(self, stack: Stack, url: str, *, trusts: bool = True) -> Done:
        """Lets a till pay at a URL; one that trusts our CA or, over TLS, one that does not."""
        home = self._home(stack.key if trusts else f"{stack.key}-untold")
        words = self._filled(stack, stack.trust) if trusts else []
        variables = [word for word in words if word.partition("=")[0].isupper()]
        if trusts and stack.trust_by:
            self._must(stack, self._filled(stack, stack.trust_by), home)
        own = {
            "TILL_URL": url,
            "TILL_CLIENT_ID": CLIENT_ID,
            "TILL_SECRET": CLIENT_SECRET,
            "TILL_MERCHANT": MERCHANT,
            **dict(word.split("=", 1) for word in variables),
        }
        options = [word for word in words if word not in variables]
        at = stack.run.index("{trust}") if "{trust}" in stack.run else len(stack.run)
        command = self._filled(stack, stack.run[:at]) + options
        command += self._filled(stack, stack.run[at + 1 :])
        done = _run(command, HERE / stack.folder, environment(home) | own)
        if done.code == -signal.SIGABRT and MONO_CRASHED in done.errors:
            done = _run(command, HERE / stack.folder, environment(home) | own)
        return done

    def _home(self, name: str) -> Path:
        home = self._folder / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        return home

    def _filled(self, stack: Stack, words: Iterable[str]) -> list[str]:
        values = {
            "python": sys.executable,
            "ca": str(self._ca.path),
            "store": str(self._store),
            "out": str(self._build(stack) if stack.build else self._folder),
        }
        return [word.format_map(values) for word in words]

    def _build(self, stack: Stack) -> Path:
        """Returns the folder with what was built, once it is."""
        if stack.key not in self._built:
            out = self._folder / "built" / stack.key
            out.mkdir(parents=True)
            command = [word.format(out=out, python=sys.executable) for word in stack.build]
            self._must(stack, command, self._home("builder"))
            self._built[stack.key] = out
        return self._built[stack.key]

    def _must(self, stack: Stack, command: list[str], home: Path) -> None:
        done = _run(command, HERE / stack.folder, environment(home))
        if done.code != 0:
            raise Failed(f"{' '.join(command)}: {done}")


def _run(command: list[str], folder: Path, env: Mapping[str, str]) -> Done:
    """Runs a command to its end, or to the end of patience, with all that it has started."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        text, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        text, errors = process.communicate()
        errors += f"\nit was still running after {PATIENCE:g} s"
    return Done(process.returncode, text, errors)
