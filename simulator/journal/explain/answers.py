"""Facts about answers that are no refusals by a rule: one function for each kind of answer."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qsl

from ...engine.client_rules import must_send_again
from ...engine.values import as_guid
from ..queries import parameters_of
from ..words import event_in_words, listed, sentence
from .facts import effect_of
from .past import ExplainedCall
from .sentences import Fact, Sentence

#: The most events of a control call, and the most left-out payments of a search, that are told.
MOST_EVENTS, MOST_LEFT_OUT = 20, 5

#: What a client does about an error of the token endpoint (RFC 6749, section 5.2).
TOKEN_ADVICE: Mapping[str, str] = {
    "invalid_client": (
        "Send the client id and secret of an integrator that the simulator knows, by Basic "
        "authentication or in the form."
    ),
    "invalid_request": "Correct what error_description names.",
    "unsupported_grant_type": "Send grant_type=client_credentials.",
    "invalid_scope": "Leave scope out, or send integrator_scope.",
    "temporarily_unavailable": "Drop a sandbox, or raise --max-sandboxes.",
}


def from_scenario(call: ExplainedCall) -> Iterator[Fact]:
    """That a scenario answered instead of the service."""
    source = "a fault of the sandbox" if call.exchange.is_struck else "the scenario"
    yield Sentence.FROM_SCENARIO(source=source, effect=effect_of(call.exchange))
    if call.exchange.status < 400 or must_send_again(call.exchange.seen_status):
        key, first = call.retried_with
        yield Sentence.RETRY(key=key, first=first)


def replayed(call: ExplainedCall) -> Iterator[Fact]:
    """Which request's answer was given again."""
    # The answer to a call that creates is the id of what it made, and nothing else.
    answer = call.exchange.answer_json
    made = next(iter(answer.values()), "") if isinstance(answer, dict) else ""
    first = call.past.maker(str(made))
    at = call.at(first.at) if first else None
    yield Sentence.REPLAYED(first=first.id if first else None, at=at, key=call.new_key)


def found(call: ExplainedCall) -> Iterator[Fact]:
    """How much a search found, and the payments that it left out for their state."""
    answer = call.exchange.answer_json
    ids = next(iter(answer.values()), None) if isinstance(answer, dict) else answer
    if not isinstance(ids, list):
        return
    yield Sentence.FOUND(count=len(ids) or "nothing")
    if call.exchange.operation != "QueryPaymentIds":
        return
    query = parameters_of(call.exchange.query)
    states = {each: state for each, state in call.past.payments().items() if state}
    others = [
        f"{each} is {state}"
        for each, state in states.items()
        if each not in ids and _is_asked_for(call, each, query)
    ]
    if others:
        wanted = "captured payments" if "state" in query else "active and reserved payments"
        more = max(len(others) - MOST_LEFT_OUT, 0) or None
        yield Sentence.SEARCHED(wanted=wanted, others=listed(others[:MOST_LEFT_OUT]), more=more)
        yield Sentence.SEARCH_STATE()


def _is_asked_for(call: ExplainedCall, payment_id: str, query: Mapping[str, str]) -> bool:
    payment, exchange = call.world.payments.get(payment_id), call.exchange
    if payment is None or payment.client_id != exchange.owner:
        return False
    return (
        as_guid(query.get("posid", payment.pos_id)) == payment.pos_id
        and query.get("orderid", payment.order_id) == payment.order_id
        and payment.merchant == exchange.merchant
    )


def token(call: ExplainedCall) -> Iterator[Fact]:
    """Whose token it is, and how long it is valid."""
    seconds = call.answered("expires_in")
    if seconds is not None:
        form = dict(parse_qsl(call.exchange.body.decode("utf-8", "replace")))
        merchant, end = form.get("merchant_vat"), call.exchange.at + timedelta(seconds=int(seconds))
        yield Sentence.TOKEN_ISSUED(merchant=merchant, until=call.at(end))
        yield Sentence.USE_TOKEN(header=None if merchant else "x-mobilepay-merchant-vat-number")


def token_refusal(call: ExplainedCall) -> Iterator[Fact]:
    """The error that the token endpoint answered with."""
    error = str(call.answered("error") or "")
    yield Sentence.TOKEN_REFUSED(error=error, description=call.answered("error_description"))
    if error in TOKEN_ADVICE:
        yield Sentence.ADVICE(advice=TOKEN_ADVICE[error])


def methods(call: ExplainedCall) -> Iterator[Fact]:
    """The methods that the path takes."""
    headers = {name.lower(): value for name, value in call.exchange.answer_headers}
    yield Sentence.METHODS(methods=headers.get("allow", ""))
    yield Sentence.USE_METHOD(methods=headers.get("allow", ""))


def message(call: ExplainedCall) -> Iterator[Fact]:
    """The message of a failure, or of a refusal that no row of the catalogue is behind."""
    text = call.answered("message")
    kind = Sentence.FAILED if call.exchange.status >= 500 else Sentence.UNREADABLE
    yield kind(message=sentence(str(text)) if text else None)


def control(call: ExplainedCall) -> Iterator[Fact]:
    """What a call of the control API caused."""
    exchange, events = call.exchange, [*map(event_in_words, call.exchange.events)]
    if exchange.status >= 400:
        yield Sentence.CONTROL_REFUSED(error=call.answered("error"))
    elif events:
        more = max(len(events) - MOST_EVENTS, 0) or None
        yield Sentence.CAUSED(events="; ".join(events[:MOST_EVENTS]), more=more)
    else:
        yield Sentence.CAUSED_NOTHING()
