"""Control of what there is: points of sale and payments, newest first, in pieces."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from flask import request

from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of
from simulator.control.pictures import payment_as_json, pos_as_json, refund_as_json
from simulator.control.queries import asked_limit, check_parameters
from simulator.documents import nearest
from simulator.engine.errors import Refusal, SimulatorError
from simulator.engine.records import Payment, PointOfSale
from simulator.engine.states import PaymentState
from simulator.engine.values import as_guid

__all__ = ["list_payments", "list_points_of_sale", "show_payment", "show_point_of_sale"]

USUAL = 100

T = TypeVar("T", Payment, PointOfSale)

#: Filters of payments by state that stand for several.
_GROUPS: Mapping[str, Callable[[PaymentState], bool]] = {
    "active": lambda state: state.is_active,
    "open": lambda state: state.is_open,
    "final": lambda state: state.is_final,
}


def list_points_of_sale(context: Context) -> dict[str, Any]:
    """The points of sale, newest first; `?before=` an id goes on behind it."""
    check_parameters("limit", "before")
    sandbox, limit, before = sandbox_of(context), asked_limit(USUAL), _guid("before")
    with sandbox.world as world:
        table = world.points_of_sale.table
        found = list(islice(_behind(reversed(table.values()), before), limit + 1))
        return {
            "pointsOfSale": [pos_as_json(sandbox, each) for each in found[:limit]],
            "total": len(table),
            "more": len(found) > limit,
        }


def show_point_of_sale(context: Context, pos_id: str) -> dict[str, Any]:
    """One point of sale."""
    sandbox, pos_id = sandbox_of(context), _as_id("point of sale", pos_id)
    with sandbox.world as world:
        pos = world.points_of_sale.get(pos_id)
        if pos is None:
            raise SimulatorError(Refusal.NO_SUCH_PATH, f"no active point of sale {pos_id}")
        return pos_as_json(sandbox, pos)


def list_payments(context: Context) -> dict[str, Any]:
    """The payments that fit the filters, newest first; `?before=` an id goes on behind it."""
    check_parameters("limit", "before", "posId", "state", "orderId")
    sandbox, limit, before = sandbox_of(context), asked_limit(USUAL), _guid("before")
    tests = _tests()
    with sandbox.world as world:
        payments = _behind(reversed(world.payments.table.values()), before)
        fitting = (each for each in payments if all(test(each) for test in tests))
        found = list(islice(fitting, limit + 1))
        return {
            "payments": [payment_as_json(sandbox, each) for each in found[:limit]],
            "total": len(world.payments),
            "more": len(found) > limit,
        }


def show_payment(context: Context, payment_id: str) -> dict[str, Any]:
    """One payment, with its refunds."""
    sandbox, payment_id = sandbox_of(context), _as_id("payment", payment_id)
    with sandbox.world as world:
        payment = world.payments.get(payment_id)
        if payment is None:
            raise SimulatorError(Refusal.NO_SUCH_PATH, f"no payment {payment_id}")
        refunds = world.refunds.of_payment(payment_id)
        return {
            **payment_as_json(sandbox, payment),
            "refunds": [refund_as_json(each) for each in refunds],
        }


def _tests() -> list[Callable[[Payment], bool]]:
    tests: list[Callable[[Payment], bool]] = []
    pos_id, order_id = _guid("posId"), request.args.get("orderId", "")
    if pos_id:
        tests.append(lambda payment: payment.pos_id == pos_id)
    if order_id:
        tests.append(lambda payment: payment.order_id == order_id)
    is_meant = _state_test(request.args.get("state", ""))
    if is_meant is not None:
        tests.append(lambda payment: is_meant(payment.state))
    return tests


def _state_test(word: str) -> Callable[[PaymentState], bool] | None:
    if not word:
        return None
    known = [*_GROUPS, *(state.value for state in PaymentState)]
    if word not in known:
        message = f"state: there is no {word[:60]!r}; {nearest(word, known)}"
        raise SimulatorError(Refusal.BAD_REQUEST, message)
    if word in _GROUPS:
        return _GROUPS[word]
    wanted = PaymentState(word)
    return lambda state: state is wanted


def _behind(things: Iterable[T], before: str | None) -> Iterator[T]:
    """Yields the things behind the one of an id; all of them where there is no id."""
    is_there = before is None
    for each in things:
        if is_there:
            yield each
        elif each.id == before:
            is_there = True


def _guid(name: str) -> str | None:
    text = request.args.get(name, "")
    if not text:
        return None
    return _as_id(name, text)


def _as_id(name: str, text: str) -> str:
    try:
        return as_guid(text)
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, f"{name}: {error}") from error
