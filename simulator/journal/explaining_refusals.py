"""Refusals explained: which check decided, by which rule, and what exactly was in the way."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

from simulator.engine.errors import EVERY_POS_CALL, Kind, Refusal, Row
from simulator.engine.events import StoreChanged
from simulator.journal.exchanges import KEY, Exchange
from simulator.journal.explaining_past import made_by
from simulator.journal.explaining_scenario import scenario
from simulator.journal.explaining_scene import Explainer, Paragraph, Part, Scene
from simulator.journal.explaining_state import payment_at_work, since_then, state_met, ways_there
from simulator.journal.explaining_words import body_in_words, creates, listed, section_of, sentence

__all__ = ["Check", "check_of", "explain_refusal", "refused_by"]


class Check(StrEnum):
    """The checks a call passes, in their order."""

    PATH = "path"
    AUTHENTICATION = "authentication"
    HEADERS = "headers"
    CONTENT = "parameters and body"
    KEY = "idempotency key"
    STATE = "state"


#: The section of the service's documentation that describes a check; else the operation's.
_SECTIONS: Mapping[Check, str] = {
    Check.AUTHENTICATION: "section 2, authentication",
    Check.HEADERS: "section 3, headers",
    Check.KEY: "section 9, idempotency",
}
_KEY_HEADER_ROWS = frozenset({Refusal.KEY_MISSING, Refusal.KEY_DUPLICATED, Refusal.KEY_INVALID})
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEADER = re.compile(r"x-mobilepay-[a-z-]+")


def refused_by(exchange: Exchange) -> Refusal | None:
    """Returns the row of the catalogue that refused a call, or None."""
    return Refusal[exchange.refusal] if exchange.refusal else None


def check_of(refusal: Refusal) -> Check:
    """Returns the check that a refusal comes from."""
    row = refusal.value
    if refusal is Refusal.NO_SUCH_PATH:
        return Check.PATH
    if row.kind is Kind.UNAUTHENTICATED:
        return Check.AUTHENTICATION
    if row.where == EVERY_POS_CALL or refusal in _KEY_HEADER_ROWS:
        return Check.HEADERS
    if refusal is Refusal.KEY_USED_FOR_ANOTHER_REQUEST:
        return Check.KEY
    return Check.CONTENT if row.kind is Kind.INVALID else Check.STATE


def explain_refusal(scene: Scene) -> Iterator[Paragraph]:
    """Yields why a call was refused, and what the client can do."""
    refusal = refused_by(scene.exchange)
    if refusal is None:
        return
    check = check_of(refusal)
    yield _rule(scene, refusal, check)
    yield Paragraph(Part.ADVICE, refusal.value.advice)
    for explain in _IN_DETAIL.get(refusal, _BY_CHECK.get(check, ())):
        yield from explain(scene)
    if check is Check.STATE and refusal.value.kind in (Kind.CONFLICT, Kind.TOO_EARLY):
        payment_id = payment_at_work(scene)
        yield from ways_there(scene)
        yield from scenario(scene, payment_id)
        yield from since_then(scene, payment_id)
    key = scene.exchange.header(KEY)
    if key and check in (Check.CONTENT, Check.STATE) and creates(scene.exchange):
        kept = f"A refused call does not use its key up: {key!r} may be sent again."
        yield Paragraph(Part.ADVICE, kept)


def _rule(scene: Scene, refusal: Refusal, check: Check) -> Paragraph:
    row, order = refusal.value, list(Check)
    told = []
    for each in order:
        if each is check:
            told.append(f"{each} refused")
        elif _is_made(each, scene.exchange) and (each is not Check.PATH):
            is_later = order.index(each) > order.index(check)
            told.append(f"{each} {'not reached' if is_later else 'passed'}")
    code = f" {row.code}" if row.code else ""
    rule = f'Rule{code}, {_source(scene, row, check)}: "{row.message}"'
    return Paragraph(Part.RULE, f"{rule} Checks, in their order: {', '.join(told)}.")


def _source(scene: Scene, row: Row, check: Check) -> str:
    if not row.source.startswith("documented"):
        return row.source.replace("fidelity.md", "docs/fidelity.md")
    section = _SECTIONS.get(check) or section_of(scene.exchange.path)
    return f"{row.source} ({section})" if section else row.source


def _is_made(check: Check, exchange: Exchange) -> bool:
    """Whether calls of this kind undergo a check."""
    if check in (Check.AUTHENTICATION, Check.HEADERS):
        return not (exchange.operation or "").startswith("UserSimulation")
    return check is not Check.KEY or creates(exchange)


# --- in detail ------------------------------------------------------------------------------------


def _header_sent(scene: Scene) -> Iterator[Paragraph]:
    refusal = refused_by(scene.exchange)
    found = _HEADER.search(refusal.value.message) if refusal else None
    if found is None:
        return
    name = found[0]
    values = [value for each, value in scene.exchange.headers if each == name]
    shown = " and as ".join(repr(each[:60]) for each in values)
    text = f"{name} was sent as {shown}." if values else f"{name} was not sent."
    yield Paragraph(Part.REQUEST, text)


def _token(scene: Scene) -> Iterator[Paragraph]:
    """Says where the token came from; in the journal it has left a fingerprint."""
    scheme, _, fingerprint = (scene.exchange.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not fingerprint:
        return
    for journal in scene.token_journals:
        for each in reversed(list(journal)):
            answer = each.answer_json if each.operation == "Token" else None
            if isinstance(answer, dict) and answer.get("access_token") == fingerprint:
                end = each.at + timedelta(seconds=int(answer.get("expires_in", 0)))
                text = f"The token was got at {scene.at(each.at)} (request {each.id})"
                yield Paragraph(Part.STATE, f"{text}, and is good until {scene.at(end)}.")
                return
    text = "No request that is kept here got the token: it is of another sandbox, or not from here."
    yield Paragraph(Part.STATE, text)


def _key_used(scene: Scene) -> Iterator[Paragraph]:
    exchange = scene.exchange
    for each in scene.past.earlier():
        is_ours = (each.client_id, each.merchant) == (exchange.client_id, exchange.merchant)
        if is_ours and each.header(KEY) == exchange.header(KEY) and any(map(made_by, each.events)):
            used = f"The key was used by request {each.id} at {scene.at(each.at)}: {each.operation}"
            yield Paragraph(Part.STATE, f"{used} with the body {body_in_words(each)}.")
            return


def _free_pos(scene: Scene) -> Iterator[Paragraph]:
    active = scene.past.active_on(scene.exchange.pos_id or "")
    if active is not None:
        text = f"Here, POST /pos/v10/payments/{active}/cancel frees the point of sale."
        yield Paragraph(Part.ADVICE, text)


def _owner(scene: Scene) -> Iterator[Paragraph]:
    """Says whose the thing is that somebody else called for."""
    exchange, world = scene.exchange, scene.world
    found = (
        world.refunds.get(exchange.refund_id or "")
        or world.payments.get(exchange.payment_id or "")
        or world.points_of_sale.get(exchange.pos_id or "")
    )
    if found is None:
        return
    maker = scene.past.maker(found.id)
    made = f"Request {maker.id} made" if maker else "Somebody made"
    text = (
        f"{made} {found.id} for the integrator {found.client_id} and the merchant "
        f"{found.merchant}; this call is of the integrator {exchange.client_id} and the merchant "
        f"{exchange.merchant}."
    )
    yield Paragraph(Part.STATE, text)


def _two_merchants(scene: Scene) -> Iterator[Paragraph]:
    named = scene.exchange.header("x-mobilepay-merchant-vat-number")
    text = f"The token is for the merchant {scene.exchange.detail}, the header names {named}."
    yield Paragraph(Part.REQUEST, text)


def _hint(scene: Scene) -> Iterator[Paragraph]:
    if scene.exchange.hint:
        yield Paragraph(Part.ADVICE, sentence(scene.exchange.hint))


def _nowhere(scene: Scene) -> Iterator[Paragraph]:
    """Says what became of a thing that is not there, as far as that is known."""
    exchange = scene.exchange
    missing = exchange.refund_id or exchange.payment_id or exchange.pos_id
    if missing is None:
        return
    deleted = scene.past.deleted_at(missing)
    other = scene.elsewhere(missing)
    if deleted is not None:
        cause = scene.past.cause(deleted)
        by = f" by request {cause.id}" if cause else ""
        text = f"Point of sale {missing} was deleted at {scene.at(deleted.at)}{by}."
    elif other is not None:
        text = f"{missing} is in the sandbox {other!r}, not in {scene.world.name!r}."
    else:
        text = f"Nothing in the sandbox {scene.world.name!r} has the id {missing}."
    yield Paragraph(Part.STATE, text)


def _taken(scene: Scene) -> Iterator[Paragraph]:
    found = _GUID.search(scene.exchange.detail)
    pos = scene.world.points_of_sale.with_beacon(scene.exchange.detail)
    taker = pos.id if pos else found[0] if found else ""
    maker = scene.past.maker(taker)
    if maker is not None:
        text = f"Request {maker.id} created the point of sale {taker}, which has it."
        yield Paragraph(Part.STATE, text)


def _store(scene: Scene) -> Iterator[Paragraph]:
    found = _GUID.search(scene.exchange.detail)
    change = scene.past.last(StoreChanged, store_id=found[0] if found else "")
    cause = scene.past.cause(change) if change else None
    if change is not None and not change.is_active and cause is not None:
        text = f"Request {cause.id} deactivated the store {change.store_id}"
        yield Paragraph(Part.STATE, f"{text} at {scene.at(change.at)}.")


def _refunds(scene: Scene) -> Iterator[Paragraph]:
    payment = scene.world.payments.get(scene.exchange.payment_id or "")
    if payment is None:
        return
    told = []
    for refund in scene.world.refunds.of_payment(payment.id):
        state = scene.past.refund_state(refund.id)
        if state is not None and not state.is_cancelled:
            told.append(f"refund {refund.id} of {refund.amount}, {state}")
    rest = f", and counts {listed(told)}" if told else ", and has no other refund"
    text = f"The payment was captured with {payment.captured_amount}{rest}."
    yield Paragraph(Part.STATE, text)


def _last_poll(scene: Scene) -> Iterator[Paragraph]:
    exchange = scene.exchange
    for each in scene.past.earlier():
        if (each.operation, each.path, each.status) == (exchange.operation, exchange.path, 200):
            text = f"The last poll that counts is request {each.id}, at {scene.at(each.at)}."
            yield Paragraph(Part.STATE, text)
            return


_NOT_THERE: tuple[Explainer, ...] = (_nowhere,)
_OWNED: tuple[Explainer, ...] = (_owner,)

#: What is said of a refusal beyond its rule, by its row.
_IN_DETAIL: Mapping[Refusal, tuple[Explainer, ...]] = {
    **{each: _OWNED for each in Refusal if each.value.kind is Kind.FORBIDDEN},
    Refusal.OTHER_MERCHANT: (_two_merchants, _token),
    Refusal.NO_SUCH_PATH: (_hint,),
    Refusal.VERSION_BLOCKED: (),
    Refusal.VERSION_NOT_CERTIFIED: (),
    Refusal.STORE_OF_ANOTHER_MERCHANT: (),
    Refusal.VAT_CLAIM_INVALID: (_token,),
    Refusal.NOT_FOUND: _NOT_THERE,
    Refusal.REFUND_TO_CAPTURE_NOT_FOUND: _NOT_THERE,
    Refusal.POS_NOT_FOUND: _NOT_THERE,
    Refusal.PAYMENT_NOT_FOUND: _NOT_THERE,
    Refusal.PAYMENT_ACTIVE: (state_met, _free_pos),
    Refusal.MERCHANT_POS_ID_TAKEN: (_taken,),
    Refusal.BEACON_ID_TAKEN: (_taken,),
    Refusal.STORE_NOT_ACTIVATED: (_store,),
    Refusal.REFUND_TOO_HIGH: (state_met, _refunds),
    Refusal.POLLED_TOO_SOON: (_last_poll,),
}
_BY_CHECK: Mapping[Check, tuple[Explainer, ...]] = {
    Check.AUTHENTICATION: (_token,),
    Check.HEADERS: (_header_sent,),
    Check.KEY: (_key_used,),
    Check.STATE: (state_met,),
}
