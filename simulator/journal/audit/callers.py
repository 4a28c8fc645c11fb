"""Who made a call. A refused call names no client, but its token leads to the client."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ...engine.operations import TOKEN_CALL
from ..exchanges import ExchangeRecord
from ..named_client import named_client

MERCHANT = "x-mobilepay-merchant-vat-number"


class AuditedClient(NamedTuple):
    """An integrator, and the merchant it calls for. What is unknown is empty."""

    client_id: str
    merchant: str

    def __str__(self) -> str:
        return " for ".join(each for each in self if each) or "an unknown client"


UNKNOWN = AuditedClient("", "")


class ParsedExchange(NamedTuple):
    """An exchange, its headers by name, and its bodies as JSON values."""

    exchange: ExchangeRecord
    headers: Mapping[str, str]
    body: Any
    answer: Any


@dataclass(frozen=True, slots=True)
class TokenOwners:
    """The clients that own tokens, by the tokens' fingerprints."""

    by_token: Mapping[str, AuditedClient]

    def caller(self, parsed: ParsedExchange) -> AuditedClient:
        """Returns who made a call."""
        exchange = parsed.exchange
        if exchange.operation == TOKEN_CALL:
            return _applicant(parsed)
        if exchange.client_id:
            return AuditedClient(exchange.client_id, exchange.merchant or "")
        owner = self.by_token.get(exchange.token or "", UNKNOWN)
        return AuditedClient(owner.client_id, parsed.headers.get(MERCHANT) or owner.merchant)


def token_owners(calls: Iterable[ParsedExchange]) -> TokenOwners:
    """Returns the owners of the tokens that calls fetched or carried."""
    found: dict[str, AuditedClient] = {}
    for each in calls:
        exchange, token = each.exchange, each.exchange.token
        if token is None or token in found:
            continue
        if exchange.operation == TOKEN_CALL:
            found[token] = _applicant(each)
        elif exchange.client_id:
            found[token] = AuditedClient(exchange.client_id, exchange.merchant or "")
    return TokenOwners(found)


def _applicant(parsed: ParsedExchange) -> AuditedClient:
    """Returns who fetches a token."""
    body = parsed.exchange.body.decode("latin-1")
    client_id = named_client(parsed.headers.get("authorization", ""), body)
    return AuditedClient(client_id.lower(), dict(parse_qsl(body)).get("merchant_vat", ""))
