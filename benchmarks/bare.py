"""What a protocol of our own could save: polls by the server's protocol, and by a bare one.

`python -m benchmarks.bare` prints the processor time of a poll over a socket, in microseconds, of
both in turn. The bare one reads a request by httptools and sends the answer: no limits, no checks
of the head, no offers, no wire plans, no half-close. So it is the least that any protocol costs
here; decision 11 tells what follows.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httptools
import uvicorn
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.server.bridge import Bridge
from mobilepay_simulator.server.heads import whole_of
from mobilepay_simulator.server.protocol import protocol
from uvicorn.server import ServerState

from benchmarks.inside import InsideTill, ready_app

TURNS, ROUNDS, CALLS = 3, 6, 4000
IDLE = 30.0


class Bare(asyncio.Protocol):
    """HTTP/1.1 with nothing but what a right client needs.

    Args:
        app: answers the requests.
    """

    def __init__(self, app: SimulatorApp) -> None:
        self._app = app
        self._parser = httptools.HttpRequestParser(self)
        self._idle: asyncio.TimerHandle | None = None
        self._always: list[tuple[bytes, bytes]] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", [], b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1").lower(), value.decode()))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        path, _, query = self._url.partition(b"?")
        request = Request(
            method=self._parser.get_method().decode(),
            path=unquote(path.decode("ascii")),
            query=query.decode("latin-1"),
            headers=Headers(self._headers),
            body=self._body,
        )
        self._transport.write(whole_of(self._app.respond(request), self._always))
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(IDLE, self._transport.close)


async def serve(is_bare: bool) -> None:
    """Serves until it is killed; prints its port and a poll's bytes as JSON."""
    app = ready_app()
    till = InsideTill(app)
    order = {"posId": till.pos_id, "orderId": "bare", "amount": 10.5, "currencyCode": "DKK"}
    order["plannedCaptureDelay"] = "None"
    made = till.ask("POST", "/pos/v10/payments", order, key="bare")
    heads = "".join(f"{name}: {value}\r\n" for name, value in till.headers)
    poll = f"GET /pos/v10/payments/{made['paymentId']} HTTP/1.1\r\n{heads}\r\n"
    bridge = Bridge(app.respond, max_body=1 << 20, max_snapshot=1 << 20, max_stalled=10)
    http = protocol(IDLE, lambda: "bare", bridge.try_respond_synchronously)
    config = uvicorn.Config(bridge, http=http, log_config=None, lifespan="off")
    config.load()
    state = ServerState()

    def connect() -> asyncio.Protocol:
        return Bare(app) if is_bare else http(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1], "poll": poll}), flush=True)
    await server.serve_forever()


def cost(is_bare: bool) -> float:
    """Returns the least processor time of a poll among some rounds, in microseconds."""
    command = [sys.executable, "-m", "benchmarks.bare", "bare" if is_bare else "ours"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        told = json.loads(server.stdout.readline() if server.stdout else "")
        with socket.create_connection(("127.0.0.1", told["port"])) as connection:
            rounds = [_round(server.pid, connection, told["poll"].encode()) for _ in range(ROUNDS)]
        server.kill()
    return min(rounds) / CALLS * 1e6


def _round(pid: int, connection: socket.socket, poll: bytes) -> float:
    before = _used(pid)
    for _ in range(CALLS):
        connection.sendall(poll)
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
    return _used(pid) - before


def _used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Prints both costs, in turn."""
    for _ in range(TURNS):
        print(f"ours {cost(False):.0f}, bare {cost(True):.0f}")


if __name__ == "__main__":
    if sys.argv[1:]:
        import uvloop

        uvloop.install()
        asyncio.run(serve(sys.argv[1] == "bare"))
    else:
        main()
