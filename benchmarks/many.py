"""Does a call cost the same, however many payments there are? Without sockets, as `inside.py`.

Payments are made by the engine's own commands, which is quicker than calls, and leaves the same
behind: records, keys, timers, runs, events. A job is read from stdin as JSON, the result is written
to stdout.
"""

import gc
import json
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from mobilepay_simulator.engine import payments
from mobilepay_simulator.engine.merchants import SEEDED_VATS
from mobilepay_simulator.engine.records import Caller
from mobilepay_simulator.engine.values import Currency, PlannedCaptureDelay
from mobilepay_simulator.sandboxes.registry import DEFAULT, HostedSandbox

from benchmarks.inside import InsideTill, cost_of, ready_app
from benchmarks.measuring import memory

__all__ = ["ManyJob", "measure"]

#: A million payments take a month: long enough for idempotency keys to be forgotten on the way.
BETWEEN = timedelta(seconds=2.6)
AMOUNT = Decimal("10.50")


@dataclass(frozen=True)
class ManyJob:
    """What to do.

    Args:
        counts: how many payments there shall be when a call is measured; ascending.
        rounds: how many rounds to measure each time.
        payments: how many payments a round makes.
    """

    counts: list[int]
    rounds: int
    payments: int


@dataclass
class Filler:
    """Makes finished payments, and keeps the longest time one of them took, in seconds."""

    sandbox: HostedSandbox
    caller: Caller
    pos_id: str
    longest: float = 0.0

    def fill(self, count: int) -> None:
        """Makes payments until there are so many."""
        world = self.sandbox.world
        for number in range(len(world.payments), count):
            began = time.perf_counter()
            self._pay(f"many-{number}")
            self.longest = max(self.longest, time.perf_counter() - began)

    def _pay(self, name: str) -> None:
        terms = payments.PaymentTerms(AMOUNT, Currency.DKK, PlannedCaptureDelay.NONE)
        # As each call brings its own.
        caller = Caller(self.caller.client_id, self.caller.merchant)
        request = payments.InitiatePayment(self.pos_id, name, terms)
        with self.sandbox.world as world:
            world.clock.advance(BETWEEN)
            payment_id = payments.initiate(world, caller, name, request, "instant")
        with self.sandbox.world as world:
            payments.capture(world, caller, payment_id, AMOUNT)


def measure(job: ManyJob) -> dict[str, dict[str, float]]:
    """Returns, by how many payments there were, what a call cost and what it took to get there."""
    app = ready_app()
    found = {}
    till = InsideTill(app)
    sandbox = app.context.sandboxes.get(DEFAULT)
    caller = Caller(app.context.data.integrators[0].client_id, SEEDED_VATS[0])
    filler = Filler(sandbox, caller, till.pos_id)
    gc.freeze()
    for count in job.counts:
        had, held = len(sandbox.world.payments), memory()
        filler.longest = 0.0
        filler.fill(count)
        made = len(sandbox.world.payments) - had
        found[f"{count}"] = of_it = {
            "bytes": (memory() - held) * 2**20 / made,
            "longest": filler.longest * 1000,
            "keys": len(sandbox.world.keys),
            **cost_of(till, job.rounds, job.payments),
        }
        of_it["jump"] = _jump(sandbox, till)
    return found


def _jump(sandbox: HostedSandbox, till: InsideTill) -> float:
    """Returns the milliseconds of the first payment after a jump that outdates all keys."""
    with sandbox.world as world:
        world.clock.advance(2 * world.rules.idempotency_retention)
    began = time.perf_counter()
    till.pay()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Reads a job, does it, writes the result."""
    json.dump(measure(ManyJob(**json.load(sys.stdin))), sys.stdout)


if __name__ == "__main__":
    main()
