"""Writes every exchange into its sandbox's journal, whatever became of it.

An exchange begins before anything is looked at and is finished with the response. In between it is
passed along, and whoever learns something about the call (the sandbox, the payment, the refusal)
writes it there.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..engine.errors import SimulatorError
from ..engine.refusals import Refusal
from ..engine.values import as_guid
from ..journal.exchanges import CONTROL, LONGEST_BODY, ExchangeRecord, is_form
from ..journal.masking import masked_answer, masked_header, masked_query, masked_url
from ..journal.secret_fields import form_without_secrets, without_secrets
from ..sandboxes.registry import DEFAULT, HostedSandbox
from ..scripting.explain import fault_in_words
from ..scripting.fate import Delivery
from ..scripting.runs import FaultDecision
from .answers import Response
from .context import Context
from .request import Request

#: So much of a path is said where it is not there.
LONGEST_SAID = 200
#: What the parameters of the paths name.
_PARAMETERS = {"paymentid": "payment_id", "posid": "pos_id", "refundid": "refund_id"}


class Recorder:
    """Records the exchanges of an app.

    Args:
        context: its parts.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def begin(
        self, request: Request, operation: str | None, parameters: Mapping[str, str] | None = None
    ) -> ExchangeRecord:
        """Returns the record of a call that has just come.

        Args:
            request: the call.
            operation: its operation; None where the path is none of the service's.
            parameters: what the path names, so that even calls refused early can be found by it.
        """
        query = request.query
        return ExchangeRecord(
            method=request.method,
            path=masked_url(request.path),
            query=masked_query(query) if query else "",
            headers=tuple(
                [(name, masked_header(name, value)) for name, value in request.headers.pairs]
            ),
            real_at=self._context.wall_time(),
            base=request.root,
            operation=operation,
            **(named_in_path(parameters) if parameters else {}),
        )

    def finish(self, request: Request, exchange: ExchangeRecord, reply: Response) -> None:
        """Completes the record of a call, and puts it into the journal of its sandbox.

        A path that is not there makes no sandbox: its call is kept where there is one already.
        """
        sandbox = self._sandbox_of(exchange)
        if sandbox is None:
            sandbox = self._context.sandboxes.find(request.sandbox or DEFAULT)
            if sandbox is None:
                return
            enter(sandbox, exchange)
        reply.exchange = exchange
        _keep_body(request, exchange)
        _keep_answer(exchange, reply)
        if exchange.path != request.path:
            _hide_path(request, exchange)
        exchange.mark = sandbox.world.events.count
        _add_what_follows(sandbox, exchange)
        exchange.delivery = Delivery.PENDING if reply.plan is not None else Delivery.WHOLE
        exchange.duration = self._context.wall_time() - exchange.real_at
        if not exchange.id:
            sandbox.journal.add(exchange)
        else:
            exchange.worked_after = sandbox.journal.count
        if reply.decision is not None:
            plan = reply.plan
            sandbox.scenario_engine.note_answer(
                reply.decision,
                reply.status if plan is None or plan.part == 1 else 0,
                code=exchange.code or "",
                refusal=exchange.refusal or "",
                token=exchange.token or "",
                number=exchange.id,
                has_arrived=True if plan is None else None,
            )

    def leave(self, exchange: ExchangeRecord, reply: Response) -> None:
        """Unpins the clock of the call's sandbox, and stores the sandbox in the response."""
        sandbox = self._sandbox_of(exchange)
        if sandbox is not None:
            sandbox.world.clock.unpin()
            reply.sandbox = sandbox

    def _sandbox_of(self, exchange: ExchangeRecord) -> HostedSandbox | None:
        return self._context.sandboxes.find(exchange.sandbox) if exchange.sandbox else None


def enter(sandbox: HostedSandbox, exchange: ExchangeRecord) -> HostedSandbox:
    """Assigns a call to a sandbox, and stops the sandbox's clock until `leave`."""
    exchange.sandbox = sandbox.name
    exchange.at = sandbox.world.clock.pin()
    return sandbox


