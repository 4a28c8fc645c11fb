"""Engines that are wrong in one rule each; the model has to find each of them out."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pytest import MonkeyPatch

from simulator.engine import idempotency, payment_course, payments, points_of_sale, refunds
from simulator.engine.callers import Caller
from simulator.engine.records import Payment, Refund
from simulator.engine.states import PaymentState
from simulator.engine.storage import Payments

__all__ = ["WRONG_ENGINES", "WRONG_SETTINGS", "WrongEngine"]

WrongEngine = Callable[[MonkeyPatch], None]


def captures_twice(patch: MonkeyPatch) -> None:
    """A captured payment can be captured again, with any amount."""
    right = payments.capture

    def capture(world: Any, caller: Caller, payment_id: str, amount: Decimal) -> Payment:
        payment = world.payments.get(payment_id)
        if payment is not None and payment.state is PaymentState.CAPTURED:
            amount = payment.captured_amount
        return right(world, caller, payment_id, amount)

    patch.setattr(payments, "capture", capture)


def captures_parts_of_any_card(patch: MonkeyPatch) -> None:
    patch.setattr(Payment, "partial_capture_possible", property(lambda self: True))


def ignores_the_body_of_a_repeated_key(patch: MonkeyPatch) -> None:
    right = idempotency.once

    def once(world: Any, caller: Caller, key: str, request: object, work: Any) -> str:
        answered = world.keys.get(caller, key)
        return right(world, caller, key, answered.request if answered else request, work)

    patch.setattr(idempotency, "once", once)


def shares_keys_among_integrators(patch: MonkeyPatch) -> None:
    right = idempotency.once

    def once(world: Any, caller: Caller, key: str, request: object, work: Any) -> str:
        return right(world, replace(caller, client_id=""), key, request, work)

    patch.setattr(idempotency, "once", once)


def uses_a_key_up_by_a_refusal(patch: MonkeyPatch) -> None:
    """A refused call with a key is refused again with the same words."""
    right, refusals = idempotency.once, dict[tuple[Caller, str], Exception]()

    def once(world: Any, caller: Caller, key: str, request: object, work: Any) -> str:
        if (caller, key) in refusals:
            raise refusals[caller, key]
        try:
            return right(world, caller, key, request, work)
        except Exception as refused:
            refusals[caller, key] = refused
            raise

    patch.setattr(idempotency, "once", once)


def allows_a_second_active_payment(patch: MonkeyPatch) -> None:
    right = payments._open

    def open_(*arguments: Any) -> Payment:
        with MonkeyPatch.context() as inner:
            inner.setattr(Payments, "active_on", lambda self, pos_id: None)
            return right(*arguments)

    patch.setattr(payments, "_open", open_)


def cancels_what_is_captured(patch: MonkeyPatch) -> None:
    right = payments.cancel

    def cancel(world: Any, caller: Caller, payment_id: str) -> Payment:
        payment = world.payments.get(payment_id)
        if payment is not None and payment.state is PaymentState.CAPTURED:
            return payment  # type: ignore[no-any-return]
        return right(world, caller, payment_id)

    patch.setattr(payments, "cancel", cancel)


def refunds_more_than_was_captured(patch: MonkeyPatch) -> None:
    patch.setattr(refunds, "_check_amount", lambda world, payment, request: None)


def keeps_the_money_of_a_cancelled_refund(patch: MonkeyPatch) -> None:
    right = refunds._move_money

    def move_money(world: Any, refund: Refund, amount: Decimal) -> None:
        right(world, refund, min(amount, Decimal(0)))

    patch.setattr(refunds, "_move_money", move_money)


def deletes_nothing(patch: MonkeyPatch) -> None:
    """A deleted point of sale is there all the same."""
    patch.setattr(points_of_sale, "delete", points_of_sale.get)


def lets_nobody_take_over(patch: MonkeyPatch) -> None:
    patch.setattr(payment_course, "hand_over", lambda world, payment, customer: payment)


def takes_any_card(patch: MonkeyPatch) -> None:
    right = payment_course.accept

    def accept(world: Any, payment: Payment) -> Payment:
        return right(world, replace(payment, restrictions=None))

    patch.setattr(payment_course, "accept", accept)


#: Those that are found out soonest are the first.
WRONG_ENGINES: list[WrongEngine] = [
    captures_parts_of_any_card,
    keeps_the_money_of_a_cancelled_refund,
    refunds_more_than_was_captured,
    captures_twice,
    ignores_the_body_of_a_repeated_key,
    shares_keys_among_integrators,
    uses_a_key_up_by_a_refusal,
    allows_a_second_active_payment,
    cancels_what_is_captured,
    deletes_nothing,
    lets_nobody_take_over,
    takes_any_card,
]

#: Lengths that are not as documented or decided.
WRONG_SETTINGS = [
    ("reservation_lifetime", "604801s"),
    ("check_in_lifetime", "301s"),
    ("inactivity_limit", "601s"),
    ("refund_reserving_time", "1500ms"),
    ("refund_auto_capture", "86401s"),
    ("refund_window", "7776001s"),
    ("idempotency_retention", "86401s"),
]
