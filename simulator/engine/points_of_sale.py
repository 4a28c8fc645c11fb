"""Points of sale and check-ins (section 6): commands.

A point of sale can't be edited. After it is deleted, only its payments remain.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from . import notifications, payment_course, stores
from .check_ins import EndCheckIn, check_out
from .customers import CustomerRecord
from .errors import SimulatorError
from .events import CheckedIn, PaymentTakenOver, PosCreated, PosDeleted
from .records import Caller, CheckInRecord, PaymentRecord, PointOfSaleRecord
from .refusals import Refusal
from .states import PAYMENTS, Trigger
from .values import BeaconType
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePos:
    """The request for a new point of sale; without a beacon id the service generates one."""

    tag: ClassVar[str] = "points_of_sale.CreatePos"

    merchant_pos_id: str
    store_id: str
    name: str
    supported_beacon_types: tuple[BeaconType, ...]
    beacon_id: str | None = None
    callback_alias: str | None = None
    require_payment_before_checkin: bool = False


def create(world: World, caller: Caller, key: str, request: CreatePos) -> str:
    """Creates a point of sale; returns its id.

    Raises:
        SimulatorError: 1002, 1200, 1202, 1306, 1403.
    """
    return world.once(caller, key, request, lambda: _create(world, caller, request))


def _create(world: World, caller: Caller, request: CreatePos) -> PointOfSaleRecord:
    stores.admit_merchant(world, caller.merchant)
    store = world.stores.get(request.store_id)
    if store is None:
        raise SimulatorError(Refusal.STORE_NOT_FOUND, request.store_id)
    if store.merchant != caller.merchant:
        raise SimulatorError(Refusal.STORE_OF_ANOTHER_MERCHANT)
    taken = world.points_of_sale.with_merchant_pos_id(caller, request.merchant_pos_id)
    if taken is not None:
        raise SimulatorError(Refusal.MERCHANT_POS_ID_TAKEN, f"by {taken.id}")
    if request.beacon_id and world.points_of_sale.with_beacon(request.beacon_id):
        raise SimulatorError(Refusal.BEACON_ID_TAKEN, request.beacon_id)
    pos = PointOfSaleRecord(
        id=world.ids.guid(),
        client_id=caller.client_id,
        merchant=caller.merchant,
        store_id=request.store_id,
        merchant_pos_id=request.merchant_pos_id,
        name=request.name,
        beacon_id=request.beacon_id or world.ids.guid(),
        supported_beacon_types=request.supported_beacon_types,
        callback_alias=request.callback_alias,
        require_payment_before_checkin=request.require_payment_before_checkin,
    )
    world.points_of_sale.add(pos)
    world.record(PosCreated(world.clock.now, pos.id))
    return pos


def get(world: World, caller: Caller, pos_id: str) -> PointOfSaleRecord:
    """Returns one of the caller's points of sale.

    Raises:
        SimulatorError: 1400, 1410, or not found.
    """
    return _owned(world, caller, pos_id, Refusal.GET_POS_OF_ANOTHER_MERCHANT)


def delete(world: World, caller: Caller, pos_id: str) -> None:
    """Deletes a point of sale; its payments remain. Deleting it once more changes nothing.

    Raises:
        SimulatorError: 1400, 1409, or not found.
    """
    if world.points_of_sale.deleted.get(pos_id) == caller:
        return
    pos = _owned(world, caller, pos_id, Refusal.DELETE_POS_OF_ANOTHER_MERCHANT)
    check_out(world, pos.id)
    world.points_of_sale.remove(pos)
    world.record(PosDeleted(world.clock.now, pos.id))


def find(
    world: World,
    caller: Caller,
    store_id: str | None = None,
    beacon_id: str | None = None,
    merchant_pos_id: str | None = None,
) -> list[PointOfSaleRecord]:
    """Returns the caller's points of sale that match all filters.

    Raises:
        SimulatorError: 1121, there is no filter.
    """
    if store_id is None and beacon_id is None and merchant_pos_id is None:
        raise SimulatorError(Refusal.POS_FILTER_MISSING)
    if beacon_id is not None:
        found = [world.points_of_sale.with_beacon(beacon_id)]
    elif merchant_pos_id is not None:
        found = [world.points_of_sale.with_merchant_pos_id(caller, merchant_pos_id)]
    else:
        found = [*world.points_of_sale.of_store(store_id or "")]
    return [
        pos
        for pos in found
        if pos is not None
        and pos.belongs_to(caller)
        and store_id in (None, pos.store_id)
        and merchant_pos_id in (None, pos.merchant_pos_id)
    ]


def usable(world: World, caller: Caller, pos_id: str) -> PointOfSaleRecord:
    """Returns the point of sale of a new payment.

    Raises:
        SimulatorError: 1000, 1400.
    """
    pos = world.points_of_sale.get(pos_id)
    if pos is None:
        raise SimulatorError(Refusal.POS_NOT_FOUND, pos_id)
    return _checked(pos, caller, Refusal.POS_OF_ANOTHER_MERCHANT)


def current_check_in(world: World, caller: Caller, pos_id: str) -> CheckInRecord | None:
    """Returns the check-in at one of the caller's points of sale, or None.

    Raises:
        SimulatorError: 1400, or not found; or polled too soon, if that is enforced.
    """
    pos = _owned(world, caller, pos_id, Refusal.POS_OF_ANOTHER_MERCHANT)
    world.check_poll(caller.client_id, pos.id, world.rules.poll_delay)
    check_in = world.check_ins.get(pos.id)
    if check_in is None or world.is_looked_up(check_in.since):
        return check_in
    return replace(check_in, customer=check_in.customer.before_lookup())


def with_beacon(world: World, beacon_id: str) -> PointOfSaleRecord:
    """Returns the active point of sale with a beacon.

    Raises:
        SimulatorError: there is none.
    """
    pos = world.points_of_sale.with_beacon(beacon_id)
    if pos is None:
        raise SimulatorError(Refusal.BEACON_UNKNOWN, beacon_id)
    return pos


def check_in(
    world: World, pos: PointOfSaleRecord, customer: CustomerRecord, *, is_scripted: bool = False
) -> CheckInRecord:
    """A customer checks in, and replaces the customer who was checked in.

    Raises:
        SimulatorError: the PoS requires an active payment, and there is none.
    """
    active = world.payments.active_on(pos.id)
    if active is None and pos.require_payment_before_checkin:
        raise SimulatorError(Refusal.CHECK_IN_REFUSED)
    check_out(world, pos.id)
    check_in = CheckInRecord(customer, world.clock.now, is_scripted)
    world.check_ins[pos.id] = check_in
    world.clock.schedule(world.clock.now + world.rules.check_in_lifetime, EndCheckIn(pos.id))
    world.record(CheckedIn(world.clock.now, pos.id, customer.phone))
    notifications.announce(world, pos)
    if active is not None:
        _join(world, active, customer)
    return check_in


def _join(world: World, payment: PaymentRecord, customer: CustomerRecord) -> None:
    if PAYMENTS.allows(payment.state, Trigger.CHECK_IN):
        payment_course.pair(world, payment, customer=customer, paired_at=world.clock.now)
    elif payment.customer is None or payment.customer.phone != customer.phone:
        payment_course.hand_over(world, payment, customer)
        world.record(PaymentTakenOver(world.clock.now, payment.id, customer.phone))


def _owned(
    world: World, caller: Caller, pos_id: str, of_other_merchant: Refusal
) -> PointOfSaleRecord:
    pos = world.points_of_sale.get(pos_id)
    if pos is None:
        raise SimulatorError(Refusal.NOT_FOUND, f"no active point of sale {pos_id}")
    return _checked(pos, caller, of_other_merchant)


def _checked(
    pos: PointOfSaleRecord, caller: Caller, of_other_merchant: Refusal
) -> PointOfSaleRecord:
    if pos.client_id != caller.client_id:
        raise SimulatorError(Refusal.POS_OF_ANOTHER_INTEGRATOR)
    if pos.merchant != caller.merchant:
        raise SimulatorError(of_other_merchant)
    return pos
