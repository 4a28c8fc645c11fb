"""The other load: any requests, again and again, to any server; in a process of its own.

For the token endpoint, and for other servers: it understands every kind of answer, and costs a
little more than `client.py` for it. A job is read from stdin as JSON, the result is written to
stdout as JSON.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from httptools import HttpResponseParser

from benchmarks.measuring import Measured, run_job, work_off

__all__ = ["RepeatJob", "Step"]

#: In a step's path, body or headers: what the first step's answer calls the thing that was made.
ID = "{id}"
#: The same of a number no other round has.
NUMBER = "{number}"


@dataclass(frozen=True)
class Step:
    """A request.

    Args:
        name: what it is called in the result.
        method: the HTTP method.
        path: the path and the query.
        headers: all but Host and Content-Length.
        body: the body.
        status: what it must be answered.
    """

    name: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 200


@dataclass(frozen=True)
class RepeatJob:
    """What to do.

    Args:
        port: where the server is, on this machine.
        pids: the servers' processes.
        clients: from how many connections.
        steps: what each sends, one after the other, again and again.
        seconds: how long to measure, after a second of warm-up.
        id_field: the field of the first step's answer that is the id.
        run: a word no other job against this server has.
    """

    port: int
    pids: list[int]
    clients: int
    steps: list[Step]
    seconds: float
    id_field: str = ""
    run: str = ""


class Repeater(asyncio.Protocol):
    """One client on one connection."""

    def __init__(self, job: RepeatJob, number: int, measured: Measured) -> None:
        self._job = job
        self._number = number
        self._measured = measured
        self._at = 0
        self._count = 0
        self._id = ""
        self._sent = 0.0
        self._content = b""
        # Most are the same every time.
        self._ready = {
            step.name: self._request(step)
            for step in job.steps
            if ID not in (text := _text_of(step)) and NUMBER not in text
        }
        self._is_reconnecting = False
        self._next = self._take()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Sends the next request, on the first connection the first."""
        self._transport = transport
        self._is_reconnecting = False
        self._parser = HttpResponseParser(self)
        self._transport.write(self._next)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server must not hang up without having said so."""
        if not self._is_reconnecting and not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Takes in a part of an answer."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Takes in a part of an answer's body."""
        self._content += body

    def on_message_complete(self) -> None:
        """Looks at a whole answer, and goes on to the next request."""
        step = self._job.steps[self._at]
        self._measured.note(step.name, self._sent)
        status = self._parser.get_status_code()
        if status != step.status:
            problem = f"{step.name}: {status} {self._content[-300:]!r}"
            self.done.set_exception(RuntimeError(problem))
            return
        if self._at == 0 and self._job.id_field:
            self._id = str(json.loads(self._content)[self._job.id_field])
        self._content = b""
        self._at = (self._at + 1) % len(self._job.steps)
        if self._at == 0 and self._measured.is_over:
            self.done.set_result(None)
            return
        self._next = self._take()
        if self._parser.should_keep_alive():
            self._transport.write(self._next)
        else:
            # Some take one request a connection, and their clients wait for the next one.
            self._is_reconnecting = True
            self._task = asyncio.create_task(self._connect_again())

    async def _connect_again(self) -> None:
        self._transport.close()
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, "127.0.0.1", self._job.port)
        except OSError as error:
            self.done.set_exception(error)

    def _take(self) -> bytes:
        """Returns the next request; its time begins."""
        if self._at == 0:
            self._count += 1
        step = self._job.steps[self._at]
        request = self._ready.get(step.name) or self._request(step)
        self._sent = time.perf_counter()
        return request

    def _request(self, step: Step) -> bytes:
        number = f"{self._job.run}{self._number}-{self._count:07}"
        body = step.body.replace(ID, self._id).replace(NUMBER, number)
        headers = {"Host": f"127.0.0.1:{self._job.port}", **step.headers}
        if body or step.method != "GET":
            headers["Content-Length"] = str(len(body.encode()))
        lines = [f"{step.method} {step.path} HTTP/1.1"]
        lines += [f"{name}: {headers[name]}" for name in headers]
        head = "\r\n".join(lines).replace(ID, self._id).replace(NUMBER, number)
        return f"{head}\r\n\r\n{body}".encode()


def _text_of(step: Step) -> str:
    return "".join([step.path, step.body, *step.headers.values()])


async def work(fields: dict[str, Any]) -> dict[str, Any]:
    """Does a job; returns what was seen."""
    job = RepeatJob(**{**fields, "steps": [Step(**each) for each in fields["steps"]]})
    measured = Measured([each.name for each in job.steps])
    loop = asyncio.get_running_loop()
    repeaters = []
    for number in range(job.clients):
        _, repeater = await loop.create_connection(
            partial(Repeater, job, number, measured), "127.0.0.1", job.port
        )
        repeaters.append(repeater)
    return await work_off(measured, repeaters, job.seconds, job.pids)


if __name__ == "__main__":
    run_job(work)
