"""What customers and MobilePay did between the recorded calls, inferred from their answers."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...client.customer import STEMS, USERS
from ...engine.states import PAYMENTS, PaymentState, Trigger
from ...journal.exchanges import ExchangeRecord
from ..replay.comparing import Names
from .backstage import Backstage
from .outlook import STATES, Outlook, answer_of, customers_part, status_in, wanted_state

OF_CUSTOMERS = (Trigger.CHECK_IN, Trigger.RESERVE, Trigger.CUSTOMER_CANCELS)
OF_MOBILEPAY = (Trigger.MOBILEPAY_CANCELS, Trigger.EXPIRE)
OF_CLIENTS = (Trigger.CAPTURE, Trigger.CLIENT_CANCELS)
_WORDS = {
    Trigger.CHECK_IN: "the customer checks in",
    Trigger.RESERVE: "the customer accepts",
    Trigger.CUSTOMER_CANCELS: "the customer cancels",
    Trigger.MOBILEPAY_CANCELS: "MobilePay cancels the payment",
    Trigger.EXPIRE: "the reservation ends",
    Trigger.CAPTURE: "the client captures the payment",
    Trigger.CLIENT_CANCELS: "the client cancels the payment",
}


@dataclass(frozen=True, slots=True)
class Inference:
    """Something that was done before a call, since the recording shows that it was.

    Args:
        number: the call's entry in the recording; 0 for the beginning.
        what: what was done.
        why: what shows it.
    """

    number: int
    what: str
    why: str

    def __str__(self) -> str:
        when = f"before call {self.number}" if self.number else "from the beginning"
        return f"{when}: {self.what} ({self.why})"


class InferredCustomers:
    """Plays customers and MobilePay so that payments reach their recorded states.

    Args:
        backstage: makes the calls.
        names: which name in this run is which in the recording.
        outlook: what the recording tells later.
        inferences: where what was done is noted.
    """

    def __init__(
        self, backstage: Backstage, names: Names, outlook: Outlook, inferences: list[Inference]
    ) -> None:
        self._backstage = backstage
        self._names = names
        self._outlook = outlook
        self._inferences = inferences

    def act_before(self, exchange: ExchangeRecord) -> None:
        """Does what customers did since the call before; called before the clock moves on."""
        if (
            exchange.operation == "GetCheckIn"
            and answer_of(exchange).get("isUserCheckedIn") is True
        ):
            self._check_in_at(exchange)
        wanted = wanted_state(exchange)
        if wanted is not None:
            self._reach(exchange, wanted[0], customers_part(exchange, wanted[1]), OF_CUSTOMERS)
        refund_id, status = exchange.refund_id, status_in(exchange)
        if exchange.operation == "GetRefund" and refund_id and status == "CancelledByMobilePay":
            self._cancel_refund(exchange, refund_id)

    def act_at(self, exchange: ExchangeRecord) -> None:
        """Does what MobilePay did, as far as time has not; called after the clock has moved on."""
        wanted = wanted_state(exchange)
        if wanted is not None:
            is_seen = wanted[0] in self._outlook.ended_by_client
            self._reach(
                exchange, *wanted, OF_MOBILEPAY if is_seen else (*OF_MOBILEPAY, *OF_CLIENTS)
            )

    def state_of(self, there: str) -> str | None:
        """Returns the state that a payment has in this run; None if there is none.

        Args:
            there: its recorded id.
        """
        here = self._names.here(there)
        state = self._backstage.payment(here).get("state") if here else None
        return str(state) if state else None

    def _reach(
        self,
        exchange: ExchangeRecord,
        there: str,
        goal: PaymentState,
        triggers: Iterable[Trigger],
    ) -> None:
        here = self._names.here(there)
        if here is not None:
            self.reach(exchange, there, here, goal, triggers, f"payment {there} is {goal}")

    def reach(
        self,
        exchange: ExchangeRecord,
        there: str,
        here: str,
        goal: PaymentState,
        triggers: Iterable[Trigger],
        why: str,
    ) -> bool:
        """Brings a payment into a state, as far as that can be; returns whether it is in it.

        Args:
            exchange: the call before which it is done.
            there: the payment's recorded id; empty where the recording has not named it.
            here: its id in this run.
            goal: the state.
            triggers: what may be done.
            why: what shows it.
        """
        payment = self._backstage.payment(here)
        path = way(STATES[payment["state"]], goal, triggers) if payment else None
        for trigger in path or ():
            if not self._act(trigger, there, payment):
                return False
            self._note(exchange, _WORDS[trigger], why)
        return path is not None

    def _act(self, trigger: Trigger, there: str, payment: dict[str, Any]) -> bool:
        backstage, here = self._backstage, str(payment["paymentId"])
        match trigger:
            case Trigger.EXPIRE:
                return backstage.mobilepay(here, "expire")
            case Trigger.MOBILEPAY_CANCELS:
                return backstage.mobilepay(here, "cancel-by-mobilepay")
            case Trigger.CAPTURE:
                return backstage.client(payment, "capture", {"amount": payment.get("amount")})
            case Trigger.CLIENT_CANCELS:
                return backstage.client(payment, "cancel", None)
        pos = backstage.pos(str(payment["posId"]))
        # Nobody can pay at a point of sale that is deleted.
        return bool(pos) and self._act_there(trigger, there, here, pos)

    def _act_there(self, trigger: Trigger, there: str, here: str, pos: dict[str, Any]) -> bool:
        backstage, beacon = self._backstage, str(pos["beaconId"])
        if trigger is Trigger.CUSTOMER_CANCELS:
            return backstage.customer("cancelpaymentbyuser", beaconId=beacon)
        customer = self._phone(pos, there)
        if trigger is Trigger.CHECK_IN:
            return backstage.customer("checkin", beaconId=beacon, phoneNumber=customer)
        customer = str(backstage.payment(here).get("phone") or customer)
        return backstage.customer("acceptpayment", beaconId=beacon, phoneNumber=customer)

    def _check_in_at(self, exchange: ExchangeRecord) -> None:
        there = exchange.pos_id or ""
        here = self._names.here(there)
        pos = self._backstage.pos(here) if here else {}
        if here is None or not pos or pos.get("checkIn"):
            return
        phone = self._phone(pos, None)
        if self._backstage.customer("checkin", beaconId=pos["beaconId"], phoneNumber=phone):
            self._note(exchange, _WORDS[Trigger.CHECK_IN], "isUserCheckedIn is true")

    def _phone(self, pos: dict[str, Any], payment: str | None) -> str:
        here = str(pos["posId"])
        user = self._outlook.user_of(self._names.there(here) or here, payment)
        return STEMS[str(pos["merchant"])[:2]] + USERS[user]

    def _cancel_refund(self, exchange: ExchangeRecord, refund_id: str) -> None:
        payment = self._names.here(str(answer_of(exchange).get("paymentId", "")))
        if payment is None or refund_id is None:
            return
        here = self._names.here(refund_id)
        refunds = self._backstage.payment(payment).get("refunds") or ()
        is_open = any(each["refundId"] == here and each["state"] == "Initiated" for each in refunds)
        if is_open and self._backstage.mobilepay(payment, "cancel-refunds"):
            self._note(exchange, "MobilePay cancels the refund", f"refund {refund_id} says so")

    def _note(self, exchange: ExchangeRecord, what: str, why: str) -> None:
        self._inferences.append(Inference(exchange.id, what, why))


def way(
    before: PaymentState, after: PaymentState, triggers: Iterable[Trigger]
) -> tuple[Trigger, ...] | None:
    """Returns the fewest of these triggers that lead from a state to another; None if none do."""
    allowed, seen = set(triggers), {before}
    waiting: deque[tuple[PaymentState, tuple[Trigger, ...]]] = deque([(before, ())])
    while waiting:
        state, path = waiting.popleft()
        if state is after:
            return path
        for row in PAYMENTS.transitions:
            if row.before is state and row.trigger in allowed and row.after not in seen:
                seen.add(row.after)
                waiting.append((row.after, (*path, row.trigger)))
    return None
