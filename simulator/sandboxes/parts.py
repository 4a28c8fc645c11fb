"""THE PARTS of a sandbox that are stored: one row each, in the order they are restored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, cast

import msgspec

from ..certification.sessions import CertificateRecord, CertificationSession
from ..engine import notifications
from ..engine.handlers import HANDLERS
from ..engine.ids import Ids
from ..engine.merchants import StoreRecord
from ..engine.payments import InitiatePayment, PreparePayment
from ..engine.points_of_sale import CreatePos
from ..engine.records import (
    Caller,
    CheckInRecord,
    NotificationPolicy,
    NotificationRecord,
    PaymentRecord,
    PointOfSaleRecord,
    RefundRecord,
)
from ..engine.refunds import CreateRefund
from ..engine.rules import Rules
from ..engine.storage import KeyUse
from ..engine.tables import Table
from ..engine.values import Currency
from ..engine.world import WorldProgress
from ..scripting.faults import Fault
from ..scripting.scenario import Texts
from ..scripting.script_runner import RunStep
from .bounds import MOST, check_bounds
from .codecs import Codec, Mapped, Tagged, Typed
from .references import check_references
from .registry import HostedSandbox
from .stored_runs import EVENT, EXCHANGE, RUN, cached_scenario, put_run

StoredValue = bytes | msgspec.Raw


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A table of a sandbox.

    Args:
        name: its name in stored files.
        path: where it is in the sandbox.
        keys: how its keys are stored.
        values: how its values are stored.
        put: adds an entry, where the table has indexes beside it.
    """

    name: str
    path: str
    keys: Codec[Any]
    values: Codec[Any]
    put: Callable[[HostedSandbox, Any, Any], None] | None = None

    @property
    def may_change(self) -> bool:
        """Whether its values change inside; those of all others are replaced as a whole."""
        return self.name in _CHANGING

    def table(self, sandbox: HostedSandbox) -> Table[Any, Any]:
        return cast("Table[Any, Any]", attrgetter(self.path)(sandbox))


#: Of an exchange, only how it was delivered changes later.
_CHANGING = frozenset({"runs", "certifications"})


