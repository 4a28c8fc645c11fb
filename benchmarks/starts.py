"""Cases of starting: the server, its first requests, the pytest plugin."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.support import Bench, Connection, Result, milliseconds_since, server_under_test
from tests.support import ROOT, running_server

__all__ = ["first_request", "plugin", "start_up"]


def start_up(scale: float) -> Result:
    """From starting the process until health has answered."""
    times = []
    for _ in range(max(3, round(10 * scale))):
        began = time.perf_counter()
        with running_server() as server:
            assert httpx.get(f"{server.url}/_simulator/health").is_success
            times.append(milliseconds_since(began))
    bare = []
    for _ in times:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append(milliseconds_since(began))
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


PLUGIN = "mobilepay_simulator.testing.pytest_plugin"


def plugin(scale: float) -> Result:
    """What the pytest plugin costs a suite that does not use it: its import, and the start."""
    rounds = max(3, round(20 * scale))
    imports = [_import_times() for _ in range(rounds)]
    with TemporaryDirectory() as folder:
        test = Path(folder) / "test_nothing.py"
        test.write_text("def test_nothing():\n    pass\n", encoding="utf-8")
        # In turn, so that whatever else the machine does strikes both.
        times = [(_suite(test), _suite(test, "-p", PLUGIN)) for _ in range(rounds)]
    without, beside = (min(each) for each in zip(*times, strict=True))
    fastest = min(imports, key=lambda each: sum(each.values()))
    return {
        "imports": imports,
        "suites": times,
        "rows": {
            "import of the plugin, beside pytest, ms": round(sum(fastest.values()), 2),
            "modules it imports that pytest does not": len(fastest),
            "processor time of an empty suite, ms": round(without),
            "the same with the plugin, ms": round(beside),
        },
    }


def _import_times() -> dict[str, float]:
    """Returns the milliseconds of each module the plugin imports that pytest does not."""
    command = [sys.executable, "-X", "importtime", "-c", f"import pytest; import {PLUGIN}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.split(":")[1].split("|") for line in done.stderr.splitlines()[1:]]
    names = [name.strip() for _, _, name in lines]
    return {
        name: int(own) / 1000
        for name, (own, _, _) in list(zip(names, lines, strict=True))[names.index("pytest") + 1 :]
    }


def _suite(test: Path, *options: str) -> float:
    """Returns the milliseconds of a processor that pytest takes for one test that does nothing."""
    before = os.times()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, *options, test.name],
        cwd=test.parent,
        # What else is installed is no business of this case.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    spent = (after.children_user, after.children_system)
    return 1000 * (sum(spent) - before.children_user - before.children_system)
