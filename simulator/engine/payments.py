"""Payments (section 7): the client's commands.

They are called inside the world (`with world:`) with valid values.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from . import points_of_sale, stores
from .errors import SimulatorError
from .payment_course import keep, step
from .records import Caller, PaymentRecord
from .refusals import Refusal
from .states import PAYMENTS, PaymentState, Trigger
from .values import Currency, PlannedCaptureDelay, Restrictions
from .world import World


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """What the customer pays; a prepared payment gets its terms later."""

    amount: Decimal
    currency: Currency
    capture_delay: PlannedCaptureDelay
    restrictions: Restrictions | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class InitiatePayment:
    """The request to start a payment."""

    tag: ClassVar[str] = "payments.InitiatePayment"

    pos_id: str
    order_id: str
    terms: PaymentTerms


@dataclass(frozen=True, slots=True)
class PreparePayment:
    """The request to start a payment whose terms follow later."""

    tag: ClassVar[str] = "payments.PreparePayment"

    pos_id: str
    order_id: str


def initiate(
    world: World, caller: Caller, key: str, request: InitiatePayment, script: str | None = None
) -> str:
    """Starts a payment; returns its id.

    Args:
        key: the idempotency key.
        script: the scenario that the call asked for by name; the event passes it on.

    Raises:
        SimulatorError: 1000, 1204, 1301, 1306, 1400.
    """
    triggers = (Trigger.INITIATE, Trigger.INITIATE_CHECKED_IN)
    return world.once(
        caller,
        key,
        request,
        partial(_open, world, caller, request, triggers, script, _terms(request.terms)),
    )


def prepare(
    world: World, caller: Caller, key: str, request: PreparePayment, script: str | None = None
) -> str:
    """Starts a payment whose terms follow with `ready`; returns its id. Raises as `initiate`."""
    triggers = (Trigger.PREPARE, Trigger.PREPARE_CHECKED_IN)
    return world.once(
        caller,
        key,
        request,
        partial(_open, world, caller, request, triggers, script, {}),
    )


def _open(
    world: World,
    caller: Caller,
    request: InitiatePayment | PreparePayment,
    triggers: tuple[Trigger, Trigger],
    script: str | None,
    terms: dict[str, Any],
) -> PaymentRecord:
    pos = points_of_sale.usable(world, caller, request.pos_id)
    store = world.stores.get(pos.store_id)
    if store is None or not store.is_active:
        raise SimulatorError(Refusal.STORE_NOT_ACTIVATED, f"store {pos.store_id}")
    active = world.payments.active_on(pos.id)
    if active is not None:
        raise SimulatorError(Refusal.PAYMENT_ACTIVE, f"{active.id} is {active.state}")
    check_in = world.check_ins.get(pos.id)
    trigger = triggers[check_in is not None]
    payment = PaymentRecord(
        id=world.ids.guid(),
        client_id=caller.client_id,
        merchant=caller.merchant,
        store_id=pos.store_id,
        pos_id=pos.id,
        order_id=request.order_id,
        state=PAYMENTS.step(None, trigger),
        created_at=world.clock.now,
        expires_at=world.clock.now + world.rules.reservation_lifetime,
        customer=check_in.customer if check_in else None,
        paired_at=check_in.since if check_in else None,
        **terms,
    )
    return keep(world, None, payment, trigger, script)


def _terms(terms: PaymentTerms) -> dict[str, Any]:
    return {
        "amount": terms.amount,
        "currency": terms.currency,
        "capture_delay": terms.capture_delay,
        "restrictions": terms.restrictions,
        "label": terms.label,
    }


def ready(world: World, caller: Caller, payment_id: str, terms: PaymentTerms) -> PaymentRecord:
    """Marks a prepared payment as ready for the customer.

    With the terms that have made it ready already, it changes nothing, whatever became of it since.

    Raises:
        SimulatorError: 1303, 1401, 1406, or not found.
    """
    payment = _owned(world, caller, payment_id, Refusal.READY_OF_ANOTHER_MERCHANT)
    values = _terms(terms)
    if payment.was_made_ready:
        differing = [each for each in values if getattr(payment, each) != values[each]]
        if not differing:
            return payment
        detail = f"it was made ready with another {' and '.join(differing).replace('_', ' ')}"
        raise SimulatorError(Refusal.NOT_PREPARED, detail)
    return step(world, payment, Trigger.READY, was_made_ready=True, **values)


def capture(world: World, caller: Caller, payment_id: str, amount: Decimal) -> PaymentRecord:
    """Captures a reserved payment; a part of it, if the card allows that.

    Raises:
        SimulatorError: 1304, 1305, 1307, 1308, 1401, 1407, or not found.
    """
    payment = _owned(world, caller, payment_id, Refusal.CAPTURE_OF_ANOTHER_MERCHANT)
    if payment.state is PaymentState.CAPTURED:
        if amount == payment.captured_amount:
            return payment
        detail = f"it was captured with {payment.captured_amount}"
        raise SimulatorError(Refusal.CAPTURED_ANOTHER_AMOUNT, detail)
    PAYMENTS.step(payment.state, Trigger.CAPTURE)
    reserved = payment.amount or Decimal(0)
    if amount > reserved:
        raise SimulatorError(Refusal.CAPTURE_TOO_HIGH, f"{reserved} is reserved")
    if amount < reserved and not payment.partial_capture_possible:
        raise SimulatorError(Refusal.PARTIAL_CAPTURE_NOT_POSSIBLE, f"{reserved} is reserved")
    if amount == reserved:
        # Two equal numbers take more memory than one, as long as the payment is kept.
        amount = reserved
    _credit_store(world, payment, amount)
    return step(
        world, payment, Trigger.CAPTURE, captured_amount=amount, captured_at=world.clock.now
    )


def _credit_store(world: World, payment: PaymentRecord, amount: Decimal) -> None:
    store = world.stores.get(payment.store_id)
    if store is not None and payment.currency is not None:
        balance = stores.balance_of(world, store, payment.currency)
        world.balances[store.id, payment.currency] = balance + amount


def cancel(world: World, caller: Caller, payment_id: str) -> PaymentRecord:
    """Cancels a payment; a payment that the client has cancelled stays as it is.

    Raises:
        SimulatorError: 1300, 1401, 1408, or not found.
    """
    payment = _owned(world, caller, payment_id, Refusal.CANCEL_OF_ANOTHER_MERCHANT)
    if payment.state is PaymentState.CANCELLED_BY_CLIENT:
        return payment
    return step(world, payment, Trigger.CLIENT_CANCELS)


def get(world: World, caller: Caller, payment_id: str) -> PaymentRecord:
    """Returns a payment of the caller.

    Raises:
        SimulatorError: 1401, 1411, or not found; or polled too soon, if that is enforced.
    """
    payment = _owned(world, caller, payment_id, Refusal.GET_PAYMENT_OF_ANOTHER_MERCHANT)
    world.check_poll(caller.client_id, payment.id, world.rules.poll_delay)
    if payment.expires_at is None:
        # Worlds that were stored before told no time before the reservation.
        expires_at = payment.created_at + world.rules.reservation_lifetime
        payment = replace(payment, expires_at=expires_at)
    if payment.customer is None or world.is_looked_up(payment.paired_at):
        return payment
    return replace(payment, customer=payment.customer.before_lookup())


def find(
    world: World,
    caller: Caller,
    pos_id: str | None,
    order_id: str | None,
    *,
    captured: bool = False,
) -> list[str]:
    """Returns the ids of the caller's open payments, or of the captured ones.

    For an order id that was used more than once, it returns the newest payment.

    Raises:
        SimulatorError: 1109, there is neither a PoS nor an order.
    """
    if pos_id is None and order_id is None:
        raise SimulatorError(Refusal.PAYMENT_FILTER_MISSING)
    return world.payments.find(caller, pos_id, order_id, captured=captured)


def _owned(
    world: World, caller: Caller, payment_id: str, of_other_merchant: Refusal
) -> PaymentRecord:
    payment = world.payments.get(payment_id)
    if payment is None:
        raise SimulatorError(Refusal.NOT_FOUND, f"no payment {payment_id}")
    if payment.client_id != caller.client_id:
        raise SimulatorError(Refusal.PAYMENT_OF_ANOTHER_INTEGRATOR)
    if payment.merchant != caller.merchant:
        raise SimulatorError(of_other_merchant)
    return payment
