"""Refunds (section 8): commands.

A refund takes its amount from the store's balance when it is created, and returns it when it is
cancelled, so that two refunds can't spend the same money.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from . import stores
from .errors import SimulatorError
from .events import RefundChanged
from .records import Caller, PaymentRecord, RefundRecord
from .refusals import Refusal
from .states import REFUNDS, PaymentState, Phase, RefundState, Trigger
from .values import Currency
from .world import World


@dataclass(frozen=True, slots=True)
class CreateRefund:
    """The request to start a refund."""

    tag: ClassVar[str] = "refunds.CreateRefund"

    payment_id: str
    order_id: str
    amount: Decimal
    currency: Currency


@dataclass(frozen=True, slots=True)
class ReserveRefund:
    """Timer: reserves the amount of a refund."""

    tag: ClassVar[str] = "refunds.IsReserved"

    refund_id: str


@dataclass(frozen=True, slots=True)
class CaptureRefundAutomatically:
    """Timer: captures a refund that was neither captured nor cancelled."""

    tag: ClassVar[str] = "refunds.CapturesItself"

    refund_id: str


def create(world: World, caller: Caller, key: str, request: CreateRefund) -> str:
    """Starts a refund; returns its id.

    Raises:
        SimulatorError: 1001, 1306, 1354, 1365, 1366, 1367, 1368, 1401.
    """
    return world.once(caller, key, request, lambda: _create(world, caller, request))


def _create(world: World, caller: Caller, request: CreateRefund) -> RefundRecord:
    payment = _refundable(world, caller, request)
    _check_amount(world, payment, request)
    refund = RefundRecord(
        id=world.ids.guid(),
        client_id=caller.client_id,
        merchant=caller.merchant,
        payment_id=payment.id,
        store_id=payment.store_id,
        order_id=request.order_id,
        amount=request.amount,
        currency=request.currency,
        state=REFUNDS.step(None, Trigger.REFUND),
        created_at=world.clock.now,
    )
    _move_money(world, refund, -refund.amount)
    return _keep(world, None, refund, Trigger.REFUND)


def _refundable(world: World, caller: Caller, request: CreateRefund) -> PaymentRecord:
    payment = world.payments.get(request.payment_id)
    if payment is None:
        raise SimulatorError(Refusal.PAYMENT_NOT_FOUND, request.payment_id)
    if payment.client_id != caller.client_id:
        raise SimulatorError(Refusal.PAYMENT_OF_ANOTHER_INTEGRATOR)
    if payment.merchant != caller.merchant:
        raise SimulatorError(Refusal.REFUND_PAYMENT_OF_ANOTHER_MERCHANT)
    if payment.state is not PaymentState.CAPTURED or payment.captured_at is None:
        raise SimulatorError(Refusal.NOT_CAPTURED, f"it is {payment.state}")
    if payment.currency is not request.currency:
        raise SimulatorError(Refusal.OTHER_CURRENCY, f"it is in {payment.currency}")
    if is_too_late(world, payment):
        raise SimulatorError(Refusal.TOO_LATE_TO_REFUND, f"{payment.captured_at:%F %T}")
    return payment


def left_of(world: World, payment: PaymentRecord) -> Decimal:
    """Returns what is left of a captured amount, less all refunds that are not cancelled."""
    return (payment.captured_amount or Decimal("0.00")) - sum(
        refund.amount
        for refund in world.refunds.of_payment(payment.id)
        if not refund.state.is_cancelled
    )


def refunded_of(world: World, payment: PaymentRecord) -> Decimal:
    """Returns what customers have got back of a payment: its refunds that are captured."""
    given = world.refunds.of_payment(payment.id)
    captured = (each.amount for each in given if each.state.phase is Phase.CAPTURED)
    return sum(captured, Decimal("0.00"))


def refundable_until(world: World, payment: PaymentRecord) -> datetime | None:
    """Returns the last moment at which a payment can be refunded; None if it is not captured."""
    captured = payment.captured_at
    return None if captured is None else captured + world.rules.refund_window


def is_too_late(world: World, payment: PaymentRecord) -> bool:
    """Whether a payment was captured too long ago to be refunded."""
    until = refundable_until(world, payment)
    return until is not None and world.clock.now > until


def _check_amount(world: World, payment: PaymentRecord, request: CreateRefund) -> None:
    left = left_of(world, payment)
    if request.amount > left:
        raise SimulatorError(Refusal.REFUND_TOO_HIGH, f"{left} is left")
    store = world.stores.get(payment.store_id)
    if store is not None:
        balance = stores.balance_of(world, store, request.currency)
        if request.amount > balance:
            raise SimulatorError(Refusal.BALANCE_TOO_LOW, f"the balance is {balance}")


def capture(world: World, caller: Caller, refund_id: str) -> RefundRecord:
    """Captures a reserved refund; a captured one stays as it is.

    Raises:
        SimulatorError: 1004, 1351, 1402.
    """
    refund = _owned(world, caller, refund_id, Refusal.REFUND_TO_CAPTURE_NOT_FOUND)
    if refund.state is RefundState.CAPTURED:
        return refund
    return _step(world, refund, Trigger.CAPTURE)


def cancel(world: World, caller: Caller, refund_id: str) -> RefundRecord:
    """Cancels a refund that is not captured; one that the client has cancelled stays as it is.

    Raises:
        SimulatorError: 1352, 1402, or not found.
    """
    refund = _owned(world, caller, refund_id, Refusal.NOT_FOUND)
    if refund.state is RefundState.CANCELLED_BY_CLIENT:
        return refund
    return _step(world, refund, Trigger.CLIENT_CANCELS)


def cancel_by_mobilepay(world: World, refund: RefundRecord) -> RefundRecord:
    """MobilePay cancels a refund that it could not reserve.

    Raises:
        SimulatorError: the refund is reserved or final.
    """
    return _step(world, refund, Trigger.MOBILEPAY_CANCELS)


def get(world: World, caller: Caller, refund_id: str) -> RefundRecord:
    """Returns a refund of the caller.

    Raises:
        SimulatorError: 1402, or not found; or polled too soon, if that is enforced.
    """
    refund = _owned(world, caller, refund_id, Refusal.NOT_FOUND)
    world.check_poll(caller.client_id, refund.id, world.rules.refund_poll_delay)
    return refund


def find(world: World, caller: Caller, payment_id: str | None) -> list[RefundRecord]:
    """Returns the caller's refunds of a payment.

    Raises:
        SimulatorError: 1110, there is no payment id.
    """
    if payment_id is None:
        raise SimulatorError(Refusal.REFUND_FILTER_MISSING)
    return [each for each in world.refunds.of_payment(payment_id) if each.belongs_to(caller)]


def finish_reserving(world: World, command: ReserveRefund) -> None:
    """Marks a refund as reserved."""
    refund = world.refunds.get(command.refund_id)
    if refund is not None and REFUNDS.allows(refund.state, Trigger.REFUND_RESERVED):
        _step(world, refund, Trigger.REFUND_RESERVED)


def capture_by_itself(world: World, command: CaptureRefundAutomatically) -> None:
    """Captures a refund that was neither captured nor cancelled in time."""
    refund = world.refunds.get(command.refund_id)
    if refund is not None and REFUNDS.allows(refund.state, Trigger.EXPIRE):
        _step(world, refund, Trigger.EXPIRE)


def _owned(world: World, caller: Caller, refund_id: str, not_found: Refusal) -> RefundRecord:
    refund = world.refunds.get(refund_id)
    if refund is None:
        raise SimulatorError(not_found, f"no refund {refund_id}")
    if not refund.belongs_to(caller):
        raise SimulatorError(Refusal.REFUND_OF_ANOTHER)
    return refund


def _step(world: World, refund: RefundRecord, trigger: Trigger) -> RefundRecord:
    changed = replace(refund, state=REFUNDS.step(refund.state, trigger))
    if changed.state.is_cancelled:
        _move_money(world, refund, refund.amount)
    return _keep(world, refund, changed, trigger)


def _move_money(world: World, refund: RefundRecord, amount: Decimal) -> None:
    store = world.stores.get(refund.store_id)
    if store is not None:
        balance = stores.balance_of(world, store, refund.currency)
        world.balances[store.id, refund.currency] = balance + amount


def _keep(
    world: World, before: RefundRecord | None, refund: RefundRecord, trigger: Trigger
) -> RefundRecord:
    world.refunds.put(refund)
    _set_timers(world, refund)
    world.record(
        RefundChanged(
            world.clock.now,
            refund.id,
            refund.payment_id,
            before.state if before else None,
            refund.state,
            trigger,
        )
    )
    return refund


def _set_timers(world: World, refund: RefundRecord) -> None:
    clock, rules = world.clock, world.rules
    clock.cancel(ReserveRefund(refund.id))
    clock.cancel(CaptureRefundAutomatically(refund.id))
    if refund.state is RefundState.INITIATED:
        clock.schedule(clock.now + rules.refund_reserving_time, ReserveRefund(refund.id))
    elif refund.state is RefundState.RESERVED:
        clock.schedule(clock.now + rules.refund_auto_capture, CaptureRefundAutomatically(refund.id))
