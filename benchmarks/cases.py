"""What is measured. Each case returns its numbers; `rows` are those the table shows."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.inside import InsideJob
from benchmarks.support import CLIENTS, Bench, Connection, server_under_test
from tests.support import Till, running_server

__all__ = ["CASES", "Result"]

Result = dict[str, Any]


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def mixed_flow(scale: float) -> Result:
    """Initiate, three polls, capture, from 16 clients at once."""
    with server_under_test() as bench:
        found = bench.load(seconds=10 * scale)
    every = found["milliseconds"]["all"]
    return found | {
        "rows": {
            f"requests/s, {CLIENTS} clients": found["requests_per_second"],
            "latency p50, ms": every["p50"],
            "latency p99, ms": every["p99"],
            "latency initiate p50, ms": found["milliseconds"]["initiate"]["p50"],
            "processor use of the server": found["server_busy"],
            "requests/s of the server's processor": _of_processor(found),
            "processor use of the client": found["client_busy"],
        }
    }


def _of_processor(found: Result) -> int:
    """Returns the requests a second of processor time: others on the machine change it little."""
    return round(found["requests_per_second"] / (found["server_busy"] or 1))


def one_client(scale: float) -> Result:
    """The same flow from one client: what one test sees."""
    with server_under_test() as bench:
        found = bench.load(seconds=3 * scale, clients=1)
    every = found["milliseconds"]["all"]
    return found | {
        "rows": {
            "requests/s, 1 client": found["requests_per_second"],
            "latency p50, ms": every["p50"],
            "latency p99, ms": every["p99"],
        }
    }


def crowd(scale: float) -> Result:
    """The same flow from 64 clients: they wait for each other, and none for long."""
    with server_under_test() as bench:
        found = bench.load(seconds=5 * scale, clients=4 * CLIENTS)
    every = found["milliseconds"]["all"]
    return found | {
        "rows": {
            f"requests/s, {4 * CLIENTS} clients": found["requests_per_second"],
            "latency p50, ms": every["p50"],
            "latency p99, ms": every["p99"],
        }
    }


def inside(scale: float) -> Result:
    """The same flow without sockets: the application called in a process of its own."""
    job = InsideJob(rounds=max(10, round(200 * scale)), payments=20)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.inside"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found | {
        "rows": {
            "a call of the flow, microseconds": found["call"],
            "initiate, microseconds": found["initiate"],
            "poll, microseconds": found["poll"],
            "capture, microseconds": found["capture"],
            "calls/s": round(1_000_000 / found["call"]),
        }
    }


def kept(scale: float) -> Result:
    """The same flow, every call on disk before it is answered: from 16 clients, and from one."""
    rows: Result = {}
    found: Result = {}
    for clients in (CLIENTS, 1):
        with TemporaryDirectory() as folder, server_under_test("--data-dir", folder) as bench:
            found[f"{clients}"] = load = bench.load(seconds=5 * scale, clients=clients)
        every = load["milliseconds"]["all"]
        rows[f"requests/s, {clients} clients"] = load["requests_per_second"]
        rows[f"latency p50 with {clients}, ms"] = every["p50"]
        rows[f"latency p99 with {clients}, ms"] = every["p99"]
    return found | {"rows": rows}


def start_up(scale: float) -> Result:
    """From starting the process until health has answered."""
    times = []
    for _ in range(max(3, round(10 * scale))):
        began = time.perf_counter()
        with running_server() as server:
            assert httpx.get(f"{server.url}/_simulator/health").is_success
            times.append(_milliseconds(began))
    bare = []
    for _ in times:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append(_milliseconds(began))
    return {
        "milliseconds": times,
        "rows": {
            f"until health answers, median of {len(times)}, ms": round(statistics.median(times)),
            "slowest, ms": round(max(times)),
            "of that, Python itself, ms": round(statistics.median(bare)),
        },
    }


def first_request(scale: float) -> Result:
    """The first request of a kind after the start, against the next ones of that kind."""
    firsts: dict[str, list[float]] = {kind: [] for kind in ("token", "initiate", "query")}
    nexts: dict[str, list[float]] = {kind: [] for kind in firsts}
    for _ in range(max(2, round(5 * scale))):
        for kind in firsts:
            with server_under_test() as bench:
                token = "" if kind == "token" else bench.till.token()
                with Connection(bench, token) as connection:
                    requests = _requests(kind, bench, connection)
                    times = [connection.milliseconds(each) for each in requests]
            firsts[kind].append(times[0])
            nexts[kind] += times[1:]
    rows = {}
    for kind in firsts:
        rows[f"first {kind}, ms"] = round(statistics.median(firsts[kind]), 2)
        rows[f"next {kind}, ms"] = round(statistics.median(nexts[kind]), 2)
    return {"first": firsts, "next": nexts, "rows": rows}


def _requests(kind: str, bench: Bench, connection: Connection) -> list[bytes]:
    """Ready-made requests of a kind no other request of the server was of."""
    numbers = [str(number) for number in range(51)]
    if kind == "token":
        till = bench.till
        form = (
            f"grant_type=client_credentials&merchant_vat={till.merchant}"
            f"&client_id={till.client_id}&client_secret={till.secret}"
        )
        path = "/integrator-authentication/connect/token"
        type = "application/x-www-form-urlencoded"
        return [connection.request("POST", path, form, Content_Type=type) for _ in numbers]
    if kind == "query":
        path = "/pos/v10/payments?orderId=none"
        return [connection.request("GET", path) for _ in numbers]
    pos_id = bench.till.create_pos()
    return [
        connection.request(
            "POST",
            "/pos/v10/payments",
            json.dumps(bench.till.payment_body(pos_id)),
            X_MobilePay_Idempotency_Key=number,
            X_Simulator_Scenario="instant",
        )
        for number in numbers
    ]


def many_payments(scale: float) -> Result:
    """Memory for finished payments, and whether they slow down the next ones."""
    count = round(100_000 * scale)
    with server_under_test() as bench:
        empty = bench.load(seconds=3)
        before, had = bench.memory(), _payments(bench.till)
        bench.load(polls=0, payments=count)
        after, has = bench.memory(), _payments(bench.till)
        full = bench.load(seconds=3)
    made = has - had
    per_payment = (after - before) * 1024 / made
    return {
        "made": made,
        "memory_before": before,
        "memory_after": after,
        "with_few": empty,
        "with_many": full,
        "rows": {
            "finished payments": made,
            "memory before, MiB": round(before),
            "memory after, MiB": round(after),
            "KiB a payment": round(per_payment, 2),
            "MiB for 100,000": round(per_payment * 100_000 / 1024),
            "latency p50 with few, ms": empty["milliseconds"]["all"]["p50"],
            "latency p50 with many, ms": full["milliseconds"]["all"]["p50"],
            "latency p99 with few, ms": empty["milliseconds"]["all"]["p99"],
            "latency p99 with many, ms": full["milliseconds"]["all"]["p99"],
            "requests/s with few": empty["requests_per_second"],
            "requests/s with many": full["requests_per_second"],
        },
    }


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
        long_jump = _milliseconds(began)
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


STALLS = 200


def stalled_calls(scale: float) -> Result:
    """The flow while many calls are stalled by a scenario, against the flow without."""
    with server_under_test() as bench:
        without = bench.load(seconds=4 * scale, clients=1)
        pos_id, token = bench.till.create_pos(), bench.till.token()
        fault = f"summary: stalls\nfaults:\n  - {{call: GetPos, first: {STALLS}, delay: 5m}}\n"
        bench.till.http.put("/_simulator/scenarios/stalls", content=fault).raise_for_status()
        bench.till.control("POST", "/scenarios/next", {"scenario": "stalls", "posId": pos_id})
        with ExitStack() as stack:
            for _ in range(STALLS):
                connection = stack.enter_context(Connection(bench, token))
                connection.send(connection.request("GET", f"/pos/v10/pointofsales/{pos_id}"))
            beside = bench.load(seconds=4 * scale, clients=1)
    return {
        "without": without,
        "beside": beside,
        "rows": {
            "latency p50 without, ms": without["milliseconds"]["all"]["p50"],
            f"latency p50 beside {STALLS} stalled calls, ms": beside["milliseconds"]["all"]["p50"],
            "latency p99 without, ms": without["milliseconds"]["all"]["p99"],
            f"latency p99 beside {STALLS} stalled calls, ms": beside["milliseconds"]["all"]["p99"],
        },
    }


CASES: dict[str, Callable[[float], Result]] = {
    "flow": mixed_flow,
    "single": one_client,
    "crowd": crowd,
    "inside": inside,
    "kept": kept,
    "start": start_up,
    "first": first_request,
    "memory": many_payments,
    "clock": time_travel,
    "stalled": stalled_calls,
}
