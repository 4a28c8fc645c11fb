"""Things that a call needs and that are not there yet: made before the recording, or by lost calls.

A call that got no answer, or one the service failed with, may have done its work all the same. It
is made again only when a later answer shows that it has.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ...journal.exchanges import KEY, ExchangeRecord
from ..replay.comparing import Names
from .backstage import Backstage
from .customers import Inference, InferredCustomers
from .har import RecordedCall
from .outlook import Outlook, answer_of, asked_of, field, payments_in, points_of_sale_in, status_in

#: So many lost calls are kept: those before were long ago.
_MOST_LOST = 200
#: What shows that a call without an answer has done its work: the state it leads to.
_LEADS_TO = {
    "CapturePayment": ("Captured",),
    "CancelPayment": ("CancelledByClient",),
    "PaymentReady": ("Initiated", "IssuedToUser", "Reserved", "Captured"),
    "CaptureRefund": ("Captured",),
    "CancelRefund": ("CancelledByClient",),
}
#: The codes that show what is taken already, with the field that names it.
_TAKEN = {"1200": "merchantPosId", "1202": "beaconId"}

Maker = Callable[[ExchangeRecord], dict[str, Any]]


class EarlierThings:
    """Makes what a call needs, as far as the recording shows what that is.

    Args:
        backstage: makes things that the recording doesn't show anybody making.
        names: which name in this run is which in the recording.
        outlook: what the recording tells later.
        make: makes a recorded call, and returns the fields of its answer.
        inferences: where what was done is noted.
    """

    def __init__(
        self,
        backstage: Backstage,
        names: Names,
        outlook: Outlook,
        make: Maker,
        inferences: list[Inference],
    ) -> None:
        self._backstage = backstage
        self._names = names
        self._outlook = outlook
        self._make = make
        self._inferences = inferences
        self._lost: list[RecordedCall] = []
        self._count = 0

    def lost(self, call: RecordedCall) -> None:
        """Keeps a call without a useful answer, in case its work was done."""
        self._lost = [*self._lost[-_MOST_LOST:], call]

    def made_again(self, exchange: ExchangeRecord) -> None:
        """Forgets lost calls that are made again now: one answer tells for all."""
        self._lost = [each for each in self._lost if not _is_retry(each.exchange, exchange)]

    def provide(self, exchange: ExchangeRecord) -> str | None:
        """Makes what a call needs; returns why the call can't be made, or None."""
        for there in dict.fromkeys(points_of_sale_in(exchange)):
            if self._names.here(there) is None:
                self._provide_pos(exchange, there)
        for there in dict.fromkeys(payments_in(exchange)):
            if self._names.here(there) is None and not self._provide_payment(exchange, there):
                unknown = "" if there in self._outlook.created_by else ", and no query shows it"
                return f"payment {there} {self._outlook.origin_of(there, exchange)}{unknown}"
        refund_id = exchange.refund_id
        is_known = not refund_id or exchange.status >= 400 or self._names.here(refund_id)
        if not is_known and not self._provided_by_lost(
            exchange, "CreateRefund", "refundId", str(refund_id)
        ):
            return f"refund {refund_id} {self._outlook.origin_of(str(refund_id), exchange)}"
        self._provide_what_is_taken(exchange)
        return None

    def do_lost_work(
        self, exchange: ExchangeRecord, states: Iterator[tuple[str, str | None, str]]
    ) -> None:
        """Makes lost calls whose work a call shows to be done.

        Args:
            exchange: the call.
            states: recorded id, state in this run and recorded state of what the call shows.
        """
        for there, state, recorded in states:
            for lost in [each for each in self._lost if _is_about(each.exchange, there)]:
                leads_to = _LEADS_TO.get(lost.exchange.operation or "", ())
                if recorded in leads_to and state not in leads_to:
                    self._do(exchange, lost, f"{there} is {recorded}")
                    state = recorded
        if exchange.operation == "GetPos" and exchange.status == 404:
            for lost in [*self._lost]:
                is_it = lost.exchange.pos_id == exchange.pos_id
                if lost.exchange.operation == "DeletePos" and is_it:
                    self._do(exchange, lost, f"{exchange.pos_id} is not there any more")

    def _provide_pos(self, exchange: ExchangeRecord, there: str) -> None:
        if self._provided_by_lost(exchange, "CreatePos", "posId", there):
            return
        self._count += 1
        known = next(iter(self._outlook.points_of_sale[there]), {})
        body = {
            "merchantPosId": known.get("merchantPosId") or f"recorded-{self._count}",
            "storeId": known.get("storeId") or self._backstage.store_id(),
            "name": known.get("name") or "A point of sale of the recording",
            "supportedBeaconTypes": known.get("supportedBeaconTypes") or ["QR"],
            "requirePaymentBeforeCheckin": known.get("requirePaymentBeforeCheckin") is True,
        }
        for name in ("beaconId", "callbackAlias"):
            if known.get(name):
                body[name] = known[name]
        here = self._backstage.create("/pointofsales", body).get("posId")
        if isinstance(here, str):
            self._names.learn(there, here)
            why = f"it {self._outlook.origin_of(there, exchange)}"
            self._note(exchange, f"point of sale {there} is created", why)

    def _provide_payment(self, exchange: ExchangeRecord, there: str) -> bool:
        for operation in ("InitiatePayment", "PreparePayment"):
            if self._provided_by_lost(exchange, operation, "paymentId", there):
                return True
        if there in self._outlook.created_by:
            return False
        known = next(iter(self._outlook.payments[there]), {})
        pos = self._names.here(str(known.get("posId", "")))
        if pos is None and isinstance(known.get("posId"), str):
            self._provide_pos(exchange, known["posId"].lower())
            pos = self._names.here(known["posId"])
        if pos is None:
            # A list may name payments that no other call is about.
            return exchange.operation == "QueryPaymentIds"
        fields = ("orderId", "amount", "currencyCode", "plannedCaptureDelay", "restrictions")
        body = {name: known[name] for name in fields if known.get(name) is not None}
        path = "/payments" if "amount" in body else "/payments/prepare"
        here = self._backstage.create(path, {**body, "posId": pos}).get("paymentId")
        if not isinstance(here, str):
            return False
        self._names.learn(there, here)
        why = f"it {self._outlook.origin_of(there, exchange)}"
        self._note(exchange, f"payment {there} is started", why)
        return True

    def _provided_by_lost(
        self, exchange: ExchangeRecord, operation: str, field_name: str, there: str
    ) -> bool:
        """Makes the newest lost call that may have made something; returns whether there is one."""
        for lost in reversed(self._lost):
            if lost.exchange.operation == operation:
                here = self._do(exchange, lost, f"{there} is there").get(field_name)
                return isinstance(here, str) and self._names.learn(there, here)
        return False

    def _provide_what_is_taken(self, exchange: ExchangeRecord) -> None:
        asked, code = asked_of(exchange), exchange.code or ""
        if code == "1301":
            self._make_pos_busy(exchange, asked)
        if exchange.operation != "CreatePos" or code not in _TAKEN:
            return
        for lost in [each for each in self._lost if each.exchange.operation == "CreatePos"]:
            self._do(exchange, lost, f"the answer is {code}")
            return
        self._count += 1
        name, taken = _TAKEN[code], field(asked, _TAKEN[code])
        body = {
            "merchantPosId": f"recorded-{self._count}",
            "storeId": field(asked, "storeId"),
            "name": "A point of sale of the recording",
            "supportedBeaconTypes": ["QR"],
            name: taken,
        }
        if self._is_free(name, taken) and self._backstage.create("/pointofsales", body):
            self._note(exchange, f"{name} {taken} is taken", f"the answer is {code}")

    def _is_free(self, name: str, value: Any) -> bool:
        """Whether no point of sale that the recording has made uses a value."""
        return not any(
            str(each.get(name, "")).lower() == str(value).lower()
            for answers in self._outlook.points_of_sale.values()
            for each in answers[:1]
            if self._names.here(str(each.get("posId", ""))) is not None
        )

    def _make_pos_busy(self, exchange: ExchangeRecord, asked: dict[str, Any]) -> None:
        pos_id = field(asked, "posId")
        here = self._names.here(pos_id) if isinstance(pos_id, str) else None
        if here is None and isinstance(pos_id, str):
            self._provide_pos(exchange, pos_id.lower())
            here = self._names.here(pos_id)
        if here is None or self._backstage.pos(here).get("activePayment"):
            return
        for lost in reversed(self._lost):
            if field(asked_of(lost.exchange), "posId") == pos_id:
                self._do(exchange, lost, "the answer is 1301")
                return
        body = {"posId": here, "orderId": "made-before"}
        if self._backstage.create("/payments/prepare", body):
            self._note(exchange, "a payment is active on the point of sale", "the answer is 1301")

    def _do(self, exchange: ExchangeRecord, lost: RecordedCall, why: str) -> dict[str, Any]:
        self._lost = [each for each in self._lost if each is not lost]
        answer = self._make(lost.exchange)
        self._note(exchange, f"call {lost.number} had done its work", why)
        return answer

    def _note(self, exchange: ExchangeRecord, what: str, why: str) -> None:
        self._inferences.append(Inference(exchange.id, what, why))


