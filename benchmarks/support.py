"""What the cases share: a server, a till for the set-up, the load, and what the server used."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from benchmarks.client import Job, is_whole
from benchmarks.measuring import memory
from benchmarks.repeat import RepeatJob
from tests.support import RunningServer, Till, fresh, running_server

__all__ = [
    "CLIENTS",
    "Bench",
    "Connection",
    "Result",
    "milliseconds_since",
    "run_apart",
    "run_load",
    "server_under_test",
]

CLIENTS = 16

#: What a case found out; its `rows` are those the table shows.
Result = dict[str, Any]


def milliseconds_since(began: float) -> float:
    """Returns how long ago a moment of the performance counter is."""
    return (time.perf_counter() - began) * 1000


def run_apart(module: str, job: Any) -> Any:
    """Lets a module of the benchmarks do a job, a data class, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def run_load(job: Job | RepeatJob) -> Result:
    """Does a job in a process of its own; returns what was seen."""
    found: Result = run_apart("client" if isinstance(job, Job) else "repeat", job)
    return found


@dataclass
class Bench:
    """A server, and what is done to it."""

    server: RunningServer
    till: Till

    def load(self, *, clients: int = CLIENTS, **what: Any) -> Result:
        """Lets tills pay; returns what was seen.

        Args:
            clients: how many.
            what: the other fields of the job.
        """
        job = Job(
            port=self.server.port,
            pids=[self.server.process.pid],
            token=self.till.token(),
            pos_ids=[self.till.create_pos() for _ in range(clients)],
            run=fresh("r"),
            **what,
        )
        return run_load(job)

    def memory(self) -> float:
        """The server's resident memory in MiB."""
        return memory(self.server.process.pid)


class Connection:
    """A keep-alive connection for ready-made requests, one after the other.

    Args:
        bench: the server.
        token: the access token, where there is one.
    """

    def __init__(self, bench: Bench, token: str = "") -> None:
        self._host = f"127.0.0.1:{bench.server.port}"
        self._token = token
        self._socket = socket.create_connection(("127.0.0.1", bench.server.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(self, method: str, path: str, body: str = "", **headers: str) -> bytes:
        """Returns the bytes of a request; an underscore in a header's name stands for a dash."""
        every = {
            "Host": self._host,
            **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
            "X-MobilePay-Client-System-Version": "1.0.0",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {every[name]}" for name in every)]
        return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()

    def send(self, request: bytes) -> None:
        """Sends a request whose answer nobody waits for."""
        self._socket.sendall(request)

    def milliseconds(self, request: bytes) -> float:
        """Sends a request; returns how long its answer, which must be fine, took to come."""
        began = time.perf_counter()
        self._socket.sendall(request)
        answer = self._socket.recv(65536)
        while not is_whole(answer):
            answer += self._socket.recv(65536)
        passed = time.perf_counter() - began
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return passed * 1000


@contextmanager
def server_under_test(*options: str) -> Iterator[Bench]:
    """Starts a server whose clock stands still and that writes no request log."""
    with (
        running_server("--time-scale", "0", "--log-format", "none", *options) as server,
        httpx.Client(base_url=server.url, timeout=120) as http,
    ):
        yield Bench(server, Till(http))
