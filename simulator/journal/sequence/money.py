"""What refunds make of the state of a payment, which stays Captured for the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ... import client
from ...engine.states import Phase, RefundState

REFUNDED, PARTLY_REFUNDED = "Refunded", "Captured, partly refunded"
_GIVEN_BACK = {each.value for each in RefundState if each.phase is Phase.CAPTURED}


@dataclass(slots=True)
class PaymentMoney:
    """How much of a payment was captured, and how much of that is given back so far.

    Args:
        captured: its captured amount.
        refunds: the amounts of its refunds by their ids.
    """

    captured: Decimal = Decimal(0)
    refunds: Mapping[str, Decimal] = field(default_factory=dict)
    refunded: Decimal = Decimal(0)

    def state_after(self, event: client.Event, state: str) -> str:
        """Returns the state of the payment once a refund has changed; notes what it gives back.

        Args:
            event: the change of the refund.
            state: the state before it.
        """
        amount = self.refunds.get(event.refund_id or "")
        if amount is None or event.after not in _GIVEN_BACK:
            return state
        self.refunded += amount
        return REFUNDED if self.refunded >= self.captured else PARTLY_REFUNDED
