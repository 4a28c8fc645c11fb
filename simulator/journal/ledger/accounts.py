"""The ledger: amounts and checks by payment, point of sale and store.

It is made from the payments' records, so it is complete even if the journal has dropped exchanges.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal

from ...client import Ledger, LedgerEntry, LedgerVerdict
from ...client.model import sparse
from ...engine.records import PaymentRecord, RefundRecord
from ...engine.states import PaymentState, Phase
from ..shown import shown_refund

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Money by what became of it, in one currency; see `LedgerEntry`."""

    reserved: Decimal = ZERO
    captured: Decimal = ZERO
    released: Decimal = ZERO
    refunded: Decimal = ZERO
    refunds_pending: Decimal = ZERO
    refunds_cancelled: Decimal = ZERO

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(**{name: getattr(self, name) + getattr(other, name) for name in AMOUNTS})


#: The names of the amounts, which are also those of a ledger's entries.
AMOUNTS = tuple(each.name for each in fields(Amounts))


def amounts_of(*entries: LedgerEntry) -> Amounts:
    """Returns the amounts of entries, added up."""
    amounts = (Amounts(**{name: getattr(each, name) for name in AMOUNTS}) for each in entries)
    return sum(amounts, Amounts())


def ledger_from(paid: Iterable[PaymentRecord], refunded: Iterable[RefundRecord]) -> Ledger:
    """Returns the ledger of these payments and all refunds of them."""
    refunds: dict[str, list[RefundRecord]] = {}
    for refund in refunded:
        refunds.setdefault(refund.payment_id, []).append(refund)
    payments = tuple(_entry(each, refunds.get(each.id, [])) for each in paid)
    return Ledger(
        payments,
        _sums(payments, "pos_id"),
        _sums(payments, "store_id"),
        _verdict(payments),
    )


def _entry(payment: PaymentRecord, refunds: Sequence[RefundRecord]) -> LedgerEntry:
    reserved = (payment.amount or ZERO) if payment.reserved_at is not None else ZERO
    captured = payment.captured_amount or ZERO
    amounts = Amounts(
        reserved=reserved,
        captured=captured,
        released=reserved - captured if payment.state.is_final else ZERO,
    )
    for refund in refunds:
        amounts += _refunded(refund)
    verdict = LedgerVerdict(
        captured_within_reserved=captured <= reserved,
        refunds_within_captured=amounts.refunded + amounts.refunds_pending <= captured,
        no_open_reservation=payment.state is not PaymentState.RESERVED,
        none_expired=payment.state is not PaymentState.EXPIRED_AND_CANCELLED,
        no_open_refund=not amounts.refunds_pending,
    )
    return sparse(
        LedgerEntry,
        payment_id=payment.id,
        order_id=payment.order_id,
        pos_id=payment.pos_id,
        store_id=payment.store_id,
        merchant=payment.merchant,
        client_id=payment.client_id,
        state=payment.state,
        currency_code=payment.currency,
        created_at=payment.created_at,
        reserved_at=payment.reserved_at,
        captured_at=payment.captured_at,
        # Stored by earlier versions, a captured payment lacks it.
        ended_at=payment.ended_at or payment.captured_at,
        refunds=tuple(map(shown_refund, refunds)),
        verdict=verdict,
        **asdict(amounts),
    )


def _refunded(refund: RefundRecord) -> Amounts:
    if refund.state.is_cancelled:
        return Amounts(refunds_cancelled=refund.amount)
    if refund.state.phase is Phase.CAPTURED:
        return Amounts(refunded=refund.amount)
    return Amounts(refunds_pending=refund.amount)


def _sums(payments: Iterable[LedgerEntry], place: str) -> tuple[LedgerEntry, ...]:
    """Returns the sums by place and currency. A payment that was only prepared has no currency."""
    found: dict[tuple[str, str], list[LedgerEntry]] = {}
    for entry in payments:
        if entry.currency_code is not None:
            found.setdefault((getattr(entry, place), entry.currency_code), []).append(entry)
    return tuple(
        sparse(
            LedgerEntry,
            **{place: where},
            currency_code=currency,
            payments=len(entries),
            verdict=_verdict(entries),
            **asdict(amounts_of(*entries)),
        )
        for (where, currency), entries in found.items()
    )


def _verdict(entries: Iterable[LedgerEntry]) -> LedgerVerdict:
    verdict = LedgerVerdict()
    for each in entries:
        verdict &= each.verdict
    return verdict
