"""The ways to a wanted state: which commands lead there, and how long each of them takes.

A way is the shortest one through the state table. Whoever arranges a state takes it step by step.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from . import payment_course, payments, points_of_sale, refunds, stores
from .customers import CustomerRecord
from .records import Caller, PaymentRecord, RefundRecord
from .rules import Rules
from .states import PAYMENTS, REFUNDS, PaymentState, RefundState, StateMachine, Trigger
from .values import BeaconType, Currency, PlannedCaptureDelay
from .world import World

S = TypeVar("S", bound=StrEnum)


class PosState(StrEnum):
    """The states of a point of sale that can be arranged."""

    FREE = "Free"
    CHECKED_IN = "CheckedIn"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedState:
    """A state that something is to have.

    Args:
        state: of the payment, of the refund, or of the point of sale.
        age: for how long it has it.
        customer: who checks in.
        currency: of the payment and the refund.
        amount: of the payment, or of the refund where a refund is wanted.
        captured: the amount that is captured of the payment; None for all of it.
        pos_id: the point of sale; None for a new one.
        order_id: of the payment and the refund; None for a new one.
    """

    state: PaymentState | RefundState | PosState
    age: timedelta
    customer: CustomerRecord
    currency: Currency
    amount: Decimal
    captured: Decimal | None = None
    pos_id: str | None = None
    order_id: str | None = None

    @property
    def payment_amount(self) -> Decimal:
        """The amount of the payment."""
        is_refund = isinstance(self.state, RefundState)
        return self.captured if is_refund and self.captured is not None else self.amount


@dataclass(slots=True)
class Course:
    """What the steps of a way act on, and what they make.

    Args:
        world: the world they happen in.
        caller: who makes the payment.
        wanted: what it is to become.
        names: the ids that the integrator gives: merchantPosId, orderId, refundOrderId.
    """

    world: World
    caller: Caller
    wanted: WantedState
    names: tuple[str, str, str]
    pos_id: str = ""
    payment_id: str = ""
    refund_id: str = ""

    @property
    def payment(self) -> PaymentRecord:
        """The payment that was made."""
        return self.world.payments.table[self.payment_id]

    @property
    def refund(self) -> RefundRecord:
        """The refund that was made."""
        return self.world.refunds.table[self.refund_id]

    @property
    def terms(self) -> payments.PaymentTerms:
        """What the customer pays."""
        amount, currency = self.wanted.payment_amount, self.wanted.currency
        return payments.PaymentTerms(amount, currency, PlannedCaptureDelay.NONE)


def _no_time(rules: Rules) -> timedelta:
    return timedelta(0)


@dataclass(frozen=True, slots=True)
class PathStep:
    """A step of a way: what is done, if anything, and the time until it has its effect."""

    do: Callable[[Course], object] | None = None
    takes: Callable[[Rules], timedelta] = field(default=_no_time)


def create_pos(course: Course) -> None:
    """Creates a point of sale in the merchant's first store."""
    world, caller = course.world, course.caller
    request = points_of_sale.CreatePos(
        merchant_pos_id=course.names[0],
        store_id=stores.first(world, caller).id,
        name="Arranged till",
        supported_beacon_types=(BeaconType.QR,),
    )
    course.pos_id = points_of_sale.create(world, caller, "pos", request)


def _initiate(course: Course) -> None:
    request = payments.InitiatePayment(course.pos_id, course.names[1], course.terms)
    course.payment_id = payments.initiate(course.world, course.caller, "payment", request)


def _prepare(course: Course) -> None:
    request = payments.PreparePayment(course.pos_id, course.names[1])
    course.payment_id = payments.prepare(course.world, course.caller, "payment", request)


def _check_in(course: Course) -> None:
    pos = course.world.points_of_sale.table[course.pos_id]
    points_of_sale.check_in(course.world, pos, course.wanted.customer)


def _accept(course: Course) -> None:
    payment_course.accept(course.world, course.payment)


def _capture(course: Course) -> None:
    wanted = course.wanted
    amount = wanted.payment_amount if wanted.captured is None else wanted.captured
    payments.capture(course.world, course.caller, course.payment_id, amount)


