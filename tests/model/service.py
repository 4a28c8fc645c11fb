"""The simulator as its clients meet it: over HTTP, or at the entry its server calls, in this process."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from mobilepay_simulator.api.request import Headers
from mobilepay_simulator.api.request import Request as Asked
from mobilepay_simulator.app import SimulatorApp

from tests.model.requests import Request
from tests.model.specification.values import Map, State, Store
from tests.support import CLIENT_ID, OTHER_CLIENT_ID, OTHER_SECRET, SECRET

__all__ = ["Inside", "OverHttp", "Reply", "Service"]

CURRENCIES = {"DK": "DKK", "FI": "EUR"}
SECRETS = {CLIENT_ID: SECRET, OTHER_CLIENT_ID: OTHER_SECRET, "the-office": "office-secret"}


@dataclass(frozen=True)
class Reply:
    """What came of a request.

    Args:
        is_lost: no answer reached the client; status and content are what it would have been.
        finish: does the work, where a fault has kept the request on its way.
    """

    status: int
    content: bytes
    is_lost: bool = False
    finish: Callable[[], "Reply"] | None = None


class Service:
    """A sandbox of the simulator, and the tokens of those who call it."""

    start: datetime

    def __init__(self, sandbox: str) -> None:
        self._prefix = f"/sandboxes/{sandbox}" if sandbox else ""
        self._tokens: dict[tuple[str, str | None], str] = {}
        self._guard = threading.Lock()

    def send(self, request: Request) -> Reply:
        """Makes a request."""
        raise NotImplementedError

    def token_of(self, integrator: str, merchant: str | None) -> str:
        """Returns a token, tied to the merchant if there is one; the same until `forget_tokens`."""
        with self._guard:
            if (integrator, merchant) not in self._tokens:
                self._tokens[integrator, merchant] = self._new_token(integrator, merchant)
            return self._tokens[integrator, merchant]

    def forget_tokens(self) -> None:
        """Lets everybody fetch new tokens."""
        self._tokens.clear()

    def _new_token(self, integrator: str, merchant: str | None) -> str:
        form = {"grant_type": "client_credentials"} | (
            {"merchant_vat": merchant} if merchant else {}
        )
        secret = base64.b64encode(f"{integrator}:{SECRETS[integrator]}".encode()).decode()
        headers = [("authorization", f"Basic {secret}")]
        headers.append(("content-type", "application/x-www-form-urlencoded"))
        path = "/integrator-authentication/connect/token"
        reply = self.ask("POST", path, urlencode(form).encode(), headers)
        return str(reply["access_token"])

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: list[tuple[str, str]] | None = None,
    ) -> Any:
        """Makes a request of the set-up, which must work; returns the JSON of its answer."""
        pairs = [("host", "127.0.0.1:8080"), *(headers or [])]
        pairs.append(("content-length", str(len(body))))
        reply = self.send(Request(method, path, "", tuple(pairs), body))
        assert reply.status < 300, reply
        return json.loads(reply.content) if reply.content else None

    def faults(self, *faults: str) -> None:
        """Lets these go wrong from now on, in the words of the scenario language; none: nothing."""
        text = "faults:" + "".join(f"\n  - {fault}" for fault in faults) if faults else "faults: []"
        self.ask("PUT", "/_simulator/faults", text.encode())

    def opening(self, merchants: tuple[str, ...]) -> State:
        """Returns the state of a sandbox in which nothing has happened, for these merchants."""
        self.start = datetime.fromisoformat(self.ask("GET", "/_simulator/clock")["now"])
        for merchant in merchants:
            self._stores_of(merchant)
        listed = self.ask("GET", "/_simulator/merchants")["merchants"]
        stores, balances = Map[str, Store](), Map[tuple[str, str], int]()
        for merchant in listed:
            if merchant["vat"] in merchants:
                for store in merchant["stores"]:
                    stores = stores.put(store["storeId"], Store(merchant["vat"]))
                    cents = round(store["balance"] * 100)
                    balances = balances.put(
                        (store["storeId"], CURRENCIES[merchant["vat"][:2]]), cents
                    )
        return State(stores=stores, balances=balances)

    def _stores_of(self, merchant: str) -> None:
        """Asks for the stores of a merchant, who is there from then on."""
        headers = [("authorization", f"Bearer {self.token_of(CLIENT_ID, merchant)}")]
        headers.append(("x-mobilepay-client-system-version", "1.2.3"))
        self.ask("GET", "/pos/v10/stores", headers=headers)


class Inside(Service):
    """The application called as its server calls it, without sockets.

    Faults of the wire come back as what the server was told to do about the answer.
    """

    def __init__(self, app: SimulatorApp, sandbox: str) -> None:
        super().__init__(sandbox)
        self._app = app

    def send(self, request: Request) -> Reply:
        asked = Asked(
            method=request.method,
            path=self._prefix + request.path,
            query=request.query,
            headers=Headers(request.headers),
            body=request.body,
        )
        return self._seen(self._app.respond(asked))

    def _seen(self, reply: Any) -> Reply:
        if reply.plan is None:
            return Reply(reply.status, reply.content)
        if reply.resume is not None:
            return Reply(0, b"", True, lambda: self._seen(reply.resume()))
        return Reply(reply.status, reply.content, is_lost=reply.plan.part < 1)


class OverHttp(Service):
    """A server that was started, over real connections."""

    def __init__(self, url: str, sandbox: str, http: httpx.Client) -> None:
        super().__init__(sandbox)
        self._url = url + self._prefix
        self._http = http

    def send(self, request: Request) -> Reply:
        query = f"?{request.query}" if request.query else ""
        headers = [pair for pair in request.headers if pair[0] not in ("host", "content-length")]
        try:
            answer = self._http.request(
                request.method,
                f"{self._url}{request.path}{query}",
                headers=headers,
                content=request.body,
            )
        except (httpx.RemoteProtocolError, httpx.ReadError):
            return Reply(0, b"", is_lost=True)
        return Reply(answer.status_code, answer.content)
