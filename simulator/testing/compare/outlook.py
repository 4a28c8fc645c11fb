"""What a recording tells of payments and points of sale: asked before the calls are made again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from ...journal.exchanges import ExchangeRecord
from .har import RecordedCall

Answer = dict[str, Any]
#: The codes of refusals of a payment, for which its point of sale must be there.
_SHOW_THE_POS = ("1204", "1301", "1306")
#: The codes of refusals of a point of sale, for which its store must be there.
SHOW_THE_STORE = ("1200", "1202")


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
        for call in calls:
            if call.failure is None and call.exchange.status == 200:
                self._note(call.exchange)

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


def points_of_sale_in(exchange: ExchangeRecord) -> Iterator[str]:
    """Yields the recorded ids of the points of sale that a call shows to be there."""
    is_refused = exchange.status >= 400 and exchange.code not in _SHOW_THE_POS
    if is_refused or exchange.operation in ("CreatePos", "DeletePos"):
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
