"""Arranging: a payment, a refund or a point of sale gets a state, as if it had happened.

It happens in a world of its own, whose clock begins so long ago that the wanted state has the
wanted age now. The engine's commands make it there, and that world's timers run until now. Then
what it made goes into the sandbox's world: records, balances, timers and events. Nothing else moves
in the sandbox, and its clock never goes back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from . import stores
from .check_ins import EndCheckIn
from .clock import EARLIEST
from .errors import SimulatorError
from .events import CheckedIn, CheckedOut, PaymentChanged, PosCreated, RefundChanged
from .handlers import HANDLERS
from .ids import Ids
from .paths import Course, PathStep, PosState, WantedState, create_pos, path_to
from .points_of_sale import usable
from .records import Caller
from .refusals import Refusal
from .states import LifecycleState, RefundState
from .values import show_duration
from .world import World

#: More than a past has of them.
_EVENTS = 1000


class CannotArrange(ValueError):
    """No way leads to what is wanted.

    Args:
        field: what of the wish is the reason, such as `age`.
        message: why, and what would be possible.
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class ArrangedIds:
    """What was arranged: its ids, empty where there is none, and since when it has its state."""

    pos_id: str
    payment_id: str
    refund_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of what is arranged: the state it got, and why in a few words."""

    at: datetime
    state: str
    why: str


def arrange(world: World, caller: Caller, wanted: WantedState) -> ArrangedIds:
    """Makes what is wanted, in a past that ends now; nothing is changed where it is refused.

    Raises:
        CannotArrange: no way leads there.
        SimulatorError: the engine refuses a step of the way.
    """
    stores.admit_merchant(world, caller.merchant)
    if wanted.pos_id is not None:
        _check_pos(world, caller, wanted.pos_id)
    is_checked_in = wanted.pos_id in world.check_ins
    path = path_to(wanted.state, is_checked_in=is_checked_in)
    if path is None:
        there = "a customer is checked in at the point of sale" if is_checked_in else ""
        raise CannotArrange("state", f"no way leads to {wanted.state} here: {there}")
    start = _start_of(world, wanted, path)
    course = Course(_past_of(world, caller, start), caller, wanted, _names(world, caller, wanted))
    if wanted.pos_id is not None:
        _check_past(world, wanted.pos_id, start)
        _take_pos(course, world, wanted.pos_id)
    since = _go(course, path, world.clock.now)
    _put(course.world, world)
    return ArrangedIds(course.pos_id, course.payment_id, course.refund_id, since)


def _check_pos(world: World, caller: Caller, pos_id: str) -> None:
    usable(world, caller, pos_id)
    active = world.payments.active_on(pos_id)
    if active is not None:
        raise SimulatorError(Refusal.PAYMENT_ACTIVE, f"{active.id} is {active.state}")


def _start_of(world: World, wanted: WantedState, path: tuple[PathStep, ...]) -> datetime:
    """Returns when the first step has to happen."""
    now = world.clock.now
    takes = sum((step.takes(world.rules) for step in path), timedelta(0))
    if now - EARLIEST < wanted.age + takes:
        longest = show_duration(timedelta(days=(now - EARLIEST - takes).days))
        raise CannotArrange("age", f"at most {longest}: no sandbox has a time before {EARLIEST:%F}")
    return now - wanted.age - takes


def _check_past(world: World, pos_id: str, start: datetime) -> None:
    """Refuses a past that has been another one already.

    Raises:
        CannotArrange: something has happened at the point of sale since `start`.
    """
    for event in world.events:
        if getattr(event, "pos_id", None) == pos_id and event.at > start:
            ago = show_duration(world.clock.now - event.at)
            what = type(event).__name__
            message = f"something has happened at this point of sale since ({what}, {ago} ago)"
            raise CannotArrange("age", f"{message}; leave posId out to get a new one")


def _names(world: World, caller: Caller, wanted: WantedState) -> tuple[str, str, str]:
    """Returns a merchantPosId that is free, the orderId and the refundOrderId."""
    pos_names = (f"arranged-{n}" for n in count(len(world.points_of_sale.table) + 1))
    pos_name = next(
        each
        for each in pos_names
        if world.points_of_sale.with_merchant_pos_id(caller, each) is None
    )
    order = f"arranged-{len(world.payments) + 1}"
    refund = f"arranged-{len(world.refunds.table) + 1}"
    if wanted.order_id is None:
        return pos_name, order, refund
    if isinstance(wanted.state, RefundState):
        return pos_name, order, wanted.order_id
    return pos_name, wanted.order_id, refund


def _past_of(world: World, caller: Caller, start: datetime) -> World:
    """Returns a world that begins at `start`, with what the steps need of another one."""
    past = World(
        world.name,
        seed=0,
        directory=world.directory,
        customers=world.customers,
        # Its events say what has happened: all are needed, however few are kept in the sandbox.
        rules=replace(world.rules, journal_size=_EVENTS),
        ticks=lambda: 0.0,
        start=start,
        handlers=HANDLERS,
        scale=0.0,
    )
    past.ids = Ids.at(world.ids.position)
    past.stores = world.stores
    owned = world.stores.merchants[caller.merchant]
    past.balances.update((key, each) for key, each in world.balances.items() if key[0] in owned)
    return past


def _take_pos(course: Course, world: World, pos_id: str) -> None:
    """Takes a point of sale of the sandbox, and the customer there, into the past."""
    past = course.world
    past.points_of_sale.add(world.points_of_sale.table[pos_id])
    course.pos_id = pos_id
    check_in, lapses = world.check_ins.get(pos_id), world.clock.due_at(EndCheckIn(pos_id))
    if check_in is not None:
        past.check_ins[pos_id] = check_in
    if lapses is not None:
        past.clock.schedule(lapses, EndCheckIn(pos_id))


def _go(course: Course, path: tuple[PathStep, ...], now: datetime) -> datetime:
    """Takes the steps, and lets time pass until now; returns when the state was reached.

    Raises:
        CannotArrange: it has another state by then.
        SimulatorError: the engine refuses a step.
    """
    with course.world as past:
        if not course.pos_id:
            create_pos(course)
        for step in path:
            if step.do is not None:
                _take(course, step.do, now)
            past.clock.advance(step.takes(past.rules))
        past.clock.advance(now - past.clock.now)
        changes = list(_changes(course))
    wanted = course.wanted.state
    reached = next((n for n, each in enumerate(changes) if each.state == wanted), None)
    if reached is not None and reached == len(changes) - 1:
        return changes[reached].at
    raise _impossible(wanted, changes, reached, now)


def _take(course: Course, do: Callable[[Course], object], now: datetime) -> None:
    try:
        do(course)
    except SimulatorError as error:
        changes = list(_changes(course))
        state = changes[-1].state if changes else None
        if isinstance(state, LifecycleState) and state.is_cancelled:
            # Not the step is wrong: a rule has ended what it was about.
            raise _impossible(course.wanted.state, changes, None, now) from error
        raise


def _changes(course: Course) -> Iterator[_Change]:
    """Yields the states of what was made, in order."""
    state = course.wanted.state
    for event in course.world.events:
        if isinstance(state, PosState):
            if isinstance(event, PosCreated | CheckedOut):
                yield _Change(event.at, PosState.FREE, "the check-in ends")
            elif isinstance(event, CheckedIn):
                yield _Change(event.at, PosState.CHECKED_IN, "the customer checks in")
        elif isinstance(event, RefundChanged if course.refund_id else PaymentChanged):
            yield _Change(event.at, event.after, event.trigger)


def _impossible(
    wanted: str, changes: list[_Change], reached: int | None, now: datetime
) -> CannotArrange:
    last = changes[-1]
    if reached is None:
        return CannotArrange("state", f"on the way to {wanted} it becomes {last.state}: {last.why}")
    after = changes[reached + 1]
    lasts = show_duration(after.at - changes[reached].at)
    age = show_duration(now - last.at) if now > last.at else "0s"
    return CannotArrange(
        "age",
        f"{wanted} lasts {lasts}, then it becomes {after.state} ({after.why}); "
        f"possible are {wanted} with an age below {lasts}, and {last.state} with {age}",
    )


def _put(past: World, world: World) -> None:
    """Puts what a past has made into the sandbox's world."""
    for pos in past.points_of_sale:
        if world.points_of_sale.get(pos.id) is None:
            world.points_of_sale.add(pos)
        world.clock.cancel(EndCheckIn(pos.id))
        world.check_ins.pop(pos.id, None)
    world.check_ins.update(past.check_ins)
    for payment in past.payments:
        world.payments.put(payment)
    for refund in past.refunds:
        world.refunds.put(refund)
    for key, balance in past.balances.items():
        if world.balances.get(key) != balance:
            world.balances[key] = balance
    for due, command in past.clock.pending():
        world.clock.schedule(due, command)
    for event in past.events:
        world.record_past(event)
    world.ids = past.ids
