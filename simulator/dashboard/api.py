"""Calls the simulator's own APIs, in process, as a client would over the wire.

What the wire is to do to an answer (a scenario's delay, a cut) is done to the page's own request:
it waits as long, and then tells that the answer was lost.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec

from ..api.answers import REASON, Response
from ..api.carried import SOON_READ
from ..api.recorder import note_delivery
from ..api.request import Headers, Request
from ..engine.client_rules import timeout_of
from ..sandboxes.registry import HostedSandbox
from ..scripting.fate import WirePlan, fate_of
from .calls import PageCall, Said, why_lost
from .fetching import FILE, ControlAnswer, Fetched, ReadCall, ThreadNeeded, outcome_of, read_answer

CONTROL = "/_simulator"
#: The calls that change nothing, though they have a body.
_READING = ("/scenarios/check", "/scenarios/preview")


class ApiError(Exception):
    """A call of the control API was refused."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


def below(path: str, name: str) -> str:
    """Returns the path of one thing of those that a path lists.

    Args:
        path: of all of them, such as `/scenarios`.
        name: which one, as somebody has typed it.

    Raises:
        ApiError: no thing is called that.
    """
    if not name.strip("/") or "/" in name:
        raise ApiError(404, f"there is no {name[:60]!r} at {path}")
    return f"{path}/{name}"


class WaitNeeded(Exception):
    """The page's own request has to wait, and is going to be served again.

    Args:
        plan: how long it waits.
        held: the call that is delayed.
    """

    def __init__(self, plan: WirePlan, held: "Held") -> None:
        self.plan = plan
        self.held = held
        super().__init__("a scenario delays the call")


#: A call that waits to be sent or answered: it, what the wire does to it, and what answers it.
Held = tuple[PageCall, WirePlan, Callable[[], Response]]


