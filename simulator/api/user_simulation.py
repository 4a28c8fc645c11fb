"""User simulation: somebody plays the customer by hand, so the active payment's script stops."""

from simulator.api.operations import Call
from simulator.engine import payment_course, points_of_sale
from simulator.engine.errors import Refusal, SimulatorError

__all__ = ["accept", "cancel", "check_in"]


def check_in(call: Call) -> None:
    """A test user checks in at a point of sale."""
    with call.sandbox.world as world:
        pos = points_of_sale.with_beacon(world, call.body["beacon_id"])
        customer = world.customers.with_phone(call.body["phone_number"])
        call.sandbox.director.hand_over(pos.id)
        points_of_sale.check_in(world, pos, customer)


def accept(call: Call) -> None:
    """A test user accepts the payment on their phone."""
    with call.sandbox.world as world:
        pos = points_of_sale.with_beacon(world, call.body["beacon_id"])
        customer = world.customers.with_phone(call.body["phone_number"])
        payment = world.payments.active_on(pos.id)
        if payment is None or payment.customer != customer:
            raise SimulatorError(Refusal.NOTHING_TO_ACCEPT)
        call.sandbox.director.hand_over(pos.id)
        payment_course.accept(world, payment)


def cancel(call: Call) -> None:
    """Whoever is at the point of sale cancels the payment on their phone."""
    with call.sandbox.world as world:
        pos = points_of_sale.with_beacon(world, call.body["beacon_id"])
        payment = world.payments.active_on(pos.id)
        if payment is None:
            raise SimulatorError(Refusal.NOTHING_TO_CANCEL)
        call.sandbox.director.hand_over(pos.id)
        payment_course.cancel_by_user(world, payment)
