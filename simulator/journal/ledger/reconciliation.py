"""Reconciliation: where a till's own books differ from the ledger.

The books are a CSV file with a row for each order or payment, and the amounts that the till has
captured and refunded. Rows of one order or payment are added up, since a till may write a refund
into a separate row.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from ...client import BooksDifference, Comparison, Ledger, LedgerEntry
from ...engine.values import as_guid
from .accounts import ZERO, Amounts, amounts_of

#: The accepted names of columns, in lower case and without spaces, dashes and underscores.
COLUMNS = {
    "payment": ("paymentid", "payment"),
    "order": ("orderid", "order", "orderno", "ordernumber"),
    "captured": ("captured", "capturedamount", "amountcaptured", "amount"),
    "refunded": ("refunded", "refundedamount", "amountrefunded"),
}
HEADERS = "paymentId or orderId, captured and optionally refunded"
DELIMITERS = ",;\t"
MOST_PROBLEMS = 20

#: What a formula begins with in a spreadsheet; such a cell is written with an apostrophe before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,2})?").fullmatch
T = TypeVar("T")
_NOISE = re.compile(r"[\s_-]+")


class BadBooks(ValueError):
    """The books have mistakes; the message has a line for each, with its line and column."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Captured and refunded amounts; `refunded` is None if the books have no such column."""

    captured: Decimal = ZERO
    refunded: Decimal | None = ZERO

    def __add__(self, other: "Totals") -> "Totals":
        refunded = None
        if self.refunded is not None and other.refunded is not None:
            refunded = self.refunded + other.refunded
        return Totals(self.captured + other.captured, refunded)


@dataclass(frozen=True, slots=True)
class Books:
    """A till's totals by payment id and by order id.

    Args:
        payments: the totals of rows that name a payment.
        orders: the totals of rows that name only an order.
        rows: the number of rows.
    """

    payments: dict[str, Totals]
    orders: dict[str, Totals]
    rows: int


def read_books(text: str) -> Books:
    """Reads books from CSV, with commas, semicolons or tabs between columns.

    Raises:
        BadBooks: the text has mistakes.
    """
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith(("{", "[")):
        raise BadBooks(f"the books are JSON; expected CSV with a header line: {HEADERS}")
    lines.seek(0)
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    rows = _Rows()
    try:
        for fields in reader:
            if any(each.strip() for each in fields):
                rows.take(reader.line_num, [*map(_as_meant, fields)])
    except csv.Error as error:
        rows.problems.append(f"line {reader.line_num}: {error}")
    return rows.books()


def _as_meant(cell: str) -> str:
    """Returns a cell without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


class _Rows:
    """Reads the rows of books, and collects the mistakes in them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._columns: dict[str, int] = {}
        self._head: list[str] = []
        self._count = 0
        self._payments: dict[str, Totals] = {}
        self._orders: dict[str, Totals] = {}

    def take(self, line: int, fields: list[str]) -> None:
        """Reads the header line or a row."""
        if not self._head:
            self._head = fields
            self._columns = self._columns_of(line, fields)
        elif self._columns and len(self.problems) < MOST_PROBLEMS:
            self._count += 1
            self._take_row(line, fields)

    def books(self) -> Books:
        """Returns the books.

        Raises:
            BadBooks: there are mistakes in them.
        """
        if not self._head and not self.problems:
            self.problems.append(f"line 1: there is no header line; expected {HEADERS}")
        if self.problems:
            raise BadBooks("\n".join(self.problems))
        return Books(self._payments, self._orders, self._count)

    def _columns_of(self, line: int, head: list[str]) -> dict[str, int]:
        names = [_NOISE.sub("", each).lower() for each in head]
        columns: dict[str, int] = {}
        for kind, spellings in COLUMNS.items():
            found = next((each for each in spellings if each in names), None)
            if found is not None:
                columns[kind] = names.index(found)
                if names.count(found) > 1:
                    self.problems.append(f"line {line}: there are two columns {found}")
        if not columns.keys() & {"payment", "order"}:
            self.problems.append(f"line {line}: {_no_column(head, 'orderId')}")
        if "captured" not in columns:
            self.problems.append(f"line {line}: {_no_column(head, 'captured')}")
        return {} if self.problems else columns

    def _take_row(self, line: int, fields: list[str]) -> None:
        if len(fields) != len(self._head):
            hint = "; put amounts with a comma in quotes" if len(fields) > len(self._head) else ""
            wanted = f"expected {len(self._head)} fields, got {len(fields)}{hint}"
            self.problems.append(f"line {line}: {wanted}")
            return
        count = len(self.problems)
        payment_id = self._cell(line, fields, "payment", _as_payment_id)
        order_id = self._cell(line, fields, "order", str)
        captured = self._cell(line, fields, "captured", _as_amount)
        refunded = self._cell(line, fields, "refunded", _as_amount)
        if len(self.problems) > count:
            return
        told = None if "refunded" not in self._columns else refunded or ZERO
        totals = Totals(captured or ZERO, told)
        if payment_id:
            _add(self._payments, payment_id, totals)
        elif order_id:
            _add(self._orders, order_id, totals)
        else:
            self.problems.append(f"line {line}: the row names no order")

    def _cell(self, line: int, fields: list[str], kind: str, read: Callable[[str], T]) -> T | None:
        """Returns the value of a cell; None if it is empty or wrong, or the column is missing."""
        at = self._columns.get(kind)
        if at is None or not fields[at].strip():
            return None
        try:
            return read(fields[at])
        except ValueError as error:
            self.problems.append(f"line {line}, column {self._head[at]}: {error}")
            return None


