"""The control API's calls about what clients did: journal, verification, audit, snapshots."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from simulator.client.calling import ControlCalls, quoted
from simulator.client.decoding import Undecodable, decode
from simulator.client.errors import ControlError, Nearest, VerificationFailed
from simulator.client.journal_shapes import (
    Audit,
    Comparison,
    Exchange,
    Exchanges,
    Explanation,
    Ledger,
    Matcher,
    Verified,
)
from simulator.naming import camel_case

__all__ = ["Bounds", "Filters", "JournalCalls"]


class Filters(TypedDict, total=False):
    """Which calls are meant; all that is given must fit.

    `status` is one such as 409, `4xx`, or 0 for answers that were cut off; in `path` * is any text
    and ? any character; `since` means later than the exchange of this id, or from this time of the
    sandbox on; `limit` the newest so many; with `control` the calls of the control API that changed
    something, and those of the test itself, are shown as well.
    """

    operation: str
    method: str
    path: str
    status: int | str
    code: str
    payment_id: str
    pos_id: str
    since: int | datetime
    limit: int
    control: bool


class Bounds(TypedDict, total=False):
    """How many there must be: exactly `count`, `at_least` so many, `at_most` so many."""

    count: int
    at_least: int
    at_most: int


class JournalCalls(ControlCalls):
    """What a client did, and whether it did right."""

    def requests(self, **filters: Unpack[Filters]) -> Exchanges:
        """Returns the calls that clients made and that fit all filters, oldest first."""
        return self._read(Exchanges, "GET", "/requests", query=_query(filters))

    def request(self, id: int) -> Exchange:
        """Returns one exchange."""
        return self._read(Exchange, "GET", f"/requests/{quoted(id)}")

    def har(self, **filters: Unpack[Filters]) -> dict[str, Any]:
        """Returns the same calls as an HTTP archive (HAR 1.2), which browsers open."""
        return self._document("GET", "/requests", query={"format": "har", **_query(filters)})

    def explain(self, id: int) -> Explanation:
        """Returns in plain English why a call was answered as it was."""
        return self._read(Explanation, "GET", f"/explain/{quoted(id)}")

    def verify(self, matcher: str | Matcher, **bounds: Unpack[Bounds]) -> Verified:
        """Returns the exchanges of a kind, of which there must be so many, or one at least.

        Args:
            matcher: which are meant: an operation, or more exactly.
            bounds: how many there must be.

        Raises:
            VerificationFailed: there are not; it shows which came near.
        """
        counts = {_COUNTS[name]: count for name, count in bounds.items()}
        return self._verified(_matcher(matcher) | ({"count": counts} if counts else {}))

    def verify_in_order(self, *matchers: str | Matcher) -> Verified:
        """Returns exchanges that fit the matchers one after the other, others between them.

        Raises:
            VerificationFailed: there are none such; it shows which came near.
        """
        return self._verified({"inOrder": [_matcher(each) for each in matchers]})

    def audit(self, *, off: Iterable[str] = ()) -> Audit:
        """Returns what a client did wrong, by the rules that are not switched off."""
        return self._read(Audit, "GET", "/audit", query=_audit("json", off))

    def audit_as(
        self, format: Literal["json", "junit", "sarif", "text"], *, off: Iterable[str] = ()
    ) -> str:
        """Returns the audit as a document of a format."""
        return self._send("GET", "/audit", query=_audit(format, off)).decode()

    def ledger(self) -> Ledger:
        """Returns what became of the money of each payment, point of sale and store."""
        return self._read(Ledger, "GET", "/ledger")

    def compare_ledger(self, books: str | Path) -> Comparison:
        """Returns where the till's own books differ from the ledger.

        Args:
            books: CSV with the columns orderId or paymentId, captured, and perhaps refunded; its
                text, or its file.
        """
        content = books.read_bytes() if isinstance(books, Path) else books.encode()
        return self._read(Comparison, "POST", "/ledger/compare", content=content)

    def snapshot(self) -> dict[str, Any]:
        """Returns the whole sandbox, to be kept or loaded elsewhere."""
        return self._document("GET", "/snapshot")

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Puts what a snapshot holds into the sandbox's place."""
        self._send("PUT", "/snapshot", json=snapshot)

    def bundle(self) -> dict[str, Any]:
        """Returns what it takes to play all that happened again: `mobilepay-sim replay`."""
        return self._document("GET", "/bundle")

    def _document(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Returns JSON as it is, without reading amounts out of it."""
        content = self._send(method, path, **more)
        try:
            return dict(json.loads(content))
        except ValueError as error:
            raise self._misunderstood(method, path, f"is not JSON: {error}") from error

    def _verified(self, body: dict[str, Any]) -> Verified:
        try:
            return self._read(Verified, "POST", "/verify", json=body)
        except ControlError as error:
            if error.status != 422:
                raise
            # What failed is the client under test, not the call.
            raise self._failed(error) from None

    def _failed(self, error: ControlError) -> VerificationFailed:
        details = error.details if isinstance(error.details, dict) else {}
        try:
            nearest = decode(tuple[Nearest, ...], details.get("nearest", []), "nearest")
        except Undecodable as wrong:
            raise self._misunderstood("POST", "/verify", str(wrong)) from wrong
        shown = {each.id: str(self.request(each.id)) for each in nearest}
        return VerificationFailed(error.message, int(details.get("matched", 0)), nearest, shown)


_COUNTS = {"count": "exactly", "at_least": "atLeast", "at_most": "atMost"}


def _query(filters: Filters) -> dict[str, str]:
    return {camel_case(name): _text(value) for name, value in filters.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _matcher(matcher: str | Matcher) -> dict[str, Any]:
    return (Matcher(matcher) if isinstance(matcher, str) else matcher).as_json()


def _audit(format: str, off: Iterable[str]) -> dict[str, str]:
    names = ",".join([off] if isinstance(off, str) else off)
    return {"format": format} | ({"off": names} if names else {})
