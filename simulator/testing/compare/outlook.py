"""What a recording tells of payments and points of sale: asked before the calls are made again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...engine.states import PaymentState
from ...journal.exchanges import ExchangeRecord
from .har import RecordedCall

Answer = dict[str, Any]
#: The states of payments by their names.
STATES = {each.value: each for each in PaymentState}
#: What must have been so before time or a client brought a payment into a state.
BEFORE = {
    PaymentState.CAPTURED: PaymentState.RESERVED,
    PaymentState.EXPIRED_AND_CANCELLED: PaymentState.RESERVED,
}
_WITHOUT_CUSTOMER = (PaymentState.CANCELLED_BY_MOBILEPAY, PaymentState.CANCELLED_BY_CLIENT)
#: What creates something, with the field of the answer that names it.
_CREATES = {
    "CreatePos": "posId",
    "InitiatePayment": "paymentId",
    "PreparePayment": "paymentId",
    "CreateRefund": "refundId",
}
#: The codes of refusals of a payment, for which its point of sale must be there.
_SHOW_THE_POS = ("1204", "1301", "1306")
#: The codes of refusals of a point of sale, for which its store must be there.
SHOW_THE_STORE = ("1200", "1202")


@dataclass(frozen=True, slots=True)
class ShownState:
    """A state that a call shows a payment in.

    Args:
        place: of the call in the recording.
        state: the state.
        part: the state that it has with what its customer does alone.
        is_active_too: whether the call could be so, too, if the payment were still active.
    """

    place: int
    state: PaymentState
    part: PaymentState
    is_active_too: bool = False


class Outlook:
    """All answers of a recording about one thing, by its id.

    Args:
        calls: the recorded calls.
    """

    def __init__(self, calls: Iterable[RecordedCall]) -> None:
        self.payments: dict[str, list[Answer]] = defaultdict(list)
        self.points_of_sale: dict[str, list[Answer]] = defaultdict(list)
        self.check_ins: dict[str, list[Answer]] = defaultdict(list)
        #: What captures were accepted, by payment.
        self.captures: dict[str, list[float]] = defaultdict(list)
        #: The payments that recorded calls capture or cancel.
        self.ended_by_client: set[str] = set()
        #: The entries whose answers named something first.
        self.created_by: dict[str, int] = {}
        self._order: dict[int, int] = {}
        self._states: dict[str, list[ShownState]] = defaultdict(list)
        for place, call in enumerate(calls):
            self._order[call.exchange.id] = place
            if call.failure is None and call.exchange.status == 200:
                self._note(call.exchange)
                self._note_states(place, call.exchange)

    def _note(self, exchange: ExchangeRecord) -> None:
        answer = answer_of(exchange)
        match exchange.operation:
            case "QueryPayment" if exchange.payment_id:
                self.payments[exchange.payment_id].append(answer)
            case "GetPos" if exchange.pos_id:
                self.points_of_sale[exchange.pos_id].append(answer)
            case "GetCheckIn" if exchange.pos_id:
                self.check_ins[exchange.pos_id].append(answer)
            case "CapturePayment" if exchange.payment_id:
                amount = asked_of(exchange).get("amount")
                if isinstance(amount, int | float):
                    self.captures[exchange.payment_id].append(amount)

    def _note_states(self, place: int, exchange: ExchangeRecord) -> None:
        created = answer_of(exchange).get(_CREATES.get(exchange.operation or "", ""))
        if isinstance(created, str):
            self.created_by.setdefault(created.lower(), exchange.id)
        if (wanted := wanted_state(exchange)) is not None:
            part = customers_part(exchange, wanted[1])
            self._states[wanted[0]].append(ShownState(place, wanted[1], part))
        if exchange.operation in ("CapturePayment", "CancelPayment") and exchange.payment_id:
            self.ended_by_client.add(exchange.payment_id)
        opened: Iterable[Any] = ()
        if exchange.operation == "CancelPayment":
            opened = (exchange.payment_id,)
        elif exchange.operation == "QueryPaymentIds":
            opened = _listed(answer_of(exchange).get("paymentIds"))
        for there in opened:
            reserved = PaymentState.RESERVED
            state = ShownState(place, reserved, reserved, is_active_too=True)
            self._states[str(there).lower()].append(state)

    def later_state(
        self, there: str, exchange: ExchangeRecord, *, is_over: bool
    ) -> ShownState | None:
        """Returns the first state that a call, or one after it, shows a payment in; None if none.

        Args:
            there: the payment's recorded id.
            exchange: the call.
            is_over: whether the payment is known to be no longer active.
        """
        for shown in self._states.get(there, ()):
            fits = not shown.state.is_active if is_over else not shown.is_active_too
            if shown.place >= self._order[exchange.id] and fits:
                return shown
        return None

    def origin_of(self, there: str, exchange: ExchangeRecord) -> str:
        """Returns where something comes from that is not there at a call.

        Args:
            there: its recorded id.
            exchange: the call.
        """
        number = self.created_by.get(there)
        if number is None:
            return "was made before the recording began"
        if self._order[number] < self._order[exchange.id]:
            return f"was made by call {number}, which did not make it here"
        return f"is made later, by call {number}"

    def user_of(self, pos_id: str, payment_id: str | None) -> str:
        """Returns which test user fits the answers, by the word of scenarios."""
        answers = self.payments[payment_id] if payment_id else self.check_ins[pos_id]
        answers = answers or self.check_ins[pos_id]
        if any(each.get("partialCapturePossible") is True for each in answers):
            return "partial-capture"
        if any(self._is_partial(each) for each in answers if payment_id):
            return "partial-capture"
        if any(each.get("loyaltyIds") for each in answers):
            return "loyalty"
        if any(each.get("customerReceiptToken") for each in answers):
            return "another-credit-card"
        if any(_refuses_credit_cards(each) for each in answers):
            return "debit-card"
        return "credit-card"

    def _is_partial(self, answer: Answer) -> bool:
        amount, payment_id = answer.get("amount"), str(answer.get("paymentId", "")).lower()
        if not isinstance(amount, int | float):
            return False
        return any(each < amount for each in self.captures.get(payment_id, ()))


def _refuses_credit_cards(answer: Answer) -> bool:
    restrictions = answer.get("restrictions")
    return isinstance(restrictions, dict) and restrictions.get("creditCardDisallowed") is True


def answer_of(exchange: ExchangeRecord) -> Answer:
    """Returns the fields of a recorded answer; none where it is no JSON object."""
    answer = exchange.answer_json
    return answer if isinstance(answer, dict) else {}


def status_in(exchange: ExchangeRecord) -> str:
    """Returns the state that a recorded answer tells; empty where it tells none."""
    status = answer_of(exchange).get("status")
    return status if isinstance(status, str) else ""


def asked_of(exchange: ExchangeRecord) -> Answer:
    """Returns the fields of a recorded request's body; none where it is no JSON object."""
    asked = exchange.json
    return asked if isinstance(asked, dict) else {}


