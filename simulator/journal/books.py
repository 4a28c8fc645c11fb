"""A till's own books, and where they differ from the ledger.

The books are a CSV file: a row for an order or a payment, with what the till has captured of it and
refunded. Rows of one order or payment are added up, as a till may write a refund into a row of its
own.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from simulator.engine.values import as_guid
from simulator.journal.ledger import ZERO, Amounts, Ledger, Line

__all__ = [
    "BadBooks",
    "Books",
    "Comparison",
    "Difference",
    "Totals",
    "compare",
    "read_books",
]

#: What columns may be called, in lower case and without spaces, dashes and underscores.
COLUMNS = {
    "payment": ("paymentid", "payment"),
    "order": ("orderid", "order", "orderno", "ordernumber"),
    "captured": ("captured", "capturedamount", "amountcaptured", "amount"),
    "refunded": ("refunded", "refundedamount", "amountrefunded"),
}
HEADERS = "paymentId or orderId, captured and, if you like, refunded"
DELIMITERS = ",;\t"
MOST_PROBLEMS = 20

_AMOUNT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,2})?").fullmatch
T = TypeVar("T")
_NOISE = re.compile(r"[\s_-]+")


class BadBooks(ValueError):
    """The books can't be read; the message has a line for each mistake, with line and column."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What was captured and refunded; `refunded` is None where the books have no such column."""

    captured: Decimal = ZERO
    refunded: Decimal | None = ZERO

    def __add__(self, other: "Totals") -> "Totals":
        refunded = None
        if self.refunded is not None and other.refunded is not None:
            refunded = self.refunded + other.refunded
        return Totals(self.captured + other.captured, refunded)


@dataclass(frozen=True, slots=True)
class Books:
    """What a till says, by payment id and by order id.

    Args:
        payments: the rows that name a payment.
        orders: the rows that name an order only.
        rows: how many rows there were.
    """

    payments: dict[str, Totals]
    orders: dict[str, Totals]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where books and ledger differ.

    Args:
        what: `captured`, `refunded`, `notHere` or `notInBooks`.
        order_id: the order, where it is known.
        payment_id: the payment, where there is one.
        books: what the books say; None where they say nothing.
        ledger: what the ledger says; None where it says nothing.
        message: the same in words.
    """

    what: str
    order_id: str | None
    payment_id: str | None
    books: Decimal | None
    ledger: Decimal | None
    message: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of holding books against a ledger; `rows` is how many the books had."""

    differences: tuple[Difference, ...]
    rows: int


def read_books(text: str) -> Books:
    """Returns what a CSV file says; commas, semicolons or tabs separate its columns.

    Raises:
        BadBooks: it can't be read, with every mistake.
    """
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    first = next((line for line in lines if line.strip()), "")
    lines.seek(0)
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    rows = _Rows()
    try:
        for fields in reader:
            if any(each.strip() for each in fields):
                rows.take(reader.line_num, fields)
    except csv.Error as error:
        rows.problems.append(f"line {reader.line_num}: {error}")
    return rows.books()


class _Rows:
    """Reads the rows of books, and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._columns: dict[str, int] = {}
        self._head: list[str] = []
        self._count = 0
        self._payments: dict[str, Totals] = {}
        self._orders: dict[str, Totals] = {}

    def take(self, line: int, fields: list[str]) -> None:
        """Takes in the head, or a row."""
        if not self._head:
            self._head = fields
            self._columns = self._columns_of(line, fields)
        elif self._columns and len(self.problems) < MOST_PROBLEMS:
            self._count += 1
            self._take_row(line, fields)

    def books(self) -> Books:
        """Returns what was read.

        Raises:
            BadBooks: something is wrong with it.
        """
        if not self._head and not self.problems:
            self.problems.append(f"line 1: there is no head line; expected {HEADERS}")
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
        """Returns what a cell says; None where it is empty, wrong, or there is no such column."""
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
    """Returns where a ledger and a till's books differ, in both directions."""
    by_id = {line.payment.id: line for line in ledger.lines}
    by_order: dict[str, list[Line]] = {}
    for line in ledger.lines:
        if line.payment.id not in books.payments:
            by_order.setdefault(line.payment.order_id, []).append(line)
    found: list[Difference] = []
    for payment_id, totals in books.payments.items():
        lines = [by_id[payment_id]] if payment_id in by_id else []
        found += _held_against(lines, totals, payment_id=payment_id)
    for order_id, totals in books.orders.items():
        found += _held_against(by_order.pop(order_id, []), totals, order_id=order_id)
    for lines in by_order.values():
        found += [_not_in_books(line) for line in lines if line.amounts.captured]
    return Comparison(tuple(found), books.rows)


def _held_against(
    lines: list[Line], books: Totals, *, order_id: str | None = None, payment_id: str | None = None
) -> Iterator[Difference]:
    """Yields where what the books say of an order or a payment differs from its lines."""
    payment_id = payment_id or (lines[0].payment.id if lines else None)
    order_id = order_id or (lines[0].payment.order_id if lines else None)
    name = f"order {order_id!r}" if order_id else f"payment {payment_id}"
    if not lines:
        if books.captured or books.refunded:
            yield Difference(
                what="notHere",
                order_id=order_id,
                payment_id=payment_id,
                books=books.captured,
                ledger=None,
                message=f"{name} is in the books with {books.captured} captured, but not here",
            )
        return
    amounts = sum((line.amounts for line in lines), Amounts())
    for what, told in (("captured", books.captured), ("refunded", books.refunded)):
        known = getattr(amounts, what)
        if told is not None and told != known:
            yield Difference(
                what=what,
                order_id=order_id,
                payment_id=payment_id,
                books=told,
                ledger=known,
                message=f"{name}: the books have {told} {what}, here it is {known}"
                + _pending(what, told - known, amounts),
            )


def _pending(what: str, more: Decimal, amounts: Amounts) -> str:
    is_pending = what == "refunded" and more == amounts.refunds_pending
    return f"; refunds of {more} are not captured yet" if is_pending else ""


def _not_in_books(line: Line) -> Difference:
    payment, captured = line.payment, line.amounts.captured
    return Difference(
        what="notInBooks",
        order_id=payment.order_id,
        payment_id=payment.id,
        books=None,
        ledger=captured,
        message=f"order {payment.order_id!r} was captured with {captured}, but is not in the books",
    )
