"""Answers explained that are no refusals: what was done, found, answered again, or went wrong."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from simulator.journal.exchanges import KEY
from simulator.journal.explaining_scenario import scenario
from simulator.journal.explaining_scene import Paragraph, Part, Scene
from simulator.journal.explaining_state import (
    changes,
    next_step,
    nothing_changed,
    payment_at_work,
    since_then,
    state_met,
)
from simulator.journal.explaining_words import creates, event_in_words, listed, sentence

__all__ = [
    "explain_change",
    "explain_control",
    "explain_failure",
    "explain_other",
    "explain_other_method",
    "explain_pending",
    "explain_reading",
    "explain_replay",
    "explain_spoilt",
    "explain_token",
    "explain_token_refusal",
    "explain_unchanged",
]

#: What a client does about an error of the token endpoint (RFC 6749, section 5.2).
_TOKEN_ADVICE: Mapping[str, str] = {
    "invalid_client": (
        "Send the client id and secret of an integrator that the simulator knows, by Basic "
        "authentication or in the form."
    ),
    "invalid_request": "Correct what error_description names.",
    "unsupported_grant_type": "Send grant_type=client_credentials.",
    "invalid_scope": "Leave scope out, or send integrator_scope.",
    "temporarily_unavailable": "Drop a sandbox, or raise --max-sandboxes.",
}


def _how_it_stands(scene: Scene) -> Iterator[Paragraph]:
    yield from scenario(scene, payment_at_work(scene))
    yield from since_then(scene)
    yield from next_step(scene)


def explain_change(scene: Scene) -> Iterator[Paragraph]:
    """Yields what a call changed, from which state, and what comes next."""
    yield from state_met(scene)
    yield from changes(scene)
    yield from _how_it_stands(scene)


def explain_replay(scene: Scene) -> Iterator[Paragraph]:
    """Yields which request's answer was given again."""
    exchange = scene.exchange
    # The answer to a call that creates is the id of what it made, and nothing else.
    answer = exchange.answer_json
    made = next(iter(answer.values()), "") if isinstance(answer, dict) else ""
    maker = scene.past.maker(str(made))
    first = "the first request with this key, which is not kept any more"
    if maker is not None:
        first = f"request {maker.id}, of {scene.at(maker.at)}"
    text = (
        f"The answer of {first}, was given again: it came with the same idempotency key, "
        f"{exchange.header(KEY)!r}, and asked for the same. Nothing new was made."
    )
    source = "Source: documented (section 9, idempotency)."
    yield Paragraph(Part.RULE, f"{text} {source}")
    yield from state_met(scene)
    yield from _how_it_stands(scene)


def explain_unchanged(scene: Scene) -> Iterator[Paragraph]:
    """Yields the state in which there was nothing to change."""
    yield from state_met(scene)
    yield from nothing_changed(scene)
    yield from _how_it_stands(scene)


def explain_reading(scene: Scene) -> Iterator[Paragraph]:
    """Yields what was found, and for an empty search why."""
    yield from state_met(scene)
    yield from _found(scene)
    yield from _how_it_stands(scene)


def _found(scene: Scene) -> Iterator[Paragraph]:
    answer = scene.exchange.answer_json
    found = next(iter(answer.values()), None) if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        return
    yield Paragraph(Part.ANSWER, f"It found {len(found) or 'nothing'}.")
    if scene.exchange.operation == "QueryPaymentIds":
        yield from _not_found(scene, found)


def _not_found(scene: Scene, found: list[Any]) -> Iterator[Paragraph]:
    """Yields the payments that a search left out for their state."""
    query = dict(parse_qsl(scene.exchange.query))
    states = scene.past.payments()
    left_out = [
        f"{each} is {state}"
        for each, state in states.items()
        if each not in found and _is_asked_for(scene, each, query)
    ]
    if left_out:
        wanted = "captured payments" if "state" in query else "active and reserved payments"
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        text = f"The search finds {wanted} only; {listed(left_out[:5])}{more}."
        yield Paragraph(Part.RULE, f"{text} Source: documented (section 7, payments).")
        advice = "Search with state=Captured for captured payments, and without for the others."
        yield Paragraph(Part.ADVICE, advice)


def _is_asked_for(scene: Scene, payment_id: str, query: Mapping[str, str]) -> bool:
    payment = scene.world.payments.get(payment_id)
    if payment is None or payment.client_id != scene.exchange.client_id:
        return False
    return (
        query.get("posId", payment.pos_id).lower() == payment.pos_id
        and query.get("orderId", payment.order_id) == payment.order_id
        and payment.merchant == scene.exchange.merchant
    )