def field(values: Answer, name: str) -> Any:
    """Returns a field of a request, whose names are taken without regard to case."""
    return next((value for key, value in values.items() if key.lower() == name.lower()), None)


def wanted_state(exchange: ExchangeRecord) -> tuple[str, PaymentState] | None:
    """Returns the recorded id of a payment, and the state that a call shows it in, or None."""
    if exchange.status != 200:
        return None
    there: Any = exchange.payment_id
    state = ""
    match exchange.operation:
        case "QueryPayment":
            state = status_in(exchange)
        case "CapturePayment":
            state = PaymentState.RESERVED
        case "CreateRefund":
            there, state = field(asked_of(exchange), "paymentId"), PaymentState.CAPTURED
    if not isinstance(there, str) or state not in STATES:
        return None
    return there.lower(), STATES[state]


def customers_part(exchange: ExchangeRecord, state: PaymentState) -> PaymentState:
    """Returns the state that a payment has with what its customer does alone.

    Args:
        exchange: the call that shows it.
        state: in which it is shown.
    """
    if state in _WITHOUT_CUSTOMER and answer_of(exchange).get("customerToken"):
        return PaymentState.ISSUED_TO_USER
    return BEFORE.get(state, state)


def points_of_sale_in(exchange: ExchangeRecord) -> Iterator[str]:
    """Yields the recorded ids of the points of sale that a call shows to be there."""
    is_refused = exchange.status >= 400 and exchange.code not in _SHOW_THE_POS
    if is_refused or exchange.operation == "CreatePos":
        return
    answer = answer_of(exchange)
    ids = answer.get("posIds")
    asked = field(asked_of(exchange), "posId")
    for each in (exchange.pos_id, asked, answer.get("posId"), *_listed(ids)):
        if isinstance(each, str):
            yield each.lower()


def payments_in(exchange: ExchangeRecord) -> Iterator[str]:
    """Yields the recorded ids of the payments that a call shows to be there."""
    if exchange.status in (403, 404) or exchange.status == 401:
        return
    answer = answer_of(exchange)
    ids = answer.get("paymentIds")
    asked = field(asked_of(exchange), "paymentId") if exchange.status == 200 else None
    for each in (exchange.payment_id, asked, *_listed(ids)):
        if isinstance(each, str):
            yield each.lower()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
