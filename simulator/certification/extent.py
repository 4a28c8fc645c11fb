"""Which sections a client must be certified in to make a call."""

from ..engine.payments import InitiatePayment, PaymentTerms
from ..scripting.call import Call

_PAYMENTS = ("payments", "payments-with-restrictions")
_PREPARED = ("prepared-payments", "prepared-payments-with-restrictions")

#: The sections that open an operation, where its body does not matter.
_BY_OPERATION = {
    "PreparePayment": _PREPARED,
    **dict.fromkeys(
        ("QueryPayment", "QueryPaymentIds", "CapturePayment", "CancelPayment"),
        (*_PAYMENTS, *_PREPARED),
    ),
    **dict.fromkeys(
        ("CreateRefund", "GetRefund", "QueryRefundIds", "CaptureRefund", "CancelRefund"),
        ("refunds",),
    ),
}


def sections_for(call: Call) -> tuple[str, ...]:
    """Returns the sections that open a call, each of them; none where any certificate does."""
    match call.body:
        case InitiatePayment(terms=terms):
            return (_PAYMENTS[bool(terms.restrictions)],)
        case PaymentTerms(restrictions=restrictions):
            return (_PREPARED[bool(restrictions)],)
    return _BY_OPERATION.get(call.name, ())
