"""Who made a call. Refused calls name nobody, but the token they carry does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from simulator.journal.exchanges import Exchange

__all__ = ["TOKEN", "Callers", "Raw", "Who", "callers_of"]

MERCHANT = "x-mobilepay-merchant-vat-number"
#: The operation by which tokens are fetched.
TOKEN = "Token"  # noqa: S105


class Who(NamedTuple):
    """A client: an integrator, and the merchant it acts for. What is not known is empty."""

    client_id: str
    merchant: str

    def __str__(self) -> str:
        return " for ".join(each for each in self if each) or "a client that is not known"


NOBODY = Who("", "")


class Raw(NamedTuple):
    """An exchange, its headers by name, and what its bodies say."""

    exchange: Exchange
    headers: Mapping[str, str]
    body: Any
    answer: Any

    @property
    def token(self) -> str | None:
        """The fingerprint of the token that a call carries, or was answered with."""
        if self.exchange.operation == TOKEN:
            token = self.answer.get("access_token") if isinstance(self.answer, dict) else None
            return str(token) if token else None
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if token and scheme.lower() == "bearer" else None


@dataclass(slots=True)
class Callers:
    """The clients behind tokens, by the tokens' fingerprints."""

    by_token: dict[str, Who] = field(default_factory=dict)

    def who(self, raw: Raw) -> Who:
        """Returns who made a call."""
        exchange = raw.exchange
        if exchange.operation == TOKEN:
            return _applicant(raw)
        if exchange.client_id:
            return Who(exchange.client_id, exchange.merchant or "")
        known = self.by_token.get(raw.token or "", NOBODY)
        return Who(known.client_id, raw.headers.get(MERCHANT) or known.merchant)


def callers_of(exchanges: Iterable[Raw]) -> Callers:
    """Returns the clients that exchanges tell of."""
    callers = Callers()
    for each in exchanges:
        token = each.token
        if token is None or token in callers.by_token:
            continue
        if each.exchange.operation == TOKEN:
            callers.by_token[token] = _applicant(each)
        elif each.exchange.client_id:
            callers.by_token[token] = Who(each.exchange.client_id, each.exchange.merchant or "")
    return callers


def _applicant(raw: Raw) -> Who:
    """Returns who asks for a token."""
    form = dict(parse_qsl(raw.exchange.body.decode("latin-1")))
    scheme, _, credentials = raw.headers.get("authorization", "").partition(" ")
    basic = credentials.partition(":")[0] if scheme.lower() == "basic" else ""
    client_id = basic or form.get("client_id", "")
    return Who(client_id.lower(), form.get("merchant_vat", ""))
