"""THE PARTS of a sandbox that are written down: one row each, in the order they are read again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from simulator.certification.sessions import Certificate, Session
from simulator.engine.callers import Caller
from simulator.engine.events import Event
from simulator.engine.ids import Random
from simulator.engine.merchants import Store
from simulator.engine.notifications import Habit, Notification
from simulator.engine.payments import InitiatePayment, PreparePayment
from simulator.engine.points_of_sale import CreatePos
from simulator.engine.records import CheckIn, Payment, PointOfSale, Refund
from simulator.engine.refunds import CreateRefund
from simulator.engine.rules import Rules
from simulator.engine.states import PaymentState
from simulator.engine.storage import Answered
from simulator.engine.tables import Table
from simulator.engine.values import Currency
from simulator.engine.world import HANDLERS, Progress
from simulator.journal.exchanges import Delivery, Exchange
from simulator.persistence.codecs import Codec, Mapped, Tagged, Typed
from simulator.sandboxes import Sandbox
from simulator.scripting.expectations import Record, Seen
from simulator.scripting.faults import Fault
from simulator.scripting.playing import Cursor, PlaysStep
from simulator.scripting.runs import Run
from simulator.scripting.scenario import Scenario, Texts, scenario_of

__all__ = ["EXCHANGE", "PARTS", "Part", "Position", "position_of", "restore"]


Written = bytes | msgspec.Raw


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a sandbox.

    Args:
        name: what it is called.
        table: finds it.
        keys: how its keys are written.
        values: how its values are written.
        put: takes in an entry, where there are indexes beside the table.
    """

    name: str
    table: Callable[[Sandbox], Table[Any, Any]]
    keys: Codec[Any]
    values: Codec[Any]
    put: Callable[[Sandbox, Any, Any], None] | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """What is to be written of a sandbox beside its tables.

    Args:
        world: how far its world has come.
        runs: how many runs there ever were.
        exchanges: how many exchanges there ever were.
        rules: what its world obeys.
        first_rules: what it obeyed at first.
        habit: how it sends notifications.
        default: the texts of the scenario that is played where nothing else is chosen.
    """

    world: Progress
    runs: int
    exchanges: int
    rules: Rules
    first_rules: Rules
    habit: Habit
    default: Texts


def position_of(sandbox: Sandbox) -> Position:
    """Returns what is to be written of a sandbox beside its tables."""
    world = sandbox.world
    return Position(
        world=world.progress,
        runs=sandbox.director.book.count,
        exchanges=sandbox.journal.count,
        rules=world.rules,
        first_rules=world.first_rules,
        habit=world.notification_habit,
        default=sandbox.director.shelf.get(sandbox.director.default).texts,
    )


#: What values raise that are of the right type, but can't be.
_WRONG = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


def restore(
    sandbox: Sandbox,
    entries: Mapping[str, Iterable[tuple[Written, Written]]],
    position: Position,
    present: datetime,
    rules: Rules,
) -> None:
    """Fills a fresh sandbox with what was written down of another.

    Args:
        sandbox: the fresh one.
        entries: the keys and values of each part, in their order.
        position: what was written beside them.
        present: what time it is there now.
        rules: what it is to obey.

    Raises:
        ValueError: an entry is not right; the message says where.
    """
    for part in PARTS:
        table = part.table(sandbox)
        table.clear()
        for number, (key, value) in enumerate(entries.get(part.name, ())):
            try:
                read = part.keys.decode(key), part.values.decode(value)
                if part.put is None:
                    table[read[0]] = read[1]
                else:
                    part.put(sandbox, *read)
            except (msgspec.MsgspecError, *_WRONG) as error:
                raise ValueError(f"{part.name}[{number}]: {error}") from error
    world = sandbox.world
    world.rules, world.notification_habit = rules, position.habit
    try:
        world.restore(position.world, present)
        sandbox.director.restore(position.runs)
        sandbox.journal.restore(position.exchanges)
    except _WRONG as error:
        raise ValueError(f"position: {error}") from error


def _subclasses(cls: type[Any]) -> list[type[Any]]:
    return [each for child in cls.__subclasses__() for each in (child, *_subclasses(child))]


# --- values that are written as others ----------------------------------------------------------

_EVENT: Tagged[Event] = Tagged(_subclasses(Event))
_REQUEST: Tagged[Any] = Tagged((InitiatePayment, PreparePayment, CreatePos, CreateRefund))
_TEXT: Typed[str] = Typed(str)
_NUMBER: Typed[int] = Typed(int)


def _answered_there(answered: Answered) -> tuple[msgspec.Raw, str, datetime]:
    return msgspec.Raw(_REQUEST.encode(answered.request)), answered.made, answered.at


def _answered_back(written: tuple[msgspec.Raw, str, datetime]) -> Answered:
    request, made, at = written
    return Answered(_REQUEST.decode(request), made, at)


def _exchange_there(exchange: Exchange) -> tuple[Exchange, list[msgspec.Raw]]:
    events = [msgspec.Raw(_EVENT.encode(each)) for each in exchange.events]
    return replace(exchange, events=[]), events


