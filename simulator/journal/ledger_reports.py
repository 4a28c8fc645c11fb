"""The ledger, and where a till's books differ from it, as JSON, CSV and plain text."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from simulator.journal.audit.rules import count_of
from simulator.journal.books import Comparison
from simulator.journal.ledger import AMOUNTS, DEMANDS, Amounts, Ledger, Line, Sum, Verdict
from simulator.naming import camel_case

__all__ = [
    "as_csv",
    "as_json",
    "as_text",
    "comparison_as_csv",
    "comparison_as_json",
    "comparison_as_text",
]

#: What is told of a payment besides the amounts, and where its record has it.
ABOUT = {
    "paymentId": "id",
    "orderId": "order_id",
    "posId": "pos_id",
    "storeId": "store_id",
    "merchant": "merchant",
    "clientId": "client_id",
    "state": "state",
    "currencyCode": "currency",
}
#: What is wrong where a demand is not met.
BROKEN = {
    "captured_within_reserved": "captured more than was reserved",
    "refunds_within_captured": "refunded more than was captured",
    "no_open_reservation": "still reserved",
    "none_expired": "expired",
}
DIFFERENCE = {
    "what": "what",
    "orderId": "order_id",
    "paymentId": "payment_id",
    "books": "books",
    "ledger": "ledger",
    "message": "message",
}


def _in_words(verdict: Verdict) -> str:
    return "; ".join(BROKEN[each] for each in verdict.broken) or "fine"


def as_json(ledger: Ledger) -> dict[str, Any]:
    """Returns a ledger as the control API answers it."""
    return {
        "payments": [
            {**_about(line), **_amounts(line.amounts), "verdict": _verdict(line.verdict)}
            for line in ledger.lines
        ],
        "pointsOfSale": [{"posId": each.id, **_sum(each)} for each in ledger.points_of_sale],
        "stores": [{"storeId": each.id, **_sum(each)} for each in ledger.stores],
        "verdict": _verdict(ledger.verdict),
    }


def _about(line: Line) -> dict[str, Any]:
    return {name: getattr(line.payment, attribute) for name, attribute in ABOUT.items()}


def _amounts(amounts: Amounts) -> dict[str, float]:
    return {camel_case(name): float(getattr(amounts, name)) for name in AMOUNTS}


def _verdict(verdict: Verdict) -> dict[str, bool]:
    return {camel_case(name): getattr(verdict, name) for name in DEMANDS}


def _sum(each: Sum) -> dict[str, Any]:
    return {
        "currencyCode": each.currency,
        "payments": each.payments,
        **_amounts(each.amounts),
        "verdict": _verdict(each.verdict),
    }


def as_csv(ledger: Ledger) -> str:
    """Returns the payments of a ledger, a row each."""
    rows = (
        (
            *_about(line).values(),
            *(getattr(line.amounts, name) for name in AMOUNTS),
            _in_words(line.verdict),
        )
        for line in ledger.lines
    )
    return _table((*ABOUT, *map(camel_case, AMOUNTS), "verdict"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return written.getvalue()


def as_text(ledger: Ledger) -> str:
    """Returns a ledger for people: each payment, then each place with its sums."""
    lines = ["Payments"]
    for line in ledger.lines:
        payment, verdict = line.payment, _in_words(line.verdict)
        lines.append(f"  {payment.order_id}  {payment.id}  {payment.state}: {verdict}")
        lines.append(f"    {_shown(line.amounts, payment.currency or '')}")
    for title, sums in (("Points of sale", ledger.points_of_sale), ("Stores", ledger.stores)):
        lines += ["", title]
        for each in sums:
            count, verdict = count_of(each.payments, "payment"), _in_words(each.verdict)
            lines.append(f"  {each.id}  {count}: {verdict}")
            lines.append(f"    {_shown(each.amounts, each.currency)}")
    return "\n".join([*lines, "", f"All: {_in_words(ledger.verdict)}"]) + "\n"


def _shown(amounts: Amounts, currency: str) -> str:
    """Returns the amounts there are; those that every payment has are always shown."""
    parts = [
        f"{name.replace('_', ' ')} {getattr(amounts, name)}"
        for name in AMOUNTS
        if getattr(amounts, name) or name in ("reserved", "captured")
    ]
    return f"{', '.join(parts)} {currency}".rstrip()


def comparison_as_json(comparison: Comparison) -> dict[str, Any]:
    """Returns where books differ from the ledger, as the control API answers it."""

    def number(name: str, value: Any) -> Any:
        return float(value) if name in ("books", "ledger") and value is not None else value

    return {
        "agrees": not comparison.differences,
        "rows": comparison.rows,
        "differences": [
            {name: number(name, getattr(each, attribute)) for name, attribute in DIFFERENCE.items()}
            for each in comparison.differences
        ],
    }


def comparison_as_csv(comparison: Comparison) -> str:
    """Returns where books differ from the ledger, a row each."""
    rows = (
        [getattr(each, attribute) for attribute in DIFFERENCE.values()]
        for each in comparison.differences
    )
    return _table(DIFFERENCE, rows)


def comparison_as_text(comparison: Comparison) -> str:
    """Returns where books differ from the ledger, for people."""
    lines = [each.message for each in comparison.differences]
    found = count_of(len(lines), "difference") if lines else "the books agree with the ledger"
    return "\n".join([*lines, f"{found}, {count_of(comparison.rows, 'row')}"]) + "\n"
