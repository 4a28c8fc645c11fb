"""What the customer, MobilePay and time do to a payment (section 7).

Every change of state goes through `step` and `keep`.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from .check_ins import end_with_payment
from .customers import Card, CustomerRecord
from .errors import SimulatorError
from .events import CardChosen, CardRefused, PaymentChanged
from .records import PaymentRecord
from .refusals import Refusal
from .states import PAYMENTS, PaymentState, Trigger
from .world import World


@dataclass(frozen=True, slots=True)
class CancelInactivePayment:
    """Timer: cancels a payment that was inactive too long."""

    tag: ClassVar[str] = "payment_course.GoesStale"

    payment_id: str


@dataclass(frozen=True, slots=True)
class ReservePayment:
    """Timer: reserves the amount that the customer accepted."""

    tag: ClassVar[str] = "payment_course.IsReserved"

    payment_id: str


@dataclass(frozen=True, slots=True)
class ExpireReservation:
    """Timer: ends a reservation."""

    tag: ClassVar[str] = "payment_course.Expires"

    payment_id: str


def accept(world: World, payment: PaymentRecord) -> PaymentRecord:
    """The customer accepts; the amount is reserved now or after the reserving time.

    The app refuses a card that the payment disallows: the payment stays as it is.

    Raises:
        SimulatorError: no customer is asked, the customer has accepted already, or the card is
            disallowed.
    """
    customer = _asked(world, payment)
    if not customer.may_pay(payment.restrictions):
        world.record(CardRefused(world.clock.now, payment.id, customer.phone, customer.card))
        raise SimulatorError(Refusal.CARD_NOT_ALLOWED, f"it is a {customer.card} card")
    if not world.rules.reserving_time:
        return _reserve(world, payment)
    # The customer has acted: how long MobilePay takes is no inactivity.
    world.clock.cancel(CancelInactivePayment(payment.id))
    world.clock.schedule(world.clock.now + world.rules.reserving_time, ReservePayment(payment.id))
    return payment


def choose_card(world: World, payment: PaymentRecord, card: Card) -> PaymentRecord:
    """The customer takes another card for this payment; nothing else changes.

    Raises:
        SimulatorError: no customer is asked, or the customer has accepted already.
    """
    customer = _asked(world, payment).with_card(card)
    payment = replace(payment, customer=customer)
    world.payments.put(payment)
    world.record(CardChosen(world.clock.now, payment.id, customer.phone, card))
    return payment


def _asked(world: World, payment: PaymentRecord) -> CustomerRecord:
    """Returns the customer whom a payment asks to accept it."""
    PAYMENTS.step(payment.state, Trigger.RESERVE)
    if world.clock.due_at(ReservePayment(payment.id)) is not None:
        raise SimulatorError(Refusal.NOTHING_TO_ACCEPT, "it is accepted and being reserved")
    if payment.customer is None:
        raise SimulatorError(Refusal.NOTHING_TO_ACCEPT, "it has no customer")
    return payment.customer


def finish_reserving(world: World, command: ReservePayment) -> None:
    """Reserves the amount of an accepted payment."""
    payment = world.payments.get(command.payment_id)
    if payment is not None and PAYMENTS.allows(payment.state, Trigger.RESERVE):
        _reserve(world, payment)


def _reserve(world: World, payment: PaymentRecord) -> PaymentRecord:
    now = world.clock.now
    expires_at = now + world.rules.reservation_lifetime
    return step(world, payment, Trigger.RESERVE, reserved_at=now, expires_at=expires_at)


def fail_reserving(world: World, payment: PaymentRecord) -> PaymentRecord:
    """The customer accepts, but the amount can't be reserved.

    Raises:
        SimulatorError: no customer is asked.
    """
    return step(world, payment, Trigger.RESERVING_FAILS)


def cancel_by_user(world: World, payment: PaymentRecord) -> PaymentRecord:
    """The customer cancels the payment.

    Raises:
        SimulatorError: the payment is not on a customer's phone.
    """
    return step(world, payment, Trigger.CUSTOMER_CANCELS)


def cancel_by_mobilepay(world: World, payment: PaymentRecord) -> PaymentRecord:
    """MobilePay cancels the payment.

    Raises:
        SimulatorError: the payment is not active.
    """
    return step(world, payment, Trigger.MOBILEPAY_CANCELS)


def expire(world: World, payment: PaymentRecord) -> PaymentRecord:
    """Ends a reservation before its time.

    Raises:
        SimulatorError: the payment is not reserved.
    """
    return step(world, payment, Trigger.EXPIRE, expires_at=world.clock.now)


def expire_if_reserved(world: World, command: ExpireReservation) -> None:
    """Ends a reservation, if there still is one."""
    payment = world.payments.get(command.payment_id)
    if payment is not None and PAYMENTS.allows(payment.state, Trigger.EXPIRE):
        step(world, payment, Trigger.EXPIRE)


def cancel_if_inactive(world: World, command: CancelInactivePayment) -> None:
    """Cancels a payment that was inactive too long."""
    payment = world.payments.get(command.payment_id)
    if payment is not None and PAYMENTS.allows(payment.state, Trigger.INACTIVITY):
        step(world, payment, Trigger.INACTIVITY)


def keep_active(world: World, payment: PaymentRecord) -> None:
    """Prevents the cancellation for inactivity until the payment's state changes."""
    world.clock.cancel(CancelInactivePayment(payment.id))


def pair(world: World, payment: PaymentRecord, **changes: Any) -> PaymentRecord:
    """A customer checks in at the payment's point of sale."""
    return step(world, payment, Trigger.CHECK_IN, **changes)


def hand_over(world: World, payment: PaymentRecord, customer: CustomerRecord) -> PaymentRecord:
    """Gives the active payment to another customer, who has checked in."""
    is_reserving = world.clock.due_at(ReservePayment(payment.id)) is not None
    payment = replace(payment, customer=customer, paired_at=world.clock.now)
    world.payments.put(payment)
    if is_reserving:
        _set_timers(world, payment)
    return payment


def step(world: World, payment: PaymentRecord, trigger: Trigger, **changes: Any) -> PaymentRecord:
    """Moves a payment to its next state, and changes some of its fields.

    Raises:
        SimulatorError: there is no such transition.
    """
    state = PAYMENTS.step(payment.state, trigger)
    return keep(world, payment, replace(payment, state=state, **changes), trigger)


def keep(
    world: World,
    before: PaymentRecord | None,
    payment: PaymentRecord,
    trigger: Trigger,
    script: str | None = None,
) -> PaymentRecord:
    """Stores a payment's new record, sets its timers and records the event."""
    if payment.state.is_final:
        payment = replace(payment, ended_at=world.clock.now)
    world.payments.put(payment)
    _set_timers(world, payment)
    world.record(
        PaymentChanged(
            world.clock.now,
            payment.id,
            payment.pos_id,
            before.state if before else None,
            payment.state,
            trigger,
            script,
        )
    )
    if before is not None and before.state.is_active and not payment.state.is_active:
        end_with_payment(world, payment)
    return payment


def _set_timers(world: World, payment: PaymentRecord) -> None:
    clock = world.clock
    clock.cancel(ReservePayment(payment.id))
    if payment.state.is_active:
        clock.schedule(clock.now + world.rules.inactivity_limit, CancelInactivePayment(payment.id))
    else:
        clock.cancel(CancelInactivePayment(payment.id))
    if payment.state is PaymentState.RESERVED and payment.expires_at is not None:
        clock.schedule(payment.expires_at, ExpireReservation(payment.id))
    else:
        clock.cancel(ExpireReservation(payment.id))
