"""Stores that were closed, or had no money, where a recorded refusal shows that they were."""

from ...journal.exchanges import ExchangeRecord
from ..replay.comparing import Names
from .backstage import Backstage
from .beforehand import PLENTY
from .customers import Inference
from .outlook import asked_of, field


class InferredStores:
    """Closes and opens stores, and takes and gives their money, as recorded answers show.

    Args:
        backstage: makes the calls.
        names: which name in this run is which in the recording.
        inferences: where what was done is noted.
    """

    def __init__(self, backstage: Backstage, names: Names, inferences: list[Inference]) -> None:
        self._backstage = backstage
        self._names = names
        self._inferences = inferences
        self._closed: set[str] = set()
        self._poor: set[str] = set()

    def act_before(self, exchange: ExchangeRecord) -> None:
        """Changes the store of a call, if its recorded answer shows another state of it."""
        if exchange.operation in ("InitiatePayment", "PreparePayment"):
            self._open_or_close(exchange, self._store(exchange, "posId"))
        elif exchange.operation == "CreateRefund":
            self._give_or_take(exchange, self._store(exchange, "paymentId"))

    def _open_or_close(self, exchange: ExchangeRecord, store: str) -> None:
        is_closed = exchange.code == "1204"
        if not store or is_closed == (store in self._closed) or exchange.status not in (200, 409):
            return
        self._backstage.change_store(store, active=not is_closed)
        self._closed ^= {store}
        what = "the store is closed" if is_closed else "the store is opened"
        self._note(exchange, what, exchange.code or "the answer is 200")

    def _give_or_take(self, exchange: ExchangeRecord, store: str) -> None:
        is_poor = exchange.code == "1368"
        if not store or is_poor == (store in self._poor) or exchange.status not in (200, 409):
            return
        self._backstage.change_store(store, balance=0 if is_poor else PLENTY)
        self._poor ^= {store}
        what = "the store has no money" if is_poor else "the store has money"
        self._note(exchange, what, exchange.code or "the answer is 200")

    def _store(self, exchange: ExchangeRecord, name: str) -> str:
        there = field(asked_of(exchange), name)
        here = self._names.here(there) if isinstance(there, str) else None
        look = self._backstage.pos if name == "posId" else self._backstage.payment
        return str(look(here).get("storeId", "")) if here else ""

    def _note(self, exchange: ExchangeRecord, what: str, why: str) -> None:
        self._inferences.append(Inference(exchange.id, what, why))
