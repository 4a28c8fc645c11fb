"""The load: tills that pay over keep-alive connections, in a process of their own.

It must cost less than the server, or it would measure itself: requests are ready-made bytes,
answers are looked at no more than needed, and there is one callback a packet. It says how busy the
server and it were. A job is read from stdin as JSON, the result is written to stdout as JSON.
"""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.measuring import Measured, run_job, work_off

__all__ = ["Job", "is_whole"]

STEPS = ("initiate", "poll", "capture")
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"Content-Length: "


@dataclass(frozen=True)
class Job:
    """What to do.

    Args:
        port: where the server is, on this machine.
        pids: the servers' processes.
        token: the access token.
        pos_ids: a point of sale for each client.
        prefixes: what comes before the paths of each client; empty where nothing does.
        run: a word no other job against this server has.
        polls: how often a payment is polled.
        seconds: how long to measure, after a second of warm-up; 0 to make `payments` instead.
        payments: how many payments to make.
        capture: whether they are captured in the end.
    """

    port: int
    pids: list[int]
    token: str
    pos_ids: list[str]
    run: str
    prefixes: list[str] = field(default_factory=list)
    polls: int = 3
    seconds: float = 0.0
    payments: int = 0
    capture: bool = True


class TillConnection(asyncio.Protocol):
    """One till on one connection: it initiates, polls and captures, again and again."""

    def __init__(self, job: Job, pos_id: str, number: int, measured: Measured) -> None:
        self._measured = measured
        self._polls = job.polls
        self._limit = job.payments
        self._captures = job.capture
        prefix = job.prefixes[number] if job.prefixes else ""
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
            f"POST {prefix}/pos/v10/payments HTTP/1.1\r\n{common}Content-Type: application/json\r\n"
            f"X-Simulator-Scenario: instant\r\nContent-Length: {size}\r\n"
            f"X-MobilePay-Idempotency-Key: %s\r\n\r\n{body}"
        ).encode()
        self._poll_tail = f" HTTP/1.1\r\n{common}\r\n".encode()
        amount = b'{"amount":10.5}'
        head = f"{common}Content-Type: application/json\r\nContent-Length: {len(amount)}\r\n\r\n"
        self._capture_tail = b"/capture HTTP/1.1\r\n" + head.encode() + amount
        self._payments = f"{prefix}/pos/v10/payments/".encode()
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
        self._measured.note(self._step, self._sent)
        if not answer.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(f"{self._step}: {answer[-300:]!r}"))
        elif self._step == "capture":
            self._start()
        elif self._step == "initiate":
            self._payment = self._payments + answer[answer.index(END_OF_HEAD) + 18 : -2]
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


async def work(fields: dict[str, Any]) -> dict[str, Any]:
    """Does a job; returns what was seen."""
    job = Job(**fields)
    measured = Measured(STEPS, is_counting=job.seconds == 0)
    loop = asyncio.get_running_loop()
    connections = []
    for number, pos_id in enumerate(job.pos_ids):
        _, connection = await loop.create_connection(
            partial(TillConnection, job, pos_id, number, measured), "127.0.0.1", job.port
        )
        connections.append(connection)
    return await work_off(measured, connections, job.seconds, job.pids)


if __name__ == "__main__":
    run_job(work)
