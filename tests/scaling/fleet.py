"""Simulators behind a real HAProxy, for the test of it and for the benchmark."""

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
from mobilepay_simulator.api.signing import keep_key

from tests.support import ROOT, RunningServer, running_server

__all__ = ["CONFIG", "HAPROXY", "Fleet", "fleet"]

CONFIG = ROOT / "examples/scale/haproxy.cfg"
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
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


@contextmanager
def fleet(
    count: int,
    *options: str,
    stderr: int | None = None,
    configuration: str | None = None,
    env: dict[str, str] | None = None,
) -> Iterator[Fleet]:
    """Starts simulators that sign with one key, and HAProxy as the example configures it.

    Args:
        count: how many simulators.
        options: more of theirs.
        stderr: where HAProxy's go, as `Popen` takes it.
        configuration: HAProxy's; the example's for Compose if not given.
        env: more variables of the simulators.
    """
    with TemporaryDirectory() as folder, ExitStack() as stack:
        key = Path(folder) / "signing-key.pem"
        keep_key(key)
        every = ("--signing-key", str(key), "--public-url", "http://sim.test", "--time-scale", "0")
        servers = [
            stack.enter_context(running_server(*every, *options, env=env)) for _ in range(count)
        ]
        config, port = Path(folder) / "haproxy.cfg", _free_port()
        text = configuration or CONFIG.read_text(encoding="utf-8")
        config.write_text(_with_addresses(text, servers), encoding="utf-8")
        proxy = subprocess.Popen(
            [str(HAPROXY), "-f", str(config), "-db"],
            env={**os.environ, "LISTEN": f"127.0.0.1:{port}"},
            stderr=stderr,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url)
            yield Fleet(url, port, proxy, servers)
        finally:
            proxy.send_signal(signal.SIGTERM)
            proxy.wait(10)


def _with_addresses(configuration: str, servers: list[RunningServer]) -> str:
    """Returns a configuration with addresses in the place of names that have to be looked up."""
    text = configuration.partition("\nresolvers ")[0]
    listed = "\n".join(
        f"    server simulator-{number} {server.url.removeprefix('http://')}"
        for number, server in enumerate(servers)
    )
    return re.sub(r"    server(-template)? [\s\S]*", listed, text) + "\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/_simulator/health").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("the proxy never found a healthy simulator")
