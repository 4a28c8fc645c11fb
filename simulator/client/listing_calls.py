"""The control API's calls about what there is, what is due, and what has changed."""

from collections.abc import Iterator

from simulator.client.calling import ControlCalls, given, quoted
from simulator.client.decoding import decode, parse
from simulator.client.listing_shapes import (
    Change,
    Changes,
    PaymentSeen,
    PaymentsSeen,
    PointOfSaleSeen,
    PointsOfSaleSeen,
    ScenarioChecked,
    ScenarioWhole,
    StateTables,
    Timeline,
    Upcoming,
)

__all__ = ["ListingCalls"]


class ListingCalls(ControlCalls):
    """What there is, and what happens to it."""

    def points_of_sale(
        self, *, limit: int | None = None, before: str | None = None
    ) -> PointsOfSaleSeen:
        """Returns points of sale, newest first.

        Args:
            limit: at most so many.
            before: only those that are older than the one of this id.
        """
        query = _texts(limit=limit, before=before)
        return self._read(PointsOfSaleSeen, "GET", "/points-of-sale", query=query)

    def point_of_sale(self, pos_id: str) -> PointOfSaleSeen:
        """Returns one point of sale."""
        return self._read(PointOfSaleSeen, "GET", f"/points-of-sale/{quoted(pos_id)}")

    def payments(
        self,
        *,
        state: str | None = None,
        pos_id: str | None = None,
        order_id: str | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> PaymentsSeen:
        """Returns payments, newest first; all filters must fit.

        Args:
            state: a state, or `active`, `open`, `final` for several.
            pos_id: the point of sale they are on.
            order_id: their order id.
            limit: at most so many.
            before: only those that are older than the one of this id.
        """
        query = _texts(state=state, posId=pos_id, orderId=order_id, limit=limit, before=before)
        return self._read(PaymentsSeen, "GET", "/payments", query=query)

    def payment(self, payment_id: str) -> PaymentSeen:
        """Returns one payment with its refunds."""
        return self._read(PaymentSeen, "GET", f"/payments/{quoted(payment_id)}")

    def due(self, limit: int | None = None) -> Upcoming:
        """Returns what is going to happen if nobody calls, the next first."""
        return self._read(Upcoming, "GET", "/clock/due", query=_texts(limit=limit))

    def timeline(
        self, *, payment_id: str | None = None, pos_id: str | None = None, limit: int | None = None
    ) -> Timeline:
        """Returns what happened to a payment, or at a point of sale, in order."""
        query = _texts(paymentId=payment_id, posId=pos_id, limit=limit)
        return self._read(Timeline, "GET", "/timeline", query=query)

    def states(self) -> StateTables:
        """Returns the state tables of payments and refunds."""
        return self._read(StateTables, "GET", "/states")

    def scenario(self, name: str) -> ScenarioWhole:
        """Returns a scenario in words, with its YAML."""
        return self._read(ScenarioWhole, "GET", f"/scenarios/{quoted(name)}")

    def check(self, yaml: str) -> ScenarioChecked:
        """Returns whether a text is a scenario, and what is wrong with it."""
        headers = {"Content-Type": "application/yaml"}
        content = yaml.encode()
        return self._read(
            ScenarioChecked, "POST", "/scenarios/check", content=content, headers=headers
        )

    def changes(self, after: str | None = None) -> Changes:
        """Returns what has changed since a place; without one, the place where things are now."""
        return self._read(Changes, "GET", "/changes", query=_texts(after=after))

    def stream(
        self, after: str | None = None, *, every: float | None = None, patience: float = 60.0
    ) -> Iterator[tuple[str, Change]]:
        """Yields what changes as it happens: a kind of thing, and what of it.

        Args:
            after: the place to begin from; from now on where it is None.
            every: real seconds between two looks.
            patience: real seconds without a word after which it gives up.
        """
        query = _texts(after=after, every=every)
        path = f"{self._path}/stream"
        with self._connection.lines("GET", path, self._headers, query, patience) as lines:
            kind = ""
            for line in lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield kind, decode(Change, parse(line.removeprefix("data: ")))


def _texts(**values: object) -> dict[str, str]:
    return {name: str(value) for name, value in given(**values).items()}
