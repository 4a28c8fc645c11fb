"""Control of the ledger: what became of the money, and where a till's own books differ from it."""

from simulator.api.answers import Reply
from simulator.api.context import Context
from simulator.api.pipeline import sandbox_of, whole_body
from simulator.control.queries import answer_in, asked_format, check_parameters
from simulator.engine.errors import Refusal, SimulatorError
from simulator.journal import ledger_reports as reports
from simulator.journal.books import BadBooks, Books, compare, read_books
from simulator.journal.ledger import Ledger, ledger_of

__all__ = ["compare_ledger", "show_ledger"]

FORMATS = {"json": "application/json", "csv": "text/csv", "text": "text/plain"}
#: Tells the verdict whatever the format.
VERDICT = "X-Simulator-Ledger"


def show_ledger(context: Context) -> Reply:
    """What was reserved, captured, released and refunded: JSON, CSV or plain text."""
    check_parameters("format")
    wanted = asked_format(FORMATS)
    ledger = _ledger(context)
    writers = {"json": reports.as_json, "csv": reports.as_csv, "text": reports.as_text}
    verdict = {VERDICT: f"payments={len(ledger.lines)}"}
    return answer_in(FORMATS[wanted], writers[wanted](ledger), verdict)


def compare_ledger(context: Context) -> Reply:
    """Where the till's books, the CSV in the body, differ from the ledger."""
    check_parameters("format")
    wanted = asked_format(FORMATS)
    found = compare(_ledger(context), _books())
    writers = {
        "json": reports.comparison_as_json,
        "csv": reports.comparison_as_csv,
        "text": reports.comparison_as_text,
    }
    verdict = {VERDICT: f"differences={len(found.differences)}"}
    return answer_in(FORMATS[wanted], writers[wanted](found), verdict)


def _books() -> Books:
    try:
        return read_books(whole_body().decode())
    except UnicodeDecodeError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, "the books are not UTF-8 text") from error
    except BadBooks as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def _ledger(context: Context) -> Ledger:
    with sandbox_of(context).world as world:
        return ledger_of(world)
