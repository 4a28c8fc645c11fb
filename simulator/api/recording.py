"""Writes every exchange into its sandbox's journal, whatever became of it.

An exchange begins before anything is looked at and is finished with the answer; in between, whoever
learns something about it (which sandbox, which payment, which refusal) says so here.
"""

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.datastructures import EnvironHeaders

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.environ import (
    BODY,
    CUE,
    EXCHANGE,
    PLAN,
    RAW_HEADERS,
    SANDBOX_HERE,
    SANDBOX_NAME,
    here,
)
from simulator.api.operations import Subject
from simulator.engine.errors import SimulatorError
from simulator.engine.events import Event
from simulator.engine.values import is_guid
from simulator.engine.world import World
from simulator.journal.exchanges import CONTROL, LONGEST_BODY, Delivery, Exchange, is_form
from simulator.journal.masking import (
    SECRET_HEADERS,
    masked_answer,
    masked_body,
    masked_header,
    masked_query,
    masked_text,
)
from simulator.sandboxes import DEFAULT, Sandbox
from simulator.scripting.explain import fault_in_words
from simulator.scripting.faults import WirePlan
from simulator.scripting.runs import Cue

__all__ = [
    "Recorder",
    "begun_at",
    "delivery_of",
    "enter",
    "header_pairs",
    "is_aside",
    "note_caller",
    "note_cue",
    "note_delivery",
    "note_hint",
    "note_made",
    "note_refusal",
    "note_spoilt",
    "note_subject",
    "record_exchanges",
    "this_request",
    "watch",
]

_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


class Recorder:
    """Keeps the exchanges of an app.

    Args:
        context: its parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def begin(
        self, environ: dict[str, Any], operation: str | None, parameters: Mapping[str, str] | None
    ) -> None:
        """A request was found to be for an operation, or for none; its path holds parameters."""
        # The bridge may call again for the same request: then it enters anew, at another time.
        environ.pop(SANDBOX_HERE, None)
        exchange: Exchange | None = environ.get(EXCHANGE)
        if exchange is None:
            exchange = _begun(environ, parameters, operation, self._context.wall_time())
            environ[EXCHANGE] = exchange
        _current.set(exchange)

    def finish(self, environ: dict[str, Any], reply: Reply) -> None:
        """A request is answered; no harm where it was not begun."""
        exchange = _current.get()
        if exchange is not None:
            _finish(self._context, environ, exchange, reply)

    def leave(self, environ: dict[str, Any]) -> None:
        """Nothing more happens for a request."""
        _current.set(None)
        # It stays in the environ: the bridge keeps what the call has changed there.
        sandbox: Sandbox | None = environ.get(SANDBOX_HERE)
        if sandbox is not None:
            sandbox.world.clock.unpin()


def record_exchanges(app: Flask, recorder: Recorder, operations: Mapping[str, str]) -> None:
    """Lets Flask tell a recorder of its requests.

    Args:
        app: the whole simulator.
        recorder: keeps the exchanges.
        operations: the operation of each endpoint whose exchanges are kept. Requests for paths that
            are no endpoint's are kept as well.
    """

    @app.before_request
    def begin() -> None:
        this = this_request()
        endpoint = this.endpoint
        if endpoint is None or endpoint in operations:
            recorder.begin(this.environ, operations.get(endpoint or ""), this.view_args)

    @app.after_request
    def finish(response: Response) -> Response:
        recorder.finish(this_request().environ, _as_reply(response))
        return response

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        recorder.leave(this_request().environ)


def header_pairs(environ: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Returns a request's headers in order, names in lower case."""
    raw: list[tuple[str, str]] | None = environ.get(RAW_HEADERS)
    if raw is not None:
        return raw
    return [(name.lower(), value) for name, value in EnvironHeaders(environ).items()]


def this_request() -> Request:
    """Returns the request itself: each look through Flask's proxy costs, and these are many."""
    this: Request = request._get_current_object()  # type: ignore[attr-defined]
    return this


