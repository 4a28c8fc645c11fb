"""Many changes of a sandbox are read in pieces, between which others are answered, and written whole."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.sandboxes import keeper as module
from mobilepay_simulator.sandboxes import store as store_module
from mobilepay_simulator.sandboxes.keeper import Keeper
from mobilepay_simulator.sandboxes.registry import NotWritten
from mobilepay_simulator.sandboxes.store import DataDirStore, EntryChange
from mobilepay_simulator.settings.settings import Settings

from tests.control.asking import ask, at_last

PIECE = 5
NAME = "shop"
BASE = f"/sandboxes/{NAME}/_simulator"


class Kept:
    """An app, what keeps its sandboxes, and each group of changes that was to be written."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.app: SimulatorApp = create_app(Settings(time_scale=0, scenario="manual"))
        self.store = DataDirStore(folder)
        context = self.app.context
        self.keeper = Keeper(self.store, context.sandboxes, context.wall_time, context.background)
        self.written: list[list[EntryChange]] = []
        write = self.store.write
        monkeypatch.setattr(
            self.store, "write", lambda rows: self.written.append(rows) or write(rows)
        )
        context.sandboxes.get(NAME)
        # Nothing of what is empty is left to be written.
        asyncio.run(self.keeper.keep_all())
        self.written.clear()

    def arrange(self, count: int = 10) -> None:
        body = json.dumps({"what": "payment", "state": "Reserved"})
        for _ in range(count):
            assert ask(self.app, "POST", f"{BASE}/arrange", body).status == 200

    def restore(self) -> None:
        taken, _ = at_last(ask(self.app, "GET", f"{BASE}/snapshot"))
        path, text = f"{BASE}/snapshot", taken.content.decode()
        assert at_last(ask(self.app, "PUT", path, text))[0].status == 200

    def reset(self) -> None:
        assert ask(self.app, "POST", f"{BASE}/reset").status == 200

    def drop(self) -> None:
        assert ask(self.app, "DELETE", f"/_simulator/sandboxes/{NAME}").status == 204

    async def keep(self, *meanwhile: Callable[[], None]) -> int:
        """Keeps what has changed; how often others had their turn, some to do something."""
        sandbox = self.app.context.sandboxes.get(NAME)
        keeping = asyncio.ensure_future(self.keeper.keep(sandbox))
        turns, waiting = 0, iter(meanwhile)
        while not keeping.done() and not self.written:
            await asyncio.sleep(0)
            turns += 1
            act = next(waiting, None)
            if act is not None:
                act()
        await keeping
        return turns

    def payments_on_disk(self) -> int:
        """How many payments another process finds."""
        self.keeper.close()
        store = DataDirStore(self.folder)
        found = [each.parts for each in store.read() if each.name == NAME]
        store.close()
        return sum(len(parts.get("payments", ())) for parts in found)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setattr(module, "_PIECE", PIECE)
    yield Kept(tmp_path, monkeypatch)


def test_few_changes_are_read_in_one_go(kept: Kept) -> None:
    ask(kept.app, "PUT", f"{BASE}/callbacks/shop", '{"url": "http://till.test/"}')
    asyncio.run(kept.keep())
    assert len(kept.written) == 1
    assert len(kept.written[0]) < PIECE


@pytest.mark.parametrize("begin", [Kept.arrange, Kept.restore])
def test_others_have_their_turns_while_many_changes_are_read(
    kept: Kept, begin: Callable[[Kept], None]
) -> None:
    kept.arrange()
    begin(kept)
    turns = asyncio.run(kept.keep())
    (rows,) = kept.written
    assert turns >= len(rows) // PIECE > 5


def test_what_is_read_in_pieces_is_written_whole(kept: Kept) -> None:
    kept.arrange()
    kept.restore()

    async def two_at_once() -> None:
        sandbox = kept.app.context.sandboxes.get(NAME)
        await asyncio.gather(*(kept.keeper.keep(sandbox) for _ in range(2)))

    asyncio.run(two_at_once())
    assert [rows for rows in kept.written if rows] == kept.written[:1]
    first, *_, last = kept.written[0]
    assert (first.part, last.part) == ("", "position")
    assert kept.payments_on_disk() == 10


@pytest.mark.parametrize("is_full", [False, True])
def test_a_call_whose_changes_another_has_read_waits_until_they_are_on_disk(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    kept.arrange()
    kept.restore()
    write, order = store_module._write, []

    def slow(connection: sqlite3.Connection, rows: list[EntryChange]) -> None:
        time.sleep(0.2)
        if is_full:
            raise OSError("no space left")
        write(connection, rows)
        order.append("on disk")

    monkeypatch.setattr(store_module, "_write", slow)

    async def told(work: Coroutine[None, None, None]) -> None:
        try:
            await work
            order.append("answered")
        except NotWritten:
            order.append("refused")

    async def all_at_once() -> None:
        sandbox = kept.app.context.sandboxes.get(NAME)
        await asyncio.gather(
            told(kept.keeper.keep(sandbox)),
            told(kept.keeper.keep_all()),
            told(kept.keeper.keep(sandbox)),
        )

    asyncio.run(all_at_once())
    answers = [each for each in order if each != "on disk"]
    assert answers == ["refused" if is_full else "answered"] * 3
    assert is_full or order[0] == "on disk"


def test_what_changes_between_two_pieces_is_written_with_them(kept: Kept) -> None:
    kept.arrange()
    asyncio.run(kept.keep(*(lambda: kept.arrange(1),) * 3))
    assert len(kept.written) == 1
    assert kept.payments_on_disk() == 13


@pytest.mark.parametrize("end", [Kept.reset, Kept.drop])
def test_a_sandbox_that_goes_between_two_pieces_leaves_nothing_behind(
    kept: Kept, end: Callable[[Kept], None]
) -> None:
    kept.arrange()
    asyncio.run(kept.keep(lambda: None, lambda: end(kept)))
    assert kept.payments_on_disk() == 0


def test_what_is_not_read_yet_is_written_at_the_end(kept: Kept) -> None:
    kept.arrange()

    async def stopped_in_the_middle() -> None:
        sandbox = kept.app.context.sandboxes.get(NAME)
        keeping = asyncio.ensure_future(kept.keeper.keep(sandbox))
        for _ in range(2):
            await asyncio.sleep(0)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping

    asyncio.run(stopped_in_the_middle())
    assert not kept.written
    assert kept.payments_on_disk() == 10
