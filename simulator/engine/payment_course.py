"""The course of a payment (section 7): what the customer, MobilePay and time do to it.

Every change of state goes through `step` and `keep`, whoever makes it.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.engine.customers import Customer
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.events import PaymentChanged
from simulator.engine.records import Payment
from simulator.engine.states import PAYMENTS, PaymentState, Trigger

if TYPE_CHECKING:
    from simulator.engine.world import World

__all__ = [
    "Expires",
    "GoesStale",
    "IsReserved",
    "accept",
    "cancel_by_mobilepay",
    "cancel_by_user",
    "expire",
    "expire_if_reserved",
    "fail_reserving",
    "finish_reserving",
    "go_stale",
    "hand_over",
    "keep",
    "keep_active",
    "pair",
    "step",
]


@dataclass(frozen=True, slots=True)
class GoesStale:
    """Timer: an active payment was inactive too long."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class IsReserved:
    """Timer: the amount the customer accepted is reserved."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class Expires:
    """Timer: a reservation has reached its end."""

    payment_id: str


def accept(world: "World", payment: Payment) -> Payment:
    """The customer accepts: the amount is reserved, at once or after the reserving time.

    A card the payment disallows makes reserving fail (decided).

    Raises:
        SimulatorError: no customer is being asked, or the accept is already under way.
    """
    PAYMENTS.step(payment.state, Trigger.RESERVE)
    if world.clock.due_at(IsReserved(payment.id)) is not None:
        raise SimulatorError(Refusal.NOTHING_TO_ACCEPT, "it is accepted and being reserved")
    if not world.rules.reserving_time:
        return _reserve(world, payment)
    world.clock.schedule(world.clock.now + world.rules.reserving_time, IsReserved(payment.id))
    return payment


def finish_reserving(world: "World", command: IsReserved) -> None:
    """The reserving time of an accepted payment is over."""
    payment = world.payments.get(command.payment_id)
    if payment is not None and PAYMENTS.allows(payment.state, Trigger.RESERVE):
        _reserve(world, payment)


def _reserve(world: "World", payment: Payment) -> Payment:
    if payment.customer is None or not payment.customer.may_pay(payment.restrictions):
        return step(world, payment, Trigger.RESERVING_FAILS)
    now = world.clock.now
    expires_at = now + world.rules.reservation_lifetime
    return step(world, payment, Trigger.RESERVE, reserved_at=now, expires_at=expires_at)


def fail_reserving(world: "World", payment: Payment) -> Payment:
    """The customer accepts, but the amount can't be reserved.

    Raises:
        SimulatorError: no customer is being asked.
    """
    return step(world, payment, Trigger.RESERVING_FAILS)


def cancel_by_user(world: "World", payment: Payment) -> Payment:
    """The customer cancels.

    Raises:
        SimulatorError: the payment is not on a customer's phone.
    """
    return step(world, payment, Trigger.CUSTOMER_CANCELS)


def cancel_by_mobilepay(world: "World", payment: Payment) -> Payment:
    """MobilePay cancels, for reasons of its own.

    Raises:
        SimulatorError: the payment is not active.
    """
    return step(world, payment, Trigger.MOBILEPAY_CANCELS)


def expire(world: "World", payment: Payment) -> Payment:
    """A reservation ends now, before its time.

    Raises:
        SimulatorError: the payment is not reserved.
    """
    return step(world, payment, Trigger.EXPIRE, expires_at=world.clock.now)


def expire_if_reserved(world: "World", command: Expires) -> None:
    """A reservation has reached its end."""
    payment = world.payments.get(command.payment_id)
    if payment is not None and PAYMENTS.allows(payment.state, Trigger.EXPIRE):
        step(world, payment, Trigger.EXPIRE)


def go_stale(world: "World", command: GoesStale) -> None:
    """An active payment was inactive too long."""
    payment = world.payments.get(command.payment_id)
    if payment is not None and PAYMENTS.allows(payment.state, Trigger.INACTIVITY):
        step(world, payment, Trigger.INACTIVITY)


def keep_active(world: "World", payment: Payment) -> None:
    """Spares a payment the cancellation for inactivity, as long as its state stays."""
    world.clock.cancel(GoesStale(payment.id))


def pair(world: "World", payment: Payment, **changes: Any) -> Payment:
    """A customer checks in at the payment's point of sale."""
    return step(world, payment, Trigger.CHECK_IN, **changes)


def hand_over(world: "World", payment: Payment, customer: Customer) -> Payment:
    """Another customer took over the point of sale, and with it the active payment."""
    world.clock.cancel(IsReserved(payment.id))
    payment = replace(payment, customer=customer, paired_at=world.clock.now)
    world.payments.put(payment)
    return payment


def step(world: "World", payment: Payment, trigger: Trigger, **changes: Any) -> Payment:
    """Brings a payment to its next state, with what changes along with it.

    Raises:
        SimulatorError: there is no such transition.
    """
    state = PAYMENTS.step(payment.state, trigger)
    return keep(world, payment, replace(payment, state=state, **changes), trigger)


def keep(
    world: "World",
    before: Payment | None,
    payment: Payment,
    trigger: Trigger,
    script: str | None = None,
) -> Payment:
    """Keeps a payment's new record, sets its timers and tells what happened."""
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
    return payment


def _set_timers(world: "World", payment: Payment) -> None:
    clock = world.clock
    clock.cancel(IsReserved(payment.id))
    if payment.state.is_active:
        clock.schedule(clock.now + world.rules.inactivity_limit, GoesStale(payment.id))
    else:
        clock.cancel(GoesStale(payment.id))
    if payment.state is PaymentState.RESERVED and payment.expires_at is not None:
        clock.schedule(payment.expires_at, Expires(payment.id))
    else:
        clock.cancel(Expires(payment.id))
