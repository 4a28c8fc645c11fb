"""`mobilepay-sim arrange`: what a test begins with, made at once."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from ..settings.nearest import nearest
from .options import TEXT, text_option
from .steering import NUMBER, Told, steering

if TYPE_CHECKING:
    from ..client import Arranged, ControlClient

#: What can be arranged.
WHAT = ("payment", "refund", "point-of-sale", "store")
#: What is shown of the answer, by its fields.
SHOWN = {
    "payment_id": "payment",
    "order_id": "order",
    "amount": "amount",
    "captured_amount": "captured",
    "refundable": "refundable",
    "refundable_until": "until",
    "refund_id": "refund",
    "refund_order_id": "refund order",
    "refund_amount": "refunded",
    "phone": "customer",
    "pos_id": "point of sale",
    "beacon_id": "beacon",
    "store_id": "store",
    "balance": "balance",
    "currency_code": "currency",
    "timeline": "timeline",
    "next_step": "next",
    "token": "token",
    "look": "look",
}


def _known(context: click.Context, parameter: click.Parameter, word: str) -> str:
    if word not in WHAT:
        raise click.BadParameter(f"{word[:60]!r} is none; {nearest(word, WHAT)}")
    return word


@click.command()
@click.argument("what", callback=_known)
@click.argument("state", required=False, type=TEXT)
@text_option("--age", metavar="TIME", help="How long ago it got the state, such as 3h or 91d.")
@click.option(
    "--amount",
    type=NUMBER,
    help="Of the payment or refund. [default: what is captured, else 10.00]",
)
@click.option(
    "--captured",
    type=NUMBER,
    help="What is captured; less than --amount for a part. [default: all of the payment]",
)
@click.option("--balance", type=NUMBER, help="What a store has left; goes with: arrange store.")
@text_option("--customer", metavar="USER", help="Test user, or phone. [default: credit-card]")
@text_option("--merchant", metavar="VAT", help="VAT number. [default: DK12345678]")
@text_option("--client-id", metavar="ID", help="Integrator. [default: the first one]")
@click.option("--currency", "currency_code", type=click.Choice(["DKK", "EUR"]))
@text_option("--pos", "pos_id", metavar="ID", help="Point of sale. [default: a new one]")
@text_option("--order", "order_id", metavar="ID", help="Order id of the payment or refund.")
@steering()
def arrange(control: "ControlClient", what: Any, state: str | None, **given: Any) -> Told:
    """Make something with a state in a running simulator, as if all had happened.

    \b
    payment STATE        a payment, such as Captured
    refund STATE         a refund, such as Reserved
    point-of-sale STATE  Free or CheckedIn
    store STATE          Active or Inactive
    """
    made = control.arrange(what, state, **given)
    return Told(made.raw, _lines(made))


def _lines(made: "Arranged") -> Iterator[str]:
    yield f"{made.what} is {made.state} since {made.since:%F %T}"
    for name, word in SHOWN.items():
        value = getattr(made, name)
        if value is not None:
            yield f"  {word + ':':15}{_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%F %T}"
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)
