"""How a check-in ends (section 6): by time, with its payment, or by somebody's act."""

from dataclasses import dataclass
from typing import ClassVar

from .events import CheckedOut
from .records import PaymentRecord
from .world import World


@dataclass(frozen=True, slots=True)
class EndCheckIn:
    """Timer: ends a check-in."""

    tag: ClassVar[str] = "points_of_sale.Lapses"

    pos_id: str


def check_out(world: World, pos_id: str) -> None:
    """Ends the check-in at a point of sale, if there is one."""
    check_in = world.check_ins.pop(pos_id, None)
    if check_in is not None:
        world.clock.cancel(EndCheckIn(pos_id))
        world.record(CheckedOut(world.clock.now, pos_id, check_in.customer.phone))


def end_check_in(world: World, command: EndCheckIn) -> None:
    """Ends a check-in that has lasted its time, unless an active payment needs its customer."""
    payment = world.payments.active_on(command.pos_id)
    if payment is None or not is_of_customer_there(world, payment):
        check_out(world, command.pos_id)


def end_with_payment(world: World, payment: PaymentRecord) -> None:
    """Checks out the customer of a payment that is no longer active."""
    if is_of_customer_there(world, payment):
        check_out(world, payment.pos_id)


def is_of_customer_there(world: World, payment: PaymentRecord) -> bool:
    """Whether the customer who is checked in at a payment's point of sale takes part in it."""
    check_in, customer = world.check_ins.get(payment.pos_id), payment.customer
    return (
        check_in is not None and customer is not None and check_in.customer.phone == customer.phone
    )
