"""The case of scaling out: one, two and four simulators behind a real HAProxy."""

import os
import subprocess

import httpx

from benchmarks.client import Job
from benchmarks.support import CLIENTS, Result, run_load
from tests.scaling.fleet import HAPROXY, Fleet, fleet
from tests.support import Till, fresh

__all__ = ["scale_out"]

COUNTS = (1, 2, 4)


def scale_out(scale: float) -> Result:
    """The flow through HAProxy, each till in a sandbox of its own: 1, 2 and 4 simulators."""
    if HAPROXY is None:
        return {"rows": {"skipped: haproxy is not installed": 0}}
    found: Result = {"processors": os.cpu_count()}
    rows: Result = {"processors of this machine, for all": os.cpu_count()}
    for count in COUNTS:
        with fleet(count, "--log-format", "none", stderr=subprocess.DEVNULL) as ships:
            found[f"{count}"] = load = _load(ships, seconds=5 * scale)
        *simulators, proxy = load["servers_busy"]
        load["of_processor"] = round(load["requests_per_second"] / (sum(simulators) or 1))
        rows |= {
            f"requests/s, {count} processes": load["requests_per_second"],
            f"latency p99, {count} processes, ms": load["milliseconds"]["all"]["p99"],
            f"requests/s of a simulator's processor, {count}": load["of_processor"],
            f"processors used by {count} simulators": round(sum(simulators), 2),
            f"processors used by HAProxy and the client, {count}": round(
                proxy + load["client_busy"], 2
            ),
        }
    return found | {"rows": rows}


def _load(ships: Fleet, seconds: float) -> Result:
    """Lets tills pay, each in a sandbox of its own, which has its home in one simulator."""
    prefixes = [f"/sandboxes/scaled-{number}" for number in range(CLIENTS * 2)]
    pos_ids = []
    for prefix in prefixes:
        with httpx.Client(base_url=ships.url + prefix, timeout=60) as http:
            till = Till(http)
            pos_ids.append(till.create_pos())
    with httpx.Client(base_url=ships.url, timeout=60) as http:
        # One of the default sandbox is good in all.
        token = Till(http).token()
    pids = [*(each.process.pid for each in ships.servers), ships.proxy.pid]
    return run_load(
        Job(
            port=ships.port,
            pids=pids,
            token=token,
            pos_ids=pos_ids,
            run=fresh("r"),
            prefixes=prefixes,
            seconds=seconds,
        )
    )
