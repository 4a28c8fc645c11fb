"""What each operation does: one engine command, inside the world of the sandbox."""

from collections.abc import Callable

from ..engine import payment_course, payments, points_of_sale, refunds, stores
from ..engine.errors import SimulatorError
from ..engine.merchants import StoreRecord
from ..engine.records import PointOfSaleRecord
from ..engine.refusals import Refusal
from ..engine.values import as_brand_id, as_location_id
from ..sandboxes.registry import HostedSandbox
from ..scripting.call import Call
from .operations import Polled

# --- payments ---------------------------------------------------------------------------------


def initiate_payment(to: HostedSandbox, call: Call) -> dict[str, str]:
    """Starts a payment."""
    made = payments.initiate(to.world, call.caller, call.key, call.body, call.script)
    return {"payment_id": made}


def prepare_payment(to: HostedSandbox, call: Call) -> dict[str, str]:
    """Starts a payment whose terms follow."""
    made = payments.prepare(to.world, call.caller, call.key, call.body, call.script)
    return {"payment_id": made}


def make_payment_ready(to: HostedSandbox, call: Call) -> None:
    """Gives a prepared payment its terms."""
    payments.ready(to.world, call.caller, call.id, call.body)


def capture_payment(to: HostedSandbox, call: Call) -> None:
    """Captures a payment."""
    payments.capture(to.world, call.caller, call.id, call.body["amount"])


def cancel_payment(to: HostedSandbox, call: Call) -> None:
    """Cancels a payment."""
    payments.cancel(to.world, call.caller, call.id)


def get_payment(to: HostedSandbox, call: Call) -> Polled:
    """Returns a payment."""
    return Polled(payments.get(to.world, call.caller, call.id), to.world.rules.poll_delay)


def find_payments(to: HostedSandbox, call: Call) -> dict[str, list[str]]:
    """Returns ids of payments."""
    query = call.query
    is_captured = query["state"] is not None
    found = payments.find(
        to.world, call.caller, query["pos_id"], query["order_id"], captured=is_captured
    )
    return {"payment_ids": found}


# --- points of sale ---------------------------------------------------------------------------


def create_pos(to: HostedSandbox, call: Call) -> dict[str, str]:
    """Creates a point of sale."""
    return {"pos_id": points_of_sale.create(to.world, call.caller, call.key, call.body)}


def get_pos(to: HostedSandbox, call: Call) -> PointOfSaleRecord:
    """Returns a point of sale."""
    return points_of_sale.get(to.world, call.caller, call.id)


def delete_pos(to: HostedSandbox, call: Call) -> None:
    """Deletes a point of sale."""
    points_of_sale.delete(to.world, call.caller, call.id)


def find_points_of_sale(to: HostedSandbox, call: Call) -> dict[str, list[str]]:
    """Returns ids of points of sale."""
    found = points_of_sale.find(to.world, call.caller, **call.query)
    return {"pos_ids": [pos.id for pos in found]}


def get_check_in(to: HostedSandbox, call: Call) -> Polled:
    """Returns whether a customer is checked in, and who."""
    current = points_of_sale.current_check_in(to.world, call.caller, call.id)
    answer = {
        "is_user_checked_in": current is not None,
        "customer": current.customer if current else None,
    }
    return Polled(answer, to.world.rules.poll_delay)


# --- stores -----------------------------------------------------------------------------------


def get_store(to: HostedSandbox, call: Call) -> StoreRecord:
    """Returns a store."""
    return stores.get(to.world, call.caller, call.id)


def find_stores(to: HostedSandbox, call: Call) -> dict[str, list[str]]:
    """Returns ids of stores."""
    return {"store_ids": [store.id for store in find_whole_stores(to, call)]}


def find_whole_stores(to: HostedSandbox, call: Call) -> list[StoreRecord]:
    """Returns stores."""
    brand_id, location_id = call.query["merchant_brand_id"], call.query["merchant_location_id"]
    if (brand_id is None) != (location_id is None):
        raise SimulatorError(Refusal.STORE_FILTER_HALF)
    if brand_id is not None and location_id is not None:
        _check(as_brand_id, brand_id, Refusal.BRAND_ID_INVALID)
        _check(as_location_id, location_id, Refusal.LOCATION_ID_INVALID)
    return stores.find(to.world, call.caller, brand_id, location_id)


def _check(parse: Callable[[str], str], text: str, refusal: Refusal) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise SimulatorError(refusal, str(error)) from error


# --- refunds ----------------------------------------------------------------------------------


def create_refund(to: HostedSandbox, call: Call) -> dict[str, str]:
    """Starts a refund."""
    return {"refund_id": refunds.create(to.world, call.caller, call.key, call.body)}


def capture_refund(to: HostedSandbox, call: Call) -> None:
    """Captures a refund."""
    refunds.capture(to.world, call.caller, call.id)


def cancel_refund(to: HostedSandbox, call: Call) -> None:
    """Cancels a refund."""
    refunds.cancel(to.world, call.caller, call.id)


def get_refund(to: HostedSandbox, call: Call) -> Polled:
    """Returns a refund."""
    return Polled(refunds.get(to.world, call.caller, call.id), to.world.rules.refund_poll_delay)


def find_refunds(to: HostedSandbox, call: Call) -> dict[str, list[str]]:
    """Returns ids of refunds."""
    found = refunds.find(to.world, call.caller, call.query["payment_id"])
    return {"refund_ids": [refund.id for refund in found]}


# --- user simulation: a person plays the customer, so the script of the active payment stops ----


def simulate_check_in(to: HostedSandbox, call: Call) -> None:
    """A test user checks in at a point of sale."""
    pos = points_of_sale.with_beacon(to.world, call.body["beacon_id"])
    customer = to.world.customers.with_phone(call.body["phone_number"])
    to.scenario_engine.stop_script(pos.id)
    points_of_sale.check_in(to.world, pos, customer)


def simulate_accept(to: HostedSandbox, call: Call) -> None:
    """A test user accepts the payment on their phone."""
    pos = points_of_sale.with_beacon(to.world, call.body["beacon_id"])
    customer = to.world.customers.with_phone(call.body["phone_number"])
    payment = to.world.payments.active_on(pos.id)
    if payment is None or payment.customer is None or payment.customer.phone != customer.phone:
        raise SimulatorError(Refusal.NOTHING_TO_ACCEPT)
    to.scenario_engine.stop_script(pos.id)
    payment_course.accept(to.world, payment)


def simulate_cancel(to: HostedSandbox, call: Call) -> None:
    """The customer at the point of sale cancels the payment on their phone."""
    pos = points_of_sale.with_beacon(to.world, call.body["beacon_id"])
    payment = to.world.payments.active_on(pos.id)
    if payment is None:
        raise SimulatorError(Refusal.NOTHING_TO_CANCEL)
    to.scenario_engine.stop_script(pos.id)
    payment_course.cancel_by_user(to.world, payment)
