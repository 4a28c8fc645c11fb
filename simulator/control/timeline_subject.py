"""What a time line is about, a payment or a point of sale, and what belongs to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from .. import client
from ..engine.events import CheckedIn, CheckedOut, NotificationTried, PaymentChanged, WorldEvent
from ..engine.records import NotificationRecord, PaymentRecord, RefundRecord
from ..engine.values import as_guid
from ..journal.exchanges import CONTROL, ExchangeRecord
from ..journal.shown import tries_without_payment
from ..sandboxes.registry import HostedSandbox
from .serving import NotThere, checked, mistake

CLOCK = "/_simulator/clock"
USERS = "UserSimulation"


@dataclass(frozen=True, slots=True)
class Subject:
    """A payment, or a point of sale.

    A payment has what customers did at its point of sale while it was on their phone: from the time
    `since` on, between the end of the payment before it there, the event `after`, and its own, the
    event `until`; and the `notifications` of these check-ins. The calls `tries` failed before they
    came to it, and were repeated. Once it `is_over`, a jump of the clock that nothing follows says
    nothing of it.
    """

    pos_id: str
    payment_id: str | None = None
    since: datetime | None = None
    after: float = -inf
    until: float = inf
    notifications: frozenset[str] = frozenset()
    tries: frozenset[int] = frozenset()
    is_over: bool = False

    def has_exchange(self, exchange: ExchangeRecord) -> bool:
        """Whether a call is about it, or moved the sandbox's clock."""
        if exchange.operation == CONTROL:
            return exchange.path.startswith(CLOCK) and exchange.status < 400
        is_here = exchange.pos_id == self.pos_id
        if self.payment_id is None:
            return is_here
        if exchange.id in self.tries:
            return True
        first = exchange.mark - len(exchange.events) + 1
        is_customers = is_here and (exchange.operation or "").startswith(USERS)
        return exchange.payment_id == self.payment_id or (
            is_customers and self.has_check_in(first, exchange.at)
        )

    def has_event(self, number: int, event: WorldEvent) -> bool:
        """Whether an event is about it."""
        is_here = getattr(event, "pos_id", None) == self.pos_id
        if self.payment_id is None:
            return is_here
        payment_id = getattr(event, "payment_id", None)
        if payment_id is not None:
            return bool(payment_id == self.payment_id)
        if isinstance(event, CheckedIn | CheckedOut):
            # A customer of a scenario leaves right after the payment is decided.
            number -= isinstance(event, CheckedOut)
            return is_here and self.has_check_in(number, event.at)
        return isinstance(event, NotificationTried) and event.notification_id in self.notifications

    def has_check_in(self, number: float, at: datetime) -> bool:
        """Whether a check-in at its point of sale is about a payment, by its event."""
        return self._has_begun(at) and self.after < number <= self.until

    def has_notification(self, notification: NotificationRecord) -> bool:
        """Whether a notification is about it."""
        if self.payment_id is None:
            return notification.pos_id == self.pos_id
        return notification.id in self.notifications

    def _has_begun(self, at: datetime) -> bool:
        return self.since is None or self.since <= at


@dataclass(frozen=True, slots=True)
class KeptRecords:
    """What is kept of a sandbox, copied so that any thread can read it.

    Args:
        journal: the calls.
        events: what happened; the first of these has the number `first`.
        first: that number.
        notifications: of check-ins.
        payments: by their ids.
        refunds: by their ids.
        points_of_sale: the ids of those there are, and of those that were deleted.
        retention: how long idempotency keys are remembered.
    """

    journal: tuple[ExchangeRecord, ...]
    events: tuple[WorldEvent, ...]
    first: int
    notifications: tuple[NotificationRecord, ...]
    payments: Mapping[str, PaymentRecord]
    refunds: Mapping[str, RefundRecord]
    points_of_sale: frozenset[str]
    retention: timedelta

    @property
    def numbered(self) -> Iterator[tuple[int, WorldEvent]]:
        """The events with their numbers."""
        return enumerate(self.events, self.first)


def kept_records(sandbox: HostedSandbox) -> KeptRecords:
    """Returns what is kept of a sandbox now."""
    with sandbox.world as world:
        return KeptRecords(
            journal=tuple(sandbox.journal),
            events=tuple(world.events),
            first=world.events.first,
            notifications=tuple(world.notifications.values()),
            payments=dict(world.payments.table),
            refunds=dict(world.refunds.table),
            points_of_sale=world.points_of_sale.all_made,
            retention=world.rules.idempotency_retention,
        )


def subject_of(kept: KeptRecords, query: client.TimelineQuery) -> Subject:
    """Returns what a query asks for.

    Raises:
        SimulatorError: it asks for nothing, or for two things, or by what is no id.
        NotThere: there is no such payment, or no such point of sale.
    """
    if bool(query.payment_id) == bool(query.pos_id):
        raise mistake("", "give paymentId or posId")
    if query.pos_id:
        subject = Subject(checked("posId", as_guid, query.pos_id))
        if not _is_known(kept, subject):
            raise NotThere(f"posId: no point of sale {subject.pos_id}")
        return subject
    payment_id = checked("paymentId", as_guid, query.payment_id)
    payment = kept.payments.get(payment_id)
    if payment is None:
        raise NotThere(f"paymentId: no payment {payment_id}")
    since = min(payment.created_at, payment.paired_at or payment.created_at)
    after, until = _bounds(kept, payment)
    subject = Subject(payment.pos_id, payment_id, since, after, until)
    return replace(
        subject,
        notifications=frozenset(_told_of(kept, subject)),
        tries=tries_without_payment(kept.journal, payment_id, kept.retention),
        is_over=not payment.state.is_open,
    )


def _is_known(kept: KeptRecords, subject: Subject) -> bool:
    """Whether a point of sale is there, or was, or something is kept that is about it."""
    pos_id = subject.pos_id
    return (
        pos_id in kept.points_of_sale
        or any(each.pos_id == pos_id for each in kept.payments.values())
        # Clients name points of sale that were never there, too.
        or any(each.pos_id == pos_id for each in kept.journal)
        or any(subject.has_event(number, event) for number, event in kept.numbered)
    )


def _told_of(kept: KeptRecords, subject: Subject) -> Iterator[str]:
    """Yields the ids of the notifications of a payment's check-ins."""
    check_ins: dict[datetime, list[int]] = {}
    for number, event in kept.numbered:
        if isinstance(event, CheckedIn) and event.pos_id == subject.pos_id:
            check_ins.setdefault(event.at, []).append(number)
    for each in kept.notifications:
        if each.pos_id == subject.pos_id:
            # Both are in the order they came in, also those of one instant.
            numbers = check_ins.get(each.created_at)
            check_in: float = numbers.pop(0) if numbers else inf
            if subject.has_check_in(check_in, each.created_at):
                yield each.id


def _bounds(kept: KeptRecords, payment: PaymentRecord) -> tuple[float, float]:
    """Returns the events that took two payments of a point of sale from the phone.

    The first is of the payment before this one there, minus infinity where there was none; the
    second is of this one, infinity while it is on the phone.
    """
    after = -inf
    for number, event in kept.numbered:
        if not isinstance(event, PaymentChanged) or event.pos_id != payment.pos_id:
            continue
        if event.after.is_active or (event.before is not None and not event.before.is_active):
            continue
        if event.payment_id == payment.id:
            return after, number
        after = number
    return after, inf if payment.state.is_active else kept.first