def explain_token(scene: Scene) -> Iterator[Paragraph]:
    """Yields whose token it is, and how long it is good."""
    answer = scene.exchange.answer_json
    if not isinstance(answer, dict) or "expires_in" not in answer:
        return
    form = dict(parse_qsl(scene.exchange.body.decode("utf-8", "replace")))
    merchant = form.get("merchant_vat")
    end = scene.exchange.at + timedelta(seconds=int(answer["expires_in"]))
    whose = f"for the merchant {merchant} alone" if merchant else "for any merchant"
    text = f"The token is good {whose}, until {scene.at(end)} by the sandbox's clock."
    yield Paragraph(Part.STATE, text)
    header = "" if merchant else " and x-mobilepay-merchant-vat-number"
    advice = f"Send it with each call{header}, and fetch the next shortly before it expires."
    yield Paragraph(Part.ADVICE, advice)


def explain_token_refusal(scene: Scene) -> Iterator[Paragraph]:
    """Yields the error that the token endpoint told."""
    answer = scene.exchange.answer_json
    error, description = "", ""
    if isinstance(answer, dict):
        error = str(answer.get("error", ""))
        description = str(answer.get("error_description", ""))
    source = "Source: documented (section 2, authentication; RFC 6749, section 5.2)."
    yield Paragraph(Part.RULE, f"The token endpoint refused it: {error}, {description}. {source}")
    if error in _TOKEN_ADVICE:
        yield Paragraph(Part.ADVICE, _TOKEN_ADVICE[error])


def explain_other_method(scene: Scene) -> Iterator[Paragraph]:
    """Yields the methods that the path takes."""
    headers = {name.lower(): value for name, value in scene.exchange.answer_headers}
    allowed = headers.get("allow", "")
    text = f"The path is there, but takes {allowed} only, so nothing else was looked at."
    source = "Source: decided, see docs/fidelity.md#requests."
    yield Paragraph(Part.RULE, f"{text} {source}")
    yield Paragraph(Part.ADVICE, f"Call it with {allowed}.")


def explain_spoilt(scene: Scene) -> Iterator[Paragraph]:
    """Yields what a scenario did instead of a right answer, and whether the work was done."""
    yield from state_met(scene)
    yield from scenario(scene, payment_at_work(scene))
    yield from changes(scene)
    done = (
        "What it asked for was done all the same"
        if scene.exchange.events
        else "What it asked for was not done"
    )
    text = f"The answer is the scenario's: no rule of the service made it. {done}."
    yield Paragraph(Part.RULE, text)
    yield from since_then(scene)
    key = scene.exchange.header(KEY) if creates(scene.exchange) else None
    with_key = f", with the same key {key!r}" if key else ""
    advice = f"After a while send the same request again{with_key}; at most five times."
    yield Paragraph(Part.ADVICE, advice)


def explain_other(scene: Scene) -> Iterator[Paragraph]:
    """Yields what is to be said of a refusal that no row of the catalogue is behind."""
    answer = scene.exchange.answer_json
    message = answer.get("message") if isinstance(answer, dict) else None
    yield Paragraph(Part.RULE, sentence(f"it was not looked at: {message or 'it is not right'}"))


def explain_failure(scene: Scene) -> Iterator[Paragraph]:
    """Yields why the simulator itself could not answer."""
    answer = scene.exchange.answer_json
    message = answer.get("message") if isinstance(answer, dict) else None
    text = message or "Its log says why"
    yield Paragraph(Part.RULE, f"The simulator itself could not answer. {sentence(str(text))}")
    yield from state_met(scene)
    yield from changes(scene)
    yield from scenario(scene, payment_at_work(scene))


def explain_pending(scene: Scene) -> Iterator[Paragraph]:
    """Yields what an answer is waiting for."""
    yield from state_met(scene)
    yield from scenario(scene, payment_at_work(scene))
    text = "Its work has not begun, as the scenario keeps it. Ask again once it is answered."
    yield Paragraph(Part.ANSWER, text)


def explain_control(scene: Scene) -> Iterator[Paragraph]:
    """Yields what a call of the control API brought about."""
    exchange = scene.exchange
    answer = exchange.answer_json
    if exchange.status >= 400:
        error = answer.get("error") if isinstance(answer, dict) else None
        yield Paragraph(Part.RULE, f"It was not right: {error}")
        return
    told = [event_in_words(each) for each in exchange.events]
    more = f"; and {len(told) - 20} more" if len(told) > 20 else ""
    text = f"It brought about: {'; '.join(told[:20])}{more}." if told else "It changed no payment."
    yield Paragraph(Part.STATE, text)
