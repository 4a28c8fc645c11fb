"""The tool that makes what a test begins with."""

from typing import Annotated, Literal

from pydantic import Field

from ...client import Arranged
from .choice import DEFAULT, SimulatorChoice
from .preparing import SandboxName
from .showing import answer


class ArrangingTools:
    """The tool that arranges.

    Args:
        choice: which simulator it uses.
    """

    def __init__(self, choice: SimulatorChoice) -> None:
        self._choice = choice

    def arrange(
        self,
        what: Annotated[
            Literal["payment", "refund", "point-of-sale", "store"],
            Field(description="What is to be there."),
        ],
        state: Annotated[
            str | None,
            Field(description="Such as `Captured`, `Reserved`, `CheckedIn` or `Inactive`."),
        ] = None,
        age: Annotated[
            str, Field(description="For how long it has the state, such as `3h` or `91d`.")
        ] = "0s",
        amount: Annotated[
            float | None,
            Field(description="Of the payment or refund; by default what is captured, else 10.00."),
        ] = None,
        balance: Annotated[float | None, Field(description="What the store has left.")] = None,
        customer: Annotated[
            str | None, Field(description="A test user such as `loyalty`, or a phone number.")
        ] = None,
        captured: Annotated[
            float | None, Field(description="What is captured; by default all of the payment.")
        ] = None,
        merchant: Annotated[
            str | None, Field(description="VAT number, such as FI12345678; DK12345678 by default.")
        ] = None,
        pos_id: Annotated[
            str | None, Field(description="The point of sale; a new one by default.")
        ] = None,
        order_id: Annotated[
            str | None, Field(description="Order id of the payment or refund.")
        ] = None,
        sandbox: SandboxName = DEFAULT,
    ) -> str:
        """Arrange what a test begins with, as if it had happened: a payment captured 91 days ago.

        What no path leads to is refused, with the reason and what is possible.
        """
        made = self._choice.control(sandbox).arrange(
            what,
            state,
            age=age,
            amount=amount,
            captured=captured,
            balance=balance,
            customer=customer,
            merchant=merchant,
            pos_id=pos_id,
            order_id=order_id,
        )
        ids = {
            "payment_id": made.payment_id,
            "refund_id": made.refund_id,
            "pos_id": made.pos_id,
            "store_id": made.store_id,
        }
        return answer(
            f"{made.what}: {made.state} since {made.since:%Y-%m-%dT%H:%M:%S}Z",
            f"amount: {made.amount:.2f} {made.currency_code}" if made.amount is not None else "",
            _refundable(made),
            f"balance of the store: {made.balance:.2f}",
            *(f"{name}: {value}" for name, value in ids.items() if value),
            then=f"let the till go on from there; timeline(sandbox={sandbox!r}) tells how it came.",
        )


def _refundable(made: Arranged) -> str:
    if made.refundable is None:
        return ""
    until = f" until {made.refundable_until:%Y-%m-%dT%H:%M:%S}Z" if made.refundable_until else ""
    return f"refundable: {made.refundable:.2f}{until}"
