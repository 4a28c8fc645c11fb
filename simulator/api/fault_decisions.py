"""Applies a scenario's fault to a call: before its work, instead of it, or after it.

A wire plan goes into the response; whoever carries the request carries it out. Where nobody can (a
plain WSGI server, a test client), such a fault is answered with 501, and no work is done.
"""

from collections.abc import Callable

import msgspec

from ..engine.operations import TOKEN_CALL
from ..journal.exchanges import ExchangeRecord
from ..sandboxes.registry import HostedSandbox
from ..scripting.call import Call
from ..scripting.fate import WirePlan
from ..scripting.faults import Body, FaultAnswer
from ..scripting.runs import FaultDecision
from .answers import (
    BASIC,
    INTERNAL_ERROR,
    INVALID_TOKEN,
    JSON,
    Response,
    bearer,
    error_answer,
    no_answer,
    oauth_answer,
    oauth_failure,
)
from .context import Context
from .recorder import enter_again, note_decision
from .request import Request

#: Does the work of a call.
Work = Callable[[HostedSandbox, Call, Request, ExchangeRecord], Response]

_ON_PURPOSE = "A scenario let this call fail"
_NO_WIRE = "faults on the wire need the simulator's own server, as in `mobilepay-sim serve`"


def perform(
    context: Context,
    sandbox: HostedSandbox,
    call: Call,
    request: Request,
    exchange: ExchangeRecord,
    work: Work,
) -> Response:
    """Does a call's work, with the fault that a scenario decides on.

    Args:
        context: the simulator's parts.
        sandbox: where the call goes.
        call: the call.
        request: how it came.
        exchange: its record.
        work: does it.
    """
    if exchange.is_test_call:
        return work(sandbox, call, request, exchange)
    decision = _decide(sandbox, call, exchange)
    if decision.run is not None and call.starts_payment:
        call = msgspec.structs.replace(call, script=decision.run.id)
    plan, fault = decision.plan, decision.fault
    if plan is not None and plan != WirePlan() and not request.has_wire:
        return _fail(call, 501, _NO_WIRE, context.correlation_id(request, exchange))

    def answer() -> Response:
        if fault is None or fault.is_work_done:
            reply = work(sandbox, call, request, exchange)
        else:
            is_cut = fault.cut is not None and fault.cut.part < 1
            reply = no_answer() if is_cut else Response(503)
        if fault is not None and fault.answer is not None:
            exchange.is_spoilt = True
            reply = _spoilt(call, fault.answer, reply, context.correlation_id(request, exchange))
        reply.decision = decision if decision.seen is not None else None
        return reply

    def resume() -> Response:
        enter_again(sandbox, exchange)
        reply = answer()
        reply.plan = plan and plan.after_wait()
        return reply

    if plan is None or not plan.is_before_work:
        reply = answer()
        reply.plan = plan if plan != WirePlan() else None
        return reply
    waiting = Response(503)
    waiting.plan, waiting.resume = plan, resume
    return waiting


def observe(sandbox: HostedSandbox, call: Call, exchange: ExchangeRecord, reply: Response) -> None:
    """Lets the run of a call see that it was refused before its work.

    Args:
        sandbox: where the call has gone.
        call: as much of the call as can be read.
        exchange: its record.
        reply: its response.
    """
    is_seen = sandbox.scenario_engine.looks_at(call.payment_id, is_certifying=call.is_certifying)
    if is_seen and not exchange.is_test_call:
        decision = _decide(sandbox, call, exchange)
        reply.decision = decision if decision.seen is not None else None


def _decide(sandbox: HostedSandbox, call: Call, exchange: ExchangeRecord) -> FaultDecision:
    with sandbox.world as world:
        world.caused = exchange.events
        decision = sandbox.scenario_engine.decide(call)
    note_decision(exchange, decision)
    return decision


def _fail(
    call: Call, status: int, why: str, correlation_id: str, code: str = INTERNAL_ERROR
) -> Response:
    """Returns an error in the shape of the service that is called."""
    if call.name == TOKEN_CALL:
        return oauth_answer(oauth_failure(status, why, code))
    return error_answer(status, why, correlation_id, code=code)


def _spoilt(call: Call, answer: FaultAnswer, reply: Response, correlation_id: str) -> Response:
    """Returns what a fault answers instead of a reply."""
    made = _fail(call, answer.status, _ON_PURPOSE, correlation_id, answer.code)
    spoilt = (
        made if answer.body is Body.ERROR else _with_body(answer, reply.content or made.content)
    )
    if spoilt.status == 401:
        asks_for = BASIC if call.name == TOKEN_CALL else bearer(INVALID_TOKEN, _ON_PURPOSE)
        spoilt.headers = [each for each in spoilt.headers if each[0] != asks_for[0]]
        spoilt.headers.append(asks_for)
    return spoilt


def _with_body(answer: FaultAnswer, content: bytes) -> Response:
    """Returns an answer with a body of the wrong kind, or with a right one cut or mislabelled."""
    match answer.body:
        case Body.EMPTY:
            return Response(answer.status, b"", JSON)
        case Body.MALFORMED:
            return Response(answer.status, b'{"code": ' + content[:20] + b"}}", JSON)
        case Body.TRUNCATED:
            return Response(answer.status, content[: len(content) // 2], JSON)
        case Body.HTML:
            page = f"<html><body><h1>{answer.status}</h1>{_ON_PURPOSE}</body></html>"
            return Response(answer.status, page.encode(), "text/html; charset=utf-8")
        case _:  # Body.WRONG_TYPE
            return Response(answer.status, content, "text/plain; charset=utf-8")
