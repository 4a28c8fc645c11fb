"""The durations and switches of a world, with the documented values as defaults.

Every field is a setting of the simulator: `settings/settings.py` makes its flag, variable, file key
and documentation.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any


def setting(default: Any, help: str, *, is_behaviour: bool = False, is_secret: bool = False) -> Any:
    """Declares one setting.

    Args:
        default: its default value.
        help: the sentence that explains it.
        is_behaviour: whether clients notice its value; they notice that of every rule.
        is_secret: whether its value must not be shown.
    """
    metadata = {"help": help, "is_behaviour": is_behaviour}
    return field(default=default, repr=not is_secret, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of a world."""

    reservation_lifetime: timedelta = setting(
        timedelta(days=7), "A reserved payment expires after this long without capture or cancel."
    )
    inactivity_limit: timedelta = setting(
        timedelta(minutes=10),
        "MobilePay cancels a payment that stays in one active state this long.",
    )
    reserving_time: timedelta = setting(
        timedelta(0), "Time between the customer's accept and the reserved amount."
    )
    check_in_lifetime: timedelta = setting(
        timedelta(minutes=5), "A check-in lapses after this long."
    )
    lookup_time: timedelta = setting(
        timedelta(0),
        "Time after a check-in until loyalty ids and receipt token are looked up.",
    )
    refund_reserving_time: timedelta = setting(
        timedelta(milliseconds=500), "Time a refund stays Initiated before it is Reserved."
    )
    refund_auto_capture: timedelta = setting(
        timedelta(hours=24), "A reserved refund is captured automatically after this time."
    )
    refund_window: timedelta = setting(
        timedelta(days=90), "A payment can be refunded for this long after its capture."
    )
    idempotency_retention: timedelta = setting(
        timedelta(hours=24), "An idempotency key is remembered this long."
    )
    poll_delay: timedelta = setting(
        timedelta(seconds=1), "pollDelayInMs of payments and check-ins."
    )
    refund_poll_delay: timedelta = setting(timedelta(milliseconds=100), "pollDelayInMs of refunds.")
    timeout_limit: timedelta = setting(
        timedelta(seconds=30),
        "A response past the client's time-out waits until the client hangs up, at most this long.",
    )
    enforce_poll_delay: bool = setting(
        False, "Answer 429 to a poll that comes sooner than pollDelayInMs."
    )
    opening_balance: Decimal = setting(
        Decimal("0.00"), "Balance every store starts with, in the currency of its country."
    )
    journal_size: int = setting(
        10_000, "Calls and events kept per sandbox; the oldest are dropped first."
    )
