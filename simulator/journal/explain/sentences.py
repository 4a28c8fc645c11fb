"""THE SENTENCES of explanations.

A fact names its sentence and has the values for its gaps. `words.fill` says how gaps are filled:
parts in brackets are optional.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Self

from ...engine.client_rules import MOST_RETRIES
from ..words import fill


class ExplanationPart(StrEnum):
    """What a fact is about, in the order in which explanations tell their facts; and its heading."""

    heading: str

    REQUEST = "request", "What was asked"
    ANSWER = "answer", "What was answered"
    RULE = "rule", "Why"
    STATE = "state", "The state"
    SCENARIO = "scenario", "The scenario"
    ADVICE = "advice", "What to do"

    def __new__(cls, name: str, heading: str) -> Self:
        part = str.__new__(cls, name)
        part._value_, part.heading = name, heading
        return part


_REQUEST, _ANSWER, _RULE, _STATE, _SCENARIO, _ADVICE = ExplanationPart

#: The title of an explanation.
TITLE = "Request {id}: {call} {outcome}[ ({status}[, code {code}])][: {message}|{end}]"


class Sentence(Enum):
    """A sentence with gaps, and the part of an explanation that it belongs to."""

    # fmt: off
    ASKED = _REQUEST, "At {at}, [the integrator {client}[ for the merchant {merchant}]|{caller}] [asked to {wish}|called]: {method} {target}[, with the idempotency key {key!r}][, with the body {body}]."
    HEADER = _REQUEST, "{header} was [sent as {values}|not sent]."
    TWO_MERCHANTS = _REQUEST, "The token is for the merchant {token}, but the header names {header}."

    DETAIL = _ANSWER, "In detail: {detail}"
    HELD = _ANSWER, "A scenario held the call back: its work was done at {at}."
    WAITING = _ANSWER, "The work has not begun, because the scenario holds the call back. Ask again once the call is answered."
    FOUND = _ANSWER, "The search found {count}."
    CUT_OFF = _ANSWER, "The connection broke, so the client received {received} of this answer, and can't know what became of its call. {effect}"
    RETRIED = _ANSWER, "Request {request} sent it again."

    REFUSED = _RULE, 'Rule[ {code}], {source}: "{message}" Checks, in their order: {checks}.'
    TABLE = _RULE, "The state table allows '{trigger}' only {ways} ({sources})."
    REPLAYED = _RULE, "[Request {first}, at {at}, got this answer first|The first request with this key got this answer, and is no longer in the journal]. This request has the same idempotency key, {key!r}, and asked for the same, so the answer was given again and nothing new was made. Source: documented (section 9, idempotency)."
    SEARCHED = _RULE, "The search finds {wanted} only; {others}[ and {more} more]. Source: documented (section 7, payments)."
    TOKEN_REFUSED = _RULE, "The token endpoint refused the request: {error}[, {description}]. Source: documented (section 2, authentication; RFC 6749, section 5.2)."
    METHODS = _RULE, "The path exists, but takes {methods} only; nothing else was checked. Source: decided, see docs/fidelity.md#requests."
    FROM_SCENARIO = _RULE, "The answer comes from {source}, not from a rule of the service. {effect}"
    UNREADABLE = _RULE, "The request was refused before any rule was checked[: {message}|.]"
    FAILED = _RULE, "The simulator itself could not answer. [{message}|Its log says why.]"
    CONTROL_REFUSED = _RULE, "The control API refused the call: {error}"

    MET = _STATE, "When the call came, {what} {id}[ of {amount}][ for order {order}][, made by request {maker},] [had been {state} since {since} ({trigger}[, {cause}])|was {state}]."
    POS_MET = _STATE, "When the call came, [payment {payment}|no payment] was active at the point of sale {pos}, and [{phone} was checked in[ since {since}]|nobody was checked in]."
    CHANGED = _STATE, "Then {events}."
    DONE_BEFORE = _STATE, "The call changed nothing, because that was done already; repeating it is fine."
    NOT_YET = _STATE, "Nothing has changed yet: the operation takes some time."
    NOW = _STATE, "Now, at {now}, [the refund is {refund}[ and the payment is {payment}]|the payment is {payment}][, and {refunded} of it were refunded]; [next, {due}|nothing is due for it]."
    TOKEN_FETCHED = _STATE, "Request {request} fetched the token at {at}. It [expired at {expired}|is valid until {until}]."
    TOKEN_UNKNOWN = _STATE, "No request in the journal fetched the token: it was issued in another sandbox or by another server."
    NO_TOKEN = _STATE, "What was sent behind 'Bearer' is no access token of any server; the access_token of the answer to /integrator-authentication/connect/token is one."
    TOKEN_ISSUED = _STATE, "The token is valid for [the merchant {merchant} only|any merchant], until {until} by the sandbox's clock."
    KEY_USED = _STATE, "Request {request} used the key at {at}: {operation}[ with the body {body}]."
    OWNER = _STATE, "The integrator {client} owns {id}, for the merchant {merchant}[; request {maker} made it]. This call is from the integrator {caller}, for the merchant {caller_merchant}."
    DELETED = _STATE, "Point of sale {id} was deleted at {at}[ by request {cause}]."
    ELSEWHERE = _STATE, "The id {id} is in the sandbox {other!r}, not in {sandbox!r}."
    NOWHERE = _STATE, "Nothing in the sandbox {sandbox!r} has the id {id}."
    TAKEN = _STATE, "Request {request} created the point of sale {pos}, which already uses this value."
    STORE_OFF = _STATE, "Request {request} deactivated the store {store} at {at}."
    REFUNDS = _STATE, "The payment was captured with {captured}, and has [these refunds: {refunds}|no other refund]."
    LAST_POLL = _STATE, "The last poll that counts is request {request}, at {at}."
    CAUSED = _STATE, "The call caused: {events}[; and {more} more]."
    CAUSED_NOTHING = _STATE, "The call changed no payment."

    RUNS = _SCENARIO, "[Payment {payment} follows|The call belongs to] the scenario {scenario} (run {run}): {summary}"
    RAN = _SCENARIO, "Payment {payment} followed the scenario {scenario}; its run is no longer kept."
    NO_STEPS = _SCENARIO, "The scenario has no steps: you are the customer."
    STOPPED = _SCENARIO, "Its steps had stopped: {reason}."
    ALL_STEPS = _SCENARIO, "All its steps had run."
    NEXT_STEP = _SCENARIO, "Its next step was {number} of {count}: {step}."
    FAULT = _SCENARIO, "A fault of the {whose} applied: {fault}."

    ADVICE = _ADVICE, "{advice}"
    ALL_REFUNDED = _ADVICE, "Nothing is left to do: all of it was refunded."
    SEND_AGAIN = _ADVICE, "Send the same request again[ with the key of request {first}, {key!r}| with the same key, {key!r}]: it takes effect only once."
    OTHER_KEY = _ADVICE, "This is request {first} again under another key, so the service takes it for another request. Send it again with the key of request {first}, {key!r}: it takes effect only once."
    TWICE = _ADVICE, "This is request {first} again under another key, so the service took it for another request, and both may have taken effect: look them up, and undo one if so. A retry is sent with the key of request {first}, {key!r}."
    RETRY = _ADVICE, "After a pause, send the same request again[, with the key {key!r} of request {first}|, with the same key {key!r}], at most " f"{MOST_RETRIES} times."
    KEY_FREE = _ADVICE, "A refused call does not use up its key: {key!r} may be sent again."
    FREE_POS = _ADVICE, "POST /pos/v10/payments/{payment}/cancel frees the point of sale."
    FREE_BY_NOW = _ADVICE, "Payment {payment} is not active any more, so nothing of it has to be cancelled."
    USE_TOKEN = _ADVICE, "Send the token[ and {header}] with each call, and fetch the next token shortly before this one expires."
    SEARCH_STATE = _ADVICE, "Search with state=Captured for captured payments, and without state for the others."
    USE_METHOD = _ADVICE, "Call it with {methods}."
    # fmt: on

    def __call__(self, **values: Any) -> "Fact":
        """Returns a fact that this sentence tells."""
        return Fact(self, values)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is known about a call: its sentence, and the values for the gaps."""

    sentence: Sentence
    values: Mapping[str, Any]

    @property
    def part(self) -> ExplanationPart:
        """What it is about."""
        return self.sentence.value[0]

    @property
    def text(self) -> str:
        """The sentence with its gaps filled."""
        return fill(self.sentence.value[1], self.values)
