"""How runs and exchanges are stored: in a form of their own, beside their scenarios and events."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from ..engine.events import WorldEvent
from ..engine.ids import Random
from ..engine.records import Caller
from ..engine.states import PaymentState
from ..journal.exchanges import ExchangeRecord
from ..scripting.fate import Delivery
from ..scripting.includes import scenario_of
from ..scripting.observed_calls import ObservedCall
from ..scripting.run_record import ObservedRefund, RunRecord
from ..scripting.runs import ScenarioRun
from ..scripting.scenario import Scenario, Texts
from ..scripting.script_runner import Cursor
from .codecs import Codec, Mapped, Tagged, Typed
from .registry import HostedSandbox


def _subclasses(cls: type[Any]) -> list[type[Any]]:
    # `dataclass(slots=True)` makes a second class, and leaves the first to the garbage collector.
    children = [each for each in cls.__subclasses__() if "__slots__" in vars(each)]
    return [each for child in children for each in (child, *_subclasses(child))]


EVENT: Tagged[WorldEvent] = Tagged(_subclasses(WorldEvent))


def _exchange_to_stored(exchange: ExchangeRecord) -> tuple[ExchangeRecord, list[msgspec.Raw]]:
    events = [msgspec.Raw(EVENT.encode(each)) for each in exchange.events]
    return replace(exchange, events=[]), events


def _exchange_from_stored(stored: tuple[ExchangeRecord, list[msgspec.Raw]]) -> ExchangeRecord:
    exchange, events = stored
    exchange.events = [EVENT.decode(each) for each in events]
    if exchange.delivery is Delivery.PENDING:
        # The server that should have delivered the response has stopped.
        exchange.delivery = Delivery.NOTHING
    return exchange


#: How an exchange is stored, here and in bundles.
EXCHANGE: Codec[ExchangeRecord] = Mapped(
    Typed(tuple[ExchangeRecord, list[msgspec.Raw]]), _exchange_to_stored, _exchange_from_stored
)


class StoredRun(msgspec.Struct, kw_only=True):
    """A run as it is stored: its scenario by its digest, its random generator by its state."""

    id: str
    digest: str
    begun_at: datetime
    seed: tuple[int | str, ...]
    pos_id: str | None
    keys: list[tuple[Caller, str]]
    cursors: list[tuple[str, int, bool, str | None]]
    calls: list[ObservedCall]
    states: list[tuple[datetime, str, PaymentState]]
    retired: int
    strikes: dict[int, tuple[int, datetime]]
    random: tuple[int, tuple[int, ...], float | None] | None
    amounts: dict[str, Decimal] = msgspec.field(default_factory=dict)
    restricted: list[str] = msgspec.field(default_factory=list)
    notified: list[tuple[datetime, int | None]] = msgspec.field(default_factory=list)
    refunds: dict[str, ObservedRefund] = msgspec.field(default_factory=dict)
    is_case: bool = False
    queries: dict[str, int] = msgspec.field(default_factory=dict)
    orders: dict[str, str] = msgspec.field(default_factory=dict)
    currencies: dict[str, str] = msgspec.field(default_factory=dict)
    left_at: datetime | None = None


def _run_to_stored(run: ScenarioRun) -> StoredRun:
    return StoredRun(
        id=run.id,
        digest=run.scenario.digest,
        begun_at=run.begun_at,
        seed=run.seed,
        pos_id=run.pos_id,
        keys=run.keys,
        cursors=[
            (payment_id, each.number, each.has_stopped, each.reason)
            for payment_id, each in run.cursors.items()
        ],
        calls=run.record.calls,
        states=run.record.states,
        retired=run.retired,
        strikes=run.fault_counts,
        random=run.drawn_from.getstate() if run.drawn_from else None,
        amounts=run.record.amounts,
        restricted=run.record.restricted,
        notified=run.record.notified,
        refunds=run.record.refunds,
        orders=run.record.orders,
        currencies=run.record.currencies,
        is_case=run.is_case,
        left_at=run.left_at,
        queries={payment_id: each.queries for payment_id, each in run.cursors.items()},
    )


RUN: Codec[Any] = Mapped(Typed(StoredRun), _run_to_stored, lambda stored: stored)


def put_run(sandbox: HostedSandbox, run_id: str, stored: StoredRun) -> None:
    """Adds a stored run to a sandbox that has the texts of its scenario already.

    Raises:
        ValueError: it has the id of another, or the texts of its scenario are missing.
    """
    if stored.id != run_id:
        raise ValueError("its id is not its key")
    runs = sandbox.scenario_engine.runs
    if stored.digest not in runs.texts:
        raise ValueError(f"the scenario of run {run_id} is missing: {stored.digest}")
    scenario = cached_scenario(runs.texts[stored.digest])
    random: Random | None = None
    if stored.random is not None:
        random = Random()
        random.setstate(stored.random)
    cursors = {
        payment_id: Cursor(
            scenario.name, steps, number, has_stopped, reason, stored.queries.get(payment_id, 0)
        )
        for (payment_id, number, has_stopped, reason), steps in zip(
            stored.cursors, scenario.scripts, strict=False
        )
    }
    runs.table[run_id] = ScenarioRun(
        id=run_id,
        scenario=scenario,
        begun_at=stored.begun_at,
        seed=stored.seed,
        pos_id=stored.pos_id,
        keys=stored.keys,
        cursors=cursors,
        record=RunRecord(
            stored.calls,
            stored.states,
            stored.amounts,
            stored.restricted,
            stored.notified,
            stored.refunds,
            stored.orders,
            stored.currencies,
        ),
        retired=stored.retired,
        fault_counts=stored.strikes,
        is_case=stored.is_case,
        left_at=stored.left_at,
        drawn_from=random,
    )


@lru_cache(maxsize=256)
def cached_scenario(texts: Texts) -> Scenario:
    """Returns the scenario that some texts are; most runs of a sandbox share a few scenarios."""
    return scenario_of(texts)
