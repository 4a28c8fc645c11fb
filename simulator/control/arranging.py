"""Control of what a test begins with: made as if it had happened."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from .. import client
from ..api.carried import carried, sandbox_of
from ..api.context import Context
from ..client.model import camel_case, sparse
from ..engine import refunds, stores
from ..engine.arranging import ArrangedIds, CannotArrange, arrange
from ..engine.customers import TEST_USERS, CustomerRecord
from ..engine.errors import SimulatorError
from ..engine.merchants import CURRENCIES, SEEDED_VATS
from ..engine.operations import BY_NAME
from ..engine.paths import PosState, WantedState
from ..engine.records import Caller, PaymentRecord
from ..engine.refusals import Refusal
from ..engine.states import PaymentState, RefundState
from ..engine.values import (
    Currency,
    as_balance,
    as_duration,
    as_guid,
    as_money,
    as_name,
    as_phone,
    as_vat,
)
from ..engine.world import World
from ..settings.data import SEEDED_INTEGRATORS, Integrator
from ..settings.nearest import nearest
from .mistakes import FieldRefused
from .serving import checked, mistake

AMOUNT = Decimal("10.00")
#: Who checks in where nobody is named: with any amount, and with a part that is captured.
CUSTOMER, PARTIAL = "credit-card", "partial-capture"


class StoreState(StrEnum):
    """The states of a store that can be arranged."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


#: The states by what has them.
_STATES: dict[str, type[StrEnum]] = {
    "payment": PaymentState,
    "refund": RefundState,
    "point-of-sale": PosState,
    "store": StoreState,
}
#: The state where none is given.
_DEFAULTS = {"point-of-sale": PosState.FREE, "store": StoreState.ACTIVE}

#: What has no meaning for something, by what is wanted.
_NEEDLESS = {
    "payment": ("balance",),
    "refund": ("balance",),
    "point-of-sale": ("amount", "captured", "balance", "currency_code", "order_id"),
    "store": ("amount", "captured", "customer", "currency_code", "order_id", "pos_id"),
}


#: The operations that show it, and what of the answer is their id.
_LOOKS = {
    "payment": ("QueryPayment", "payment_id"),
    "refund": ("GetRefund", "refund_id"),
    "point-of-sale": ("GetCheckIn", "pos_id"),
    "store": ("GetStore", "store_id"),
}


#: What the engine refuses because of the point of sale.
_OF_THE_POS = (Refusal.POS_NOT_FOUND, Refusal.POS_OF_ANOTHER_MERCHANT, Refusal.PAYMENT_ACTIVE)


class _Who(NamedTuple):
    """Whose it is."""

    integrator: Integrator
    merchant: str

    @property
    def caller(self) -> Caller:
        return Caller(self.integrator.owner, self.merchant)


def arrange_state(context: Context, body: client.Arrange) -> client.Arranged:
    """Makes what is wanted, and shows it."""
    state, who = _state(body), _who(context, body)
    _check_fields(body, state)
    with sandbox_of(context).world as world:
        if isinstance(state, StoreState):
            return _change_store(world, who, body, state)
        wanted = _wanted(world, who, body, state)
        try:
            made = arrange(world, who.caller, wanted)
        except CannotArrange as error:
            raise mistake(error.field, str(error)) from error
        except SimulatorError as error:
            if body.pos_id is not None and error.refusal in _OF_THE_POS:
                raise FieldRefused("posId", error) from error
            raise
        return _shown(world, who, body.what, made)


# --- what is wanted -------------------------------------------------------------------------------


def _state(body: client.Arrange) -> Any:
    states = _STATES[body.what]
    word = body.state or _DEFAULTS.get(body.what)
    if word is None:
        raise mistake("state", f"is missing; a {body.what} has {', '.join(states)}")
    # A shell is no place for capitals.
    found = next((each for each in states if each.lower() == word.lower()), None)
    if found is None:
        hint = nearest(word[:60], [each.value for each in states])
        raise mistake("state", f"a {body.what} is never {word[:60]!r}; {hint}")
    return found


def _who(context: Context, body: client.Arrange) -> _Who:
    merchant = checked("merchant", as_vat, body.merchant or SEEDED_VATS[0])
    if body.client_id is None:
        return _Who(context.data.integrators[0], merchant)
    integrator = context.integrator(body.client_id)
    if integrator is None:
        known = [each.client_id for each in context.data.integrators]
        hint = nearest(body.client_id[:60], known)
        raise mistake("clientId", f"there is no integrator {body.client_id[:60]!r}; {hint}")
    return _Who(integrator, merchant)


def _check_fields(body: client.Arrange, state: StrEnum) -> None:
    """Refuses what has no meaning for the thing or the state that is wanted."""
    for name in _NEEDLESS[body.what]:
        if getattr(body, name) is not None:
            raise mistake(camel_case(name), f"a {body.what} has none")
    is_captured = isinstance(state, RefundState) or state is PaymentState.CAPTURED
    if body.captured is not None and not is_captured:
        raise mistake("captured", f"nothing is captured of a payment that is {state}")
    if body.pos_id is not None and state is PosState.FREE:
        raise mistake("posId", "is for a point of sale where a customer is to check in")


