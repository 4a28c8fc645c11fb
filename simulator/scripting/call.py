"""A call that the edge has understood: handlers get it, and scenarios look at it."""

from decimal import Decimal
from typing import Any

import msgspec

from ..engine.records import Caller
from .matchers import SentHeaders

#: The caller of operations that need no token.
NOBODY = Caller("", "")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call, before its work is done.

    Args:
        name: the operation.
        method: the HTTP method.
        caller: who calls; `NOBODY` where no token is needed.
        key: the idempotency key, where there is one.
        id: the GUID in the path; empty where there is none.
        query: the query parameters, by their schema.
        body: the body, by its schema; its `repr` is equal for equal requests.
        payment_id: its payment.
        pos_id: its point of sale.
        refund_id: its refund.
        order_id: the order id it names.
        amount: the amount it names.
        label: the label it names.
        script: the scenario that a header asks for, or the run that the call belongs to.
        starts_payment: whether it starts a payment.
        is_refused: whether it was refused before its work; then its `body` is a digest if that is
            wrong, it begins neither a run nor a case, and no fault and no step counts it.
        headers: the call's headers.
        client_id: the integrator, also where no token is needed.
        version: the client's version, if it is known.
        is_certifying: whether it came on the self-certification's paths.
        real_at: the real time it came, in seconds since 1970.
    """

    name: str
    method: str = "GET"
    caller: Caller = NOBODY
    key: str = ""
    id: str = ""
    query: dict[str, Any] = {}
    body: Any = None
    payment_id: str | None = None
    pos_id: str | None = None
    refund_id: str | None = None
    order_id: str | None = None
    amount: Decimal | None = None
    label: str | None = None
    script: str | None = None
    starts_payment: bool = False
    is_refused: bool = False
    headers: SentHeaders | None = None
    client_id: str = ""
    version: str = ""
    is_certifying: bool = False
    real_at: float = 0.0

    @property
    def is_poll(self) -> bool:
        """Whether it is a query that the script of its payment counts."""
        return self.name == "QueryPayment" and not self.is_refused

    @property
    def digest(self) -> str:
        """A text that is equal for equal requests of one operation."""
        return repr(self.body) if self.body is not None else self.pos_id or ""