def _no_column(head: list[str], wanted: str) -> str:
    return f"there is no column {wanted}, only {', '.join(head)[:200]}; expected {HEADERS}"


def _as_payment_id(text: str) -> str:
    return as_guid(text.strip())


def _as_amount(text: str) -> Decimal:
    if _AMOUNT(text.strip()) is None:
        raise ValueError(f"expected an amount such as 10.50, got {text[:60]!r}")
    return Decimal(text.strip().replace(",", "."))


def _add(totals: dict[str, Totals], key: str, more: Totals) -> None:
    totals[key] = totals[key] + more if key in totals else more


def compare(ledger: Ledger, books: Books) -> Comparison:
    """Returns how a ledger and a till's books differ, in both directions."""
    by_id = {each.payment_id: each for each in ledger.payments}
    by_order: dict[str | None, list[LedgerEntry]] = {}
    for entry in ledger.payments:
        if entry.payment_id not in books.payments:
            by_order.setdefault(entry.order_id, []).append(entry)
    found: list[BooksDifference] = []
    for payment_id, totals in books.payments.items():
        entries = [by_id[payment_id]] if payment_id in by_id else []
        found += _held_against(entries, totals, payment_id=payment_id)
    for order_id, totals in books.orders.items():
        found += _held_against(by_order.pop(order_id, []), totals, order_id=order_id)
    for entries in by_order.values():
        found += [_not_in_books(each) for each in entries if each.captured]
    return Comparison(not found, books.rows, tuple(found))


def _held_against(
    entries: list[LedgerEntry],
    books: Totals,
    *,
    order_id: str | None = None,
    payment_id: str | None = None,
) -> Iterator[BooksDifference]:
    """Yields where what the books say of an order or a payment differs from its entries."""
    payment_id = payment_id or (entries[0].payment_id if entries else None)
    order_id = order_id or (entries[0].order_id if entries else None)
    name = f"order {order_id!r}" if order_id else f"payment {payment_id}"
    if not entries:
        if books.captured or books.refunded:
            told_as = f"captured {books.captured:.2f}"
            yield BooksDifference(
                what="notHere",
                order_id=order_id,
                payment_id=payment_id,
                books=books.captured,
                message=f"{name} is in the books ({told_as}), not in the ledger",
            )
        return
    ids = tuple(each.payment_id for each in entries if each.payment_id)
    if len(ids) > 1:
        name += f" ({len(ids)} payments together)"
    amounts = amounts_of(*entries)
    for what, told in (("captured", books.captured), ("refunded", books.refunded)):
        known = getattr(amounts, what)
        if told is not None and told != known:
            yield BooksDifference(
                what=what,
                order_id=order_id,
                payment_id=payment_id,
                books=told,
                ledger=known,
                payment_ids=ids,
                message=f"{name}: the books have {told:.2f} {what}, here it is {known:.2f}"
                + _pending(what, told - known, amounts),
            )


def _pending(what: str, more: Decimal, amounts: Amounts) -> str:
    is_pending = what == "refunded" and more == amounts.refunds_pending
    return f"; refunds of {more:.2f} are not captured yet" if is_pending else ""


def _not_in_books(entry: LedgerEntry) -> BooksDifference:
    order, captured = entry.order_id, entry.captured
    return BooksDifference(
        what="notInBooks",
        order_id=order,
        payment_id=entry.payment_id,
        ledger=captured,
        payment_ids=(entry.payment_id,) if entry.payment_id else (),
        message=f"order {order!r} was captured with {captured:.2f}, but is not in the books",
    )
