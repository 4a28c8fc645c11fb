"""The journal, the requests of clients and their answers: models and calls."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, Unpack, overload

from msgspec import Meta

from .calling import ControlCalls, quoted
from .events import Event
from .model import SEVERAL, Input, Limit, Model, Moment

#: The id of an exchange, or a time; in JSON a number or a text. A query has texts alone.
if TYPE_CHECKING:
    Since = int | str | datetime | None
    Struck = bool | None
else:
    Since = int | str | None
    Struck = bool | str | None


class _Message(Model, frozen=True, kw_only=True):
    """Half of an exchange."""

    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def header(self, name: str) -> str | None:
        """Returns a header's first value, or None; names are compared without regard to case."""
        wanted = name.lower()
        return next((value for each, value in self.headers if each.lower() == wanted), None)

    def json(self) -> Any:
        """Returns what the body holds.

        Raises:
            ValueError: it is no JSON.
        """
        return json.loads(self.body, parse_float=Decimal)


class RecordedRequest(_Message, frozen=True):
    """A request, its path without the sandbox's prefix; secrets and tokens are masked."""

    method: str
    path: str
    query: str = ""


class Answer(_Message, frozen=True):
    """The simulator's answer, whether or not it was delivered."""

    status: int


class Exchange(Model, frozen=True, kw_only=True):
    """A call, its answer and its effects.

    `at` is the sandbox's time, `real_at` the machine's. `delivery` says how much of the answer
    reached the client, `fault` what a fault did to the call, `changes` the events that it caused;
    `hint` is the nearest path where there is none. `counted` says whether the faults of the sandbox
    counted the call, `struck` whether one of them was injected. `first_try` is the first call
    of the same client with the same idempotency key, where this is a later one.
    """

    id: int
    sandbox: str = ""
    operation: str | None = None
    at: Moment
    real_at: Moment | None = None
    duration_ms: float = 0.0
    request: RecordedRequest
    answer: Answer
    delivery: str = "whole"
    fault: str | None = None
    counted: bool = False
    struck: bool = False
    run: str | None = None
    correlation_id: str | None = None
    client_id: str | None = None
    merchant: str | None = None
    pos_id: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    code: str | None = None
    hint: str | None = None
    first_try: int | None = None
    changes: tuple[Event, ...] = ()

    @property
    def status(self) -> int:
        """The status the client got; 0 where the answer was cut off."""
        return self.answer.status if self.delivery in ("whole", "pending") else 0

    def __str__(self) -> str:
        """The exchange in a line, without bodies and headers."""
        request = self.request
        words = [
            f"#{self.id}",
            f"{self.at:%Y-%m-%d %H:%M:%S.%f}"[:-3],
            f"{request.method} {request.path}",
            "->",
            str(self.status or "cut off"),
        ]
        words += [self.code] if self.code else []
        words += [f"({remark})" for remark in (self.fault, self.hint) if remark]
        moves = [f"{each.before or 'new'} -> {each.after}" for each in self.changes if each.after]
        return " ".join(words) + (f"  [{', '.join(moves)}]" if moves else "")


class Exchanges(Model, frozen=True):
    """Exchanges, oldest first; `dropped` older ones are no longer kept."""

    requests: tuple[Exchange, ...]
    dropped: int = 0

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Exchange, ...]: ...
    def __getitem__(self, index: int | slice) -> Exchange | tuple[Exchange, ...]:
        return self.requests[index]

    def __len__(self) -> int:
        return len(self.requests)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.requests)


