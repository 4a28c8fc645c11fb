"""The load: tills that pay over keep-alive connections, in a process of their own.

It must cost less than the server, or it would measure itself: requests are ready-made bytes,
answers are looked at no more than needed, and there is one callback a packet. It says how busy the
server and it were. A job is read from stdin as JSON, the result is written to stdout as JSON.
"""

import asyncio
import json
import os
import sys
import time
from array import array
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    from uvloop import new_event_loop
else:
    from asyncio import new_event_loop

__all__ = ["Job", "is_whole"]

STEPS = ("initiate", "poll", "capture")
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(frozen=True)
class Job:
    """What to do.

    Args:
        port: where the server is, on this machine.
        pid: the server's process.
        token: the access token.
        pos_ids: a point of sale for each client.
        run: a word no other job against this server has.
        polls: how often a payment is polled.
        seconds: how long to measure, after a second of warm-up; 0 to make `payments` instead.
        payments: how many payments to make.
        capture: whether they are captured in the end.
    """

    port: int
    pid: int
    token: str
    pos_ids: list[str]
    run: str
    polls: int = 3
    seconds: float = 0.0
    payments: int = 0
    capture: bool = True


@dataclass
class Measured:
    """What was seen while it counted."""

    is_counting: bool = False
    is_over: bool = False
    started: int = 0
    latencies: dict[str, "array[float]"] = field(
        default_factory=lambda: {step: array("d") for step in STEPS}
    )


class TillConnection(asyncio.Protocol):
    """One till on one connection: it initiates, polls and captures, again and again."""

    def __init__(self, job: Job, pos_id: str, number: int, measured: Measured) -> None:
        self._measured = measured
        self._polls = job.polls
        self._limit = job.payments
        self._captures = job.capture
        self._prefix = f"{job.run}{number:02}-"
        self._count = 0
        common = (
            f"Host: 127.0.0.1:{job.port}\r\nAuthorization: Bearer {job.token}\r\n"
            "X-MobilePay-Client-System-Version: 1.0.0\r\n"
        )
        body = (
            f'{{"posId":"{pos_id}","orderId":"%s","amount":10.5,'
            '"currencyCode":"DKK","plannedCaptureDelay":"None"}'
        )
        size = len(body) - len("%s") + len(self._next_name())
        self._initiate = (
            f"POST /pos/v10/payments HTTP/1.1\r\n{common}Content-Type: application/json\r\n"
            f"X-Simulator-Scenario: instant\r\nContent-Length: {size}\r\n"
            f"X-MobilePay-Idempotency-Key: %s\r\n\r\n{body}"
        ).encode()
        self._poll_tail = f" HTTP/1.1\r\n{common}\r\n".encode()
        amount = b'{"amount":10.5}'
        head = f"{common}Content-Type: application/json\r\nContent-Length: {len(amount)}\r\n\r\n"
        self._capture_tail = b"/capture HTTP/1.1\r\n" + head.encode() + amount
        self._payment = b""
        self._step = ""
        self._polled = 0
        self._sent = 0.0
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Starts with the first payment."""
        self._transport = transport
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server must not hang up."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Looks whether the answer is whole, and goes on to the next request."""
        answer = self._buffer + data if self._buffer else data
        if is_whole(answer):
            self._buffer = b""
            self._on_answer(answer)
        else:
            self._buffer = answer

    def _on_answer(self, answer: bytes) -> None:
        passed = time.perf_counter() - self._sent
        if self._measured.is_counting:
            self._measured.latencies[self._step].append(passed)
        if not answer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"{self._step}: {answer[-300:]!r}"))
        elif self._step == "capture":
            self._start()
        elif self._step == "initiate":
            self._payment = b"/pos/v10/payments/" + answer[answer.index(END_OF_HEAD) + 18 : -2]
            self._polled = 0
            self._go_on()
        else:
            self._polled += 1
            if b'"Reserved"' not in answer:
                self.done.set_exception(RuntimeError(f"not reserved: {answer[-300:]!r}"))
            else:
                self._go_on()

    def _start(self) -> None:
        measured = self._measured
        if measured.is_over or (self._limit and measured.started >= self._limit):
            self.done.set_result(None)
            return
        measured.started += 1
        name = self._next_name().encode()
        self._send("initiate", self._initiate % (name, name))

    def _go_on(self) -> None:
        if self._polled < self._polls:
            self._send("poll", b"GET " + self._payment + self._poll_tail)
        elif self._captures:
            self._send("capture", b"POST " + self._payment + self._capture_tail)
        else:
            self._start()

    def _send(self, step: str, request: bytes) -> None:
        self._step = step
        self._sent = time.perf_counter()
        self._transport.write(request)

    def _next_name(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count:08}"


def is_whole(answer: bytes) -> bool:
    """Whether an answer is there up to its last byte; the server always says its length."""
    head = answer.find(END_OF_HEAD)
    if head < 0:
        return False
    at = answer.find(LENGTH, 0, head) + len(LENGTH)
    size = int(answer[at : answer.index(b"\r", at)])
    return len(answer) == head + len(END_OF_HEAD) + size


def summary(latencies: "array[float]") -> dict[str, float]:
    """Returns how many there are, and percentiles in milliseconds."""
    ordered = sorted(latencies)
    points = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    last = len(ordered) - 1
    return {
        "count": len(ordered),
        **{name: round(ordered[int(last * point)] * 1000, 3) for name, point in points.items()},
    }


@dataclass
class Stopwatch:
    """How long something took, and how much of a processor the server and this client used."""

    pid: int

    def __post_init__(self) -> None:
        self._began = self._read()

    def _read(self) -> tuple[float, float, float]:
        return time.perf_counter(), self._of_server(), time.process_time()

    def stop(self) -> tuple[float, float, float]:
        """Returns the seconds that passed, and the two shares."""
        passed, server, client = (
            now - then for now, then in zip(self._read(), self._began, strict=True)
        )
        return passed, server / passed, client / passed

    def _of_server(self) -> float:
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0.0
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def work(job: Job) -> dict[str, Any]:
    """Does a job; returns what was seen."""
    measured = Measured(is_counting=job.seconds == 0)
    loop = asyncio.get_running_loop()
    connections = []
    watch = Stopwatch(job.pid)
    for number, pos_id in enumerate(job.pos_ids):
        _, connection = await loop.create_connection(
            partial(TillConnection, job, pos_id, number, measured), "127.0.0.1", job.port
        )
        connections.append(connection)
    if job.seconds:
        await asyncio.sleep(1)
        measured.is_counting = True
        watch = Stopwatch(job.pid)
        await asyncio.sleep(job.seconds)
        measured.is_counting = False
        measured.is_over = True
        passed, server, client = watch.stop()
        await asyncio.gather(*(each.done for each in connections))
    else:
        await asyncio.gather(*(each.done for each in connections))
        passed, server, client = watch.stop()
    every = array("d")
    for each in measured.latencies.values():
        every.extend(each)
    return {
        "seconds": round(passed, 3),
        "payments": len(measured.latencies["initiate"]),
        "requests_per_second": round(len(every) / passed),
        "server_busy": round(server, 2),
        "client_busy": round(client, 2),
        "milliseconds": {
            "all": summary(every),
            **{step: summary(found) for step, found in measured.latencies.items() if found},
        },
    }


def main() -> None:
    """Reads a job, does it, writes the result."""
    job = Job(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        json.dump(runner.run(work(job)), sys.stdout)


if __name__ == "__main__":
    main()
