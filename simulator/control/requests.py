"""Control of the journal: what clients asked, and what they were answered."""

from http.client import responses
from typing import Any

from flask import request

from simulator import __version__
from simulator.api.answers import Reply, json_answer
from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of
from simulator.control.queries import asked_format, read_limit
from simulator.engine.errors import Refusal, SimulatorError
from simulator.journal.exchanges import CONTROL, Exchange, NoSuchExchange
from simulator.journal.filters import read_filters, select
from simulator.journal.shown import exchange_as_json
from simulator.sandboxes import Sandbox

__all__ = ["find_exchange", "list_requests", "selected", "show_request"]

FORMATS = {"json": "application/json", "har": "application/har+json"}


def list_requests(context: Context) -> dict[str, Any] | Reply:
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


def _archive(sandbox: Sandbox, found: list[Exchange]) -> Reply:
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