def _refund(course: Course) -> None:
    wanted = course.wanted
    request = refunds.CreateRefund(
        course.payment_id, course.names[2], wanted.amount, wanted.currency
    )
    course.refund_id = refunds.create(course.world, course.caller, "refund", request)


#: What each transition of a payment takes; those of no entry are in no way.
_PAYMENT_STEPS: Mapping[Trigger, PathStep] = {
    Trigger.INITIATE: PathStep(_initiate),
    Trigger.INITIATE_CHECKED_IN: PathStep(_initiate),
    Trigger.PREPARE: PathStep(_prepare),
    Trigger.PREPARE_CHECKED_IN: PathStep(_prepare),
    Trigger.CHECK_IN: PathStep(_check_in),
    Trigger.RESERVE: PathStep(_accept, lambda rules: rules.reserving_time),
    Trigger.CAPTURE: PathStep(_capture),
    Trigger.CUSTOMER_CANCELS: PathStep(
        lambda it: payment_course.cancel_by_user(it.world, it.payment)
    ),
    Trigger.CLIENT_CANCELS: PathStep(
        lambda it: payments.cancel(it.world, it.caller, it.payment_id)
    ),
    Trigger.MOBILEPAY_CANCELS: PathStep(
        lambda it: payment_course.cancel_by_mobilepay(it.world, it.payment)
    ),
    Trigger.EXPIRE: PathStep(None, lambda rules: rules.reservation_lifetime),
}
#: The same of a refund.
_REFUND_STEPS: Mapping[Trigger, PathStep] = {
    Trigger.REFUND: PathStep(_refund),
    Trigger.REFUND_RESERVED: PathStep(None, lambda rules: rules.refund_reserving_time),
    Trigger.CAPTURE: PathStep(lambda it: refunds.capture(it.world, it.caller, it.refund_id)),
    Trigger.CLIENT_CANCELS: PathStep(lambda it: refunds.cancel(it.world, it.caller, it.refund_id)),
    Trigger.MOBILEPAY_CANCELS: PathStep(
        lambda it: refunds.cancel_by_mobilepay(it.world, it.refund)
    ),
    Trigger.EXPIRE: PathStep(None, lambda rules: rules.refund_auto_capture),
}
#: How a payment begins where a customer is checked in, and where none is.
_BEGINNINGS = {
    True: (Trigger.INITIATE_CHECKED_IN, Trigger.PREPARE_CHECKED_IN),
    False: (Trigger.INITIATE, Trigger.PREPARE),
}


def path_to(
    state: PaymentState | RefundState | PosState, *, is_checked_in: bool
) -> tuple[PathStep, ...] | None:
    """Returns the steps that lead to a state, from a point of sale without an active payment.

    Args:
        state: the state.
        is_checked_in: whether a customer is checked in there.

    Returns:
        The steps; None where no way leads there.
    """
    if isinstance(state, PosState):
        return (PathStep(_check_in),) if state is PosState.CHECKED_IN else ()
    if isinstance(state, PaymentState):
        others = _BEGINNINGS[not is_checked_in]
        steps = {each: step for each, step in _PAYMENT_STEPS.items() if each not in others}
        return _shortest(PAYMENTS, steps, state)
    before = path_to(PaymentState.CAPTURED, is_checked_in=is_checked_in)
    after = _shortest(REFUNDS, _REFUND_STEPS, state)
    return None if before is None or after is None else before + after


def _shortest(
    machine: StateMachine[S], steps: Mapping[Trigger, PathStep], wanted: S
) -> tuple[PathStep, ...] | None:
    """Returns the fewest steps that lead to a state; of equally short ways the table's first."""
    seen: set[S | None] = {None}
    waiting: deque[tuple[S | None, tuple[PathStep, ...]]] = deque([(None, ())])
    while waiting:
        state, taken = waiting.popleft()
        if state == wanted:
            return taken
        for row in machine.transitions:
            if row.before == state and row.trigger in steps and row.after not in seen:
                seen.add(row.after)
                waiting.append((row.after, (*taken, steps[row.trigger])))
    return None
