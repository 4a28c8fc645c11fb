"""Engines that are wrong in one rule each; the model has to find each of them out."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mobilepay_simulator.api.checks import Checks
from mobilepay_simulator.engine import (
    payment_course,
    payments,
    points_of_sale,
    refunds,
)
from mobilepay_simulator.engine.customers import Card, CustomerRecord
from mobilepay_simulator.engine.records import Caller, PaymentRecord, RefundRecord
from mobilepay_simulator.engine.states import PaymentState
from mobilepay_simulator.engine.storage import Payments
from mobilepay_simulator.engine.world import World
from pytest import MonkeyPatch

__all__ = ["WRONG_ENGINES", "WRONG_SETTINGS", "WrongEngine"]

WrongEngine = Callable[[MonkeyPatch], None]


def captures_twice(patch: MonkeyPatch) -> None:
    """A captured payment can be captured again, with any amount."""
    right = payments.capture

    def capture(world: Any, caller: Caller, payment_id: str, amount: Decimal) -> PaymentRecord:
        payment = world.payments.get(payment_id)
        if payment is not None and payment.state is PaymentState.CAPTURED:
            amount = payment.captured_amount
        return right(world, caller, payment_id, amount)

    patch.setattr(payments, "capture", capture)


def captures_parts_of_any_card(patch: MonkeyPatch) -> None:
    patch.setattr(PaymentRecord, "partial_capture_possible", property(lambda self: True))


def ignores_the_body_of_a_repeated_key(patch: MonkeyPatch) -> None:
    right = World.once

    def once(world: Any, caller: Caller, key: str, request: object, work: Any) -> str:
        answered = world.keys.get(caller, key)
        return right(world, caller, key, answered.request if answered else request, work)

    patch.setattr(World, "once", once)


def shares_keys_among_integrators(patch: MonkeyPatch) -> None:
    right = World.once

    def once(world: Any, caller: Caller, key: str, request: object, work: Any) -> str:
        return right(world, replace(caller, client_id=""), key, request, work)

    patch.setattr(World, "once", once)


def uses_a_key_up_by_a_refusal(patch: MonkeyPatch) -> None:
    """A refused call with a key is refused again with the same words."""
    right, refusals = World.once, dict[tuple[Caller, str], Exception]()

    def once(world: Any, caller: Caller, key: str, request: object, work: Any) -> str:
        if (caller, key) in refusals:
            raise refusals[caller, key]
        try:
            return right(world, caller, key, request, work)
        except Exception as refused:
            refusals[caller, key] = refused
            raise

    patch.setattr(World, "once", once)


def allows_a_second_active_payment(patch: MonkeyPatch) -> None:
    right = payments._open

    def open_(*arguments: Any) -> PaymentRecord:
        with MonkeyPatch.context() as inner:
            inner.setattr(Payments, "active_on", lambda self, pos_id: None)
            return right(*arguments)

    patch.setattr(payments, "_open", open_)


def cancels_what_is_captured(patch: MonkeyPatch) -> None:
    right = payments.cancel

    def cancel(world: Any, caller: Caller, payment_id: str) -> PaymentRecord:
        payment = world.payments.get(payment_id)
        if payment is not None and payment.state is PaymentState.CAPTURED:
            return payment  # type: ignore[no-any-return]
        return right(world, caller, payment_id)

    patch.setattr(payments, "cancel", cancel)


def refunds_more_than_was_captured(patch: MonkeyPatch) -> None:
    patch.setattr(refunds, "_check_amount", lambda world, payment, request: None)


def keeps_the_money_of_a_cancelled_refund(patch: MonkeyPatch) -> None:
    right = refunds._move_money

    def move_money(world: Any, refund: RefundRecord, amount: Decimal) -> None:
        right(world, refund, min(amount, Decimal(0)))

    patch.setattr(refunds, "_move_money", move_money)


def deletes_nothing(patch: MonkeyPatch) -> None:
    """A deleted point of sale is there all the same."""
    patch.setattr(points_of_sale, "delete", points_of_sale.get)


def lets_nobody_take_over(patch: MonkeyPatch) -> None:
    patch.setattr(payment_course, "hand_over", lambda world, payment, customer: payment)


def takes_any_card(patch: MonkeyPatch) -> None:
    right = payment_course.accept

    def accept(world: Any, payment: PaymentRecord) -> PaymentRecord:
        return right(world, replace(payment, restrictions=None))

    patch.setattr(payment_course, "accept", accept)


def ends_a_payment_by_a_wrong_card(patch: MonkeyPatch) -> None:
    right = payment_course.accept

    def accept(world: Any, payment: PaymentRecord) -> PaymentRecord:
        if payment.customer is None or payment.customer.may_pay(payment.restrictions):
            return right(world, payment)
        return payment_course.fail_reserving(world, payment)

    patch.setattr(payment_course, "accept", accept)


def lets_customers_stay(patch: MonkeyPatch) -> None:
    """The next payment is asked of the customer of the last one."""
    patch.setattr(payment_course, "end_with_payment", lambda world, payment: None)


def captures_parts_of_another_card(patch: MonkeyPatch) -> None:
    """A card that the customer takes instead keeps what the first one allowed."""

    def with_card(self: CustomerRecord, card: Card) -> CustomerRecord:
        return replace(self, card=card)

    patch.setattr(CustomerRecord, "with_card", with_card)


def keeps_clients_of_an_integrator_apart(patch: MonkeyPatch) -> None:
    right = Checks.identify

    def identify(self: Checks, *call: Any) -> Any:
        sandbox, (caller, client_id, *headers) = right(self, *call)
        return sandbox, (replace(caller, client_id=client_id), client_id, *headers)

    patch.setattr(Checks, "identify", identify)


def takes_the_token_of_another_merchant(patch: MonkeyPatch) -> None:
    """A token that is tied to a merchant works for any that a header names."""
    right = Checks._check_headers

    def check_headers(self: Checks, operation: Any, headers: Any, claims: Any) -> Any:
        named = headers.get("x-mobilepay-merchant-vat-number")
        is_tied = claims.merchant is not None and named is not None
        named_claims = replace(claims, merchant=named) if is_tied else claims
        return right(self, operation, headers, named_claims)

    patch.setattr(Checks, "_check_headers", check_headers)


def refuses_a_repeated_ready(patch: MonkeyPatch) -> None:
    right = payments.ready

    def ready(world: Any, caller: Caller, payment_id: str, terms: Any) -> PaymentRecord:
        payment = world.payments.get(payment_id)
        if payment is not None and payment.was_made_ready:
            world.payments.put(replace(payment, was_made_ready=False))
        return right(world, caller, payment_id, terms)

    patch.setattr(payments, "ready", ready)


def forgets_who_deleted(patch: MonkeyPatch) -> None:
    right = points_of_sale.delete

    def delete(world: Any, caller: Caller, pos_id: str) -> None:
        world.points_of_sale.deleted.clear()
        right(world, caller, pos_id)

    patch.setattr(points_of_sale, "delete", delete)


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
    ends_a_payment_by_a_wrong_card,
    lets_customers_stay,
    refuses_a_repeated_ready,
    forgets_who_deleted,
    captures_parts_of_another_card,
    keeps_clients_of_an_integrator_apart,
    takes_the_token_of_another_merchant,
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
