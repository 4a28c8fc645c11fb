"""Control of the journal: what clients asked, and what they were answered."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http.client import responses

from .. import __version__, client
from ..api.answers import Response
from ..api.carried import looked_at
from ..api.context import Context
from ..client.model import plain
from ..journal.exchanges import CONTROL, ExchangeRecord, NoSuchExchange
from ..journal.filters import Test, read_filters, select
from ..journal.shown import first_tries, shown_exchange
from ..sandboxes.registry import HostedSandbox
from .long_work import in_time
from .named import check_named, named_by
from .serving import Document, Later, NotThere, mistake

#: An id, or its first characters: what a file can be called after.
_ID = re.compile(r"[0-9A-Fa-f-]{8,36}")
SIMPLER = "give simpler patterns, or ask for the newest calls alone (since)"
#: What a query holds beside the filters.
OTHERS = ("limit", "control")


def list_all(
    context: Context, query: client.ExchangesQuery, format: str
) -> "Later[client.Exchanges | Document | Response]":
    sandbox = looked_at(context)
    kept, tests, dropped = tuple(sandbox.journal), _tests(query), sandbox.journal.dropped
    with sandbox.world as world:
        named = tuple(named_by(world, query))

    def make(may_go_on: Callable[[], None]) -> client.Exchanges | Document:
        found = select(kept, tests, query.limit, may_go_on)
        for each in named if not found else ():
            check_named(each, kept)
        if format == "har":
            from ..journal.har import as_har

            name = _name_of(query) or sandbox.name
            headers = (("Content-Disposition", f'attachment; filename="{name}.har"'),)
            return Document(as_har(found, phrases=responses, version=__version__), headers)
        return client.Exchanges(_shown(kept, found), dropped)

    return Later(partial(in_time, context, make, "the list", SIMPLER))


def _name_of(query: client.ExchangesQuery) -> str:
    """Returns what an archive of one payment or point of sale is saved under; empty for others."""
    for word, thing_id in (("payment", query.payment_id), ("point-of-sale", query.pos_id)):
        if thing_id and _ID.fullmatch(thing_id):
            return f"{word}-{thing_id[:8]}"
    return ""


def show(context: Context, request_id: str) -> client.Exchange:
    sandbox = looked_at(context)
    (shown,) = _shown(sandbox.journal, [find_exchange(sandbox, request_id)])
    return shown


def _shown(
    kept: Iterable[ExchangeRecord], exchanges: Sequence[ExchangeRecord]
) -> tuple[client.Exchange, ...]:
    firsts = first_tries(kept, exchanges)
    return tuple(shown_exchange(each, firsts.get(each.id)) for each in exchanges)


def filter_text(value: bool | int | str) -> str:
    """Returns the value of a filter as its text in a URL."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def find_exchange(sandbox: HostedSandbox, request_id: str) -> ExchangeRecord:
    """Returns an exchange by the id in a path.

    Raises:
        SimulatorError: that is no id.
        NotThere: there is none.
    """
    if not (request_id.isascii() and request_id.isdecimal() and len(request_id) < 16):
        raise mistake("", f"expected a request's id, a whole number, got {request_id[:60]!r}")
    try:
        return sandbox.journal.find(int(request_id))
    except NoSuchExchange as error:
        raise NotThere(str(error)) from error


def _tests(query: client.ExchangesQuery) -> list[Test]:
    """Returns what an exchange has to pass to be listed."""
    values = plain(query).items()
    given = {name: filter_text(value) for name, value in values if name not in OTHERS}
    try:
        tests = read_filters(given)
    except ValueError as error:
        raise mistake("", str(error)) from error
    if not query.control and query.operation != CONTROL:
        tests.append(lambda exchange: exchange.is_clients)
    return tests
