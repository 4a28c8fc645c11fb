"""Between a call and its work stands the director: what it is told, and what its cue does.

A plan for the wire goes into the environ, under `PLAN`; the bridge carries it out. Without a bridge
(a plain WSGI server, a test client) such a fault is answered with 501, and no work is done.
"""

from collections.abc import Callable

from simulator.api.answers import JSON, Reply, internal_error, json_answer
from simulator.api.environ import CUE, HAS_WIRE, PLAN, RESUMED, here
from simulator.api.headers import Headers
from simulator.api.operations import Call, Operation, Subject
from simulator.api.recording import begun_at, is_aside, note_cue, note_spoilt
from simulator.engine.payments import InitiatePayment, PreparePayment
from simulator.engine.refunds import CreateRefund
from simulator.sandboxes import Sandbox
from simulator.scripting.faults import Answer, Body, WirePlan
from simulator.scripting.runs import Cue, Incoming

__all__ = ["incoming_of", "perform", "subject_of"]

_NO_WIRE = "this scenario misbehaves on the wire, which only the simulator's own server can"


def perform(
    sandbox: Sandbox,
    incoming: Incoming,
    work: Callable[[str | None], Reply],
    correlate: Callable[[], str],
) -> Reply:
    """Does a call's work, and what the director wants to go wrong with it.

    Args:
        incoming: the call, as the director sees it.
        work: does it; gets the run it belongs to.
        correlate: gives the correlation id for an error.
    """
    if is_aside():
        return work(None)
    cue: Cue | None = here().get(RESUMED)
    if cue is None:
        with sandbox.world:
            cue = sandbox.director.cue(incoming)
        note_cue(cue)
        if cue.seen is not None:
            here()[CUE] = cue
        if cue.plan is not None and cue.plan.is_before_work:
            return _later(cue, correlate)
    reply = _answer(cue, work, correlate)
    is_cut = cue.plan is not None and cue.plan.part < 1
    sandbox.director.note_answer(cue, 0 if is_cut else reply.status)
    return reply


def _later(cue: Cue, correlate: Callable[[], str]) -> Reply:
    if not here().get(HAS_WIRE):
        return internal_error(correlate(), 501, _NO_WIRE)
    here()[PLAN] = cue.plan
    here()[RESUMED] = cue
    return Reply(503)


def _answer(cue: Cue, work: Callable[[str | None], Reply], correlate: Callable[[], str]) -> Reply:
    run = cue.run.id if cue.run else None
    if cue.fault is None or cue.plan is None:
        return work(run)
    needs_wire = cue.plan != WirePlan()
    if needs_wire and not here().get(HAS_WIRE):
        return internal_error(correlate(), 501, _NO_WIRE)
    reply = work(run) if cue.fault.is_work_done else Reply()
    if cue.fault.answer is not None:
        reply = _spoilt(cue.fault.answer, reply, correlate())
        note_spoilt()
    if needs_wire and not cue.plan.is_before_work:
        here()[PLAN] = cue.plan
    return reply


def _spoilt(answer: Answer, reply: Reply, correlation_id: str) -> Reply:
    """Returns what a fault answers instead."""
    message = "A scenario let this call fail"
    body = {"code": answer.code, "message": message, "correlationId": correlation_id}
    made = json_answer(body, answer.status)
    content = reply.content or made.content
    match answer.body:
        case Body.ERROR:
            return made
        case Body.EMPTY:
            return Reply(answer.status, b"", JSON)
        case Body.MALFORMED:
            return Reply(answer.status, b'{"code": ' + content[:20] + b"}}", JSON)
        case Body.TRUNCATED:
            return Reply(answer.status, content[: len(content) // 2], JSON)
        case Body.HTML:
            page = f"<html><body><h1>{answer.status}</h1>{message}</body></html>"
            return Reply(answer.status, page.encode(), "text/html; charset=utf-8")
        case Body.WRONG_TYPE:
            return Reply(answer.status, content, "text/plain; charset=utf-8")


def subject_of(operation: Operation, call: Call) -> Subject:
    """Returns what a call is about."""
    body, world = call.body, call.sandbox.world
    pos_id, payment_id = call.query.get("pos_id"), call.query.get("payment_id")
    refund_id = order_id = amount = label = None
    if isinstance(body, InitiatePayment | PreparePayment):
        pos_id, order_id = body.pos_id, body.order_id
        if isinstance(body, InitiatePayment):
            amount, label = body.terms.amount, body.terms.label
    elif isinstance(body, CreateRefund):
        payment_id, amount = body.payment_id, body.amount
    elif isinstance(body, dict):
        amount = body.get("amount")
        pos = world.points_of_sale.with_beacon(body.get("beacon_id", ""))
        pos_id = pos.id if pos else None
    if "{paymentid}" in operation.path:
        payment_id = call.id
    elif "{posid}" in operation.path:
        pos_id = call.id
    elif "{refundid}" in operation.path:
        refund_id = call.id
        refund = world.refunds.get(call.id)
        payment_id = refund.payment_id if refund else None
    return Subject(pos_id, payment_id, refund_id, order_id, amount, label)


def incoming_of(operation: Operation, call: Call, subject: Subject, headers: Headers) -> Incoming:
    """Returns a call as the director sees it."""
    return Incoming(
        name=operation.name,
        method=operation.method,
        caller=call.caller,
        key=call.key,
        payment_id=subject.payment_id,
        pos_id=subject.pos_id,
        order_id=subject.order_id,
        amount=subject.amount,
        label=subject.label,
        script=call.script,
        starts_payment=operation.starts_payment,
        fingerprint=call.body,
        headers=headers,
        client_id=call.caller.client_id,
        version=headers.get("x-mobilepay-client-system-version") or "",
        real_at=begun_at(),
    )
