"""`kill -9` under load: no answered call is lost, none is done twice.

A few rounds by default; `CRASH_ROUNDS=100` (`make crash`) for many. The server is killed once it has answered a
number of calls, and every round begins where the last one was killed.
"""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import RunningServer, Till, running_server

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
TILLS = 4
OPTIONS = (
    *("--public-url", "http://simulator.test", "--time-scale", "0", "--scenario", "instant"),
    *("--journal-size", "10000000", "--log-format", "none"),
)


@dataclass
class Attempt:
    """A call that was sent: `answer` is None where none came."""

    name: str
    method: str
    path: str
    body: Any
    key: str
    answer: Any = None
    is_answered: bool = False


@dataclass
class Worker:
    """A till that starts and captures payments as fast as it can, until its server is gone."""

    server: RunningServer
    token: str
    pos_id: str
    names: Iterator[str]
    attempts: list[Attempt] = field(default_factory=list)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            while True:
                name = next(self.names)
                body = {
                    "posId": self.pos_id,
                    "orderId": name,
                    "amount": 10.0,
                    "currencyCode": "DKK",
                    "plannedCaptureDelay": "None",
                }
                made = self.call(connection, Attempt(name, "POST", "/payments", body, name))
                path = f"/payments/{made['paymentId']}/capture"
                self.call(connection, Attempt(f"{name}-c", "POST", path, {"amount": 10.0}, name))
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()

    def call(self, connection: http.client.HTTPConnection, attempt: Attempt) -> Any:
        self.attempts.append(attempt)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "CorrelationId": attempt.name,
            "X-MobilePay-Client-System-Version": "1.0.0",
            "X-MobilePay-Idempotency-Key": attempt.key,
        }
        content = json.dumps(attempt.body)
        connection.request(attempt.method, f"/pos/v10{attempt.path}", content, headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        attempt.answer, attempt.is_answered = json.loads(body or b"null"), True
        return attempt.answer


def names_of(till: int, round: int) -> Iterator[str]:
    return (f"r{round}-t{till}-{number}" for number in range(10**9))


def load(server: RunningServer, token: str, pos_ids: list[str], round: int) -> list[Worker]:
    """Lets tills work for a moment, and kills the server in the middle of it."""
    workers = [
        Worker(server, token, pos_id, names_of(till, round)) for till, pos_id in enumerate(pos_ids)
    ]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    # So many answers, not so much time: of a machine that is busy, few would come in it.
    enough = random.Random(round).randint(10, 100)
    while sum(each.is_answered for worker in workers for each in list(worker.attempts)) < enough:
        assert any(thread.is_alive() for thread in threads)
        time.sleep(0.001)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return workers


def check(till: Till, workers: list[Worker], totals: dict[str, int]) -> None:
    """Asks the server that came after for everything the one before had answered."""
    kept: dict[str, int] = {}
    for each in till.control("GET", "/requests")["requests"]:
        kept[each["correlationId"] or ""] = kept.get(each["correlationId"] or "", 0) + 1
    for worker in workers:
        for attempt in worker.attempts:
            if attempt.is_answered:
                assert kept.get(attempt.name) == 1, attempt
            if attempt.path == "/payments":
                clear_the_way(till, worker, attempt)
                again = till.ok("POST", "/payments", attempt.body, key=attempt.key)
                assert attempt.answer in (None, again)
                totals["payments"] += 1
            elif attempt.is_answered:
                assert till.status(attempt.path.split("/")[2]) == "Captured"
    shown = till.control("GET", "/sandboxes")["sandboxes"]
    assert [each["payments"] for each in shown if each["name"] == "default"] == [totals["payments"]]


def clear_the_way(till: Till, worker: Worker, attempt: Attempt) -> None:
    """A till that was killed between start and capture captures what it finds."""
    if attempt.is_answered:
        return
    for payment_id in till.ok("GET", f"/payments?posId={worker.pos_id}")["paymentIds"]:
        if till.status(payment_id) == "Reserved":
            till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})


@pytest.mark.xdist_group("crash")
def test_what_was_answered_is_there_again_and_nothing_is_there_twice(tmp_path: Path) -> None:
    totals = {"payments": 0}
    token, pos_ids, workers = "", [], []
    for round in range(ROUNDS + 1):
        with running_server("--data-dir", str(tmp_path / f"{round // 10}"), *OPTIONS) as server:
            with httpx.Client(base_url=server.url, verify=False, timeout=30) as http_client:
                till = Till(http_client)
                if workers and round % 10:
                    check(till, workers, totals)
                else:
                    # A new folder now and then: each start reads all that is in it.
                    totals["payments"], workers = 0, []
                    token, pos_ids = till.token(), [till.create_pos() for _ in range(TILLS)]
            workers = load(server, token, pos_ids, round)