def watch(world: World) -> Callable[[Event], None]:
    """Returns a reader of a world's events that adds them to the exchange that caused them."""

    def note(event: Event) -> None:
        exchange = _current.get()
        # What fell due before the call was not the call's doing.
        if exchange is not None and not world.is_catching_up:
            exchange.events.append(event)

    return note


def enter(sandbox: Sandbox) -> Sandbox:
    """Says which sandbox the request goes to; there its call happens at one moment."""
    environ = here()
    before: Sandbox | None = environ.get(SANDBOX_HERE)
    if before is sandbox:
        return sandbox
    if before is not None:
        before.world.clock.unpin()
    environ[SANDBOX_HERE] = sandbox
    now = sandbox.world.clock.pin()
    exchange = _current.get()
    if exchange is not None and not exchange.id:
        exchange.at = now
    elif exchange is not None:
        exchange.worked_at = now
    return sandbox


def is_aside() -> bool:
    """Whether a test makes the call itself, beside the client it tests."""
    exchange = _current.get()
    return exchange is not None and exchange.is_aside


def begun_at() -> float:
    """Returns the real time the request came, in seconds since 1970."""
    exchange = _current.get()
    return exchange.real_at if exchange is not None else 0.0


def note_delivery(environ: Mapping[str, Any], delivery: Delivery) -> None:
    """Says how much of an answer got through, where the wire had a part in it."""
    exchange: Exchange | None = environ.get(EXCHANGE)
    if exchange is None:
        return
    exchange.delivery = delivery
    sandbox: Sandbox = environ[SANDBOX_HERE]
    sandbox.journal.table.touch(exchange.id)
    cue: Cue | None = environ.get(CUE)
    if cue is not None:
        sandbox.director.note_arrival(cue, has_arrived=delivery is Delivery.WHOLE)


def delivery_of(plan: WirePlan | None, *, is_gone: bool = False) -> Delivery:
    """Returns how much of an answer reached the client.

    Args:
        plan: what the wire did about it.
        is_gone: whether the client had gone before the answer began.
    """
    if is_gone:
        return Delivery.ABANDONED
    if plan is None or plan.part == 1:
        return Delivery.WHOLE
    return Delivery.PART if plan.part else Delivery.NOTHING


def note_caller(client_id: str, merchant: object) -> None:
    """Says who calls, as soon as that is known; a claim that is no text names no merchant."""
    exchange = _current.get()
    if exchange is not None:
        exchange.client_id = client_id
        exchange.merchant = merchant if isinstance(merchant, str) else None


def note_subject(subject: Subject) -> None:
    """Says what the call is about."""
    exchange = _current.get()
    if exchange is None:
        return
    exchange.pos_id = subject.pos_id
    exchange.payment_id = subject.payment_id
    exchange.refund_id = subject.refund_id


def note_cue(cue: Cue) -> None:
    """Says which run the call belongs to, and what goes wrong with it."""
    exchange = _current.get()
    if exchange is None:
        return
    exchange.run = cue.run.id if cue.run else None
    exchange.fault = fault_in_words(cue.fault) if cue.fault else None


def note_spoilt() -> None:
    """Says that a scenario answers, instead of the service."""
    exchange = _current.get()
    if exchange is not None:
        exchange.is_spoilt = True


def note_made(made: Mapping[str, str]) -> None:
    """Says what the call made, by the names `payment_id`, `pos_id` and `refund_id`."""
    exchange = _current.get()
    if exchange is not None:
        for name, made_id in made.items():
            setattr(exchange, name, made_id)


def note_refusal(error: SimulatorError) -> None:
    """Says what refused the call."""
    exchange = _current.get()
    if exchange is not None:
        exchange.refusal, exchange.detail = error.refusal.name, error.detail


def note_hint(hint: str) -> None:
    """Says which path may have been meant."""
    exchange = _current.get()
    if exchange is not None:
        exchange.hint = hint


