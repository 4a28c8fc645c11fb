"""Whatever is dropped, and whenever a server is killed: what the limits allow is there at a start."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mobilepay_simulator import app as module
from mobilepay_simulator.api.context import Context
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.journal.exchanges import ExchangeRecord
from mobilepay_simulator.sandboxes.keeper import Keeper
from mobilepay_simulator.sandboxes.parts import PARTS
from mobilepay_simulator.sandboxes.registry import DataDirProblem, HostedSandbox
from mobilepay_simulator.sandboxes.snapshots import load_snapshot, take_snapshot
from mobilepay_simulator.sandboxes.store import DataDirStore, EntryChange
from mobilepay_simulator.settings.settings import Settings

from tests.control.asking import ask
from tests.fuzzing.strategies import thrown

#: In the order in which they are loaded.
NAMES = ("a", "z")
LOGS = {"events", "exchanges"}
#: Bytes of a large call, and how many of them are made at once.
LARGE, MANY = 60_000, 7
#: More than a call takes beside its bodies.
BESIDE = 5000
#: Of `--max-journal`, less may stay than is allowed, so that not each call has to make room.
SLACK = 0.99

T = TypeVar("T")
Entries = dict[str, list[tuple[bytes, bytes]]]


@dataclass(frozen=True)
class Limits:
    """The limits of a start: calls and events of a sandbox, and MB of all calls."""

    journal_size: int = 10_000
    max_journal: int = 1024


@dataclass(frozen=True)
class Held:
    """The entries of each sandbox, as they are stored, and its calls."""

    entries: dict[str, Entries]
    calls: dict[str, list[ExchangeRecord]]

    def allowed(self, limits: Limits) -> Iterator[tuple[str, int]]:
        """The newest calls, as many as limits allow: their sandboxes and numbers."""
        each_has = {name: tail(calls, limits.journal_size) for name, calls in self.calls.items()}
        calls = sorted(chain(*each_has.values()), key=lambda call: -call.real_at)
        left = limits.max_journal * 1_000_000 * SLACK
        for call in calls:
            left -= len(call.body) + len(call.answer_body) + BESIDE
            if left < 0:
                return
            yield call.sandbox, call.id


def tail(entries: list[T], size: int) -> list[T]:
    return entries[max(len(entries) - size, 0) :]


WIDE = Limits()
LIMITS = (WIDE, Limits(max_journal=1), Limits(journal_size=8))


@cache
def usual() -> Context:
    """Whose scenarios and key all starts share: to read them takes longer than all else."""
    return create_app(Settings()).context


def app_of(settings: Settings) -> SimulatorApp:
    parts = usual()
    context = module._create_context(settings, parts.data, parts.tokens, parts.library)
    return module._assembled(context)


class Server:
    """A start of the simulator with a data dir, in this process."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        settings = Settings(time_scale=0, scenario="manual", max_journal=limits.max_journal)
        rules = replace(settings.rules, journal_size=limits.journal_size)
        self.limits = limits
        self.app = app_of(replace(settings, rules=rules))
        self.store = DataDirStore(folder)
        context = self.app.context
        try:
            self.keeper = Keeper(
                self.store, context.sandboxes, context.wall_time, context.background
            )
        except DataDirProblem:
            self.store.close()
            raise

    def sandbox(self, name: str) -> HostedSandbox:
        return self.app.context.sandboxes.get(name)

    def calls(self, name: str) -> None:
        """Makes calls that are large; the changes of their sandbox alone are kept."""
        sandbox = self.sandbox(name)
        for _ in range(MANY):
            ask(self.app, "POST", f"/sandboxes/{name}/pos/v10/nothing", "x" * LARGE)
        asyncio.run(self.keeper.keep(sandbox))

    def payment(self, name: str) -> None:
        """Makes a payment, and uploads and queues a scenario: some of all sorts of entries."""
        base = f"/sandboxes/{name}/_simulator"
        body = json.dumps({"what": "payment", "state": "Reserved"})
        assert ask(self.app, "POST", f"{base}/arrange", body).status == 200
        alias = json.dumps({"url": "http://till.test/"})
        assert ask(self.app, "PUT", f"{base}/callbacks/shop", alias).status == 200
        queued = json.dumps({"scenario": "success"})
        assert ask(self.app, "POST", f"{base}/scenarios/next", queued).status == 200
        asyncio.run(self.keeper.keep(self.sandbox(name)))

    def pump(self, _: str) -> None:
        asyncio.run(self.keeper.keep_all())

    def kill(self) -> None:
        """Ends without what was not kept yet."""
        self.store.close()

    def held(self) -> Held:
        """What each sandbox has at the moment."""
        return Held(
            {name: entries_of(self.sandbox(name)) for name in NAMES},
            {name: [*self.sandbox(name).journal] for name in NAMES},
        )


def entries_of(sandbox: HostedSandbox) -> Entries:
    return {
        part.name: [
            (part.keys.encode(key), part.values.encode(value))
            for key, value in part.table(sandbox).items()
        ]
        for part in PARTS
    }


