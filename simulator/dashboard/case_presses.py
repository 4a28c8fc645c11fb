"""Which press a certification's case wants next at the page's till, where that can be pressed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..engine.states import RefundState
from .actions import ACTS, refundable

#: The press that makes a call of a case; a file of one's own may ask for calls without a press.
_PRESSES = {
    "CreatePos": "create-pos",
    "DeletePos": "delete-pos",
    "InitiatePayment": "start",
    "PreparePayment": "prepare",
    "PaymentReady": "ready",
    "QueryPayment": "query",
    "QueryPaymentIds": "query-ids",
    "CapturePayment": "capture",
    "CancelPayment": "cancel",
    "CreateRefund": "refund",
    "GetRefund": "query-refund",
    "CaptureRefund": "capture-refund",
    "CancelRefund": "cancel-refund",
}
#: The cases of these sections want a payment that disallows a kind of card.
RESTRICTED = ("payments-with-restrictions", "prepared-payments-with-restrictions")
#: Those of this one want a client that is notified of check-ins.
NOTIFIED = "notifications"


def cases_in(shown: Mapping[str, Any], *sections: str) -> list[dict[str, Any]]:
    """Returns the cases of some sections of a certification, as the control API shows it."""
    return [
        case for each in shown["sections"] if each["name"] in sections for case in each["cases"]
    ]


class CasePress(NamedTuple):
    """What a case wants pressed next.

    Args:
        act: what is pressed, as `ACTS` names it, with the refund that it is about behind a colon;
            empty where the state of the payment alone says what is next.
        title: the step of the case whose call it makes.
        until: what it is pressed for again and again; empty where once is enough.
        needs: what the step needs first, where it is pressed for that.
    """

    act: str
    title: str = ""
    until: str = ""
    needs: str = ""

    @property
    def label(self) -> str:
        """What its button says."""
        return ACTS[self.act.partition(":")[0]].label if self.act else ""


def next_press(
    case: Mapping[str, Any],
    pos: Mapping[str, Any] | None,
    payment: Mapping[str, Any] | None,
    told: str,
) -> CasePress:
    """Returns what a case wants pressed next.

    Args:
        case: the case, as the control API shows it.
        pos: the point of sale that is shown.
        payment: the payment on it that is shown.
        told: the state that the till was told last when it queried the payment; a right client
            captures what it was told to be reserved.
    """
    if pos is None:
        return CasePress("create-pos")
    step = next((each for each in case["steps"] if _is_wanted(each)), None)
    wanted = step["calls"][0] if step else case["opensWith"][0]
    press = _press_for(wanted, case, payment, told)
    # What has to be pressed before a step is not called by its name.
    is_of_step = press.act.partition(":")[0] in ("", _PRESSES.get(wanted))
    return press._replace(title=step["title"]) if step and is_of_step else press


def _is_wanted(step: Mapping[str, Any]) -> bool:
    return step["state"] == "to come" and bool(step["calls"])


def _press_for(
    wanted: str, case: Mapping[str, Any], payment: Mapping[str, Any] | None, told: str
) -> CasePress:
    """Returns what leads to the call that a case wants."""
    if wanted not in _PRESSES:
        return CasePress("")
    is_open = payment is not None and payment["open"]
    if wanted == "DeletePos" and is_open:
        # The shop works with this one.
        return CasePress("create-pos", needs="a point of sale without an open payment")
    if wanted.endswith("Pos"):
        return CasePress(_PRESSES[wanted])
    if "CreateRefund" in case["opensWith"]:
        return _of_refund(wanted, payment)
    if payment is None or case["run"] is None or payment["run"] != case["run"]:
        return CasePress("" if is_open else _PRESSES.get(case["opensWith"][0], ""))
    if wanted in case["opensWith"]:
        return CasePress("" if is_open else _PRESSES[wanted])
    return _of_payment(wanted, payment, told)


def _of_payment(wanted: str, payment: Mapping[str, Any], told: str) -> CasePress:
    """Returns what is pressed about the payment of a case, which the customer is asked for."""
    state = payment["state"]
    if wanted in ("QueryPayment", "QueryPaymentIds", "CancelPayment"):
        return CasePress(_PRESSES[wanted])
    if state in ACTS["ready"].states:
        return CasePress("ready")
    if wanted == "CapturePayment" and state == told == "Reserved":
        return CasePress("capture")
    # What the customer does is seen by asking.
    until = "the payment is Reserved" if wanted == "CapturePayment" else "the customer is there"
    return CasePress("query", until=until) if payment["open"] else CasePress("")


def _of_refund(wanted: str, payment: Mapping[str, Any] | None) -> CasePress:
    """Returns what is pressed for a refund; a payment that can be refunded comes first."""
    refunds = payment["refunds"] if payment else ()
    ends = (RefundState.CAPTURED, RefundState.EXPIRED_AND_CAPTURED)
    if wanted == "CreateRefund":
        has_money = payment is not None and payment["state"] == "Captured"
        can = has_money and payment is not None and refundable(payment) > 0
        if can:
            return CasePress("refund")
        if payment is not None and payment["open"]:
            act = "capture" if payment["state"] == "Reserved" else ""
            return CasePress(act, needs="a captured payment")
        return CasePress("start", needs="a captured payment")
    refund = next((each for each in reversed(refunds) if each["state"] not in ends), None)
    if refund is None:
        return CasePress("")
    is_reserved = refund["state"] == RefundState.RESERVED
    if wanted == "CaptureRefund" and not is_reserved:
        return CasePress(f"query-refund:{refund['refundId']}", until="the refund is Reserved")
    return CasePress(f"{_PRESSES[wanted]}:{refund['refundId']}")
