"""The ledger of all payments: models and calls."""

from decimal import Decimal
from pathlib import Path

from .calling import ControlCalls, as_sent
from .model import Model, Moment
from .payments import RefundSeen


class LedgerVerdict(Model, frozen=True):
    """What must be true of a payment, or of all payments of a point of sale or a store.

    `no_open_reservation`: nothing is reserved any more; `none_expired`: no reservation ended by
    itself; `no_open_refund`: each refund was captured or cancelled.
    """

    captured_within_reserved: bool = True
    refunds_within_captured: bool = True
    no_open_reservation: bool = True
    none_expired: bool = True
    no_open_refund: bool = True

    def __and__(self, other: "LedgerVerdict") -> "LedgerVerdict":
        names = self.__struct_fields__
        return LedgerVerdict(*(getattr(self, name) and getattr(other, name) for name in names))

    @property
    def broken(self) -> list[str]:
        """The names of what is not true."""
        return [name for name in self.__struct_fields__ if not getattr(self, name)]

    @property
    def is_fine(self) -> bool:
        """Whether all of it is true."""
        return not self.broken


class LedgerEntry(Model, frozen=True, kw_only=True):
    """What became of the money of a payment, or in one currency of a point of sale or a store.

    It has the fields that its kind has. `payments` says how many there are at a place; `released`
    was cancelled, expired, or left over by a partial capture; `refunds_pending` are neither
    captured nor cancelled yet. `created_at` is when the payment was started or prepared, `ended_at`
    when it was captured or cancelled or expired. `refunds` are those of the payment.
    """

    payment_id: str | None = None
    order_id: str | None = None
    pos_id: str | None = None
    store_id: str | None = None
    merchant: str | None = None
    client_id: str | None = None
    state: str | None = None
    currency_code: str | None = None
    payments: int | None = None
    reserved: Decimal
    captured: Decimal
    released: Decimal
    refunded: Decimal
    refunds_pending: Decimal
    refunds_cancelled: Decimal
    verdict: LedgerVerdict
    created_at: Moment | None = None
    reserved_at: Moment | None = None
    captured_at: Moment | None = None
    ended_at: Moment | None = None
    refunds: tuple[RefundSeen, ...] = ()


class Ledger(Model, frozen=True):
    """What became of the money: all payments, oldest first, and their sums."""

    payments: tuple[LedgerEntry, ...] = ()
    points_of_sale: tuple[LedgerEntry, ...] = ()
    stores: tuple[LedgerEntry, ...] = ()
    verdict: LedgerVerdict = LedgerVerdict()


class BooksDifference(Model, frozen=True, kw_only=True):
    """Where a till's books and the ledger differ.

    `what` is `captured`, `refunded`, `notHere` or `notInBooks`; `books` and `ledger` are what they
    say, None where that is nothing. `payment_ids` are all payments that it is about: several may
    have one order id.
    """

    what: str
    order_id: str | None = None
    payment_id: str | None = None
    books: Decimal | None = None
    ledger: Decimal | None = None
    message: str
    payment_ids: tuple[str, ...] = ()


class Comparison(Model, frozen=True):
    """A till's books compared with the ledger; `rows` is how many the books had."""

    agrees: bool
    rows: int
    differences: tuple[BooksDifference, ...]


class LedgerCalls(ControlCalls):
    """The calls of the ledger."""

    def ledger(self) -> Ledger:
        """Returns what became of the money of each payment, point of sale and store."""
        return self.call(Ledger, "GET", "/ledger")

    def compare_ledger(self, books: str | Path) -> Comparison:
        """Returns where the till's own books differ from the ledger.

        Args:
            books: CSV with the columns orderId or paymentId, captured, and perhaps refunded; its
                text, or its file.
        """
        content = books.read_bytes() if isinstance(books, Path) else as_sent(books, "books")
        return self.call(Comparison, "POST", "/ledger/compare", content=content)