def states_shown(
    exchange: ExchangeRecord, customers: InferredCustomers, backstage: Backstage, names: Names
) -> Iterator[tuple[str, str | None, str]]:
    """Yields recorded id, state in this run and recorded state of what a call shows."""
    if exchange.status != 200:
        return
    answer, status = answer_of(exchange), status_in(exchange)
    if exchange.operation == "QueryPayment" and exchange.payment_id and status:
        yield exchange.payment_id, customers.state_of(exchange.payment_id), status
    if exchange.operation == "CreateRefund":
        there = str(field(asked_of(exchange), "paymentId")).lower()
        yield there, customers.state_of(there), "Captured"
    if exchange.operation == "GetRefund" and exchange.refund_id:
        payment = names.here(str(answer.get("paymentId", "")))
        refunds = backstage.payment(payment).get("refunds") or () if payment else ()
        here = names.here(exchange.refund_id)
        state = next((each["state"] for each in refunds if each["refundId"] == here), None)
        yield exchange.refund_id, state, status


def _is_about(exchange: ExchangeRecord, there: str) -> bool:
    return there in (exchange.payment_id, exchange.refund_id)


def _is_retry(lost: ExchangeRecord, again: ExchangeRecord) -> bool:
    if lost.header(KEY) is not None and lost.header(KEY) == again.header(KEY):
        return True
    first, second = ((each.method, each.path, each.body) for each in (lost, again))
    return lost.header(KEY) is None and first == second
