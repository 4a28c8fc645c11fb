"""Control of what there is: points of sale and payments, newest first, in pieces."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from operator import is_
from typing import NamedTuple

from .. import client
from ..api.answers import Response
from ..api.carried import looked_at, sandbox_of
from ..api.context import Context
from ..client.model import ABSENT
from ..engine import payment_course, refunds
from ..engine.check_ins import is_of_customer_there
from ..engine.customers import Card
from ..engine.merchants import MerchantDirectory, StoreRecord
from ..engine.records import PaymentRecord, PointOfSaleRecord
from ..engine.states import PaymentState
from ..engine.values import as_guid
from ..engine.world import World
from ..journal.shown import shown_refund
from ..sandboxes.registry import HostedSandbox
from ..scripting.actions import ACTIONS, ActionContext
from ..scripting.runs import ScenarioRun
from ..settings.nearest import nearest
from .named import known_payment, known_pos
from .searching import search
from .serving import Later, NotThere, checked, mistake, now_or_later

#: A thread shows more than so many.
MOST_AT_ONCE = 500

#: The words of the filter by state, some of which stand for several states.
_STATES: Mapping[str, Callable[[PaymentState], bool]] = {
    "active": lambda state: state.is_active,
    "open": lambda state: state.is_open,
    "final": lambda state: state.is_final,
    **{each.value: partial(is_, each) for each in PaymentState},
}


def list_points_of_sale(
    context: Context, query: client.PointsOfSaleQuery
) -> client.PointsOfSaleSeen | Later[client.PointsOfSaleSeen] | Response:
    sandbox = looked_at(context)
    with sandbox.world as world:
        known_pos(world, "before", query.before)
        table = world.points_of_sale.table
        found = search(context, table, query, _tests_of_pos(query))
        if isinstance(found, Response):
            return found
        listed = [_occupied(sandbox, each) for each in found[: query.limit]]
        total, directory = len(table), world.directory

    def make() -> client.PointsOfSaleSeen:
        shown = tuple(_point_of_sale(each, directory) for each in listed)
        return client.PointsOfSaleSeen(shown, total, len(found) > query.limit)

    return now_or_later(make, is_large=len(listed) > MOST_AT_ONCE)


def show_point_of_sale(context: Context, pos_id: str) -> client.PointOfSaleSeen:
    sandbox, pos_id = looked_at(context), checked("point of sale", as_guid, pos_id)
    with sandbox.world as world:
        pos = world.points_of_sale.get(pos_id)
        if pos is None:
            raise NotThere(f"no active point of sale {pos_id}")
        return _point_of_sale(_occupied(sandbox, pos), world.directory)


def list_payments(
    context: Context, query: client.PaymentsQuery
) -> client.PaymentsSeen | Later[client.PaymentsSeen] | Response:
    sandbox = looked_at(context)
    with sandbox.world as world:
        tests = tuple(_tests(world, query))
        known_payment(world, "before", query.before)
        found = search(context, world.payments.table, query, tests)
        if isinstance(found, Response):
            return found
        listed = [_played(sandbox, each) for each in found[: query.limit]]
        total = len(world.payments)

    def make() -> client.PaymentsSeen:
        shown = tuple(_payment(each) for each in listed)
        return client.PaymentsSeen(shown, total, len(found) > query.limit)

    return now_or_later(make, is_large=len(listed) > MOST_AT_ONCE)


def show_payment(context: Context, payment_id: str) -> client.PaymentSeen:
    sandbox, payment_id = looked_at(context), checked("payment", as_guid, payment_id)
    with sandbox.world as world:
        payment = world.payments.get(payment_id)
        if payment is None:
            raise NotThere(f"no payment {payment_id}")
        given = tuple(shown_refund(each) for each in world.refunds.of_payment(payment_id))
        return _payment(_played(sandbox, payment), given)


def choose_card(context: Context, body: client.ChooseCard, payment_id: str) -> client.PaymentSeen:
    sandbox, payment_id = sandbox_of(context), checked("payment", as_guid, payment_id)
    with sandbox.world as world:
        payment = world.payments.get(payment_id)
        if payment is None:
            raise NotThere(f"no payment {payment_id}")
        chosen = payment_course.choose_card(world, payment, Card(body.card))
        sandbox.scenario_engine.stop_script(payment.pos_id)
        return _payment(_played(sandbox, chosen))


def act(context: Context, body: client.ActOnPayment, payment_id: str) -> client.PaymentSeen:
    sandbox, payment_id = sandbox_of(context), checked("payment", as_guid, payment_id)
    with sandbox.world as world:
        payment = world.payments.get(payment_id)
        if payment is None:
            raise NotThere(f"no payment {payment_id}")
        ACTIONS[body.action]().run(ActionContext(world, payment))
        sandbox.scenario_engine.stop_script(payment.pos_id)
        return _payment(_played(sandbox, world.payments.table[payment_id]))


def _tests_of_pos(
    query: client.PointsOfSaleQuery,
) -> tuple[Callable[[PointOfSaleRecord], bool], ...]:
    wanted = query.search.casefold()
    if not wanted:
        return ()
    # Ids are in small letters.
    return (lambda pos: wanted in pos.name.casefold() or pos.id.startswith(wanted),)


def _tests(world: World, query: client.PaymentsQuery) -> Iterator[Callable[[PaymentRecord], bool]]:
    pos_id, order_id, word = known_pos(world, "posId", query.pos_id), query.order_id, query.state
    if pos_id:
        yield lambda payment: payment.pos_id == pos_id
    if order_id:
        yield lambda payment: payment.order_id == order_id
    if query.search:
        wanted = query.search.casefold()
        # Payment ids are in small letters.
        yield lambda payment: wanted in payment.order_id.casefold() or payment.id.startswith(wanted)
    if word:
        # A shell is no place for capitals.
        fits = next((fits for each, fits in _STATES.items() if each.lower() == word.lower()), None)
        if fits is None:
            raise mistake("state", f"there is no {word[:60]!r}; {nearest(word, _STATES)}")
        yield lambda payment: fits(payment.state)


# --- what is shown of them ------------------------------------------------------------------------


class _Played(NamedTuple):
    """A payment, its run, whether a script plays it at the moment, and what was given back."""

    payment: PaymentRecord
    run: ScenarioRun | None
    is_playing: bool
    refunded: Decimal


def _played(sandbox: HostedSandbox, payment: PaymentRecord) -> _Played:
    engine = sandbox.scenario_engine
    is_playing = engine.active_scenario(payment.id) is not None
    run, refunded = engine.runs.of_payment(payment.id), refunds.refunded_of(sandbox.world, payment)
    return _Played(payment, run, is_playing, refunded)


def _payment(played: _Played, given: tuple[client.RefundSeen, ...] = ABSENT) -> client.PaymentSeen:
    payment, run, is_playing, refunded = played
    refused = payment.restrictions
    return client.PaymentSeen(
        payment_id=payment.id,
        order_id=payment.order_id,
        pos_id=payment.pos_id,
        store_id=payment.store_id,
        merchant=payment.merchant,
        client_id=payment.client_id,
        state=payment.state,
        active=payment.state.is_active,
        open=payment.state.is_open,
        amount=payment.amount,
        currency_code=payment.currency,
        planned_capture_delay=payment.capture_delay,
        restrictions=client.RestrictionsSeen(
            refused.debit_card_disallowed, refused.credit_card_disallowed
        )
        if refused
        else None,
        label=payment.label,
        phone=payment.customer.phone if payment.customer else None,
        card=payment.customer.card if payment.customer else None,
        card_allowed=payment.customer.may_pay(refused) if payment.customer else None,
        captured_amount=payment.captured_amount,
        refunded_amount=refunded,
        partial_capture_possible=payment.partial_capture_possible,
        created_at=payment.created_at,
        reserved_at=payment.reserved_at,
        expires_at=payment.expires_at,
        captured_at=payment.captured_at,
        # Stored by earlier versions, a captured payment lacks it.
        ended_at=payment.ended_at or payment.captured_at,
        run=run.id if run else None,
        scenario=run.scenario.name if run else None,
        playing=is_playing,
        refunds=given,
    )


class _Occupied(NamedTuple):
    """A point of sale, its store, the payment that occupies it, and who is there."""

    pos: PointOfSaleRecord
    store: StoreRecord | None
    active: _Played | None
    check_in: client.CheckInSeen | None


def _occupied(sandbox: HostedSandbox, pos: PointOfSaleRecord) -> _Occupied:
    world = sandbox.world
    active = world.payments.active_on(pos.id)
    played = _played(sandbox, active) if active else None
    return _Occupied(pos, world.stores.get(pos.store_id), played, _check_in(world, pos.id, active))


def _point_of_sale(occupied: _Occupied, directory: MerchantDirectory) -> client.PointOfSaleSeen:
    pos, store, active, check_in = occupied
    return client.PointOfSaleSeen(
        pos_id=pos.id,
        merchant_pos_id=pos.merchant_pos_id,
        name=pos.name,
        beacon_id=pos.beacon_id,
        # Section 6 says what the QR code of a point of sale holds.
        qr=f"mobilepaypos://pos?id={pos.beacon_id}&source=qr",
        supported_beacon_types=pos.supported_beacon_types,
        require_payment_before_checkin=pos.require_payment_before_checkin,
        callback_alias=pos.callback_alias,
        merchant=pos.merchant,
        merchant_name=directory.merchant(pos.merchant).name,
        client_id=pos.client_id,
        store_id=pos.store_id,
        store_name=store.name if store else None,
        currency_code=store.currency if store else None,
        check_in=check_in,
        active_payment=_payment(active) if active else None,
    )


def _check_in(world: World, pos_id: str, active: PaymentRecord | None) -> client.CheckInSeen | None:
    found = world.check_ins.get(pos_id)
    if found is None:
        return None
    lapses = active is None or not is_of_customer_there(world, active)
    until = found.since + world.rules.check_in_lifetime if lapses else None
    return client.CheckInSeen(found.customer.phone, found.since, until, found.is_scripted)
