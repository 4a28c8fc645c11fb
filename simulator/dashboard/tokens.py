"""Access tokens for the page's own till: got where clients get theirs, and kept while they last."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ..api.context import Context
from ..settings.data import Integrator
from .api import Api
from .calls import PageCall, Said

#: What the page's till says of itself, which tells its calls from those of other clients.
SYSTEM_NAME, SYSTEM_VERSION = "simulator page", "1.0.0"
VERSION = {
    "X-MobilePay-Client-System-Version": SYSTEM_VERSION,
    "X-MobilePay-Client-System-Name": SYSTEM_NAME,
}
KEPT = 200
#: A token is not used in its last moments, in the sandbox's time.
MARGIN = timedelta(seconds=5)


class NoToken(Exception):
    """No token was to be had; `said` is what was answered instead."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__("no token")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    since: datetime
    until: datetime


class TokenDrawer:
    """Keeps the tokens of the page's till.

    Args:
        context: who the integrators are.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tokens: OrderedDict[tuple[str, str, str], _Token] = OrderedDict()

    def integrator(self, client_id: str | None) -> Integrator:
        """Returns the integrator that made something; the first there is where that is nobody's."""
        found = self._context.integrator(client_id) if client_id else None
        return found or self._context.data.integrators[0]

    def headers(
        self, api: Api, sandbox: str, merchant: str, client_id: str | None
    ) -> Mapping[str, str]:
        """Returns what every call of a till carries.

        Raises:
            NoToken: the authentication service refuses.
        """
        integrator = self.integrator(client_id)
        app_id = integrator.ibm_client_id or integrator.client_id
        token = self._token(api, (sandbox, integrator.client_id, merchant), integrator)
        return {"Authorization": f"Bearer {token}", "X-IBM-Client-Id": app_id, **VERSION}

    def forget(self, headers: Mapping[str, str]) -> None:
        """Forgets the token of a call that was answered 401, so that the next call gets another.

        Args:
            headers: what the call carried.
        """
        carried = headers.get("Authorization", "")
        for key, token in list(self._tokens.items()):
            if carried == f"Bearer {token.text}":
                del self._tokens[key]

    def _token(self, api: Api, key: tuple[str, str, str], integrator: Integrator) -> str:
        now = datetime.fromisoformat(api.get("/clock")["now"])
        kept = self._tokens.get(key)
        if kept is not None and kept.since <= now < kept.until:
            self._tokens.move_to_end(key)
            return kept.text
        said = api.send(_asks(integrator, key[2]))
        if not said.is_fine:
            raise NoToken(said)
        answer: dict[str, Any] = json.loads(said.body)
        lasts = timedelta(seconds=answer["expires_in"]) - MARGIN
        self._tokens[key] = _Token(answer["access_token"], now, now + lasts)
        if len(self._tokens) > KEPT:
            self._tokens.popitem(last=False)
        return str(answer["access_token"])


def _asks(integrator: Integrator, merchant: str) -> PageCall:
    form = {
        "grant_type": "client_credentials",
        "client_id": integrator.client_id,
        "client_secret": integrator.secret or "any",
        "merchant_vat": merchant,
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-IBM-Client-Id": integrator.ibm_client_id or integrator.client_id,
    }
    return PageCall(
        "POST", "/integrator-authentication/connect/token", headers, urlencode(form).encode()
    )
