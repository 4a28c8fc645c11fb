"""Control of the journal: what clients asked, and what they were answered."""

from datetime import UTC, datetime
from http.client import responses
from typing import Any

from flask import Response, request

from simulator import __version__
from simulator.api.answers import json_answer
from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of
from simulator.control.queries import asked_format, read_limit
from simulator.control.views import event_as_json, plain
from simulator.engine.errors import Refusal, SimulatorError
from simulator.journal.exchanges import CONTROL, Exchange, NoSuchExchange
from simulator.journal.filters import read_filters, select
from simulator.sandboxes import Sandbox

__all__ = ["exchange_as_json", "find_exchange", "list_requests", "selected", "show_request"]

FORMATS = {"json": "application/json", "har": "application/har+json"}


def list_requests(context: Context) -> dict[str, Any] | Response:
    """The calls that are kept and fit the filters, oldest first; with `?format=har` as HAR."""
    form = asked_format(FORMATS)
    sandbox = sandbox_of(context)
    found = selected(sandbox)
    if form == "har":
        return _archive(sandbox, found)
    return {
        "requests": [exchange_as_json(each) for each in found],
        "dropped": sandbox.journal.dropped,
    }


def _archive(sandbox: Sandbox, found: list[Exchange]) -> Response:
    # Few ask for it, and the start waits for every import.
    from simulator.journal.har import as_har

    archive = as_har(found, show=exchange_as_json, phrases=responses, version=__version__)
    headers = [("Content-Disposition", f'attachment; filename="{sandbox.name}.har"')]
    return json_answer(archive, headers=headers)


def show_request(context: Context, request_id: str) -> dict[str, Any]:
    """One call: what was asked, what was answered, and what it changed."""
    return exchange_as_json(find_exchange(sandbox_of(context), request_id))


def find_exchange(sandbox: Sandbox, request_id: str) -> Exchange:
    """Returns an exchange by the id in a path.

    Raises:
        SimulatorError: there is none.
    """
    if not (request_id.isascii() and request_id.isdecimal() and len(request_id) < 16):
        message = f"expected a request's id, a whole number, got {request_id[:60]!r}"
        raise SimulatorError(Refusal.BAD_REQUEST, message)
    try:
        return sandbox.journal.find(int(request_id))
    except NoSuchExchange as error:
        raise SimulatorError(Refusal.NO_SUCH_PATH, str(error)) from error


def selected(sandbox: Sandbox) -> list[Exchange]:
    """Returns the exchanges the query asks for: the newest `limit` that fit its filters.

    Raises:
        SimulatorError: the query is not right.
    """
    given = {name: text for name, text in request.args.items() if text and name != "format"}
    try:
        text = given.pop("limit", "")
        limit = read_limit(text) if text else None
        with_control = _flag(given.pop("control", "false"))
        tests = read_filters(given, beside=("limit", "control", "format"))
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error
    if not with_control and given.get("operation") != CONTROL:
        tests.append(lambda exchange: exchange.is_clients)
    return select(sandbox.journal, tests, limit)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"control: expected true or false, got {text[:20]!r}")
    return text == "true"


def exchange_as_json(exchange: Exchange) -> dict[str, Any]:
    """Returns an exchange as the control API shows it."""
    return {
        "id": exchange.id,
        "sandbox": exchange.sandbox,
        "operation": exchange.operation,
        "at": plain(exchange.at),
        "realAt": plain(datetime.fromtimestamp(exchange.real_at, UTC)),
        "durationMs": round(exchange.duration * 1000, 3),
        "request": {
            "method": exchange.method,
            "path": exchange.path,
            "query": exchange.query,
            "headers": [list(pair) for pair in exchange.headers],
            "body": exchange.body.decode("utf-8", "replace"),
        },
        "answer": {
            "status": exchange.status,
            "headers": [list(pair) for pair in exchange.answer_headers],
            "body": exchange.answer_body.decode("utf-8", "replace"),
        },
        "delivery": exchange.delivery,
        "fault": exchange.fault,
        "run": exchange.run,
        "correlationId": exchange.correlation_id,
        "clientId": exchange.client_id,
        "merchant": exchange.merchant,
        "posId": exchange.pos_id,
        "paymentId": exchange.payment_id,
        "refundId": exchange.refund_id,
        "code": exchange.code,
        "hint": exchange.hint,
        "changes": [event_as_json(each) for each in exchange.events],
    }
