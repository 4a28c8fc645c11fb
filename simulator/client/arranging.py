"""Arranging what a test begins with: models and the call."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta

from .calling import CONTROL, ControlCalls
from .model import Input, Model, Moment, given

#: The path of the call that arranges.
ARRANGE = f"{CONTROL}/arrange"

#: What can be arranged.
Arrangeable = Literal["payment", "refund", "point-of-sale", "store"]

_Amount = Annotated[float, Meta(gt=0, le=999_999_999.99)]


class Arrange(Input, frozen=True, kw_only=True):
    """What is to be there as if it had happened. All but `what` and `state` have defaults."""

    what: Annotated[
        Arrangeable, Meta(description="`payment`, `refund`, `point-of-sale` or `store`")
    ]
    state: Annotated[
        str | None,
        Meta(
            description="a state of a payment or refund; `Free` or `CheckedIn` of a point of sale; "
            "`Active` or `Inactive` of a store"
        ),
    ] = None
    age: Annotated[
        str, Meta(description="for how long it has the state, such as `91d`, `3h` or `500ms`")
    ] = "0s"
    amount: Annotated[
        _Amount | None,
        Meta(description="of the payment or refund; by default what is `captured`, else 10.00"),
    ] = None
    captured: Annotated[
        _Amount | None,
        Meta(
            description="what is captured of the payment, at most its amount; by default all of it"
        ),
    ] = None
    balance: Annotated[
        Annotated[float, Meta(ge=0, le=999_999_999.99)] | None,
        Meta(description="what the store has left"),
    ] = None
    customer: Annotated[
        str | None,
        Meta(description="a test user such as `loyalty`, or a phone number; else `credit-card`"),
    ] = None
    merchant: Annotated[str | None, Meta(description="the VAT number; else `DK12345678`")] = None
    client_id: Annotated[str | None, Meta(description="the integrator's; else the first one")] = (
        None
    )
    currency_code: Annotated[
        Literal["DKK", "EUR"] | None, Meta(description="else that of the merchant's country")
    ] = None
    pos_id: Annotated[
        str | None, Meta(description="the point of sale; by default a new one is made")
    ] = None
    order_id: Annotated[str | None, Meta(description="of the payment or refund")] = None


class Arranged(Model, frozen=True, kw_only=True):
    """What was arranged: its ids, its state since a time, and what a client can do with it.

    `refundable` is what can still be refunded of the payment, until `refundable_until`.
    `timeline` is the page that shows what happened. `token` and `look` are commands: one gets an
    access token, the other asks the service for it.
    """

    what: str
    state: str
    since: Moment
    merchant: str
    client_id: str
    store_id: str
    balance: Decimal
    currency_code: str
    pos_id: str | None = None
    merchant_pos_id: str | None = None
    beacon_id: str | None = None
    phone: str | None = None
    payment_id: str | None = None
    order_id: str | None = None
    amount: Decimal | None = None
    captured_amount: Decimal | None = None
    refundable: Decimal | None = None
    refundable_until: Moment | None = None
    refund_id: str | None = None
    refund_order_id: str | None = None
    refund_amount: Decimal | None = None
    timeline: str | None = None
    next_step: str | None = None
    token: str
    look: str


class ArrangeCalls(ControlCalls):
    """The call that arranges."""

    def arrange(
        self,
        what: Arrangeable,
        state: str | None = None,
        *,
        age: timedelta | str | None = None,
        **more: Any,
    ) -> Arranged:
        """Makes a payment, refund, point of sale or store as if all had happened already.

        Args:
            what: what is wanted.
            state: its state, such as `Captured`, `CheckedIn` or `Inactive`.
            age: for how long it has the state; a `timedelta`, or a text such as `91d`.
            more: the other fields of `Arrange`: `amount`, `captured`, `balance`, `customer`,
                `merchant`, `client_id`, `currency_code`, `pos_id`, `order_id`.

        Raises:
            ControlError: no way leads there; it says why, and what would be possible.
        """
        if isinstance(age, timedelta):
            age = f"{age.total_seconds():.6f}s"
        amounts = {name: float(each) for name, each in more.items() if isinstance(each, Decimal)}
        body = given(Arrange, what=what, state=state, age=age, **(more | amounts))
        return self.call(Arranged, "POST", "/arrange", body=body)
