"""What an operation is, and what its handler gets. The list of all of them is `api.routes`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from marshmallow import Schema

from simulator.api.headers import Need
from simulator.engine.callers import Caller
from simulator.sandboxes import Sandbox

__all__ = ["POS", "USER_SIMULATION", "Call", "Operation", "Polled", "Subject"]

POS = "/pos/v10"
USER_SIMULATION = "/pos/app/usersimulation"


_ALWAYS = frozenset({Need.ALWAYS})
_CREATING = frozenset({Need.ALWAYS, Need.TO_CREATE})


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was understood: who calls whom with what.

    Args:
        sandbox: where it goes.
        caller: who calls; nobody in the user simulation, which takes no token.
        key: the idempotency key; empty where the operation needs none.
        script: the scenario asked for by header.
        body: what the body schema made of the body; None where there is no schema.
        query: the query parameters by their schema.
        id: the GUID in the path; empty where there is none.
    """

    sandbox: Sandbox
    caller: Caller
    key: str
    script: str | None
    body: Any
    query: dict[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about, as far as path, query and body say; of a refund, its payment too."""

    pos_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    order_id: str | None = None
    amount: Decimal | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """An answer that clients poll for: `delay` is how long they should wait between two polls."""

    value: Any
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the list of routes.

    Args:
        name: the operationId of the service's OpenAPI file.
        method: the HTTP method.
        path: the path, with `{name}` for a GUID.
        handle: does it; returns what `answer` dumps.
        body: schema of the body, if it has one.
        query: schema of the query parameters, if it has any.
        answer: schema of the answer's body, if it has one.
        many: whether the answer is a list.
        creates: whether it is one of the four POSTs that need an idempotency key.
        starts_payment: whether a scenario can be asked for by header.
        is_user_simulation: whether it is called without a token.
        tag: the group it is shown in.
        summary: what it does, in a few words.
        found: what the 200 answer is, in a few words.
    """

    name: str
    method: str
    path: str
    handle: Callable[[Call], Any]
    tag: str
    summary: str
    found: str
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    answer: type[Schema] | None = None
    many: bool = False
    creates: bool = False
    starts_payment: bool = False
    is_user_simulation: bool = False

    @property
    def needs(self) -> frozenset[Need]:
        """The headers it needs, before settings and token are looked at."""
        return _CREATING if self.creates else _ALWAYS

    @property
    def has_origin(self) -> bool:
        """Whether its errors carry `origin`, as the refund endpoints' do."""
        return "/refunds" in self.path
