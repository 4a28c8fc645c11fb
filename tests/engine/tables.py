"""Sections 7 and 8 of the service's documentation, copied out by hand.

Nothing here is read from `mobilepay_simulator.engine.states`, but for the names of the triggers.
"""

from mobilepay_simulator.engine.states import Trigger as T

#: Before, what happens, after; None is before there is a payment.
PAYMENT_ROWS: list[tuple[str | None, T, str]] = [
    (None, T.INITIATE, "Initiated"),
    (None, T.INITIATE_CHECKED_IN, "IssuedToUser"),
    (None, T.PREPARE, "Prepared"),
    (None, T.PREPARE_CHECKED_IN, "Paired"),
    ("Prepared", T.CHECK_IN, "Paired"),
    ("Prepared", T.READY, "Initiated"),
    ("Paired", T.READY, "IssuedToUser"),
    ("Initiated", T.CHECK_IN, "IssuedToUser"),
    ("IssuedToUser", T.RESERVE, "Reserved"),
    ("Paired", T.CUSTOMER_CANCELS, "CancelledByUser"),
    ("IssuedToUser", T.CUSTOMER_CANCELS, "CancelledByUser"),
    ("Prepared", T.CLIENT_CANCELS, "CancelledByClient"),
    ("Paired", T.CLIENT_CANCELS, "CancelledByClient"),
    ("Initiated", T.CLIENT_CANCELS, "CancelledByClient"),
    ("IssuedToUser", T.CLIENT_CANCELS, "CancelledByClient"),
    ("Reserved", T.CLIENT_CANCELS, "CancelledByClient"),
    ("Prepared", T.MOBILEPAY_CANCELS, "CancelledByMobilePay"),
    ("Paired", T.MOBILEPAY_CANCELS, "CancelledByMobilePay"),
    ("Initiated", T.MOBILEPAY_CANCELS, "CancelledByMobilePay"),
    ("IssuedToUser", T.MOBILEPAY_CANCELS, "CancelledByMobilePay"),
    ("Prepared", T.INACTIVITY, "CancelledByMobilePay"),
    ("Paired", T.INACTIVITY, "CancelledByMobilePay"),
    ("Initiated", T.INACTIVITY, "CancelledByMobilePay"),
    ("IssuedToUser", T.INACTIVITY, "CancelledByMobilePay"),
    ("IssuedToUser", T.RESERVING_FAILS, "CancelledByMobilePay"),
    ("Reserved", T.CAPTURE, "Captured"),
    ("Reserved", T.EXPIRE, "ExpiredAndCancelled"),
]

PAYMENT_STATES = (
    "Prepared",
    "Initiated",
    "Paired",
    "IssuedToUser",
    "Reserved",
    "Captured",
    "CancelledByUser",
    "CancelledByClient",
    "CancelledByMobilePay",
    "ExpiredAndCancelled",
)
ACTIVE_PAYMENT_STATES = ("Prepared", "Initiated", "Paired", "IssuedToUser")
FINAL_PAYMENT_STATES = PAYMENT_STATES[5:]

#: What a trigger is refused with in a state that is not in the rows, where a code is documented.
PAYMENT_REFUSALS = {T.READY: "1303", T.CAPTURE: "1304", T.CLIENT_CANCELS: "1300"}

REFUND_ROWS: list[tuple[str | None, T, str]] = [
    (None, T.REFUND, "Initiated"),
    ("Initiated", T.REFUND_RESERVED, "Reserved"),
    ("Reserved", T.CAPTURE, "Captured"),
    ("Initiated", T.MOBILEPAY_CANCELS, "CancelledByMobilePay"),
    ("Initiated", T.CLIENT_CANCELS, "CancelledByClient"),
    ("Reserved", T.CLIENT_CANCELS, "CancelledByClient"),
    ("Reserved", T.EXPIRE, "ExpiredAndCaptured"),
]

REFUND_STATES = (
    "Initiated",
    "Reserved",
    "Captured",
    "CancelledByClient",
    "CancelledByMobilePay",
    "ExpiredAndCaptured",
)
FINAL_REFUND_STATES = REFUND_STATES[2:]
REFUND_REFUSALS = {T.CAPTURE: "1351", T.CLIENT_CANCELS: "1352"}


def row_name(value: object) -> str:
    """How a value of these tables is called in a test's id."""
    return value.name if isinstance(value, T) else str(value)
