"""A running simulator as a stage: it may be of another version, or run by other settings."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from urllib.parse import quote

import httpx

from ...client.bearing import BadControlToken, authorization
from ...client.deadlines import Deadline
from ...client.errors import Unreachable, reason_of
from ...client.outgoing import Client, new_client
from ...client.receiving import AS_IT_IS, answer_of, pieces
from ...client.trust import BadTrust
from ...scripting.fate import Delivery
from .stages import HeldCall, ReplayRequest, ReplayResult, prefix_of

#: Seconds that an answer of ours may take, and that the target may be silent.
PATIENCE = 30.0
#: Seconds that a recorded call may take: a scenario may send its answer bit by bit.
LONGEST = 600.0
_HOP = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding")


class TargetProblem(RuntimeError):
    """The target can't play the calls; the message says why, in one line."""


class OverHttp:
    """A running simulator; a sandbox is laid out there, under a name of its own.

    Args:
        url: where it is.
        sandbox: the name of the sandbox there; what it held is replaced.
        snapshot: of the fresh sandbox: what the target is given.
        secrets: the integrators' secrets by client id.
        token: the target's control token, or None.

    Raises:
        TargetProblem: it is no simulator, or doesn't take the sandbox.
    """

    def __init__(
        self,
        url: str,
        sandbox: str,
        snapshot: bytes,
        secrets: dict[str, str],
        token: str | None = None,
    ) -> None:
        self._url = url
        try:
            self._control = new_client(url, headers=AS_IT_IS | authorization(token))
            self._client = new_client(url, headers=AS_IT_IS)
        except (BadControlToken, BadTrust) as error:
            raise TargetProblem(f"{url} can't be asked: {error}") from error
        self._prefix = prefix_of(sandbox)
        self._base = url.rstrip("/") + self._prefix
        self._secrets = secrets
        self._now: datetime | None = None
        self._tell("PUT", "/snapshot", content=snapshot)

    def close(self) -> None:
        """Lets go of the connections; nobody waits for calls that are not answered yet."""
        self._control.close()
        self._client.close()

    def go_to(self, moment: datetime) -> None:
        """Moves the sandbox's clock forward."""
        if self._now is not None and moment <= self._now:
            return
        self._now = moment
        # The page shows milliseconds.
        now = self._told(self._tell("GET", "/clock"), "now", datetime.fromisoformat)
        if now + timedelta(milliseconds=1) < moment:
            self._tell("POST", "/clock/advance", json={"to": moment.isoformat()})

    def send(self, request: ReplayRequest, *, may_wait: bool) -> ReplayResult | HeldCall:
        """Makes a call; in a thread of its own where others are to be made while it waits."""
        if not may_wait:
            return self._exchange(request)
        sent: Future[ReplayResult] = Future()
        # Not of a pool: the end of this process would wait for those, as long as the target hangs.
        Thread(target=self._exchange_later, args=(request, sent), daemon=True).start()
        return HeldCall(sent)

    def finish(self, waiting: HeldCall) -> ReplayResult:
        """Waits for a call that waits."""
        sent: Future[ReplayResult] = waiting.call
        return sent.result()

    def secret(self, client_id: str) -> str:
        """Returns an integrator's secret."""
        secret = self._secrets.get(client_id.lower())
        if secret is None:
            raise TargetProblem(
                f"the secret of {client_id} is needed: --integrator {client_id}:SECRET"
            )
        return secret

    def issue(self, client_id: str, merchant: str | None) -> str:
        """Returns an access token."""
        form = {"grant_type": "client_credentials"}
        if merchant is not None:
            form["merchant_vat"] = merchant
        answer = self._ask(
            self._client,
            "POST",
            "/integrator-authentication/connect/token",
            data=form,
            auth=(client_id, self.secret(client_id)),
        )
        if answer.status_code != 200:
            raise TargetProblem(f"{client_id} gets no token there: {answer.text[:200]}")
        return str(self._told(answer, "access_token"))

    def _exchange_later(self, request: ReplayRequest, sent: Future[ReplayResult]) -> None:
        """Makes a call, and hands over its result or what went wrong."""
        try:
            sent.set_result(self._exchange(request))
        except BaseException as error:
            sent.set_exception(error)

    def _exchange(self, request: ReplayRequest) -> ReplayResult:
        url = self._url_of(request)
        headers = [
            (name.encode(), value.encode()) for name, value in request.headers if name not in _HOP
        ]
        client = self._control if request.path.startswith("/_simulator") else self._client
        content = bytearray()
        status, media_type = 0, ""
        try:
            with client.stream(
                request.method,
                url,
                headers=headers,
                content=request.body,
                timeout=Deadline(LONGEST, PATIENCE),
            ) as got:
                status, media_type = got.status_code, got.headers.get("content-type", "")
                for piece in pieces(self._url, got, LONGEST):
                    content += piece
        except (httpx.RemoteProtocolError, httpx.ReadError):
            delivery = Delivery.PART if status else Delivery.NOTHING
            return ReplayResult(0, bytes(content), delivery)
        except (httpx.LocalProtocolError, httpx.InvalidURL) as error:
            shown = f"{request.method[:20]!r} {request.path[:60]!r}"
            raise TargetProblem(f"{shown} can't be sent: {error}") from error
        except httpx.HTTPError as error:
            raise TargetProblem(f"{self._url} does not answer: {reason_of(error)}") from error
        except Unreachable as error:
            raise TargetProblem(f"{self._url} can't play this: {error.reason}") from error
        return ReplayResult(status, bytes(content), Delivery.WHOLE, media_type)

    def _url_of(self, request: ReplayRequest) -> str:
        """Returns where a call goes.

        Raises:
            TargetProblem: HTTP has no such method or header, or the path leads out of the sandbox:
                clients resolve dots in it before they send it.
        """
        shown = repr(request.path[:60])
        for word in (request.method, *(name for name, _ in request.headers)):
            if not word.isascii():
                raise TargetProblem(f"{shown}: HTTP has no method or header {word[:20]!r}")
        leads_up = {".", ".."}.intersection(request.path.split("/"))
        if leads_up or (request.path.startswith("/sandboxes/") and not self._prefix):
            raise TargetProblem(f"{shown} leads out of the sandbox that the bundle is played in")
        return self._base + quote(request.path) + (f"?{request.query}" if request.query else "")

    def _told(self, answer: httpx.Response, name: str, read: Callable[[str], Any] = str) -> Any:
        """Returns a field of an answer.

        Raises:
            TargetProblem: the answer has none, so it is no simulator's.
        """
        try:
            return read(str(answer.json()[name]))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise TargetProblem(f"{answer.url} answers without {name}: no simulator") from error

    def _tell(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self._ask(self._control, method, f"/_simulator{path}", **options)
        if not answer.is_success:
            raise TargetProblem(
                f"{self._url} can't play this: {method} {path} answered {answer.status_code} "
                f"{answer.text[:200]}"
            )
        return answer

    def _ask(self, client: Client, method: str, path: str, **options: Any) -> httpx.Response:
        """Makes a call of ours.

        Raises:
            TargetProblem: there is no answer, or none that can be read to its end.
        """
        url = self._base + path
        try:
            return answer_of(client, self._url, method, url, PATIENCE, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TargetProblem(f"{self._url} does not answer: {reason_of(error)}") from error
        except Unreachable as error:
            raise TargetProblem(f"{self._url} can't play this: {error.reason}") from error
