"""Whether the entries of a stored sandbox fit each other: ids, owners, numbers and states.

Each check looks at one part of a sandbox that was filled and is not used yet, and raises
ValueError; the message says where what is wrong stands.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ..certification.registry import CertificationRegistry
from ..engine.ids import Ids
from ..engine.records import PaymentRecord
from ..engine.refusals import Refusal
from ..engine.states import PaymentState
from ..engine.tables import Log
from ..engine.values import as_guid, as_money, as_phone, as_url, as_vat
from ..engine.world import World
from ..journal.exchanges import ExchangeRecord
from ..scripting.faults import Fault
from ..scripting.run_store import RunStore
from ..scripting.runs import ScenarioRun
from ..scripting.value_kinds import CALLS, LONGEST_DELAY, Delay
from ..settings.data import Data
from .registry import HostedSandbox

_NO_AMOUNT = frozenset({PaymentState.PREPARED, PaymentState.PAIRED})
_FINAL_WITHOUT_MONEY = frozenset(
    each for each in PaymentState if each.is_final and each is not PaymentState.CAPTURED
)


def check_references(sandbox: HostedSandbox) -> None:
    """Checks a sandbox that was filled with what was stored.

    Raises:
        ValueError: entries don't fit each other; the message says where.
    """
    world = sandbox.world
    _check_shops(world)
    _check_payments(world)
    _check_timers(world)
    _check_log("events", world.events)
    _check_log("exchanges", sandbox.journal)
    _check_journal(sandbox)
    _check_scenarios(sandbox)
    _check_runs(sandbox.scenario_engine.runs)
    _check_certifications(sandbox.certifications)
    _check_ids(world)


def _need(holds: object, path: str, wrong: str) -> None:
    if not holds:
        raise ValueError(f"{path}: {wrong}")


def _checked(path: str, check: Callable[[str], object], text: str) -> None:
    try:
        check(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _unlike(path: str, values: Iterable[Hashable], what: str) -> None:
    seen: set[Hashable] = set()
    for each in values:
        _need(each not in seen, path, f"two have the same {what}")
        seen.add(each)


# --- shops and customers --------------------------------------------------------------------------


def _check_shops(world: World) -> None:
    stores, points = world.stores, world.points_of_sale
    for key, store in stores.table.items():
        _need(key == store.id, f"stores[{key}].id", "is not its key")
        _checked(f"stores[{key}].id", as_guid, store.id)
        _checked(f"stores[{key}].merchant", as_vat, store.merchant)
    for vat, ids in stores.merchants.items():
        _checked(f"merchants[{vat}]", as_vat, vat)
        for each in ids:
            _need(each in stores.table, f"merchants[{vat}]", f"there is no store {each[:60]!r}")
    for store_id, currency in world.balances:
        path = f"balances[{store_id},{currency}]"
        _need(store_id in stores.table, path, "there is no such store")
    for key, pos in points.table.items():
        path = f"pointsOfSale[{key}]"
        _checked(f"{path}.id", as_guid, pos.id)
        _checked(f"{path}.merchant", as_vat, pos.merchant)
        _need(pos.store_id in stores.table, f"{path}.store_id", "there is no such store")
    _unlike("pointsOfSale", (each.beacon_id for each in points), "beacon_id")
    names = ((each.client_id, each.merchant, each.merchant_pos_id) for each in points)
    _unlike("pointsOfSale", names, "owner and merchant_pos_id")
    for pos_id, check_in in world.check_ins.items():
        path = f"checkIns[{pos_id}]"
        _need(pos_id in points.table, path, "there is no such point of sale")
        _checked(f"{path}.customer.phone", as_phone, check_in.customer.phone)
    for alias, url in world.callback_urls.items():
        _checked(f"callbackUrls[{alias}]", as_url, url)
    for key, notification in world.notifications.items():
        path = f"notifications[{key}]"
        _need(key == notification.id, f"{path}.id", "is not its key")
        _checked(f"{path}.url", as_url, notification.url)
    copies = world.notification_policy.copies
    _need(0 <= copies <= 3, "position.habit.copies", f"must be 0 to 3, not {copies}")


def check_data(data: Data) -> None:
    """Checks the merchants, customers and aliases that a bundle was made with.

    Raises:
        ValueError: a value is impossible; the message says where it stands.
    """
    for merchant in data.merchants:
        path = f"data.merchants[{merchant.vat[:20]}]"
        _checked(f"{path}.vat", as_vat, merchant.vat)
        for number, store in enumerate(merchant.stores):
            _checked(f"{path}.stores[{number}].id", as_guid, store.id)
            _need(store.merchant == merchant.vat, f"{path}.stores[{number}].merchant", "is another")
    for number, customer in enumerate(data.customers):
        _checked(f"data.customers[{number}].phone", as_phone, customer.phone)
    for alias, url in data.callback_urls.items():
        _checked(f"data.callback_urls[{alias[:40]}]", as_url, url)


# --- payments -------------------------------------------------------------------------------------


def _check_payments(world: World) -> None:
    for key, payment in world.payments.table.items():
        path = f"payments[{key}]"
        for name in ("id", "pos_id", "store_id"):
            _checked(f"{path}.{name}", as_guid, getattr(payment, name))
        _checked(f"{path}.merchant", as_vat, payment.merchant)
        _need(payment.store_id in world.stores.table, f"{path}.store_id", "there is no such store")
        _check_money(payment, path)
    for key, refund in world.refunds.table.items():
        path = f"refunds[{key}]"
        _checked(f"{path}.id", as_guid, refund.id)
        _checked(f"{path}.amount", lambda text: as_money(Decimal(text)), str(refund.amount))
        paid = world.payments.get(refund.payment_id)
        if paid is None or paid.captured_at is None:
            raise ValueError(f"{path}.payment_id: there is no captured payment of this id")


def _check_money(payment: PaymentRecord, path: str) -> None:
    state = payment.state
    for name in ("amount", "captured_amount"):
        amount = getattr(payment, name)
        if amount is not None:
            _checked(f"{path}.{name}", lambda text: as_money(Decimal(text)), str(amount))
    needed = ["currency"] if payment.amount is not None else []
    if state not in _NO_AMOUNT and state not in _FINAL_WITHOUT_MONEY:
        needed += ["amount", "currency"]
    if state in (PaymentState.RESERVED, PaymentState.CAPTURED):
        needed += ["reserved_at", "expires_at"]
    if state is PaymentState.CAPTURED:
        needed += ["captured_amount", "captured_at"]
    for name in needed:
        _need(getattr(payment, name) is not None, f"{path}.{name}", f"must be there: it is {state}")


def _check_timers(world: World) -> None:
    # Two timers of one number that are due at one moment could not be put in order.
    _unlike("timers", (number for _, number in world.clock.timers.values()), "number")


def _check_ids(world: World) -> None:
    for name, ids in (("ids", world.ids), ("notification_ids", world.notification_ids)):
        path = f"position.world.{name}"
        count = ids.position.count
        _need(count >= 0, f"{path}.count", f"must be at least 0, not {count}")
        parts = ids.position.parts
        right = len(parts) >= 2 and isinstance(parts[0], int)
        _need(right, f"{path}.parts", "must be a seed and names")
    upcoming = Ids.at(world.ids.position).guid()
    taken = (world.payments.table, world.refunds.table, world.points_of_sale.table)
    is_free = not any(upcoming in table for table in taken)
    _need(is_free, "position.world.ids.count", "the next id is taken")


# --- journal and events ---------------------------------------------------------------------------


def _check_log(name: str, log: Log[Any]) -> None:
    wanted = log.first
    for number in log.table:
        _need(number == wanted and number > 0, f"{name}[{number}]", f"expected number {wanted}")
        wanted += 1


def _check_journal(sandbox: HostedSandbox) -> None:
    for number, exchange in sandbox.journal.table.items():
        path = f"exchanges[{number}]"
        _need(exchange.id == number, f"{path}.id", "is not its key")
        check_exchange(exchange, path)


def check_exchange(exchange: ExchangeRecord, path: str) -> None:
    """Checks a call of a journal by itself.

    Args:
        path: where it stands, for the error.

    Raises:
        ValueError: a value in it is impossible; the message says where it stands.
    """
    # Appended to the address of a target, any other path could name another host.
    shown = repr(exchange.path[:60])
    _need(exchange.path.startswith("/"), f"{path}.path", f"{shown} does not begin with /")
    _need(0 <= exchange.status <= 599, f"{path}.status", "is no HTTP status")
    _need(exchange.real_at >= 0, f"{path}.real_at", "must be at least 0")
    _need(exchange.duration >= 0, f"{path}.duration", "must be at least 0")
    is_known = exchange.refusal is None or exchange.refusal in Refusal.__members__
    _need(is_known, f"{path}.refusal", "there is no refusal of this name")


# --- scenarios ------------------------------------------------------------------------------------


def _check_scenarios(sandbox: HostedSandbox) -> None:
    engine = sandbox.scenario_engine
    for name, scenario in engine.catalog.uploads.items():
        _need(name == scenario.name, f"uploads[{name}]", f"is called {scenario.name[:60]!r}")
    for index, fault in engine.sandbox_faults.table.items():
        _check_fault(fault, f"faults[{index}]")
    for index, (count, _) in engine.sandbox_faults.counts.items():
        path = f"faultCalls[{index}]"
        _need(index in engine.sandbox_faults.table, path, "there is no such fault")
        _need(count >= 0, path, "must be at least 0")


def _check_fault(fault: Fault, path: str) -> None:
    names_calls = bool(fault.call) and set(fault.call) <= set(CALLS)
    _need(names_calls, f"{path}.call", "must name operations of the service, at least one")
    mistake = fault.mistake()
    _need(mistake is None, path, str(mistake))
    for name, count in (("first", fault.first), ("nth", fault.nth), ("times", fault.times)):
        _need(count is None or count >= 1, f"{path}.{name}", "must be at least 1")
    if fault.answer is not None:
        status = fault.answer.status
        _need(200 <= status <= 599, f"{path}.answer.status", "must be from 200 to 599")
    delay = fault.delay or Delay(LONGEST_DELAY)
    held = fault.hold.at_most if fault.hold is not None else None
    for length in (delay.at_least, delay.at_most, fault.dribble, held):
        is_short = (length or timedelta(0)) <= LONGEST_DELAY
        _need(is_short, path, f"delays are {LONGEST_DELAY.total_seconds():g}s at most")
    if delay.spread is not None:
        _need(0 < delay.spread <= 3, f"{path}.delay.spread", "must be above 0 and up to 3")
    if fault.chance is not None:
        _need(0 < fault.chance <= 1, f"{path}.chance", "must be above 0 and up to 1")


# --- runs -----------------------------------------------------------------------------------------


def _check_runs(runs: RunStore) -> None:
    for run_id in runs.waiting:
        _need(run_id in runs.table, f"waiting[{run_id}]", "there is no such run")
    _unlike("waiting", runs.waiting.values(), "number")
    for pos_id, run_id in runs.by_pos.items():
        _need(run_id in runs.table, f"runsOnPos[{pos_id}]", f"there is no run {run_id[:60]!r}")
    used = {run.scenario.digest for run in runs.table.values()}
    for digest in runs.texts:
        _need(digest in used, f"texts[{digest}]", "no run has this scenario")
    for key, run in runs.table.items():
        _check_run(key, run, runs.count)


def _check_run(key: str, run: ScenarioRun, count: int) -> None:
    path = f"runs[{key}]"
    number = key[1:]
    is_one = key[:1] == "R" and number.isascii() and number.isdecimal() and len(number) < 16
    _need(is_one and 1 <= int(number) <= count, path, f"must be R1 to R{count}")
    _need(run.retired >= 0, f"{path}.retired", "must be at least 0")
    states = run.record.last_states()
    for payment_id, cursor in run.cursors.items():
        steps = len(cursor.steps)
        is_there = 0 <= cursor.number <= steps
        _need(is_there, f"{path}.cursors[{payment_id}]", f"must be at most {steps}")
        _need(payment_id in states, f"{path}.states", f"there is none of payment {payment_id}")
    for place, call in enumerate(run.record.calls, 1):
        _need(call.number == place, f"{path}.calls[{place - 1}].number", f"expected {place}")


def _check_certifications(certifications: CertificationRegistry) -> None:
    for key, session in certifications.sessions.items():
        path = f"certifications[{key}]"
        _need(key == session.id, f"{path}.id", "is not its key")
        _need(re.fullmatch(r"C[0-9]{1,9}", key), path, "must be called C and a number")
        for name in session.attempts:
            _need(session.counts.get(name, 0) >= 1, f"{path}.counts", f"{name[:60]!r} is missing")
        _need(session.current in (None, *session.cases), f"{path}.current", "is none of its cases")