class SandboxPosition(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a sandbox beside its tables.

    The digest of a snapshot holds it: what files of earlier versions lack is left out again.
    """

    world: WorldProgress
    runs: int
    exchanges: int
    rules: Rules
    first_rules: Rules
    notification_policy: NotificationPolicy = msgspec.field(name="habit")
    default: Texts
    faults: int = 0


def position_of(sandbox: HostedSandbox) -> SandboxPosition:
    """Returns what is stored of a sandbox beside its tables."""
    world, engine = sandbox.world, sandbox.scenario_engine
    return SandboxPosition(
        world=world.progress,
        runs=engine.runs.count,
        exchanges=sandbox.journal.count,
        rules=world.rules,
        first_rules=world.first_rules,
        notification_policy=world.notification_policy,
        default=engine.catalog.get(engine.default).texts,
        faults=engine.sandbox_faults.ids,
    )


#: The highest --time-scale.
FASTEST = 1_000_000

#: What values raise that have the right type, but are impossible.
WRONG = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError)


def fill(
    sandbox: HostedSandbox, entries: Mapping[str, Iterable[tuple[StoredValue, StoredValue]]]
) -> None:
    """Fills the tables of a sandbox with the stored ones of another; `resume` makes it usable.

    Args:
        sandbox: a new one.
        entries: the keys and values of each part, in their order.

    Raises:
        ValueError: an entry is wrong; the message names it.
    """
    for part in PARTS:
        table = part.table(sandbox)
        table.clear()
        for number, (key, value) in enumerate(entries.get(part.name, ())):
            try:
                read = part.keys.decode(key), part.values.decode(value)
                check_bounds(read[0], "key")
                check_bounds(read[1], "value")
                _add(part, sandbox, *read)
            except (msgspec.MsgspecError, *WRONG) as error:
                raise ValueError(f"{part.name}[{number}]: {error}") from error


def _add(part: StoredPart, sandbox: HostedSandbox, key: Any, value: Any) -> None:
    """Adds an entry to a table, which has none of its key yet.

    Raises:
        ValueError: it has one, or the value has the id of another entry.
    """
    table = part.table(sandbox)
    if key in table:
        raise ValueError("an entry before it has the same key")
    if part.put is None:
        table[key] = value
        return
    part.put(sandbox, key, value)
    # Where there are indexes, a record is put under its own id.
    if key not in table:
        raise ValueError("its id is not its key")


def resume(
    sandbox: HostedSandbox, position: SandboxPosition, present: datetime, rules: Rules
) -> None:
    """Lets a filled sandbox go on where the other one was.

    Its settings may be others: what is too much for them is dropped.

    Args:
        sandbox: the filled one.
        position: what was stored beside the tables.
        present: the sandbox's time now.
        rules: the rules of its world.

    Raises:
        ValueError: an entry is wrong; the message names it.
    """
    _check_position(position)
    world = sandbox.world
    world.rules, world.notification_policy = rules, position.notification_policy
    try:
        world.restore(position.world, present)
        notifications.resume(world)
        sandbox.scenario_engine.restore(position.runs)
        sandbox.scenario_engine.sandbox_faults.restore(position.faults)
        sandbox.journal.restore(position.exchanges)
    except WRONG as error:
        raise ValueError(f"position: {error}") from error
    check_references(sandbox)
    # Changes that were reported are not reported again.
    sandbox.correlation_ids = _ids_after(sandbox.correlation_ids, position.exchanges)
    sandbox.token_ids = _ids_after(sandbox.token_ids, position.exchanges)


def _ids_after(ids: Ids, exchanges: int) -> Ids:
    return Ids(*ids.position.parts, exchanges)


def _check_position(position: SandboxPosition) -> None:
    check_bounds(position, "position")
    world = position.world
    for name, least, number, most in (
        ("runs", 0, position.runs, MOST),
        ("exchanges", 0, position.exchanges, MOST),
        ("faults", 0, position.faults, MOST),
        ("world.events", 0, world.events, MOST),
        ("world.scale", 0, world.scale, FASTEST),
        ("world.ids.count", 0, world.ids.count, MOST),
        ("world.notification_ids.count", 0, world.notification_ids.count, MOST),
        ("rules.journal_size", 0, position.rules.journal_size, MOST),
    ):
        if not least <= number <= most:
            raise ValueError(f"position.{name}: must be from {least} to {most}, not {number}")


_REQUEST: Tagged[Any] = Tagged((InitiatePayment, PreparePayment, CreatePos, CreateRefund))
_TEXT: Typed[str] = Typed(str)
_NUMBER: Typed[int] = Typed(int)


_KEY_USE: Codec[KeyUse] = Mapped(
    Typed(tuple[msgspec.Raw, str, datetime]),
    lambda use: (msgspec.Raw(_REQUEST.encode(use.request)), use.made, use.at),
    lambda stored: KeyUse(_REQUEST.decode(stored[0]), *stored[1:]),
)
_UPLOAD = Mapped(Typed(Texts), lambda scenario: scenario.texts, cached_scenario)
_PAIR: Typed[tuple[str, str]] = Typed(tuple[str, str])

# fmt: off
_ROWS: tuple[tuple[Any, ...], ...] = (
    ("stores", "world.stores.table", _TEXT, Typed(StoreRecord)),
    ("merchants", "world.stores.merchants", _TEXT, Typed(tuple[str, ...])),
    ("balances", "world.balances", Typed(tuple[str, Currency]), Typed(Decimal)),
    ("pointsOfSale", "world.points_of_sale.table", _TEXT, Typed(PointOfSaleRecord),
     lambda it, _, pos: it.world.points_of_sale.add(pos)),
    ("deletedPointsOfSale", "world.points_of_sale.deleted", _TEXT, Typed(Caller)),
    ("checkIns", "world.check_ins", _TEXT, Typed(CheckInRecord)),
    ("payments", "world.payments.table", _TEXT, Typed(PaymentRecord),
     lambda it, _, payment: it.world.payments.put(payment)),
    ("refunds", "world.refunds.table", _TEXT, Typed(RefundRecord),
     lambda it, _, refund: it.world.refunds.put(refund)),
    ("keys", "world.keys.table", Typed(tuple[Caller, str]), _KEY_USE),
    ("polls", "world.polls", _PAIR, Typed(datetime)),
    ("callbackUrls", "world.callback_urls", _TEXT, _TEXT),
    ("notifications", "world.notifications", _TEXT, Typed(NotificationRecord)),
    ("timers", "world.clock.timers", Tagged((*HANDLERS, RunStep)), Typed(tuple[datetime, int])),
    ("events", "world.events.table", _NUMBER, EVENT),
    ("uploads", "scenario_engine.catalog.uploads", _TEXT, _UPLOAD),
    ("texts", "scenario_engine.runs.texts", _TEXT, Typed(Texts)),
    ("runs", "scenario_engine.runs.table", _TEXT, RUN, put_run),
    ("waiting", "scenario_engine.runs.waiting", _TEXT, _NUMBER),
    ("runsOnPos", "scenario_engine.runs.by_pos", _TEXT, _TEXT),
    ("certifications", "certifications.sessions", _TEXT, Typed(CertificationSession)),
    ("certificates", "certifications.certificates", _PAIR, Typed(CertificateRecord)),
    ("faults", "scenario_engine.sandbox_faults.table", _NUMBER, Typed(Fault)),
    ("faultCalls", "scenario_engine.sandbox_faults.counts", _NUMBER,
     Typed(tuple[int, datetime])),
    ("exchanges", "journal.table", _NUMBER, EXCHANGE),
)
# fmt: on
PARTS = tuple(StoredPart(*row) for row in _ROWS)
#: Parts that files of earlier versions do not have; they are empty then.
LATER_PARTS = frozenset({"deletedPointsOfSale"})
