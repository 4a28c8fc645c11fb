"""Payments and points of sale: models and calls."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from .calling import ControlCalls, quoted
from .model import Input, Limit, Model, Moment, given


class RefundSeen(Model, frozen=True):
    """A refund as the control API shows it."""

    refund_id: str
    refund_order_id: str
    payment_id: str
    state: str
    amount: Decimal
    currency_code: str
    created_at: Moment


class RestrictionsSeen(Model, frozen=True):
    """The kinds of cards that a payment refuses; null is what the client left out."""

    debit_card_disallowed: bool | None = None
    credit_card_disallowed: bool | None = None


class PaymentSeen(Model, frozen=True, kw_only=True):
    """A payment as the control API shows it; a list of payments leaves out their refunds.

    `refunded_amount` is what captured refunds have given back. `card` is the customer's, and
    `card_allowed` says whether the payment allows it. `run` and `scenario` are those at work on the
    payment; it is `playing` while its script goes on.
    """

    payment_id: str
    order_id: str
    pos_id: str
    store_id: str
    merchant: str
    client_id: str
    state: str
    active: bool
    open: bool
    amount: Decimal | None = None
    currency_code: str | None = None
    planned_capture_delay: str | None = None
    restrictions: RestrictionsSeen | None = None
    label: str | None = None
    phone: str | None = None
    card: str | None = None
    card_allowed: bool | None = None
    captured_amount: Decimal | None = None
    refunded_amount: Decimal = Decimal("0.00")
    partial_capture_possible: bool | None = None
    created_at: Moment
    reserved_at: Moment | None = None
    expires_at: Moment | None = None
    captured_at: Moment | None = None
    ended_at: Moment | None = None
    run: str | None = None
    scenario: str | None = None
    playing: bool = False
    refunds: tuple[RefundSeen, ...] = ()


class ChooseCard(Input, frozen=True):
    """The card that the customer takes for a payment."""

    card: Annotated[Literal["credit", "debit"], Meta(description="`credit` or `debit`")]


#: What MobilePay does to a payment, by the words of scenarios.
MobilePayAct = Literal["cancel-by-mobilepay", "fail-reserving", "expire", "cancel-refunds"]


class ActOnPayment(Input, frozen=True):
    """What MobilePay does to a payment, as actions of scenarios do it."""

    action: Annotated[
        MobilePayAct,
        Meta(description="`cancel-by-mobilepay`, `fail-reserving`, `expire` or `cancel-refunds`"),
    ]


class PaymentsSeen(Model, frozen=True):
    """Payments, newest first: `total` says how many there are, `more` whether others would fit."""

    payments: tuple[PaymentSeen, ...]
    total: int
    more: bool


class CheckInSeen(Model, frozen=True):
    """The customer at a point of sale; `scripted` where a scenario plays the customer.

    `until` is when the check-in lapses; null while the customer takes part in an active payment.
    """

    phone: str
    since: Moment
    until: Moment | None = None
    scripted: bool = False


class PointOfSaleSeen(Model, frozen=True, kw_only=True):
    """A point of sale as the control API shows it; `qr` is what its QR code says."""

    pos_id: str
    merchant_pos_id: str
    name: str
    beacon_id: str
    qr: str
    supported_beacon_types: tuple[str, ...] = ()
    require_payment_before_checkin: bool = False
    callback_alias: str | None = None
    merchant: str
    merchant_name: str = ""
    client_id: str
    store_id: str
    store_name: str | None = None
    currency_code: str | None = None
    check_in: CheckInSeen | None = None
    active_payment: PaymentSeen | None = None


class PointsOfSaleSeen(Model, frozen=True):
    """Points of sale, newest first."""

    points_of_sale: tuple[PointOfSaleSeen, ...]
    total: int
    more: bool


class PageQuery(Input, frozen=True, kw_only=True):
    """Which part of a list is wanted."""

    limit: Limit = 100
    before: Annotated[str, Meta(description="only those older than the one of this id")] = ""


class PointsOfSaleQuery(PageQuery, frozen=True, kw_only=True):
    """Which points of sale are listed."""

    search: Annotated[
        str, Meta(description="a part of their name, or the beginning of their id, in any case")
    ] = ""


class PaymentsQuery(PageQuery, frozen=True, kw_only=True):
    """Which payments are listed; all filters must fit."""

    pos_id: Annotated[str, Meta(description="the point of sale they are on")] = ""
    state: Annotated[str, Meta(description="a state, or `active`, `open`, `final`")] = ""
    order_id: Annotated[str, Meta(description="their order id")] = ""
    search: Annotated[
        str,
        Meta(description="a part of their order id, or the beginning of their own, in any case"),
    ] = ""


class PaymentCalls(ControlCalls):
    """The calls about payments and points of sale."""

    def points_of_sale(
        self, *, search: str | None = None, limit: int | None = None, before: str | None = None
    ) -> PointsOfSaleSeen:
        """Returns points of sale, newest first.

        Args:
            search: a part of their name, or the beginning of their id, in any case.
            limit: at most so many.
            before: only those that are older than the one of this id.
        """
        query = given(PointsOfSaleQuery, search=search, limit=limit, before=before)
        return self.call(PointsOfSaleSeen, "GET", "/points-of-sale", query=query)

    def point_of_sale(self, pos_id: str) -> PointOfSaleSeen:
        """Returns one point of sale: who is there, and which payment is active.

        Args:
            pos_id: its id.
        """
        return self.call(PointOfSaleSeen, "GET", f"/points-of-sale/{quoted(pos_id)}")

    def payments(
        self,
        *,
        state: str | None = None,
        pos_id: str | None = None,
        order_id: str | None = None,
        search: str | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> PaymentsSeen:
        """Returns payments, newest first; all filters must fit.

        Args:
            state: a state, or `active`, `open`, `final` for several.
            pos_id: the point of sale they are on.
            order_id: their order id.
            search: a part of their order id, or the beginning of their own, in any case.
            limit: at most so many.
            before: only those that are older than the one of this id.
        """
        filters = {"state": state, "pos_id": pos_id, "order_id": order_id, "search": search}
        query = given(PaymentsQuery, limit=limit, before=before, **filters)
        return self.call(PaymentsSeen, "GET", "/payments", query=query)

    def payment(self, payment_id: str) -> PaymentSeen:
        """Returns one payment with its refunds.

        Args:
            payment_id: its id.
        """
        return self.call(PaymentSeen, "GET", f"/payments/{quoted(payment_id)}")

    def choose_card(self, payment_id: str, card: Literal["credit", "debit"]) -> PaymentSeen:
        """Lets the customer take another card for a payment that waits for the accept.

        Args:
            payment_id: its id.
            card: the kind of card.
        """
        path = f"/payments/{quoted(payment_id)}/card"
        return self.call(PaymentSeen, "PUT", path, body=ChooseCard(card))

    def act_as_mobilepay(self, payment_id: str, action: MobilePayAct) -> PaymentSeen:
        """Lets MobilePay cancel a payment, end its reservation, or cancel its refunds.

        Args:
            payment_id: its id.
            action: what is done, in the words of scenarios.
        """
        path = f"/payments/{quoted(payment_id)}/actions"
        return self.call(PaymentSeen, "POST", path, body=ActOnPayment(action))
