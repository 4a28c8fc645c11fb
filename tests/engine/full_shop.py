"""A shop that can do everything: client, customer, MobilePay and time in one hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.engine import (
    payment_course,
    payments,
    points_of_sale,
    refunds,
    stores,
)
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.records import Caller, PaymentRecord, RefundRecord
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import PaymentState, RefundState
from mobilepay_simulator.engine.values import Currency

from tests.support import CREDIT, MERCHANT, OTHER_CLIENT_ID, OTHER_MERCHANT, PARTIAL, Shop, fresh

#: A GUID that nothing has.
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@contextmanager
def refused(how: str | Refusal) -> Iterator[None]:
    """Expects a refusal: a documented code, or the row where no code of its own is documented."""
    with pytest.raises(SimulatorError) as caught:
        yield
    error = caught.value
    assert how == (error.refusal if isinstance(how, Refusal) else error.row.code), str(error)


@dataclass
class FullShop(Shop):
    """Commands by id, and what became of them."""

    # --- looking ---

    def payment(self, payment_id: str) -> PaymentRecord:
        payment = self.world.payments.get(payment_id)
        assert payment is not None
        return payment

    def state(self, payment_id: str) -> PaymentState:
        return self.payment(payment_id).state

    def refund_record(self, refund_id: str) -> RefundRecord:
        refund = self.world.refunds.get(refund_id)
        assert refund is not None
        return refund

    def refund_state(self, refund_id: str) -> RefundState:
        return self.refund_record(refund_id).state

    def balance(self, currency: Currency = Currency.DKK) -> Decimal:
        """The balance of the one store all points of sale are in."""
        with self.world as world:
            store = stores.find(world, self.caller)[0]
            return stores.balance_of(world, store, currency)

    # --- the client ---

    def ready(self, payment_id: str, amount: str = "10.00") -> None:
        with self.world as world:
            payments.ready(world, self.caller, payment_id, self.terms(amount))

    def capture(self, payment_id: str, amount: str = "10.00") -> None:
        with self.world as world:
            payments.capture(world, self.caller, payment_id, Decimal(amount))

    def cancel(self, payment_id: str) -> None:
        with self.world as world:
            payments.cancel(world, self.caller, payment_id)

    def delete_pos(self, pos_id: str) -> None:
        with self.world as world:
            points_of_sale.delete(world, self.caller, pos_id)

    def refund(
        self,
        payment_id: str,
        amount: str = "1.00",
        *,
        currency: Currency = Currency.DKK,
        key: str | None = None,
        order_id: str | None = None,
    ) -> str:
        request = refunds.CreateRefund(
            payment_id, order_id or fresh("refund"), Decimal(amount), currency
        )
        with self.world as world:
            return refunds.create(world, self.caller, key or fresh("key"), request)

    def capture_refund(self, refund_id: str) -> None:
        with self.world as world:
            refunds.capture(world, self.caller, refund_id)

    def cancel_refund(self, refund_id: str) -> None:
        with self.world as world:
            refunds.cancel(world, self.caller, refund_id)

    # --- the customer, MobilePay and time ---

    def accept(self, payment_id: str) -> None:
        with self.world as world:
            payment_course.accept(world, self.payment(payment_id))

    def fail_reserving(self, payment_id: str) -> None:
        with self.world as world:
            payment_course.fail_reserving(world, self.payment(payment_id))

    def customer_cancels(self, payment_id: str) -> None:
        with self.world as world:
            payment_course.cancel_by_user(world, self.payment(payment_id))

    def mobilepay_cancels(self, payment_id: str) -> None:
        with self.world as world:
            payment_course.cancel_by_mobilepay(world, self.payment(payment_id))

    def mobilepay_cancels_refund(self, refund_id: str) -> None:
        with self.world as world:
            refunds.cancel_by_mobilepay(world, self.refund_record(refund_id))

    def expire(self, payment_id: str) -> None:
        with self.world as world:
            payment_course.expire(world, self.payment(payment_id))

    def wait(self, **length: float) -> None:
        """Moves the clock: `wait(days=7)`."""
        self.advance(timedelta(**length))

    # --- the way to a state ---

    def issued(self, amount: str = "10.00", phone: str = CREDIT, **terms: Any) -> str:
        """A payment that a customer is being asked to accept, on a new point of sale."""
        pos_id = self.create_pos()
        self.check_in(pos_id, phone)
        return self.initiate(pos_id, amount, **terms)

    def reserved(self, amount: str = "10.00", phone: str = PARTIAL, **terms: Any) -> str:
        payment_id = self.issued(amount, phone, **terms)
        self.accept(payment_id)
        return payment_id

    def captured(self, amount: str = "10.00", **terms: Any) -> str:
        payment_id = self.reserved(amount, **terms)
        self.capture(payment_id, amount)
        return payment_id

    def refund_at_work(self) -> str:
        """A refund of 1.00 that is not reserved yet."""
        return self.refund(self.captured())

    def reserved_refund(self) -> str:
        refund_id = self.refund_at_work()
        self.wait(milliseconds=500)
        return refund_id

    # --- somebody else in the same world ---

    def of_other_integrator(self) -> "FullShop":
        return replace(self, caller=Caller(OTHER_CLIENT_ID, self.caller.merchant))

    def of_other_merchant(self) -> "FullShop":
        other = OTHER_MERCHANT if self.caller.merchant == MERCHANT else MERCHANT
        return replace(self, caller=Caller(self.caller.client_id, other))
