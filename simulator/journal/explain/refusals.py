"""Facts about refusals: the check that refused the call, the rule, and what the rule looked at."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

from ...engine.error_rows import CREATES, EVERY_POS_CALL, ErrorKind
from ...engine.events import PosDeleted, StoreChanged
from ...engine.operations import TOKEN_CALL
from ...engine.refusals import NO_TOKEN, Refusal
from ...engine.states import RefundState
from ..exchanges import KEY, ExchangeRecord
from ..words import listed, sentence
from .facts import TRIGGERS, Finder, body_of, scenario, state_met, state_now
from .past import ExplainedCall, made_by
from .sentences import Fact, Sentence


class Check(StrEnum):
    """The checks a call passes, in their order."""

    PATH = "path"
    AUTHENTICATION = "authentication"
    HEADERS = "headers"
    CONTENT = "parameters and body"
    KEY = "idempotency key"
    STATE = "state"


#: The sections of the service's documentation, by the check or by the beginning of the path.
_SECTIONS: Mapping[str, str] = {
    Check.AUTHENTICATION: "section 2, authentication",
    Check.HEADERS: "section 3, headers",
    Check.KEY: "section 9, idempotency",
    "/integrator-authentication": "section 2, authentication",
    "/pos/v10/stores": "section 6, points of sale",
    "/pos/v10/pointofsales": "section 6, points of sale",
    "/pos/v10/payments": "section 7, payments",
    "/pos/v10/refunds": "section 8, refunds",
    "/pos/app/usersimulation": "section 11, user simulation",
}
#: How the source of a row begins of which only the user simulation's part is decided.
AT_USER_SIMULATION = "documented; decided at the user simulation"
_KEY_HEADER = (Refusal.KEY_MISSING, Refusal.KEY_DUPLICATED, Refusal.KEY_INVALID)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEADER = re.compile(r"x-mobilepay-[a-z-]+")


def check_of(refusal: Refusal) -> Check:
    """Returns the check that a refusal comes from."""
    row = refusal.value
    if refusal is Refusal.NO_SUCH_PATH:
        return Check.PATH
    if row.kind is ErrorKind.UNAUTHENTICATED:
        return Check.AUTHENTICATION
    if row.where == EVERY_POS_CALL or refusal in _KEY_HEADER:
        return Check.HEADERS
    if refusal is Refusal.KEY_USED_FOR_ANOTHER_REQUEST:
        return Check.KEY
    is_content = row.kind in (ErrorKind.INVALID, ErrorKind.ENCODED, ErrorKind.TOO_LARGE)
    return Check.CONTENT if is_content else Check.STATE


def section_of(path: str) -> str:
    """Returns the section of the service's documentation that describes a path."""
    return next((text for start, text in _SECTIONS.items() if path.startswith(start)), "")


def refusal(call: ExplainedCall) -> Iterator[Fact]:
    """Why a call was refused, and what the client can do."""
    refusal = Refusal[call.exchange.refusal or ""]
    row, check = refusal.value, check_of(refusal)
    section = _SECTIONS.get(check) or section_of(call.exchange.path)
    source = _source(row.source, call.exchange.operation or "")
    if "decided" not in source and section:
        source = f"{source} ({section})"
    checks = ", ".join(_checks(call.exchange, check))
    yield Sentence.REFUSED(code=row.code, source=source, message=row.message, checks=checks)
    yield Sentence.ADVICE(advice=row.advice)
    if call.exchange.hint:
        yield Sentence.ADVICE(advice=sentence(call.exchange.hint))
    finders = _BY_REFUSAL.get(refusal, _BY_CHECK.get(check, ()))
    if check is Check.STATE and row.kind in (ErrorKind.CONFLICT, ErrorKind.TOO_EARLY):
        finders = (*finders, _table, scenario, state_now)
    for finder in finders:
        yield from finder(call)
    if call.new_key and check in (Check.CONTENT, Check.STATE):
        yield Sentence.KEY_FREE(key=call.new_key)