class Api:
    """The APIs of one sandbox, for one request of the page.

    Args:
        respond: the simulator.
        outer: the page's own request.
        sandbox: the sandbox's name.
        token: the control token, where there is one.
        held: the call that was delayed, where the page's own request is served again.
        fetched: the answers that took long, where it is served again because of them.
    """

    def __init__(
        self,
        respond: Callable[[Request], Response],
        outer: Request,
        sandbox: str,
        token: str | None,
        held: Held | None = None,
        fetched: Fetched | None = None,
    ) -> None:
        self._respond = respond
        self._outer = outer
        self._sandbox = sandbox
        self._authorization = {"authorization": f"Bearer {token}"} if token else {}
        self._held = held
        self._fetched = fetched or {}
        # What has acted must not be served again.
        self._has_acted = held is not None
        #: How long the page's own response has to wait, as the answer of a call did.
        self.plan: WirePlan | None = None
        #: The sandbox in which a call has changed something.
        self.changed: HostedSandbox | None = None

    @property
    def is_long(self) -> bool:
        """Whether a thread had to make one of its answers."""
        return bool(self._fetched)

    def get(self, path: str, name: str | None = None, /, **query: Any) -> Any:
        """Reads from the control API; parameters that are None or empty are left out.

        Args:
            path: what is read.
            name: which one of those that the path lists; by default all of them.
            query: the parameters.

        Raises:
            ApiError: it was refused.
        """
        path = path if name is None else below(path, name)
        return self._read("GET", path, _written(query))

    def find(self, path: str, name: str | None = None, /, **query: Any) -> Any:
        """Reads what may not be there; returns None where it is not."""
        try:
            return self.get(path, name, **query)
        except ApiError as error:
            if error.status in (400, 404):
                return None
            raise

    def do(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Changes something by the control API; a body that is text is sent as it is.

        Raises:
            ApiError: it was refused.
        """
        content = body.encode() if isinstance(body, str) else json.dumps(body or {}).encode()
        return self._read(method, path, _written(query), content)

    def _read(self, method: str, path: str, query: str, body: bytes = b"") -> Any:
        call = (method, path, query, body)
        fetched = self._fetched.get(call)
        answer = fetched if isinstance(fetched, tuple) else self._answer(call, fetched)
        return _unless_refused(answer)

    def read_aside(self, file: Callable[[], bytes], read: Callable[[bytes], ControlAnswer]) -> Any:
        """Returns what a function reads out of the file that was sent.

        Args:
            file: gives the file's content, once.
            read: the function, in any thread; its answer is taken as one of the control API.

        Raises:
            ApiError: it refused the file.
            ThreadNeeded: the file is large, so that a thread has to read it first.
        """
        fetched = self._fetched.get(FILE)
        if not isinstance(fetched, tuple):
            content = file()
            if self._outer.may_come_later and len(content) > SOON_READ:
                raise ThreadNeeded(FILE, partial(read, content), is_play=False)
            fetched = read(content)
        return _unless_refused(fetched)

    def _answer(self, call: ReadCall, was_read: Response | None) -> ControlAnswer:
        """Returns what a call is answered.

        Args:
            call: the call.
            was_read: goes on with it, where a thread has read its body.

        Raises:
            ThreadNeeded: it takes long.
        """
        method, path, query, body = call
        headers = {**self._authorization, "content-type": "application/json"}
        request = self._request(method, CONTROL + path, query, headers, body)
        if not self._has_acted:
            request = msgspec.structs.replace(request, may_come_later=self._outer.may_come_later)
        go_on = was_read.resume if was_read is not None else None
        reply = go_on() if go_on is not None else self._respond(request)
        if reply.later is not None:
            make = reply.later
            raise ThreadNeeded(call, lambda: outcome_of(make()), is_play=reply.is_play)
        if method != "GET" and path not in _READING:
            self.changed, self._has_acted = reply.sandbox, True
        return read_answer(reply)

    def send(self, sent: PageCall, pause: float = 0.0) -> Said:
        """Makes a call as a till or a phone would; a call of the control API gets the token.

        Args:
            sent: the call.
            pause: how many real seconds it waits first.

        Raises:
            WaitNeeded: it waits first, or a scenario delays it.
        """
        self._has_acted = True
        plan = WirePlan()
        if self._held is not None:
            (sent, plan, resume), self._held = self._held, None
            reply = resume()
        else:
            headers = {**sent.headers, **(self._authorization if _is_control(sent) else {})}
            path, _, query = sent.path.partition("?")
            request = self._request(sent.method, path, query, headers, sent.body)
            if pause > 0:
                held = (sent, WirePlan(), partial(self._respond, request))
                raise WaitNeeded(WirePlan(delay=pause), held)
            reply = self._respond(request)
        # What only has waited to be sent may be delayed as well.
        is_late_already = plan != WirePlan()
        if not is_late_already:
            if reply.resume is not None and reply.plan is not None:
                raise WaitNeeded(reply.plan, (sent, reply.plan, reply.resume))
            plan = reply.plan or WirePlan()
        self.changed = reply.sandbox
        patience = timeout_of(sent.method).total_seconds()
        fate = fate_of(plan, len(reply.content), patience)
        if plan != WirePlan():
            wait = 0.0 if is_late_already else fate.wait
            self.plan = WirePlan(delay=wait) if wait else self.plan
            took = reply.exchange.duration if reply.exchange else 0.0
            note_delivery(reply, fate.delivery, took + wait)
        return Said(
            sent,
            reply.status,
            reply.content,
            next((value for name, value in reply.headers if name == REASON), None),
            why_lost(fate.delivery, sent.method),
            reply.exchange.id if reply.exchange else None,
        )

    def _request(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Request:
        outer = self._outer
        pairs = [("host", outer.headers.get("host") or "localhost")]
        pairs += [(name.lower(), value) for name, value in headers.items()]
        return Request(
            method=method,
            path=f"/sandboxes/{self._sandbox}{path}",
            query=query,
            headers=Headers(pairs),
            body=body,
            scheme=outer.scheme,
            peer="127.0.0.1",
            has_wire=outer.has_wire,
        )


def _unless_refused(answer: ControlAnswer) -> Any:
    status, said = answer
    if status >= 400:
        message = said.get("error") or said.get("message") if isinstance(said, dict) else None
        raise ApiError(status, str(message or status))
    return said


def _written(query: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in query.items() if value})


def _is_control(sent: PageCall) -> bool:
    return sent.path.startswith(f"{CONTROL}/")