def enter_again(sandbox: HostedSandbox, exchange: ExchangeRecord) -> None:
    """Says that the work of a call begins after a wait, at a moment of its own."""
    exchange.worked_at = sandbox.world.clock.pin()


def note_caller(
    exchange: ExchangeRecord, client_id: str, merchant: object, integrator: str
) -> None:
    """Says who calls, as soon as that is known; a claim that is no text names no merchant."""
    exchange.client_id, exchange.integrator = client_id, integrator
    exchange.merchant = merchant if isinstance(merchant, str) else None


def note_decision(exchange: ExchangeRecord, decision: FaultDecision) -> None:
    """Says which run the call belongs to, and what goes wrong with it."""
    exchange.is_counted, exchange.is_struck = decision.is_counted, decision.is_of_sandbox
    exchange.run = decision.run.id if decision.run else None
    exchange.fault = fault_in_words(decision.fault) if decision.fault else None


def note_refusal(exchange: ExchangeRecord, error: SimulatorError) -> None:
    """Says what refused the call."""
    exchange.refusal, exchange.detail = error.refusal.name, error.detail


def note_delivery(reply: Response, delivery: Delivery, duration: float) -> None:
    """Says how much of a response got through, and how long the exchange took.

    Args:
        reply: the response; nothing is noted where nobody records its exchange.
        delivery: how much of it reached the client.
        duration: in real seconds.
    """
    exchange, sandbox = reply.exchange, reply.sandbox
    if exchange is None:
        return
    exchange.duration, exchange.delivery = duration, delivery
    if sandbox is None or reply.plan is None:
        # Where nothing happens on the wire, the record was complete with the response.
        return
    sandbox.journal.table.touch(exchange.id)
    if reply.decision is not None:
        has_arrived = delivery is Delivery.WHOLE
        sandbox.scenario_engine.note_arrival(
            reply.decision, has_arrived=has_arrived, waited=duration
        )


def named_in_path(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Returns what the parameters of a path name, by the fields of an exchange."""
    found: dict[str, Any] = {}
    for name, text in parameters.items():
        if name in _PARAMETERS:
            with suppress(ValueError):
                found[_PARAMETERS[name]] = as_guid(text)
    return found


def _keep_body(request: Request, exchange: ExchangeRecord) -> None:
    body = request.body
    exchange.body_size = len(body)
    body = body[:LONGEST_BODY]
    if body and is_form(request.headers.get("content-type") or ""):
        body = form_without_secrets(body)[:LONGEST_BODY]
    elif body and exchange.operation != CONTROL:
        body = without_secrets(body)[:LONGEST_BODY]
    exchange.body = body


def _keep_answer(exchange: ExchangeRecord, reply: Response) -> None:
    exchange.status = reply.status
    exchange.answer_headers = tuple(reply.headers)
    body = reply.content
    exchange.answer_size = len(body)
    if exchange.operation == "Token":
        body = masked_answer(body)
    exchange.answer_body = body[:LONGEST_BODY]


def _hide_path(request: Request, exchange: ExchangeRecord) -> None:
    """Masks a secret of the path also where a refusal says the path again."""
    said, shown = request.path[:LONGEST_SAID], exchange.path[:LONGEST_SAID]
    exchange.detail = exchange.detail.replace(said, shown)
    for written in (json.dumps(said), json.dumps(said, ensure_ascii=False)):
        exchange.answer_body = exchange.answer_body.replace(
            written[1:-1].encode("utf-8", "surrogatepass"), shown.encode("utf-8", "replace")
        )


def _add_what_follows(sandbox: HostedSandbox, exchange: ExchangeRecord) -> None:
    """Adds what follows from the refund, payment and run that are known."""
    world = sandbox.world
    refund = world.refunds.get(exchange.refund_id or "")
    if refund is not None:
        exchange.payment_id = refund.payment_id
    payment = world.payments.get(exchange.payment_id or "")
    if payment is not None:
        exchange.pos_id = payment.pos_id
        run = sandbox.scenario_engine.runs.of_payment(payment.id)
        if run is not None and exchange.refusal != Refusal.UNAUTHORIZED.name:
            exchange.run = exchange.run or run.id