def _wanted(world: World, who: _Who, body: client.Arrange, state: Any) -> WantedState:
    amount, captured = _amount("amount", body.amount), _amount("captured", body.captured)
    if amount is None:
        amount = captured or AMOUNT
    if isinstance(state, PaymentState) and captured is not None and captured > amount:
        raise mistake("captured", f"is at most the amount, which is {amount}")
    country = who.merchant[:2]
    currency = CURRENCIES[country] if body.currency_code is None else Currency(body.currency_code)
    is_partial = captured is not None and captured < amount
    pos_id = None if body.pos_id is None else checked("posId", as_guid, body.pos_id)
    customer = _customer(world, body.customer or (PARTIAL if is_partial else CUSTOMER), country)
    there = world.check_ins.get(pos_id or "")
    if body.customer and there and there.customer != customer and not isinstance(state, PosState):
        raise mistake("customer", f"{there.customer.phone} is checked in there; leave it out")
    return WantedState(
        state=state,
        age=checked("age", as_duration, body.age),
        customer=customer,
        currency=currency,
        amount=amount,
        captured=captured,
        pos_id=pos_id,
        order_id=None if body.order_id is None else checked("orderId", as_name, body.order_id),
    )


def _amount(name: str, amount: float | None) -> Decimal | None:
    return None if amount is None else checked(name, as_money, Decimal(str(amount)))


def _customer(world: World, word: str, country: str) -> CustomerRecord:
    words = [each.word for each in TEST_USERS]
    if word in words:
        return world.customers.named(word, country)
    if not word.startswith("+"):
        hint = nearest(word[:60], words)
        raise mistake("customer", f"{word[:60]!r} is no test user and no phone number; {hint}")
    try:
        return world.customers.with_phone(checked("customer", as_phone, word))
    except SimulatorError as error:
        raise mistake("customer", error.detail) from error


def _change_store(
    world: World, who: _Who, body: client.Arrange, state: StoreState
) -> client.Arranged:
    """Changes a store now: what it has left is what it has, and has no age."""
    if checked("age", as_duration, body.age):
        raise mistake("age", "a store is changed now; leave it out")
    balance = body.balance
    store = stores.first(world, who.caller)
    stores.change_store(
        world,
        store.id,
        is_active=state is StoreState.ACTIVE,
        balance=None if balance is None else checked("balance", as_balance, Decimal(str(balance))),
    )
    return _shown(world, who, "store", ArrangedIds("", "", "", world.clock.now))


# --- what is answered -----------------------------------------------------------------------------


def _shown(world: World, who: _Who, what: str, made: ArrangedIds) -> client.Arranged:
    pos, payment = world.points_of_sale.get(made.pos_id), world.payments.get(made.payment_id)
    refund, check_in = world.refunds.get(made.refund_id), world.check_ins.get(made.pos_id)
    store = world.stores.get(pos.store_id) if pos else stores.first(world, who.caller)
    assert store is not None  # noqa: S101 - for mypy: no point of sale is without its store
    shown: dict[str, Any] = {"store_id": store.id}
    if pos is not None:
        shown |= {"pos_id": pos.id, "merchant_pos_id": pos.merchant_pos_id}
        shown |= {
            "beacon_id": pos.beacon_id,
            "state": PosState.CHECKED_IN if check_in else PosState.FREE,
        }
    if payment is not None:
        shown |= _shown_payment(world, payment)
    if refund is not None:
        shown |= {"refund_id": refund.id, "refund_order_id": refund.order_id}
        shown |= {"refund_amount": refund.amount, "state": refund.state}
    customer = payment.customer if payment else check_in.customer if check_in else None
    currency = payment.currency if payment and payment.currency else store.currency
    if what == "store":
        shown["state"] = StoreState.ACTIVE if store.is_active else StoreState.INACTIVE
    record = refund or payment
    # What is too old can't be refunded, whatever the state's usual next step is.
    is_spent = record is payment and shown.get("state") == PaymentState.CAPTURED
    has_next = record is not None and not (is_spent and not shown["refundable"])
    return sparse(
        client.Arranged,
        what=what,
        since=made.since,
        merchant=who.merchant,
        client_id=who.integrator.client_id,
        phone=customer.phone if customer else None,
        balance=stores.balance_of(world, store, currency),
        currency_code=currency,
        next_step=record.state.next_step if record and has_next else None,
        timeline=_timeline(made),
        **_commands(who, what, shown),
        **shown,
    )


def _shown_payment(world: World, payment: PaymentRecord) -> dict[str, Any]:
    until = refunds.refundable_until(world, payment)
    can_refund = payment.state is PaymentState.CAPTURED and not refunds.is_too_late(world, payment)
    return {
        "payment_id": payment.id,
        "order_id": payment.order_id,
        "amount": payment.amount,
        "captured_amount": payment.captured_amount,
        "refundable_until": until if can_refund else None,
        "refundable": refunds.left_of(world, payment) if can_refund else Decimal("0.00"),
        "state": payment.state,
    }


def _timeline(made: ArrangedIds) -> str | None:
    """Returns the page that shows what happened."""
    name, value = ("paymentId", made.payment_id) if made.payment_id else ("posId", made.pos_id)
    return f"{carried().request.root}/page/timeline?{name}={value}" if value else None


def _commands(who: _Who, what: str, shown: Mapping[str, Any]) -> dict[str, str]:
    """Returns the commands that get an access token, and that look at what was made."""
    root, integrator = carried().request.root, who.integrator
    # Everybody may know the seeded secrets; others are their owners' alone.
    secret = integrator.secret if integrator in SEEDED_INTEGRATORS else "SECRET"
    app = f"-H 'X-IBM-Client-Id: {integrator.ibm_client_id or integrator.client_id}'"
    operation, name = _LOOKS[what]
    path = re.sub(r"{\w+}", shown[name], BY_NAME[operation].path)
    return {
        "token": f"curl -s {root}{BY_NAME['Token'].path} -u {integrator.client_id}:{secret} {app} "
        f"-d grant_type=client_credentials -d merchant_vat={who.merchant}",
        "look": f'curl -s {root}{path} -H "Authorization: Bearer $TOKEN" {app} '
        "-H 'X-MobilePay-Client-System-Version: 1.0.0'",
    }
