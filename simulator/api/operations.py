"""What an operation is at the edge: its handler and schemas. `api/routes.py` lists them all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from marshmallow import Schema

from ..engine.operations import BY_NAME
from ..sandboxes.registry import HostedSandbox
from ..scripting.call import Call
from .headers import Need
from .schemas.fields import RequestSchema

_ALWAYS = frozenset({Need.ALWAYS})
_CREATING = frozenset({Need.ALWAYS, Need.TO_CREATE})


@dataclass(frozen=True, slots=True)
class Polled:
    """An answer that clients poll for: `delay` is how long they should wait between two polls."""

    value: Any
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the list of routes.

    Args:
        name: its name in the list of operations.
        handle: does it, inside the world; returns what `answer` dumps.
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
    handle: Callable[[HostedSandbox, Call], Any]
    tag: str
    summary: str
    found: str
    body: type[RequestSchema] | None = None
    query: type[RequestSchema] | None = None
    answer: type[Schema] | None = None
    many: bool = False
    creates: bool = False
    starts_payment: bool = False
    is_user_simulation: bool = False

    #: The HTTP method.
    method: str = field(init=False)
    #: The path, with `{name}` for a GUID.
    path: str = field(init=False)
    #: The headers it needs, before settings and token are looked at.
    needs: frozenset[Need] = field(init=False)

    def __post_init__(self) -> None:
        endpoint = BY_NAME[self.name]
        object.__setattr__(self, "method", endpoint.method)
        object.__setattr__(self, "path", endpoint.path)
        object.__setattr__(self, "needs", _CREATING if self.creates else _ALWAYS)

    @property
    def has_origin(self) -> bool:
        """Whether its errors carry `origin`, as the refund endpoints' do."""
        return "/refunds" in self.path
