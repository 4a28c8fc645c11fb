"""Calls the simulator's own APIs, in process, as a client would over the wire.

What the wire is to do to an answer (a scenario's delay, a cut) is done to the page's own request:
it waits as long, and then tells that the answer was lost.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Request

from simulator.api.environ import EXCHANGE, HAS_WIRE, PLAN, SANDBOX_HERE
from simulator.api.recording import delivery_of, note_delivery
from simulator.environs import Answer, call, make_environ
from simulator.journal.exchanges import Exchange
from simulator.scripting.faults import PATIENCE, WirePlan

__all__ = ["Api", "ApiError", "Said", "Sent", "Waiting"]

CONTROL = "/_simulator"
#: Where the page's own request keeps the call that is being delayed.
HELD = "simulator.dashboard.held"


class ApiError(Exception):
    """A call of the control API was refused."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


class Waiting(Exception):
    """The page's own request has to wait, and is going to be served again."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A call of the service's API: `path` without the sandbox's prefix."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered; `lost` says why nothing arrived, where that is so."""

    sent: Sent
    status: int
    body: bytes = b""
    reason: str | None = None
    lost: str | None = None
    request_id: int | None = None

    @property
    def is_fine(self) -> bool:
        """Whether the call was done, and its answer arrived."""
        return self.lost is None and 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """What the answer says; an empty object where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Api:
    """The APIs of one sandbox, for one request of the page.

    Args:
        app: the simulator as a WSGI application.
        request: the page's own request.
        sandbox: the sandbox's name.
        token: the control token, where there is one.
    """

    def __init__(
        self, app: Callable[..., Any], request: Request, sandbox: str, token: str | None
    ) -> None:
        self._app = app
        self._request = request
        self._sandbox = sandbox
        self._authorization = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Any:
        """Reads from the control API; parameters that are None or empty are left out.

        Raises:
            ApiError: it was refused.
        """
        return self._read("GET", path, urlencode({k: v for k, v in query.items() if v}))

    def find(self, path: str, **query: Any) -> Any:
        """Reads what may not be there; returns None where it is not."""
        try:
            return self.get(path, **query)
        except ApiError as error:
            if error.status in (400, 404):
                return None
            raise

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """Changes something by the control API; a body that is text is sent as it is.

        Raises:
            ApiError: it was refused.
        """
        content = body.encode() if isinstance(body, str) else json.dumps(body or {}).encode()
        return self._read(method, path, "", content)

    def _read(self, method: str, path: str, query: str, body: bytes = b"") -> Any:
        headers = {**self._authorization, "content-type": "application/json"}
        environ = self._environ(method, CONTROL + path, query, headers, body)
        answer = call(self._app, environ, body)
        if method != "GET":
            self._keep(environ)
        try:
            said = json.loads(answer.content) if answer.content else {}
        except ValueError:
            said = {"error": answer.content[:300].decode("utf-8", "replace")}
        if answer.status >= 400:
            message = said.get("error") or said.get("message") if isinstance(said, dict) else None
            raise ApiError(answer.status, str(message or answer.status))
        return said

    def send(self, sent: Sent) -> Said:
        """Makes a call of the service's API, as a till or a phone would.

        Raises:
            Waiting: a scenario delays it.
        """
        outer = self._request.environ
        held: tuple[dict[str, Any], WirePlan, Sent] | None = outer.pop(HELD, None)
        if held is None:
            environ = self._environ(sent.method, sent.path, "", sent.headers, sent.body)
            answer = call(self._app, environ, sent.body)
            plan: WirePlan | None = environ.pop(PLAN, None)
            if plan is not None and plan.is_before_work:
                outer[HELD] = environ, plan, sent
                outer[PLAN] = WirePlan(delay=plan.delay, is_before_work=True, until=plan.until)
                raise Waiting
        else:
            environ, plan, sent = held
            answer = call(self._app, environ, sent.body)
        self._keep(environ)
        return self._deliver(sent, environ, answer, plan)

    def _deliver(
        self, sent: Sent, environ: dict[str, Any], answer: Answer, plan: WirePlan | None
    ) -> Said:
        """Says what arrived of an answer, and how long the page's own request has to wait."""
        lost = None
        if plan is not None:
            patience = PATIENCE.get(sent.method, PATIENCE["other"]).total_seconds()
            is_late = plan.delay + plan.dribble >= patience
            if is_late:
                lost = f"nothing was answered within {patience:g} s, so the till gave up"
            elif plan.part < 1:
                lost = "the connection broke" + (" half-way" if plan.part else " without an answer")
            if not plan.is_before_work:
                wait = min(plan.delay + plan.dribble, patience)
                self._request.environ[PLAN] = WirePlan(delay=wait)
            _note(environ, plan, is_late)
        exchange: Exchange | None = environ.get(EXCHANGE)
        reason = next((v for name, v in answer.headers if name == "X-Simulator-Reason"), None)
        return Said(
            sent, answer.status, answer.content, reason, lost, exchange.id if exchange else None
        )

    def _keep(self, environ: dict[str, Any]) -> None:
        """Lets the page's own request be answered once what it changed is on disk."""
        here = environ.get(SANDBOX_HERE)
        if here is not None:
            self._request.environ[SANDBOX_HERE] = here

    def _environ(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        outer = self._request.environ
        pairs = [("host", outer.get("HTTP_HOST", "localhost"))]
        pairs += [(name.lower(), value) for name, value in headers.items()]
        environ = make_environ(
            method,
            f"/sandboxes/{self._sandbox}{path}".encode().decode("latin-1"),
            query,
            pairs,
            body,
            **{"wsgi.url_scheme": outer["wsgi.url_scheme"]},
        )
        environ[HAS_WIRE] = bool(outer.get(HAS_WIRE))
        return environ


def _note(environ: dict[str, Any], plan: WirePlan, is_late: bool) -> None:
    """Says of an exchange what became of its answer."""
    if SANDBOX_HERE in environ:
        note_delivery(environ, delivery_of(plan, is_gone=is_late))
