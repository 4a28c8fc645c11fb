"""What has to be on the machine, whether it is, and the variables its programs get."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["HERE", "Stack", "Tool", "environment", "version_of"]

HERE = Path(__file__).parent
NUMBER = re.compile(r"\d+(\.\d+)+( on \S+ \d+(\.\d+)+)?")


@dataclass(frozen=True)
class Tool:
    """Something that has to be on the machine.

    Args:
        name: what it is called.
        folder: where its files are, below this one; its commands run there.
        version: the command that prints its version, and fails where anything it needs is not there.
        debian: the Debian packages it comes from.
        others: what brings what Debian has not; a command to type.
    """

    name: str
    folder: str
    version: tuple[str, ...]
    debian: tuple[str, ...] = ()
    others: str = ""

    @property
    def where_from(self) -> str:
        """Where it is to be had."""
        debian = f"Debian: {' '.join(self.debian)}" if self.debian else ""
        return "; ".join(each for each in (debian, self.others) if each)


@dataclass(frozen=True)
class Stack(Tool):
    """A stack with its defaults, and the program that uses it.

    In `build`, `run` and `trust`, {out} stands for a folder to build into, {ca} for the certificate
    of our CA, {store} for the same as a trust store of Java, {python} for this Python.

    Args:
        run: the command of the program; "{trust}" is the place of the options of `trust`.
        build: the command that builds it, where it has to be built.
        trust: what lets it trust our CA: variables such as A=b, and options for `run`.
        trust_by: a command that lets it trust our CA, where neither does.
        is_asked: whether it logs in only when a 401 asks it to.
        keeps: how many connections it keeps for the calls it makes one after the other; 0 where each
            call has its own.
        resends: whether it repeats a call by itself when there was no answer.
        verifies: whether it looks at the certificate of the server at all.
        https_host: the name of this machine that it takes a certificate for.
        sends: a header that a payment comes with, as `name: pattern`: that it is what it says.
        without: the legs that it can't go, each with the reason.
    """

    run: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    trust: tuple[str, ...] = ("SSL_CERT_FILE={ca}",)
    trust_by: tuple[str, ...] = ()
    is_asked: bool = False
    keeps: int = 1
    resends: bool = False
    verifies: bool = True
    https_host: str = "127.0.0.1"
    sends: str = ""
    without: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Its name as a word."""
        return re.sub(r"\W+", "-", self.name.lower().replace("#", "sharp")).strip("-")


def environment(home: Path) -> dict[str, str]:
    """The variables a program gets: none of the user's own, which could lead it elsewhere."""
    path = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"}


@cache
def version_of(tool: Tool) -> str | None:
    """The version of a tool; None where it, or anything it needs, is not there."""
    command = [sys.executable if word == "{python}" else word for word in tool.version]
    try:
        done = subprocess.run(
            command,
            cwd=HERE / tool.folder,
            env=environment(HERE / "nowhere"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )
    except OSError:
        return None
    found = NUMBER.search(done.stdout)
    return found[0] if done.returncode == 0 and found else None
