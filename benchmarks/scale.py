"""The case of scaling out: one, two and four simulators behind a real HAProxy."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.client import Job
from benchmarks.support import CLIENTS, Result, run_load
from simulator.api.tokens import keep_key
from tests.support import ROOT, RunningServer, Till, fresh, running_server

__all__ = ["scale_out"]

CONFIG = ROOT / "examples/scale/haproxy.cfg"
COUNTS = (1, 2, 4)
PATIENCE = 20.0


@dataclass(frozen=True)
class Fleet:
    """Simulators behind a proxy.

    Args:
        url: the proxy's.
        proxy: its process.
        servers: the simulators.
    """

    url: str
    port: int
    proxy: "subprocess.Popen[bytes]"
    servers: list[RunningServer]


def scale_out(scale: float) -> Result:
    """The flow through HAProxy, each till in a sandbox of its own: 1, 2 and 4 simulators."""
    haproxy = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if haproxy is None:
        return {"rows": {"skipped: haproxy is not installed": 0}}
    found: Result = {"processors": os.cpu_count()}
    rows: Result = {"processors of this machine, for all": os.cpu_count()}
    for count in COUNTS:
        with fleet(haproxy, count) as ships:
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


@contextmanager
def fleet(haproxy: str, count: int) -> Iterator[Fleet]:
    """Starts simulators that sign with one key, and HAProxy as the example configures it."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        key = Path(folder) / "signing-key.pem"
        keep_key(key)
        options = ["--signing-key", str(key), "--public-url", "http://sim.test"]
        options += ["--time-scale", "0", "--log-format", "none"]
        servers = [stack.enter_context(running_server(*options)) for _ in range(count)]
        config, port = Path(folder) / "haproxy.cfg", _free_port()
        config.write_text(_config_for(servers), encoding="utf-8")
        proxy = subprocess.Popen(
            [haproxy, "-f", str(config), "-db"],
            env={**os.environ, "LISTEN": f"127.0.0.1:{port}"},
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url)
            yield Fleet(url, port, proxy, servers)
        finally:
            proxy.send_signal(signal.SIGTERM)
            proxy.wait(10)


def _config_for(servers: list[RunningServer]) -> str:
    """Returns the example's configuration, with addresses instead of a service's name."""
    text = CONFIG.read_text(encoding="utf-8").partition("\nresolvers ")[0]
    listed = "\n".join(
        f"    server simulator{number} {server.url.removeprefix('http://')}"
        for number, server in enumerate(servers)
    )
    return re.sub(r"    server-template .*", listed, text) + "\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/_simulator/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the proxy never found a healthy simulator")
