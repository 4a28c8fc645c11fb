"""Which calls the runs of a scenario are sure to see while its client goes on."""

from dataclasses import dataclass

from ..engine.error_rows import (
    CREATES_PAYMENT,
    SIMULATES_USER,
    USES_PAYMENT,
    USES_POS,
    USES_REFUND,
)
from .cases import CaseDefinition

#: Calls that create a refund, or name one.
REFUND_CALLS = frozenset(("CreateRefund", *USES_REFUND))
#: Calls that name a payment, or a refund of one.
ABOUT_PAYMENT = REFUND_CALLS | {*USES_PAYMENT, "QueryRefundIds"}
_AT_POS = frozenset((*USES_POS, *SIMULATES_USER, "QueryPaymentIds"))
#: Calls that no client is named in.
_NOBODYS = frozenset((*SIMULATES_USER, "Discovery", "KeySet"))


@dataclass(frozen=True, slots=True)
class SeenCalls:
    """The calls that the runs of a scenario see.

    Args:
        case: its case, if it is one.
        has_payments: whether it has a script for a payment.
    """

    case: CaseDefinition | None
    has_payments: bool

    def lacks(self, call: str) -> str:
        """Returns why no run is sure to see a call, and what would be right; empty if it is."""
        if self.case is None:
            return self._lacks_without_case(call)
        opening = self.case.opens_with.call
        if call in _NOBODYS:
            return f"no case sees a {call}, in which no client is named"
        if call in CREATES_PAYMENT:
            return "" if call in opening else f"the case does not begin with {call}"
        if call in REFUND_CALLS:
            is_seen = "CreateRefund" in opening
            return "" if is_seen else f"only a case that begins with CreateRefund sees a {call}"
        is_seen = self.has_payments or call not in ABOUT_PAYMENT
        return "" if is_seen else f"a case without payments sees no {call}"

    def _lacks_without_case(self, call: str) -> str:
        # A run that was not queued begins with the start of its payment.
        if call in ABOUT_PAYMENT | _AT_POS:
            return ""
        return (
            f"only a `case` is sure to see a {call}; name an operation about a payment or a point "
            "of sale, such as QueryPayment"
        )
