"""A running simulator as a stage: it may be of another version, or run by other settings."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from simulator.journal.exchanges import Delivery
from simulator.replay.stages import Request, Result, Waiting, prefix_of

__all__ = ["OverHttp", "TargetProblem"]

PATIENCE = 30.0
_HOP = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding")


class TargetProblem(RuntimeError):
    """The target can't play the bundle; the message says why, in one line."""


class OverHttp:
    """A running simulator; the bundle's sandbox is laid out there, under a name of its own.

    Args:
        url: where it is.
        sandbox: the name of the sandbox there; what it held is replaced.
        snapshot: of the bundle's fresh sandbox: what the target is given.
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
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._control = httpx.Client(headers=headers, timeout=PATIENCE)
        self._client = httpx.Client(timeout=PATIENCE)
        self._base = url.rstrip("/") + prefix_of(sandbox)
        self._secrets = secrets
        self._threads = ThreadPoolExecutor(max_workers=32)
        self._now: datetime | None = None
        self._tell("PUT", "/snapshot", content=snapshot)

    def close(self) -> None:
        """Lets go of connections and threads."""
        self._threads.shutdown(cancel_futures=True)
        self._control.close()
        self._client.close()

    def go_to(self, moment: datetime) -> None:
        """Moves the sandbox's clock forward."""
        if self._now is not None and moment <= self._now:
            return
        self._now = moment
        clock = self._tell("GET", "/clock").json()
        # The page shows milliseconds.
        if datetime.fromisoformat(clock["now"]) + timedelta(milliseconds=1) < moment:
            self._tell("POST", "/clock/advance", json={"to": moment.isoformat()})

    def send(self, request: Request, *, may_wait: bool) -> Result | Waiting:
        """Makes a call; in a thread of its own, so that others can be made while it waits."""
        sent: Future[Result] = self._threads.submit(self._exchange, request)
        return Waiting(sent) if may_wait else sent.result()

    def finish(self, waiting: Waiting) -> Result:
        """Waits for a call that waits."""
        sent: Future[Result] = waiting.call
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
        answer = self._client.post(
            f"{self._base}/integrator-authentication/connect/token",
            data=form,
            auth=(client_id, self.secret(client_id)),
        )
        if answer.status_code != 200:
            raise TargetProblem(f"{client_id} gets no token there: {answer.text[:200]}")
        return str(answer.json()["access_token"])

    def _exchange(self, request: Request) -> Result:
        url = self._base + quote(request.path) + (f"?{request.query}" if request.query else "")
        headers = [pair for pair in request.headers if pair[0] not in _HOP]
        client = self._control if request.path.startswith("/_simulator") else self._client
        content = bytearray()
        status = 0
        try:
            with client.stream(request.method, url, headers=headers, content=request.body) as got:
                status = got.status_code
                for piece in got.iter_bytes():
                    content += piece
        except (httpx.RemoteProtocolError, httpx.ReadError):
            delivery = Delivery.PART if status else Delivery.NOTHING
            return Result(0, bytes(content), delivery)
        except httpx.HTTPError as error:
            raise TargetProblem(f"{self._url} does not answer: {error}") from error
        return Result(status, bytes(content), Delivery.WHOLE)

    def _tell(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._control.request(method, f"{self._base}/_simulator{path}", **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TargetProblem(f"{self._url} does not answer: {error}") from error
        if not answer.is_success:
            raise TargetProblem(
                f"{self._url} can't play this: {method} {path} answered {answer.status_code} "
                f"{answer.text[:200]}"
            )
        return answer
