"""Cases of what is held: payments, sandboxes, timers."""

import statistics
import time

import httpx

from benchmarks.many import ManyJob
from benchmarks.support import (
    Bench,
    Connection,
    Result,
    milliseconds_since,
    run_apart,
    server_under_test,
)
from tests.support import Till

__all__ = ["many_payments", "memory_of_payments", "sandboxes", "time_travel"]


#: Calls and events that fill a journal of the usual size, and more than that.
FULL_JOURNAL = 4_000


def memory_of_payments(scale: float) -> Result:
    """Memory for finished payments beyond their journal, and the flow with few of them and many."""
    count = round(100_000 * scale)
    with server_under_test() as bench:
        start = bench.memory()
        # What comes after this is not the journal's: it drops as much as it takes in.
        bench.load(payments=FULL_JOURNAL)
        few = bench.load(seconds=3)
        before, had = bench.memory(), _payments(bench.till)
        bench.load(polls=0, payments=count)
        after, has = bench.memory(), _payments(bench.till)
        many = bench.load(seconds=3)
    made = has - had
    per_payment = (after - before) * 2**20 / made
    return {
        "made": made,
        "memory": [start, before, after],
        "with_few": few,
        "with_many": many,
        "rows": {
            "finished payments": made,
            "memory at the start, MiB": round(start),
            f"with a full journal and {had:,} payments, MiB": round(before),
            "memory in the end, MiB": round(after),
            "bytes a payment beyond its journal": round(per_payment),
            "MiB for 100,000": round(per_payment * 100_000 / 2**20),
            "latency p50 with few, ms": few["milliseconds"]["all"]["p50"],
            "latency p50 with many, ms": many["milliseconds"]["all"]["p50"],
            "latency p99 with few, ms": few["milliseconds"]["all"]["p99"],
            "latency p99 with many, ms": many["milliseconds"]["all"]["p99"],
            "requests/s with few": few["requests_per_second"],
            "requests/s with many": many["requests_per_second"],
        },
    }


def many_payments(scale: float) -> Result:
    """What a call costs with ten payments, with as many as fill the journal, and with a million."""
    job = ManyJob(
        counts=[10, 10_000, round(1_000_000 * scale)],
        rounds=max(20, round(100 * scale)),
        payments=20,
    )
    found: dict[str, dict[str, float]] = run_apart("many", job)
    rows: Result = {}
    for count, of_it in found.items():
        rows[f"a call with {int(count):,} payments, microseconds"] = of_it["call"]
    last = found[f"{job.counts[-1]}"]
    return found | {
        "rows": {
            **rows,
            f"first payment after {last['keys']:,} keys are out of date, ms": round(last["jump"]),
            "bytes a payment": round(last["bytes"]),
            "slowest making of a payment on the way, ms": round(last["longest"]),
        }
    }


SANDBOXES = 1_000


def sandboxes(scale: float) -> Result:
    """Sandboxes: made on first use, reset, a thousand of them held, and called among a thousand."""
    count = round(SANDBOXES * scale)
    with server_under_test("--max-sandboxes", str(count + 1)) as bench:
        alone = bench.load(seconds=4 * scale, clients=1)
        before = bench.memory()
        with Connection(bench) as connection:
            health = connection.request("GET", "/_simulator/clock")
            nothing = [connection.milliseconds(health) for _ in range(count)]
            made = [
                connection.milliseconds(
                    connection.request("GET", f"/sandboxes/bench-{number}/_simulator/clock")
                )
                for number in range(count)
            ]
            unused = bench.memory()
            resets = [
                connection.milliseconds(
                    connection.request("POST", f"/sandboxes/bench-{number}/_simulator/reset")
                )
                for number in range(count)
            ]
        for number in range(count):
            _pay_once(bench, f"bench-{number}")
        used = bench.memory()
        among = bench.load(seconds=4 * scale, clients=1)
        with Connection(bench) as connection:
            full = [
                connection.milliseconds(
                    connection.request("POST", f"/sandboxes/bench-{number}/_simulator/reset")
                )
                for number in range(count)
            ]
    return {
        "made": made,
        "resets": resets,
        "resets_of_used": full,
        "memory": [before, unused, used],
        "alone": alone,
        "among": among,
        "rows": {
            "a call in a sandbox that is there, p50, ms": round(statistics.median(nothing), 3),
            "the call that makes a sandbox, p50, ms": round(statistics.median(made), 3),
            "slowest of these, ms": round(max(made), 2),
            "reset of one without payments, p50, ms": round(statistics.median(resets), 3),
            "reset of one with a payment, p50, ms": round(statistics.median(full), 3),
            "KiB a sandbox, unused": round((unused - before) * 1024 / count, 1),
            "KiB a sandbox with a till and a payment": round((used - before) * 1024 / count, 1),
            f"MiB for {SANDBOXES:,} of these": round((used - before) * SANDBOXES / count),
            "flow alone, p50, ms": alone["milliseconds"]["all"]["p50"],
            f"flow among {count:,}, p50, ms": among["milliseconds"]["all"]["p50"],
            "flow alone, p99, ms": alone["milliseconds"]["all"]["p99"],
            f"flow among {count:,}, p99, ms": among["milliseconds"]["all"]["p99"],
        },
    }


def _pay_once(bench: Bench, name: str) -> None:
    """Takes one payment in a sandbox."""
    with httpx.Client(base_url=f"{bench.server.url}/sandboxes/{name}", timeout=120) as http:
        Till(http).captured()


def _payments(till: Till) -> int:
    sandboxes = till.control("GET", "/sandboxes")["sandboxes"]
    return int(next(each["payments"] for each in sandboxes if each["name"] == "default"))


def time_travel(scale: float) -> Result:
    """Many small jumps of the clock, and one jump over many timers."""
    count = round(10_000 * scale)
    with server_under_test() as bench:
        bench.till.initiate(bench.till.create_pos(), scenario="manual")
        with Connection(bench) as connection:
            jump = connection.request("POST", "/_simulator/clock/advance", '{"seconds": 0.001}')
            jumps = [connection.milliseconds(jump) for _ in range(count)]
    with server_under_test() as bench:
        bench.load(polls=0, payments=count, capture=False)
        payment_id = bench.till.reserved()
        began = time.perf_counter()
        bench.till.advance(days=8)
        long_jump = milliseconds_since(began)
        status = Till(bench.till.http).status(payment_id)
        assert status == "ExpiredAndCancelled", status
    return {
        "jumps": count,
        "seconds_of_jumps": sum(jumps) / 1000,
        "milliseconds_of_one_jump": long_jump,
        "rows": {
            f"{count:,} jumps, s": round(sum(jumps) / 1000, 2),
            "one jump p50, ms": round(statistics.median(jumps), 3),
            f"one jump over {count:,} expiries, ms": round(long_jump),
        },
    }
