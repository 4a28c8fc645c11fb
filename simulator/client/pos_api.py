"""The calls that a test makes to the PoS API itself, beside the client it tests.

They carry `X-Simulator-Aside`: no fault applies to them, no run counts them, and the journal keeps
them apart from the client's calls.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, TypeVar

import msgspec

from .bearing import authorization
from .calling import understanding
from .control import ControlClient
from .errors import ClientError
from .model import decode

T = TypeVar("T")

ASIDE = {"X-Simulator-Aside": "true"}
VERSION = {"X-MobilePay-Client-System-Version": "1.0.0"}
#: A token that expires sooner than this is replaced.
MARGIN = timedelta(minutes=1)


class PosApi:
    """Calls the PoS API of one sandbox for one merchant.

    Args:
        control: a client of the sandbox's control API.
        client_id: the integrator's client id.
        client_secret: its secret.
        merchant: the merchant's VAT number.
    """

    def __init__(
        self, control: ControlClient, client_id: str, client_secret: str, merchant: str
    ) -> None:
        self._control = control
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "merchant_vat": merchant,
        }
        self._app = {"x-ibm-client-id": client_id}
        self._token: tuple[str, datetime] | None = None

    def token(self) -> str:
        """Returns an access token that is valid for a while, by the sandbox's clock."""
        now = self._control.clock().now
        if self._token is None or now >= self._token[1]:
            content = self._send("POST", TOKEN, form=self._form)
            with understanding(f"POST {self._control.base_url}{TOKEN}"):
                self._token = _token_in(content, now)
        return self._token[0]

    def headers(self) -> dict[str, str]:
        """Returns the headers that every call of a client needs."""
        return {"Authorization": f"Bearer {self.token()}", **VERSION, **self._app}

    def get(self, path: str, read: Callable[[Any], T]) -> T:
        """Makes a GET of a path below `/pos/v10`; returns what a function reads in its answer."""
        return self._understood("GET", path, read, headers=self.headers())

    def create(self, path: str, body: Any, read: Callable[[Any], T]) -> T:
        """Makes a POST to a path below `/pos/v10`; returns what a function reads in its answer."""
        headers = {**self.headers(), "X-MobilePay-Idempotency-Key": token_hex(16)}
        return self._understood("POST", path, read, json=body, headers=headers)

    def first_store(self) -> str:
        """Returns the id of the merchant's first store.

        Raises:
            ClientError: the merchant has none, as data files may say.
        """
        found = self.get("/stores", lambda found: tuple(map(str, found["storeIds"])))
        if not found:
            raise ClientError(f"merchant {self._form['merchant_vat']} has no store")
        return found[0]

    def simulate(self, action: str, **body: str) -> None:
        """Makes a simulated user act: `checkin`, `acceptpayment` or `cancelpaymentbyuser`."""
        path = f"/pos/app/usersimulation/{action}"
        # Only a server with --require-ibm-client-id asks for the secret.
        headers = {**self._app, "x-ibm-client-secret": self._form["client_secret"]}
        self._send("POST", path, json=body, headers=headers)

    def forget(self) -> None:
        """Forgets the token: the sandbox may be at another time now."""
        self._token = None

    def _understood(self, method: str, path: str, read: Callable[[Any], T], **more: Any) -> T:
        path = f"/pos/v10{path}"
        content = self._send(method, path, **more)
        with understanding(f"{method} {self._control.base_url}{path}"):
            return read(decode(dict[str, Any], content))

    def _send(self, method: str, path: str, **more: Any) -> bytes:
        headers = ASIDE | more.pop("headers", {})
        connection, base = self._control.connection, self._control.base_url
        at = base.removeprefix(connection.url) + path
        return connection.send(method, at, headers=headers, **more)


class _Granted(msgspec.Struct):
    """The answer to a call for a token, as OAuth 2 has it."""

    access_token: str
    expires_in: float


def _token_in(content: bytes, now: datetime) -> tuple[str, datetime]:
    """Returns the token of an answer, and when it is to be replaced."""
    granted = decode(_Granted, content, float)
    authorization(granted.access_token)
    return granted.access_token, now + timedelta(seconds=granted.expires_in) - MARGIN


TOKEN = "/integrator-authentication/connect/token"  # noqa: S105 - a path