class CallFilters(Input, frozen=True):
    """Filters of exchanges; all that are given must fit."""

    operation: Annotated[
        str | None,
        Meta(
            description="an operation of the OpenAPI file, `Token`, ... or `Control`; or several, "
            "with commas between them",
            extra=SEVERAL,
        ),
    ] = None
    method: Annotated[
        str | None,
        Meta(description="an HTTP method; or several, with commas between them", extra=SEVERAL),
    ] = None
    path: Annotated[
        str | None, Meta(description="a path; `*` stands for any characters, `?` for one")
    ] = None
    status: Annotated[
        int | str | None,
        Meta(
            description="the status the client received: `409`, `4xx`, or `0` where the answer was "
            "cut off; or several, such as `4xx,5xx,0`",
            extra=SEVERAL,
        ),
    ] = None
    code: Annotated[
        int | str | None,
        Meta(
            description="the error code in the answer, such as `1301`; or several, likewise",
            extra=SEVERAL,
        ),
    ] = None
    payment_id: Annotated[
        str | None,
        Meta(
            description="the payment that the call was about or made: its id, or the first 8 "
            "characters or more of it"
        ),
    ] = None
    pos_id: Annotated[
        str | None,
        Meta(description="the point of sale that the call was about or made, likewise"),
    ] = None
    search: Annotated[
        str | None,
        Meta(
            description="a text in the path, the query, the ids or the bodies of the call and its "
            "answer, or in a header of the call whose name begins with `x-` or is `CorrelationId`, "
            "in any case and however it was escaped, such as an order id or an idempotency key"
        ),
    ] = None
    since: Annotated[
        Since,
        Meta(description="requests after the one with this id, or from this time on"),
    ] = None
    struck: Annotated[
        Struck, Meta(description="`true` or `false`: whether a fault of the sandbox was injected")
    ] = None


class ExchangesQuery(CallFilters, frozen=True):
    """Which exchanges are listed."""

    limit: Limit = 100_000
    control: Annotated[
        bool, Meta(description="whether calls of the control API are listed as well")
    ] = False


class Explanation(Model, frozen=True):
    """Why a call got its answer; `parts` says what each paragraph is about."""

    id: int
    title: str
    paragraphs: tuple[str, ...]
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Title and paragraphs as text."""
        return "\n\n".join((self.title, *self.paragraphs))


class Filters(TypedDict, total=False):
    """Filters of calls; all that are given must fit.

    Args:
        operation: an operation's name, such as `CapturePayment`, or several with commas between.
        method: an HTTP method.
        path: the path; in it `*` is any text and `?` any character.
        status: the status the client got, such as 409, `4xx`, or 0 for answers that were cut off.
        code: the error code in the answer, such as `1301`.
        payment_id: the payment that the call was about or made: its id, or the first 8 characters
            or more of it.
        pos_id: the point of sale that the call was about or made, likewise.
        search: a text that the call or its answer carried, such as an order id or an idempotency
            key, in any case and however it was escaped.
        since: only calls after the one with this number, or from this time of the sandbox on.
        struck: whether a fault of the whole sandbox was injected.
        limit: only the newest so many.
        control: True for the calls of the control API that changed something, too, and for those
            of the test itself.
    """

    operation: str
    method: str
    path: str
    status: int | str
    code: str
    payment_id: str
    pos_id: str
    search: str
    since: int | datetime
    struck: bool
    limit: int
    control: bool


class ExchangeCalls(ControlCalls):
    """The calls about the journal."""

    def requests(self, **filters: Unpack[Filters]) -> Exchanges:
        """Returns the calls that clients made and that fit all filters, oldest first.

        Args:
            filters: what the calls must fit, as [the journal](control-api.md#the-journal) has
                it; `limit` for the newest so many, `control` for those of the control API too.
        """
        return self.call(Exchanges, "GET", "/requests", query=ExchangesQuery(**filters))

    def request(self, id: int) -> Exchange:
        """Returns one call with its answer, as the journal has it.

        Args:
            id: its number in the journal.
        """
        return self.call(Exchange, "GET", f"/requests/{quoted(id)}")

    def har(self, **filters: Unpack[Filters]) -> dict[str, Any]:
        """Returns the same calls as an HTTP archive (HAR 1.2), which browsers open.

        Args:
            filters: as those of `requests`.
        """
        return self._document("GET", "/requests", query=ExchangesQuery(**filters), format="har")

    def explain(self, id: int) -> Explanation:
        """Returns in plain English why a call got its answer.

        Args:
            id: its number in the journal.
        """
        return self.call(Explanation, "GET", f"/explain/{quoted(id)}")