def _exchange_back(written: tuple[Exchange, list[msgspec.Raw]]) -> Exchange:
    exchange, events = written
    exchange.events = [_EVENT.decode(each) for each in events]
    if exchange.delivery is Delivery.PENDING:
        # Whoever was to answer it is gone.
        exchange.delivery = Delivery.NOTHING
    return exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run as it is written: its scenario by its digest, its random numbers by their state."""

    id: str
    digest: str
    begun_at: datetime
    seed: tuple[int | str, ...]
    pos_id: str | None
    keys: list[tuple[Caller, str]]
    cursors: list[tuple[str, int, bool, str | None]]
    calls: list[Seen]
    states: list[tuple[datetime, str, PaymentState]]
    retired: int
    strikes: dict[int, tuple[int, datetime]]
    random: tuple[int, tuple[int, ...], float | None] | None
    amounts: dict[str, Decimal] = field(default_factory=dict)
    restricted: list[str] = field(default_factory=list)
    notified: list[tuple[datetime, int | None]] = field(default_factory=list)
    is_case: bool = False


def _run_there(run: Run) -> _Run:
    return _Run(
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
        strikes=run.strikes,
        random=run.drawn_from.getstate() if run.drawn_from else None,
        amounts=run.record.amounts,
        restricted=run.record.restricted,
        notified=run.record.notified,
        is_case=run.is_case,
    )


def _put_run(sandbox: Sandbox, run_id: str, written: _Run) -> None:
    book = sandbox.director.book
    if written.digest not in book.texts:
        raise ValueError(f"runs: {run_id} plays a scenario that is not there: {written.digest}")
    scenario = _scenario_of(book.texts[written.digest])
    random: Random | None = None
    if written.random is not None:
        random = Random()
        random.setstate(written.random)
    cursors = {
        payment_id: Cursor(scenario.name, steps, number, has_stopped, reason)
        for (payment_id, number, has_stopped, reason), steps in zip(
            written.cursors, scenario.scripts, strict=False
        )
    }
    book.table[run_id] = Run(
        id=run_id,
        scenario=scenario,
        begun_at=written.begun_at,
        seed=written.seed,
        pos_id=written.pos_id,
        keys=written.keys,
        cursors=cursors,
        record=Record(
            written.calls, written.states, written.amounts, written.restricted, written.notified
        ),
        retired=written.retired,
        strikes=written.strikes,
        is_case=written.is_case,
        drawn_from=random,
    )


@lru_cache(maxsize=256)
def _scenario_of(texts: Texts) -> Scenario:
    return scenario_of(texts)


#: How an exchange is written, here and in bundles.
EXCHANGE: Codec[Exchange] = Mapped(
    Typed(tuple[Exchange, list[msgspec.Raw]]), _exchange_there, _exchange_back
)

# fmt: off
PARTS: tuple[Part, ...] = (
    Part("stores", lambda it: it.world.stores.table, _TEXT, Typed(Store)),
    Part("merchants", lambda it: it.world.stores.merchants, _TEXT, Typed(tuple[str, ...])),
    Part("balances", lambda it: it.world.balances, Typed(tuple[str, Currency]), Typed(Decimal)),
    Part("pointsOfSale", lambda it: it.world.points_of_sale.table, _TEXT, Typed(PointOfSale),
         lambda it, _, pos: it.world.points_of_sale.add(pos)),
    Part("checkIns", lambda it: it.world.check_ins, _TEXT, Typed(CheckIn)),
    Part("payments", lambda it: it.world.payments.table, _TEXT, Typed(Payment),
         lambda it, _, payment: it.world.payments.put(payment)),
    Part("refunds", lambda it: it.world.refunds.table, _TEXT, Typed(Refund),
         lambda it, _, refund: it.world.refunds.put(refund)),
    Part("keys", lambda it: it.world.keys.table, Typed(tuple[Caller, str]),
         Mapped(Typed(tuple[msgspec.Raw, str, datetime]), _answered_there, _answered_back)),
    Part("polls", lambda it: it.world.polls, Typed(tuple[str, str]), Typed(datetime)),
    Part("callbackUrls", lambda it: it.world.callback_urls, _TEXT, _TEXT),
    Part("notifications", lambda it: it.world.notifications, _TEXT, Typed(Notification)),
    Part("timers", lambda it: it.world.clock.timers, Tagged((*HANDLERS, PlaysStep)),
         Typed(tuple[datetime, int])),
    Part("events", lambda it: it.world.events.table, _NUMBER, _EVENT),
    Part("uploads", lambda it: it.director.shelf.uploads, _TEXT,
         Mapped(Typed(Texts), lambda scenario: scenario.texts, _scenario_of)),
    Part("texts", lambda it: it.director.book.texts, _TEXT, Typed(Texts)),
    Part("runs", lambda it: it.director.book.table, _TEXT,
         Mapped(Typed(_Run), _run_there, lambda written: written), _put_run),
    Part("waiting", lambda it: it.director.book.waiting, _TEXT, _NUMBER),
    Part("runsOnPos", lambda it: it.director.book.by_pos, _TEXT, _TEXT),
    Part("certifications", lambda it: it.certifications.sessions, _TEXT, Typed(Session)),
    Part("certificates", lambda it: it.certifications.certificates, Typed(tuple[str, str]),
         Typed(Certificate)),
    Part("faults", lambda it: it.director.standing.table, _NUMBER, Typed(Fault)),
    Part("faultCalls", lambda it: it.director.standing.strikes, _NUMBER,
         Typed(tuple[int, datetime])),
    Part("exchanges", lambda it: it.journal.table, _NUMBER, EXCHANGE),
)
# fmt: on
