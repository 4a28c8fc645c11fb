"""Events, time lines and state tables: models and calls."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, field

from .calling import ControlCalls
from .model import Input, Limit, Model, Moment, given


class Event(Model, frozen=True):
    """An event; `event` names its kind. It has the fields of its kind and no others.

    A payment or refund that changed was `before` and is `after`; `before` is None for a new one.
    """

    event: str
    at: Moment
    payment_id: str | None = None
    pos_id: str | None = None
    refund_id: str | None = None
    before: str | None = None
    after: str | None = None
    trigger: str | None = None
    script: str | None = None
    phone: str | None = None
    notification_id: str | None = None
    status: int | None = None
    error: str | None = None
    store_id: str | None = None
    is_active: bool | None = None
    balance: Decimal | None = None
    scenario: str | None = None
    reason: str | None = None
    number: int | None = None
    action: str | None = None
    card: str | None = None


class Events(Model, frozen=True):
    """Events, oldest first."""

    events: tuple[Event, ...]


class EventsQuery(Input, frozen=True):
    """Which events are listed."""

    payment_id: Annotated[str, Meta(description="only what happened to this payment")] = ""


class TimelineEntry(Model, frozen=True):
    """An entry of a time line; it has the fields of its kind and no others.

    `real_at` is known where a call was the cause, whose id an event has as `caused_by`; `number` is
    the event's number in the sandbox. Of a call, `first_try` is the first one with its idempotency
    key, where it is a later one, and `duration_ms` real milliseconds until the answer. `moved_to`
    is where a call moved the clock.
    """

    kind: str
    at: Moment
    real_at: Moment | None
    text: str
    request: int | None = None
    operation: str | None = None
    status: int | None = None
    code: str | None = None
    fault: str | None = None
    delivery: str | None = None
    aside: bool | None = None
    event: Event | None = None
    notification: str | None = None
    number: int | None = None
    caused_by: int | None = None
    first_try: int | None = None
    duration_ms: float | None = None
    moved_to: Moment | None = None

    def __str__(self) -> str:
        """The entry in a line: a call with its number, its answer, and what a fault did to it."""
        words = [f"{self.at:%Y-%m-%d %H:%M:%S.%f}"[:-3], f" {self.kind:>12} "]
        words += [f"#{self.request}"] if self.request else []
        words += [self.text]
        if self.status is not None and self.kind != "clock":
            words += ["->", str(self.status or "cut off")]
        words += [self.code] if self.code else []
        words += [f"({self.fault})"] if self.fault else []
        words += [f"(same key as #{self.first_try})"] if self.first_try else []
        return " ".join(words)


class Timeline(Model, frozen=True):
    """What happened to a payment, or at a point of sale, in order.

    `orders` has the order ids of its payments and refunds, by their ids.
    """

    payment_id: str | None
    pos_id: str | None
    entries: tuple[TimelineEntry, ...]
    more: bool = False
    orders: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is about, by the order id and the id."""
        if not self.payment_id:
            return f"Point of sale {self.pos_id}"
        named = f"payment {self.payment_id}"
        order = self.orders.get(self.payment_id)
        return f"Order {order}, {named}" if order else named.capitalize()


class TimelineQuery(Input, frozen=True):
    """What a time line is about: a payment, or a point of sale."""

    payment_id: Annotated[str, Meta(description="the payment")] = ""
    pos_id: Annotated[str, Meta(description="or the point of sale")] = ""
    limit: Limit = 500


class State(Model, frozen=True):
    """A state of a payment or a refund."""

    name: str
    final: bool


class Transition(Model, frozen=True):
    """A transition between states; `before` is None where it creates the thing."""

    before: str | None
    after: str
    trigger: str
    source: str


class StateTable(Model, frozen=True):
    """The states and transitions of payments or of refunds."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]


class StateTables(Model, frozen=True):
    """The state tables of payments and refunds."""

    payments: StateTable
    refunds: StateTable


class EventCalls(ControlCalls):
    """The calls about events and states."""

    def events(self, payment_id: str | None = None) -> tuple[Event, ...]:
        """Returns all events, or those of one payment, oldest first.

        Args:
            payment_id: its id; events of all where it is None.
        """
        query = EventsQuery(payment_id or "")
        return self.call(Events, "GET", "/events", query=query).events

    def timeline(
        self, *, payment_id: str | None = None, pos_id: str | None = None, limit: int | None = None
    ) -> Timeline:
        """Returns what happened to a payment, or at a point of sale, in order.

        Args:
            payment_id: what it is about; or
            pos_id: the point of sale it is about.
            limit: the newest so many entries.
        """
        query = given(TimelineQuery, payment_id=payment_id, pos_id=pos_id, limit=limit)
        return self.call(Timeline, "GET", "/timeline", query=query, format="json")

    def timeline_as(
        self,
        format: Literal["json", "mermaid", "svg"],
        *,
        payment_id: str | None = None,
        pos_id: str | None = None,
        limit: int | None = None,
    ) -> str:
        """Returns a time line as a document: as a sequence diagram, or as JSON.

        Args:
            format: of the document.
            payment_id: what it is about; or
            pos_id: the point of sale it is about.
            limit: the newest so many entries.
        """
        query = given(TimelineQuery, payment_id=payment_id, pos_id=pos_id, limit=limit)
        return self.understood(bytes.decode, "GET", "/timeline", query=query, format=format)

    def states(self) -> StateTables:
        """Returns the state tables of payments and refunds."""
        return self.call(StateTables, "GET", "/states")
