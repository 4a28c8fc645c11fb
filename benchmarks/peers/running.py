"""Starts a peer, and measures it: start-up, memory, its calls."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.measuring import memory, with_children
from benchmarks.peers.catalogue import Peer
from benchmarks.peers.commands import Place
from benchmarks.peers.installing import installed
from benchmarks.repeat import RepeatJob
from benchmarks.support import CLIENTS, run_load

__all__ = ["Running", "measure", "started"]

PATIENCE = 60.0
#: How long a server is left alone before its memory is read, in seconds.
SETTLING = 1.0


@dataclass(frozen=True)
class Running:
    """A peer that answers.

    Args:
        url: where.
        port: the same.
        pid: its process.
        milliseconds: how long it took from the start of its process to its first answer.
        command: what started it, with the names of its files for their paths.
    """

    url: str
    port: int
    pid: int
    milliseconds: float
    command: str


@contextmanager
def started(peer: Peer, description: Path) -> Iterator[Running]:
    """Starts a peer and waits for its first answer.

    Args:
        peer: which.
        description: a file with our own OpenAPI description.
    """
    with TemporaryDirectory() as folder:
        place = Place(_free_port(), _free_port(), Path(folder), installed(peer), description)
        command = peer.command(place)
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            # Some leave files where they are started.
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # With whatever it starts in turn, it is ended as one.
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{place.port}"
        try:
            _wait_until_answered(process, url)
            passed = (time.perf_counter() - began) * 1000
            yield Running(url, place.port, process.pid, passed, _shown(command, place))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def measure(peer: Peer, description: Path, seconds: float) -> dict[str, Any]:
    """Returns what a peer needs, and how fast its calls are."""
    with started(peer, description) as running:
        calls = peer.prepare(running.url)
        time.sleep(SETTLING)
        pids = with_children(running.pid)
        found: dict[str, Any] = {
            "command": running.command,
            "start": running.milliseconds,
            "memory": sum(memory(pid) for pid in pids),
        }
        steps = {
            "read": [calls.read] if calls.read else [],
            "token": [calls.token] if calls.token else [],
            "flow": list(calls.flow),
        }
        id_fields = {"flow": calls.id_field}
        for name, what in steps.items():
            for clients in (1, CLIENTS) if what else ():
                job = RepeatJob(
                    port=running.port,
                    pids=pids,
                    clients=clients,
                    steps=what,
                    seconds=seconds,
                    id_field=id_fields.get(name, ""),
                    run=f"{clients}-",
                )
                found[f"{name} {clients}"] = run_load(job)
    return found


def _wait_until_answered(process: "subprocess.Popen[bytes]", url: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            httpx.get(url, timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.005)
    raise RuntimeError(f"{process.args!r} did not answer within {PATIENCE:g} s")


def _shown(command: list[str], place: Place) -> str:
    """Returns a command with names for what is different each time."""
    text = " ".join(command)
    for path, name in (
        (place.description, "openapi.json"),
        (place.folder, "FOLDER"),
        (place.installed, place.installed.name),
    ):
        text = text.replace(str(path), name)
    program, _, rest = text.partition(" ")
    text = f"{Path(program).name} {rest}"
    return text.replace(str(place.port), "PORT").replace(str(place.second_port), "PORT2")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
