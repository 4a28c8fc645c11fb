"""The load without sockets: the flow of `client.py`, called in this process, one call at a time.

It calls the application as the bridge does, so what it shows is the work itself: all checks, the
journal and what the audit reads. Processes that share the machine only ever make a call slower, so
of many rounds the fastest counts. A job is read from stdin as JSON, the result written to stdout.
"""

import gc
import json
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.engine.merchants import SEEDED_VATS
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.server.warmup import warm_up
from mobilepay_simulator.settings.settings import Settings

__all__ = ["InsideJob", "InsideTill", "cost_of", "measure", "ready_app"]

STEPS = ("initiate", "poll", "capture")
POLLS = 3
#: The calls of one payment.
CALLS = POLLS + 2


@dataclass(frozen=True)
class InsideJob:
    """What to do.

    Args:
        rounds: how many rounds to measure, after one of warm-up.
        payments: how many payments a round makes.
    """

    rounds: int
    payments: int


class InsideTill:
    """One till that calls the application itself; it keeps how long each step of a round took."""

    def __init__(self, app: SimulatorApp) -> None:
        self._respond = app.respond
        self._count = 0
        self.headers = [
            ("host", "127.0.0.1:8080"),
            ("x-mobilepay-client-system-version", "1.0.0"),
        ]
        self.headers.append(("authorization", f"Bearer {_token(app)}"))
        store = self.ask("GET", "/pos/v10/stores")["storeIds"][0]
        pos = {
            "merchantPosId": "inside",
            "storeId": store,
            "name": "inside",
            "supportedBeaconTypes": ["QR"],
        }
        self.pos_id = self.ask("POST", "/pos/v10/pointofsales", pos, key="inside")["posId"]
        self.seconds = dict.fromkeys(STEPS, 0.0)

    def pay(self) -> None:
        """Initiates, polls and captures."""
        self._count += 1
        name = f"inside-{self._count:08}"
        body = (
            f'{{"posId":"{self.pos_id}","orderId":"{name}","amount":10.5,'
            '"currencyCode":"DKK","plannedCaptureDelay":"None"}'
        ).encode()
        asked = [("x-simulator-scenario", "instant"), ("x-mobilepay-idempotency-key", name)]
        answer = self._step("initiate", "POST", "/pos/v10/payments", body, asked)
        path = f"/pos/v10/payments/{json.loads(answer.content)['paymentId']}"
        for _ in range(POLLS):
            answer = self._step("poll", "GET", path)
            assert b'"Reserved"' in answer.content, answer
        self._step("capture", "POST", f"{path}/capture", b'{"amount":10.5}')

    def cancel(self, payment_id: str) -> None:
        """Cancels a payment."""
        self.send("POST", f"/pos/v10/payments/{payment_id}/cancel", b"", [])

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Makes a call of the set-up; returns its JSON."""
        content = json.dumps(body).encode() if body is not None else b""
        answer = self.send(method, path, content, [("x-mobilepay-idempotency-key", key)])
        assert answer.status == 200, answer
        return json.loads(answer.content)

    def send(self, method: str, path: str, body: bytes, more: list[tuple[str, str]]) -> Response:
        """Makes a call."""
        headers = [*self.headers, *more, ("content-length", str(len(body)))]
        if body:
            headers.append(("content-type", "application/json"))
        asked = Headers(headers)
        return self._respond(Request(method=method, path=path, headers=asked, body=body))

    def _step(
        self, step: str, method: str, path: str, body: bytes = b"", more: Any = ()
    ) -> Response:
        began = time.perf_counter()
        answer = self.send(method, path, body, [*more])
        self.seconds[step] += time.perf_counter() - began
        assert answer.status == 200, answer
        return answer


def _token(app: SimulatorApp) -> str:
    client_id = app.context.data.integrators[0].client_id
    now = app.context.sandboxes.get(DEFAULT).world.clock.present()
    return app.context.tokens.issue(
        client_id, SEEDED_VATS[0], DEFAULT, now, timedelta(days=365), "1"
    )


def ready_app() -> SimulatorApp:
    """Returns an application that has been warmed up, and whose time stands still."""
    app = create_app(Settings(time_scale=0))
    warm_up(app)
    return app


def cost_of(till: InsideTill, rounds: int, payments: int) -> dict[str, float]:
    """Returns the microseconds of a call, over the whole flow and by step, of the fastest round.

    Args:
        till: makes the calls.
        rounds: how many rounds to measure, after one of warm-up.
        payments: how many payments a round makes.
    """
    found = []
    for _ in range(rounds + 1):
        till.seconds = dict.fromkeys(STEPS, 0.0)
        for _ in range(payments):
            till.pay()
        found.append(till.seconds)
    best = min(found[1:], key=lambda each: sum(each.values()))
    scale = 1_000_000 / payments
    return {
        "call": round(sum(best.values()) * scale / CALLS, 1),
        "initiate": round(best["initiate"] * scale, 1),
        "poll": round(best["poll"] * scale / POLLS, 1),
        "capture": round(best["capture"] * scale, 1),
    }


def measure(job: InsideJob) -> dict[str, float]:
    """Returns what a call costs."""
    till = InsideTill(ready_app())
    gc.freeze()
    return cost_of(till, job.rounds, job.payments)


def main() -> None:
    """Reads a job, does it, writes the result."""
    json.dump(measure(InsideJob(**json.load(sys.stdin))), sys.stdout)


if __name__ == "__main__":
    main()