ACTS: dict[str, Callable[[Server, str], None]] = {
    "calls": Server.calls,
    "payment": Server.payment,
    "pump": Server.pump,
}
STARTS = st.tuples(
    st.sampled_from(LIMITS),
    st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(NAMES)), max_size=5),
    st.booleans(),
)
Start = tuple[Limits, list[tuple[str, str]], bool]


def calls_of(name: str, times: int) -> list[tuple[str, str]]:
    return [("calls", name)] * times


@thrown(12)
@given(starts=st.lists(STARTS, min_size=2, max_size=5))
@example(starts=[(WIDE, calls_of("a", 4), False), *[(LIMITS[1], calls_of("a", 1), False)] * 3])
@example(starts=[(WIDE, calls_of("a", 4), False), *[(LIMITS[2], calls_of("a", 1), False)] * 2])
@example(starts=[(LIMITS[1], [*calls_of("z", 2), ("pump", "z"), *calls_of("a", 1)], True),
                 *[(LIMITS[1], calls_of("z", 1), False)] * 2])  # fmt: skip
@example(starts=[(WIDE, [("payment", "a")] * 3, False), (LIMITS[2], [("payment", "a")], True),
                 (LIMITS[2], [], True), (WIDE, [("payment", "a")], True)])  # fmt: skip
def test_all_that_the_limits_allow_is_there_after_a_stop_or_a_kill(starts: list[Start]) -> None:
    with TemporaryDirectory() as folder:
        # Both are there from the beginning, so that none is missing in what is compared.
        before = Server(Path(folder), starts[0][0])
        held = before.held()
        assert before.keeper.close()
        for limits, acts, is_killed in [*starts, (WIDE, [], False)]:
            server = Server(Path(folder), limits)
            check_loaded(server, held)
            for act, name in acts:
                ACTS[act](server, name)
            held = server.held()
            if is_killed:
                server.kill()
            else:
                assert server.keeper.close()


def check_loaded(server: Server, before: Held) -> None:
    assert server.keeper.remarks == []
    now = server.held()
    for name in NAMES:
        sandbox, was, found = server.sandbox(name), before.entries[name], now.entries[name]
        for part in set(found) - LOGS:
            assert found[part] == was[part], part
        events = tail(was["events"], server.limits.journal_size)
        assert tail(found["events"], len(events)) == events
        for log in (sandbox.journal, sandbox.world.events):
            assert [*log.table] == [*range(log.first, log.count + 1)]
    there = {(call.sandbox, call.id) for calls in now.calls.values() for call in calls}
    assert {*before.allowed(server.limits)} <= there


# --- gaps that earlier versions left ------------------------------------------------------------


def with_calls(folder: Path, *changes: tuple[str, bytes | None]) -> None:
    """Makes a data dir with calls 1 to 7 of a sandbox, and changes its entries."""
    server = Server(folder, WIDE)
    server.calls("a")
    assert server.keeper.close()
    store = DataDirStore(folder)
    rows = [EntryChange("a", "exchanges", key.encode(), value) for key, value in changes]
    store.write(rows).result(10)
    store.close()


@pytest.mark.parametrize(
    ("missing", "left"), [("3", [4, 5, 6, 7]), ("26", [7]), ("7", []), ("1", [2, 3, 4, 5, 6, 7])]
)
def test_calls_before_a_gap_are_dropped_and_that_is_told_once(
    tmp_path: Path, missing: str, left: list[int]
) -> None:
    with_calls(tmp_path, *((number, None) for number in missing))
    first = Server(tmp_path, WIDE)
    assert [*first.sandbox("a").journal.table] == left
    dropped = 7 - len(missing) - len(left)
    told = f"--data-dir: sandbox 'a': {dropped} old calls were dropped"
    assert [each.startswith(told) for each in first.keeper.remarks] == [True] * (dropped > 0)
    first.calls("a")
    first.kill()
    second = Server(tmp_path, WIDE)
    assert second.keeper.remarks == []
    assert [*second.sandbox("a").journal.table] == [*left, *range(8, 15)]
    second.kill()


def test_calls_that_there_can_not_be_are_refused(tmp_path: Path) -> None:
    with_calls(tmp_path)
    store = DataDirStore(tmp_path)
    stored = dict(next(each for each in store.read() if each.name == "a").parts["exchanges"])
    store.write([EntryChange("a", "exchanges", b"99", stored[b"7"])]).result(10)
    store.close()
    with pytest.raises(DataDirProblem, match=r"exchanges\[1\]: expected number"):
        Server(tmp_path, WIDE)


def test_a_sandbox_that_takes_the_place_of_another_does_not_count_beside_it(tmp_path: Path) -> None:
    server = Server(tmp_path, Limits(max_journal=1))
    for _ in range(2):
        server.calls("a")
    before = server.sandbox("a")
    again = load_snapshot(take_snapshot(before), server.app.context.sandboxes.fresh("a"))
    server.app.context.sandboxes.put(again)
    assert [*again.journal.table] == [*before.journal.table]
    server.kill()
