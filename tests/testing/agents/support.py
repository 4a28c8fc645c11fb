"""A client of the server for agents, the official one, for tests that are not asynchronous."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters

from tests.support import ROOT

#: Options with which no simulator is looked for at the usual port, where somebody's own may run.
APART = ("--option", "seed=1")


@dataclass(frozen=True)
class Told:
    """What a tool has answered."""

    text: str
    is_error: bool

    def value(self, name: str) -> str:
        """What stands behind a name and a colon, on a line of its own."""
        lines = (line.partition(": ") for line in self.text.splitlines())
        return next(value for key, _, value in lines if key == name)


@dataclass(frozen=True)
class Agent:
    """A client with a session."""

    client: Client
    portal: BlockingPortal

    def call(self, tool: str, **arguments: Any) -> Told:
        result = self.portal.call(self.client.call_tool, tool, arguments)
        (content,) = result.content
        return Told(content.text, bool(result.is_error))

    def do(self, tool: str, **arguments: Any) -> Told:
        """Calls a tool that must not refuse."""
        told = self.call(tool, **arguments)
        assert not told.is_error, told.text
        return told

    def refused(self, tool: str, **arguments: Any) -> str:
        """Calls a tool that must refuse; returns why it does."""
        told = self.call(tool, **arguments)
        assert told.is_error, told.text
        return told.text

    def get(self, method: str, *arguments: Any) -> Any:
        return self.portal.call(getattr(self.client, method), *arguments)


@contextmanager
def connected(server: Any) -> Iterator[Agent]:
    """A client of a server: a URL, or what starts one."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(server)) as client,
    ):
        yield Agent(client, portal)


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "simulator", "mcp", *options]


def over_stdio(*options: str) -> StdioServerParameters:
    program, *arguments = command(*options)
    return StdioServerParameters(command=program, args=arguments, cwd=ROOT)


@dataclass(frozen=True)
class Till:
    """A till that uses what `sandbox` has told."""

    told: Told

    def post(self, path: str, body: Any, key: str = "", timeout: float = 5) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self.told.value('token')}",
            "X-IBM-Client-Id": self.told.value("client_id"),
            "X-MobilePay-Client-System-Version": "1.0.0",
            **({"X-MobilePay-Idempotency-Key": key} if key else {}),
        }
        url = f"{self.told.value('url')}/pos/v10{path}"
        return httpx.post(url, json=body, headers=headers, timeout=timeout)

    def pay(self, order: str = "order-1") -> str:
        """Starts a payment; returns its id."""
        body = {"posId": self.told.value("pos_id"), "orderId": order, "amount": 10.5}
        body |= {"currencyCode": "DKK", "plannedCaptureDelay": "None"}
        answer = self.post("/payments", body, key=f"key-of-{order}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["paymentId"])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
