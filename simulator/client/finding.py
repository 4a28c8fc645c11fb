"""Which payment somebody means: its id, or its order id."""

import re

from .control import ControlClient
from .errors import may_be_refused

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE).fullmatch
#: So many payments of one order are told.
_SHOWN = 8


class NotOnePayment(ValueError):
    """No payment has this id or order id, or several have; the message lists these."""


def payment_named(control: ControlClient, word: str) -> str:
    """Returns the id of a payment.

    Args:
        control: a client of its sandbox.
        word: its id, or its order id.

    Raises:
        NotOnePayment: there is none, or there are several of this order.
    """
    is_id = _GUID(word) is not None
    if is_id and _is_payment(control, word):
        return word
    of_order = control.payments(order_id=word, limit=_SHOWN)
    if not of_order.payments:
        if is_id:
            return word  # clients have made calls about payments that were never there
        raise NotOnePayment(f"no payment has the id or the order id {word[:60]!r}")
    if len(of_order.payments) > 1:
        listed = ", ".join(f"{each.payment_id} ({each.state})" for each in of_order.payments)
        more = ", and older ones" if of_order.more else ""
        raise NotOnePayment(
            f"the order {word[:60]!r} has several payments; name one by its id: {listed}{more}"
        )
    return of_order.payments[0].payment_id


def _is_payment(control: ControlClient, payment_id: str) -> bool:
    with may_be_refused(404):
        control.payment(payment_id)
        return True
    return False