def _source(source: str, operation: str) -> str:
    """Returns the source of a row; what is decided at the user simulation is nothing to others."""
    if AT_USER_SIMULATION in source and not operation.startswith("UserSimulation"):
        return "documented"
    return source.replace("fidelity.md", "docs/fidelity.md")


def _checks(exchange: ExchangeRecord, refused: Check) -> Iterator[str]:
    """Yields what came of each check that calls of this kind undergo."""
    order = list(Check)
    is_user = (exchange.operation or "").startswith("UserSimulation")
    skipped = {Check.AUTHENTICATION, Check.HEADERS} if is_user else set()
    skipped |= {Check.PATH} if refused is not Check.PATH else set()
    skipped |= {Check.KEY} if exchange.operation not in CREATES else set()
    for each in order:
        if each is refused:
            yield f"{each} refused"
        elif each not in skipped:
            is_later = order.index(each) > order.index(refused)
            yield f"{each} {'not reached' if is_later else 'passed'}"


# --- what the rules looked at -------------------------------------------------------------------


def _table(call: ExplainedCall) -> Iterator[Fact]:
    """The rows of the state table that the operation could have used."""
    machine, trigger = TRIGGERS.get(call.exchange.operation or "", (None, None))
    refusal = machine.refusals.get(trigger) if machine and trigger else None
    if machine is None or refusal is None or refusal.name != call.exchange.refusal:
        return
    rows = [row for row in machine.transitions if row.trigger is trigger]
    ways: dict[str, list[str]] = {}
    for row in rows:
        ways.setdefault(row.after, []).append(str(row.before))
    words = [f"from {listed(before, 'or')} to {after}" for after, before in ways.items()]
    sources = "; ".join(sorted({row.source for row in rows}))
    yield Sentence.TABLE(trigger=trigger, ways=listed(words), sources=sources)


def _header(call: ExplainedCall) -> Iterator[Fact]:
    if found := _HEADER.search(Refusal[call.exchange.refusal or ""].value.message):
        values = [repr(value[:60]) for name, value in call.exchange.headers if name == found[0]]
        yield Sentence.HEADER(header=found[0], values=" and as ".join(values))


def _token(call: ExplainedCall) -> Iterator[Fact]:
    """Where the token came from; in the journal it has left a fingerprint."""
    if call.exchange.token is None:
        return
    kept = (each for journal in call.token_journals for each in reversed(list(journal)))
    for each in kept:
        if each.operation == TOKEN_CALL and each.token == call.exchange.token:
            end = each.at + timedelta(seconds=int(each.answer_json.get("expires_in", 0)))
            expired = call.at(end) if end <= call.exchange.at else None
            at, until = call.at(each.at), call.at(end)
            yield Sentence.TOKEN_FETCHED(request=each.id, at=at, expired=expired, until=until)
            return
    if NO_TOKEN in call.exchange.detail:
        yield Sentence.NO_TOKEN()
    else:
        yield Sentence.TOKEN_UNKNOWN()


def _key_used(call: ExplainedCall) -> Iterator[Fact]:
    exchange = call.exchange
    for each in call.past.earlier():
        is_ours = (each.owner, each.merchant) == (exchange.owner, exchange.merchant)
        if is_ours and each.header(KEY) == exchange.header(KEY) and any(map(made_by, each.events)):
            at, body = call.at(each.at), body_of(each)
            yield Sentence.KEY_USED(request=each.id, at=at, operation=each.operation, body=body)
            return


def _free_pos(call: ExplainedCall) -> Iterator[Fact]:
    pos_id = call.exchange.pos_id or ""
    then, now = call.past.active_on(pos_id), call.world.payments.active_on(pos_id)
    if then and now and now.id == then:
        yield Sentence.FREE_POS(payment=then)
    elif then:
        yield Sentence.FREE_BY_NOW(payment=then)


def _owner(call: ExplainedCall) -> Iterator[Fact]:
    exchange, world = call.exchange, call.world
    found = (
        call.past.record(exchange.refund_id or "")
        or call.past.record(exchange.payment_id or "")
        or world.points_of_sale.get(exchange.pos_id or "")
    )
    if found is not None:
        maker = call.past.maker(found.id)
        yield Sentence.OWNER(
            id=found.id,
            client=found.client_id,
            merchant=found.merchant,
            maker=maker.id if maker else None,
            caller=exchange.owner,
            caller_merchant=exchange.merchant,
        )


