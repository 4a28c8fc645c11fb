"""What happened, in words that stand behind the thing it is about, which is a link."""

from collections.abc import Mapping
from typing import Any

from ..journal.words import fill

#: The words for each kind of event but changes of state; the gaps are the event's fields.
_WORDS: Mapping[str, str] = {
    "PaymentTakenOver": "{phone} took it over",
    "CardRefused": "the app refused the {card} card of {phone}",
    "CardChosen": "{phone} chose a {card} card",
    "PosCreated": "created",
    "PosDeleted": "deleted",
    "CheckedIn": "{phone} checked in",
    "CheckedOut": "{phone} left",
    "StoreChanged": "a store was changed",
    "NotificationTried": "the check-in was sent to the till, "
    "[which answered {status}|but nothing answered ({error})]",
    "ScriptStarted": "the scenario {scenario} started",
    "StepBegun": "step {number} of the scenario {scenario}: {action}",
    "ScriptStopped": "the scenario {scenario} ended[: {reason}]",
}


def happened_in_words(event: Mapping[str, Any]) -> str:
    """Returns what happened but for a change of state.

    Args:
        event: the event, as the control API shows it.
    """
    return fill(_WORDS[event["event"]], event)
