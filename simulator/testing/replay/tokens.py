"""Credentials and tokens are masked in a bundle: here the ones of this run take their place."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from ...journal.exchanges import ExchangeRecord
from ...journal.secret_fields import MASK
from .stages import ReplayRequest, ReplayResult, ReplayTarget

_SECRET = re.compile(rb"(=)" + re.escape(MASK.encode()) + rb"(?=&|$)")
_WRONG = "not-the-secret"


class TokenBook:
    """Knows which token of this run is which in the bundle.

    Args:
        stage: gives secrets, and tokens that the bundle shows nobody fetching.
    """

    def __init__(self, stage: ReplayTarget) -> None:
        self._stage = stage
        self._tokens: dict[str, str] = {}

    def fill_in(self, exchange: ExchangeRecord, request: ReplayRequest) -> ReplayRequest:
        """Returns the request with real credentials in the place of masked ones."""
        headers = [
            (name, self._credentials(exchange, value) if name == "authorization" else value)
            for name, value in request.headers
        ]
        body = request.body
        if exchange.operation == "Token" and _SECRET.search(body):
            secret = quote_plus(self._secret(exchange, _client_id(body)))
            body = _SECRET.sub(lambda match: match[1] + secret.encode(), body)
        return replace(request, headers=headers, body=body)

    def learn(self, exchange: ExchangeRecord, result: ReplayResult) -> None:
        """Notes the token that a call was answered with."""
        there, here = _token(exchange.answer_body), _token(result.body)
        if exchange.operation == "Token" and there and here:
            self._tokens[there] = here

    def _credentials(self, exchange: ExchangeRecord, value: str) -> str:
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            client_id = rest.removesuffix(f":{MASK}")
            pair = f"{client_id}:{self._secret(exchange, client_id)}"
            return f"{scheme} {b64encode(pair.encode()).decode()}"
        if scheme.lower() != "bearer" or not rest.startswith(MASK):
            return value
        if rest not in self._tokens and exchange.client_id is not None:
            # It was fetched elsewhere: in another sandbox, or before a reset.
            by_header = exchange.header("x-mobilepay-merchant-vat-number") is not None
            merchant = None if by_header else exchange.merchant
            self._tokens[rest] = self._stage.issue(exchange.client_id, merchant)
        return f"{scheme} {self._tokens.get(rest, rest)}"

    def _secret(self, exchange: ExchangeRecord, client_id: str) -> str:
        return _WRONG if exchange.status == 401 else self._stage.secret(client_id)


def _client_id(form: bytes) -> str:
    found = re.search(rb"(?:^|&)client_id=([^&]*)", form)
    return found[1].decode("utf-8", "replace") if found else ""


def _token(content: bytes) -> str | None:
    try:
        answer: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) else None