def _merchants(call: ExplainedCall) -> Iterator[Fact]:
    header = call.exchange.header("x-mobilepay-merchant-vat-number")
    yield Sentence.TWO_MERCHANTS(token=call.exchange.detail, header=header)


def _missing(call: ExplainedCall) -> Iterator[Fact]:
    """What became of something that is not there, as far as that is known."""
    exchange, sandbox = call.exchange, call.world.name
    missing = exchange.refund_id or exchange.payment_id or exchange.pos_id
    if missing is None:
        return
    deleted = call.past.last(PosDeleted, pos_id=missing)
    cause, other = call.past.cause(deleted), call.elsewhere(missing)
    if deleted is not None:
        at = call.at(deleted.at)
        yield Sentence.DELETED(id=missing, at=at, cause=cause.id if cause else None)
    elif other is not None:
        yield Sentence.ELSEWHERE(id=missing, other=other, sandbox=sandbox)
    else:
        yield Sentence.NOWHERE(id=missing, sandbox=sandbox)


def _taken(call: ExplainedCall) -> Iterator[Fact]:
    found = _GUID.search(call.exchange.detail)
    pos = call.world.points_of_sale.with_beacon(call.exchange.detail)
    taker = pos.id if pos else found[0] if found else ""
    if maker := call.past.maker(taker):
        yield Sentence.TAKEN(request=maker.id, pos=taker)


def _store(call: ExplainedCall) -> Iterator[Fact]:
    found = _GUID.search(call.exchange.detail)
    change = call.past.last(StoreChanged, store_id=found[0] if found else "")
    cause = call.past.cause(change)
    if change is not None and not change.is_active and cause is not None:
        yield Sentence.STORE_OFF(request=cause.id, store=change.store_id, at=call.at(change.at))


def _refunds(call: ExplainedCall) -> Iterator[Fact]:
    if payment := call.world.payments.get(call.exchange.payment_id or ""):
        states = [
            (each, call.past.state(each.id)) for each in call.world.refunds.of_payment(payment.id)
        ]
        counted = [
            f"refund {each.id} of {each.amount}, {state}"
            for each, state in states
            if isinstance(state, RefundState) and not state.is_cancelled
        ]
        yield Sentence.REFUNDS(captured=payment.captured_amount, refunds=listed(counted))


def _last_poll(call: ExplainedCall) -> Iterator[Fact]:
    wanted = (call.exchange.operation, call.exchange.path, 200)
    for each in call.past.earlier():
        if (each.operation, each.path, each.status) == wanted:
            yield Sentence.LAST_POLL(request=each.id, at=call.at(each.at))
            return


_BY_CHECK: Mapping[Check, tuple[Finder, ...]] = {
    Check.AUTHENTICATION: (_token,),
    Check.HEADERS: (_header,),
    Check.KEY: (_key_used,),
    Check.STATE: (state_met,),
}
_BY_REFUSAL: Mapping[Refusal, tuple[Finder, ...]] = {
    **{each: (_owner,) for each in Refusal if each.value.kind is ErrorKind.FORBIDDEN},
    **{each: (_missing,) for each in Refusal if each.name.endswith("NOT_FOUND")},
    Refusal.OTHER_MERCHANT: (_merchants, _token),
    Refusal.VERSION_BLOCKED: (),
    Refusal.VERSION_NOT_CERTIFIED: (),
    Refusal.STORE_OF_ANOTHER_MERCHANT: (),
    Refusal.VAT_CLAIM_INVALID: (_token,),
    Refusal.PAYMENT_ACTIVE: (state_met, _free_pos),
    Refusal.MERCHANT_POS_ID_TAKEN: (_taken,),
    Refusal.BEACON_ID_TAKEN: (_taken,),
    Refusal.STORE_NOT_ACTIVATED: (_store,),
    Refusal.REFUND_TOO_HIGH: (state_met, _refunds),
    Refusal.POLLED_TOO_SOON: (_last_poll,),
}
