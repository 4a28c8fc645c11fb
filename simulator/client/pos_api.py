"""What a test does itself through the PoS API, beside the client it tests.

Such a call carries `X-Simulator-Aside`: no scenario's fault strikes it, no run sees it, and the
journal keeps it apart from the client's own calls.
"""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from simulator.client.control import ControlClient
from simulator.client.decoding import parse

__all__ = ["PosApi"]

ASIDE = {"X-Simulator-Aside": "true"}
VERSION = {"X-MobilePay-Client-System-Version": "1.0.0"}
#: A token that ends sooner than this is not handed out any more.
MARGIN = timedelta(minutes=1)


class PosApi:
    """Calls the PoS API of one sandbox for one merchant.

    Args:
        control: of the sandbox.
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
        """Returns an access token that is good for a while, by the sandbox's clock."""
        now = self._control.clock().now
        if self._token is None or now + MARGIN >= self._token[1]:
            answer = parse(self._send("POST", TOKEN, form=self._form))
            lifetime = timedelta(seconds=int(answer["expires_in"]))
            self._token = str(answer["access_token"]), now + lifetime
        return self._token[0]

    def headers(self) -> dict[str, str]:
        """Returns the headers that every call of a client needs."""
        return {"Authorization": f"Bearer {self.token()}", **VERSION, **self._app}

    def get(self, path: str) -> Any:
        """Returns what is answered at `/pos/v10` and a path."""
        return parse(self._send("GET", f"/pos/v10{path}", headers=self.headers()))

    def create(self, path: str, body: Any) -> Any:
        """Makes something at `/pos/v10` and a path; returns what is answered."""
        headers = {**self.headers(), "X-MobilePay-Idempotency-Key": token_hex(16)}
        return parse(self._send("POST", f"/pos/v10{path}", json=body, headers=headers))

    def simulate(self, action: str, **body: str) -> None:
        """Lets a simulated user do something: `checkin`, `acceptpayment`, `cancelpaymentbyuser`."""
        path = f"/pos/app/usersimulation/{action}"
        self._send("POST", path, json=body, headers=self._app)

    def forget(self) -> None:
        """Forgets the token, since the sandbox may be at another time now."""
        self._token = None

    def _send(self, method: str, path: str, **more: Any) -> bytes:
        headers = ASIDE | more.pop("headers", {})
        connection, base = self._control.connection, self._control.base_url
        at = base.removeprefix(connection.url) + path
        return connection.send(method, at, headers=headers, **more)


TOKEN = "/integrator-authentication/connect/token"  # noqa: S105 - a path
