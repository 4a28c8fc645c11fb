"""The calls that a test makes to the PoS API itself, beside the client it tests.

They carry `X-Simulator-Aside`: no fault applies to them, no run counts them, and the journal keeps
them apart from the client's calls.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import token_hex
from typing import Any

from .control import ControlClient

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
        if self._token is None or now + MARGIN >= self._token[1]:
            answer = json.loads(self._send("POST", TOKEN, form=self._form))
            lifetime = timedelta(seconds=int(answer["expires_in"]))
            self._token = str(answer["access_token"]), now + lifetime
        return self._token[0]

    def headers(self) -> dict[str, str]:
        """Returns the headers that every call of a client needs."""
        return {"Authorization": f"Bearer {self.token()}", **VERSION, **self._app}

    def get(self, path: str) -> Any:
        """Returns the answer to a GET of a path below `/pos/v10`."""
        return _read(self._send("GET", f"/pos/v10{path}", headers=self.headers()))

    def create(self, path: str, body: Any) -> Any:
        """Returns the answer to a POST to a path below `/pos/v10`."""
        headers = {**self.headers(), "X-MobilePay-Idempotency-Key": token_hex(16)}
        return _read(self._send("POST", f"/pos/v10{path}", json=body, headers=headers))

    def simulate(self, action: str, **body: str) -> None:
        """Makes a simulated user act: `checkin`, `acceptpayment` or `cancelpaymentbyuser`."""
        path = f"/pos/app/usersimulation/{action}"
        # Only a server with --require-ibm-client-id asks for the secret.
        headers = {**self._app, "x-ibm-client-secret": self._form["client_secret"]}
        self._send("POST", path, json=body, headers=headers)

    def forget(self) -> None:
        """Forgets the token: the sandbox may be at another time now."""
        self._token = None

    def _send(self, method: str, path: str, **more: Any) -> bytes:
        headers = ASIDE | more.pop("headers", {})
        connection, base = self._control.connection, self._control.base_url
        at = base.removeprefix(connection.url) + path
        return connection.send(method, at, headers=headers, **more)


def _read(content: bytes) -> Any:
    return json.loads(content, parse_float=Decimal)


TOKEN = "/integrator-authentication/connect/token"  # noqa: S105 - a path
