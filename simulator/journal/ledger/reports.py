"""The ledger, and where a till's books differ from it, as CSV and plain text."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ...client import Comparison, Ledger, LedgerEntry, LedgerVerdict
from ...client.model import camel_case, encode
from ...engine.values import count_of
from .accounts import AMOUNTS
from .reconciliation import FORMULA

#: What is told of a payment in front of the amounts.
ABOUT = (
    "payment_id",
    "order_id",
    "pos_id",
    "store_id",
    "merchant",
    "client_id",
    "state",
    "currency_code",
    "created_at",
    "reserved_at",
    "captured_at",
    "ended_at",
)
#: What is wrong where a demand is not met.
BROKEN = {
    "captured_within_reserved": "captured more than was reserved",
    "refunds_within_captured": "refunded more than was captured",
    "no_open_reservation": "still reserved",
    "none_expired": "expired",
    "no_open_refund": "a refund is neither captured nor cancelled",
}
_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]{2}").fullmatch
DIFFERENCE = ("what", "order_id", "payment_id", "books", "ledger", "message")


def _in_words(verdict: LedgerVerdict) -> str:
    return "; ".join(BROKEN[each] for each in verdict.broken) or "fine"


def as_csv(ledger: Ledger) -> str:
    """Returns the payments of a ledger, a row each."""
    names = (*ABOUT, *AMOUNTS)
    rows = ([*_values(each, names), _in_words(each.verdict)] for each in ledger.payments)
    return _table((*names, "verdict"), rows)


def _values(entry: Any, names: Iterable[str]) -> list[Any]:
    return [_told(getattr(entry, name)) for name in names]


def _told(value: Any) -> Any:
    """Returns a value as it stands in a cell: a time as in JSON, so that days can be told apart."""
    return encode(value).strip(b'"').decode() if isinstance(value, datetime) else value


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(map(camel_case, head))
    writer.writerows(map(_defused, row) for row in rows)
    return written.getvalue()


def _defused(cell: Any) -> Any:
    """Returns a cell that no spreadsheet takes for a formula, whatever a client has called it."""
    is_risky = isinstance(cell, str) and cell.startswith(FORMULA) and not _AMOUNT(cell)
    return f"'{cell}" if is_risky else cell


def as_text(ledger: Ledger) -> str:
    """Returns a ledger for people: each payment, then each place with its sums."""
    lines = ["Payments"]
    for entry in ledger.payments:
        about = f"  {entry.order_id}  {entry.payment_id}  {entry.state}"
        lines += [f"{about}: {_in_words(entry.verdict)}", f"    {_amounts(entry)}"]
    for title, sums in (("Points of sale", ledger.points_of_sale), ("Stores", ledger.stores)):
        lines += ["", title]
        for each in sums:
            count = count_of(each.payments or 0, "payment")
            lines.append(f"  {each.pos_id or each.store_id}  {count}: {_in_words(each.verdict)}")
            lines.append(f"    {_amounts(each)}")
    return "\n".join([*lines, "", f"All: {_in_words(ledger.verdict)}"]) + "\n"


def _amounts(entry: LedgerEntry) -> str:
    """Returns the amounts there are; those that every payment has are always shown."""
    parts = [
        f"{name.replace('_', ' ')} {getattr(entry, name)}"
        for name in AMOUNTS
        if getattr(entry, name) or name in ("reserved", "captured")
    ]
    return f"{', '.join(parts)} {entry.currency_code or ''}".rstrip()


def comparison_as_csv(comparison: Comparison) -> str:
    """Returns where books differ from the ledger, a row each."""
    return _table(DIFFERENCE, (_values(each, DIFFERENCE) for each in comparison.differences))


def comparison_as_text(comparison: Comparison) -> str:
    """Returns where books differ from the ledger, for people."""
    lines = [each.message for each in comparison.differences]
    found = count_of(len(lines), "difference") if lines else "the books agree with the ledger"
    return "\n".join([*lines, f"{found}, {count_of(comparison.rows, 'row')}"]) + "\n"
