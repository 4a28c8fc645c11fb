"""Cases of load: how many calls there are in a second, and how long each takes."""

from contextlib import ExitStack
from tempfile import TemporaryDirectory

from benchmarks.inside import InsideJob
from benchmarks.repeat import RepeatJob, Step
from benchmarks.support import CLIENTS, Connection, Result, run_apart, run_load, server_under_test

__all__ = ["crowd", "inside", "kept", "mixed_flow", "one_client", "stalled_calls", "tokens"]

#: How many calls are stalled.
STALLS = 200


def mixed_flow(scale: float) -> Result:
    """Initiate, three polls, capture, from 16 clients at once."""
    with server_under_test() as bench:
        found = bench.load(seconds=10 * scale)
    return found | {
        "rows": {
            **_rates(found, CLIENTS),
            "latency initiate p50, ms": found["milliseconds"]["initiate"]["p50"],
            "processor use of the server": found["server_busy"],
            "requests/s of the server's processor": _of_processor(found),
            "processor use of the client": found["client_busy"],
        }
    }


def _rates(found: Result, clients: int) -> Result:
    """Returns the rows of a load: how many requests, and how long they took."""
    every = found["milliseconds"]["all"]
    return {
        f"requests/s, {clients} client{'s' * (clients > 1)}": found["requests_per_second"],
        f"latency p50 with {clients}, ms": every["p50"],
        f"latency p99 with {clients}, ms": every["p99"],
    }


def _of_processor(found: Result) -> int:
    """Returns the requests a second of processor time: others on the machine change it little."""
    rate: int = found["requests_per_second"]
    return round(rate / (found["server_busy"] or 1))


def one_client(scale: float) -> Result:
    """The same flow from one client: what one test sees."""
    with server_under_test() as bench:
        found = bench.load(seconds=3 * scale, clients=1)
    return found | {"rows": _rates(found, 1)}


def crowd(scale: float) -> Result:
    """The same flow from 64 clients: they wait for each other, and none for long."""
    with server_under_test() as bench:
        found = bench.load(seconds=5 * scale, clients=4 * CLIENTS)
    return found | {"rows": _rates(found, 4 * CLIENTS)}


def inside(scale: float) -> Result:
    """The same flow without sockets: the application called in a process of its own."""
    job = InsideJob(rounds=max(10, round(200 * scale)), payments=20)
    found: dict[str, float] = run_apart("inside", job)
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
        rows |= _rates(load, clients)
    return found | {"rows": rows}


def tokens(scale: float) -> Result:
    """The token endpoint, from 16 clients and from one: each answer is a new signature."""
    found: Result = {}
    rows: Result = {}
    with server_under_test() as bench:
        till = bench.till
        form = (
            f"grant_type=client_credentials&merchant_vat={till.merchant}"
            f"&client_id={till.client_id}&client_secret={till.secret}"
        )
        step = Step(
            "token",
            "POST",
            "/integrator-authentication/connect/token",
            {"Content-Type": "application/x-www-form-urlencoded"},
            form,
        )
        for clients in (CLIENTS, 1):
            job = RepeatJob(
                port=bench.server.port,
                pids=[bench.server.process.pid],
                clients=clients,
                steps=[step],
                seconds=5 * scale,
            )
            found[f"{clients}"] = load = run_load(job)
            rows |= _rates(load, clients)
    return found | {"rows": rows}


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