def _begun(
    environ: dict[str, Any],
    parameters: Mapping[str, str] | None,
    operation: str | None,
    now: float,
) -> Exchange:
    query = environ.get("QUERY_STRING", "")
    return Exchange(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        query=masked_query(query) if query else "",
        headers=tuple(
            [
                (name, masked_header(name, value)) if name in SECRET_HEADERS else (name, value)
                for name, value in header_pairs(environ)
            ]
        ),
        real_at=now,
        base=_base(environ),
        operation=operation,
        **(_named_in_path(parameters) if parameters else {}),
    )


#: What the parameters of the paths name.
_PARAMETERS = {"paymentid": "payment_id", "posid": "pos_id", "refundid": "refund_id"}


def _named_in_path(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Returns what a path names, so that even calls that are refused early can be found by it."""
    return {
        _PARAMETERS[name]: text.lower()
        for name, text in parameters.items()
        if name in _PARAMETERS and is_guid(text)
    }


def _base(environ: Mapping[str, Any]) -> str:
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}"


def _finish(context: Context, environ: dict[str, Any], exchange: Exchange, reply: Reply) -> None:
    sandbox: Sandbox | None = environ.get(SANDBOX_HERE)
    if sandbox is None:
        # A path that is not there makes no sandbox.
        found = context.sandboxes.find(environ.get(SANDBOX_NAME, DEFAULT))
        if found is None:
            return
        sandbox = enter(found)
    _keep_body(environ, exchange)
    _keep_answer(exchange, reply)
    exchange.sandbox = sandbox.name
    exchange.mark = sandbox.world.events.count
    _complete(sandbox, exchange)
    plan: WirePlan | None = environ.get(PLAN)
    exchange.delivery = Delivery.PENDING if plan is not None else Delivery.WHOLE
    exchange.duration = context.wall_time() - exchange.real_at
    if not exchange.id:
        sandbox.journal.add(exchange)
    else:
        exchange.worked_after = sandbox.journal.count
    cue: Cue | None = environ.get(CUE)
    if cue is not None:
        sandbox.director.note_exchange(cue, exchange.id, exchange.code or "")
        if plan is None:
            sandbox.director.note_arrival(cue, has_arrived=True)


def _keep_body(environ: dict[str, Any], exchange: Exchange) -> None:
    body: bytes | None = environ.get(BODY)
    if body is None:
        # Nobody has read it; most that nobody reads are empty.
        body = b"" if environ.get("CONTENT_LENGTH") == "0" else _rest(environ)
    exchange.body_size = len(body)
    body = body[:LONGEST_BODY]
    if body and is_form(environ.get("CONTENT_TYPE", "")):
        body = masked_body(body)[:LONGEST_BODY]
    elif body and exchange.operation != CONTROL:
        body = masked_text(body)[:LONGEST_BODY]
    exchange.body = body


def _rest(environ: dict[str, Any]) -> bytes:
    return Request(environ).get_data()


def _as_reply(response: Response) -> Reply:
    """Returns what Flask answers, once it is complete."""
    reply = Reply(response.status_code, response.get_data())
    reply.headers = list(response.headers.items())
    return reply


def _keep_answer(exchange: Exchange, reply: Reply) -> None:
    exchange.status = reply.status
    exchange.answer_headers = tuple(reply.headers)
    body = reply.content
    exchange.answer_size = len(body)
    if exchange.operation == "Token":
        body = masked_answer(body)
    exchange.answer_body = body[:LONGEST_BODY]


def _complete(sandbox: Sandbox, exchange: Exchange) -> None:
    """Says what follows from the refund, payment and run that are known."""
    world = sandbox.world
    refund = world.refunds.get(exchange.refund_id or "")
    if refund is not None:
        exchange.payment_id = refund.payment_id
    payment = world.payments.get(exchange.payment_id or "")
    if payment is not None:
        exchange.pos_id = payment.pos_id
        run = sandbox.director.run_of(payment.id)
        exchange.run = exchange.run or (run.id if run else None)
