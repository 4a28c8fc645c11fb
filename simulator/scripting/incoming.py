"""A call as scenarios see it."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.engine.callers import Caller
from simulator.scripting.matchers import SentHeaders

__all__ = ["Incoming"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A call as the director sees it, before its work is done.

    Args:
        name: the operation.
        method: the HTTP method.
        caller: who calls; None where no token is needed.
        key: the idempotency key, where there is one.
        payment_id: the payment it is about.
        pos_id: the point of sale it is about.
        order_id: the order id it names.
        amount: the amount it names.
        label: the label it names.
        script: the scenario asked for by header.
        starts_payment: whether it makes a payment.
        fingerprint: its `repr` is equal for equal requests.
        headers: the call's headers.
        client_id: the integrator that calls, also where no token is needed.
        version: the client's version; empty where it says none.
        real_at: the real time it came, in seconds since 1970.
    """

    name: str
    method: str = "GET"
    caller: Caller | None = None
    key: str = ""
    payment_id: str | None = None
    pos_id: str | None = None
    order_id: str | None = None
    amount: Decimal | None = None
    label: str | None = None
    script: str | None = None
    starts_payment: bool = False
    fingerprint: object = None
    headers: SentHeaders | None = None
    client_id: str = ""
    version: str = ""
    real_at: float = 0.0

    @property
    def in_short(self) -> str:
        """What is equal for equal requests of one operation."""
        return repr(self.fingerprint) if self.fingerprint is not None else self.pos_id or ""
