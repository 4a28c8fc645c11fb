"""Control of the ledger: what became of the money, and where a till's own books differ from it."""

from collections.abc import Callable
from functools import partial

from .. import client
from ..api.carried import looked_at
from ..api.context import Context
from ..journal.ledger import reports
from ..journal.ledger.accounts import ledger_from
from ..journal.ledger.reconciliation import BadBooks, compare, read_books
from .serving import Document, Later, mistake, text_body

#: The header that tells the verdict whatever the format.
VERDICT = "X-Simulator-Ledger"


def show(context: Context, format: str) -> Later[Document]:
    return Later(partial(_show, _ledger(context), format))


def _show(read: Callable[[], client.Ledger], format: str) -> Document:
    ledger = read()
    verdict = (VERDICT, f"payments={len(ledger.payments)}")
    if format == "json":
        return Document(ledger, (verdict,))
    write = {"csv": reports.as_csv, "text": reports.as_text}[format]
    return Document(write(ledger), (verdict,))


def compare_books(context: Context, format: str) -> Later[Document]:
    content = text_body("the books")
    return Later(partial(_compare, _ledger(context), content, format))


def _compare(read: Callable[[], client.Ledger], content: str, format: str) -> Document:
    try:
        books = read_books(content)
    except BadBooks as error:
        raise mistake("", str(error)) from error
    found = compare(read(), books)
    verdict = (VERDICT, f"differences={len(found.differences)}")
    if format == "json":
        return Document(found, (verdict,))
    write = {"csv": reports.comparison_as_csv, "text": reports.comparison_as_text}[format]
    return Document(write(found), (verdict,))


def _ledger(context: Context) -> Callable[[], client.Ledger]:
    """Copies what the ledger is made of; returns what makes it, for any thread."""
    with looked_at(context).world as world:
        return partial(ledger_from, tuple(world.payments), tuple(world.refunds))
