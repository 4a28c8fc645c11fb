"""Saves every sandbox to the data dir: a call's changes are on disk before the call is answered.

All work is done on the event loop, which can read the changes without a lock: many changes, such as
those of a restored snapshot, in pieces, between which others are answered. Only the writing is done
by another thread, which gets a sandbox's changes whole.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ..engine.clock import LATEST
from ..engine.rules import Rules
from ..settings.echoes import in_one_line
from .background import BackgroundWork
from .codecs import Typed
from .parts import PARTS, WRONG, SandboxPosition, fill, position_of, resume
from .registry import DataDirProblem, HostedSandbox, NotWritten, SandboxRegistry
from .store import DataDirStore, EntryChange, StoredSandbox

_log = logging.getLogger("simulator")

#: The part with what is stored beside the tables, and the real time of it.
_POSITION = "position"
_KEY = b"0"
#: So many changes are read in one go.
_PIECE = 500
#: Its name where health tells what is broken.
_PART = "data dir"
_POSITIONS: Typed[tuple[SandboxPosition, float]] = Typed(tuple[SandboxPosition, float])


class Keeper:
    """Saves the sandboxes of a server to a data dir.

    Args:
        store: the data dir; its sandboxes are added to the registry now.
        sandboxes: the registry.
        wall_time: returns the seconds since 1970.
        background: told whether the data dir can be written.

    Raises:
        DataDirProblem: a stored sandbox can't be read.
    """

    def __init__(
        self,
        store: DataDirStore,
        sandboxes: SandboxRegistry,
        wall_time: Callable[[], float],
        background: BackgroundWork,
    ) -> None:
        self._store = store
        self._sandboxes = sandboxes
        self._wall_time = wall_time
        self._positions: dict[str, SandboxPosition] = {}
        self._rows: list[EntryChange] = []
        #: What comes before the changes of sandboxes that have just begun.
        self._begun: dict[str, EntryChange] = {}
        self._collecting: dict[str, Iterator[None]] = {}
        self._background = background
        #: What was mended in the file, for people, once the start has succeeded.
        self.remarks: list[str] = []
        kept = store.read()
        self._check_room(len({*(each.name for each in kept), *(each.name for each in sandboxes)}))
        for stored in kept:
            self._load(stored)
        for sandbox in sandboxes:
            if sandbox.name not in self._positions:
                self._begin(sandbox.name, sandbox)
        sandboxes.on_changed.append(self._begin)

    @property
    def exchanges(self) -> int:
        """How many exchanges all sandboxes have had, in this process and earlier ones."""
        return sum(each.exchanges for each in self._positions.values())

    async def keep(self, sandbox: HostedSandbox | None) -> None:
        """Returns once all changes of a sandbox are on disk.

        Args:
            sandbox: the sandbox of a call; None for a call without one, which may have dropped a
                sandbox.

        Raises:
            NotWritten: the changes could not be written.
        """
        if sandbox is not None:
            await self._collect(sandbox)
        if sandbox is not None or self._rows:
            await self._write()

    async def _write(self) -> None:
        # What others have read of a sandbox's changes, and are writing, is waited for, too.
        if not self._rows and self._store.is_written:
            return
        rows, self._rows = self._rows, []
        try:
            await asyncio.wrap_future(self._store.write(rows))
        except NotWritten as error:
            message = f"{error}; calls are answered 500 until it can"
            self._background.note_failure(_PART, message)
            raise
        self._background.note_success(_PART, "can be written again; nothing was lost")

    async def keep_all(self) -> None:
        """Saves the changes that timers made in any sandbox.

        Raises:
            NotWritten: the changes could not be written.
        """
        for sandbox in [*self._sandboxes]:
            await self._collect(sandbox)
        await self._write()

    def close(self) -> bool:
        """Writes the remaining changes, and closes the store; returns whether all is on disk."""
        for sandbox in self._sandboxes:
            while self._collect_piece(sandbox):
                pass
        self._store.write(self._rows)
        failure = self._store.close()
        if failure:
            lost = "changes of calls that were answered 500, or not at all, may be lost"
            _log.error("%s; %s", failure, lost)
        return not failure

    def _begin(self, name: str, sandbox: HostedSandbox | None) -> None:
        for known in (self._positions, self._begun, self._collecting):
            known.pop(name, None)
        if sandbox is None:
            self._rows.append(EntryChange(name, is_dropped=True))
            return
        self._begun[name] = EntryChange(name)
        for part in PARTS:
            table = part.table(sandbox)
            table.watch()
            for key in table:
                table.touch(key)

    async def _collect(self, sandbox: HostedSandbox) -> None:
        while self._collect_piece(sandbox):
            await asyncio.sleep(0)

    def _collect_piece(self, sandbox: HostedSandbox) -> bool:
        """Reads some changes of a sandbox; returns whether there are more. Calls share the work."""
        name = sandbox.name
        if self._sandboxes.find(name) is not sandbox:
            return False
        changes = self._collecting.get(name) or self._changes(sandbox)
        self._collecting[name] = changes
        for _ in changes:
            return True
        del self._collecting[name]
        return False

    def _changes(self, sandbox: HostedSandbox) -> Iterator[None]:
        """Reads a sandbox's changes, in pieces; once there are no more, all are to be written."""
        begun = self._begun.pop(sandbox.name, None)
        rows = [] if begun is None else [begun]
        may_have_more = True
        while may_have_more:
            may_have_more = False
            for part in PARTS:
                table = part.table(sandbox)
                for key in table.take_changes():
                    value = part.values.encode(table[key]) if key in table else None
                    key = part.keys.encode(key)
                    rows.append(EntryChange(sandbox.name, part.name, key, value))
                    if len(rows) % _PIECE == 0:
                        may_have_more = True
                        yield
        position = position_of(sandbox)
        if rows or position != self._positions.get(sandbox.name):
            self._positions[sandbox.name] = position
            content = _POSITIONS.encode((position, self._wall_time()))
            rows.append(EntryChange(sandbox.name, _POSITION, _KEY, content))
        self._rows += rows

    def _check_room(self, count: int) -> None:
        if count > self._sandboxes.limit:
            raise DataDirProblem(
                f"--data-dir: it holds {count} sandboxes, more than --max-sandboxes "
                f"{self._sandboxes.limit} allows: raise that, or use another folder"
            )

    def _load(self, stored: StoredSandbox) -> None:
        try:
            sandbox = self._sandboxes.fresh(stored.name)
            position, wall = _POSITIONS.decode(_position_in(stored))
            rules = _rules_of(position, sandbox.world.first_rules)
            present = self._present(position, wall)
            fill(sandbox, stored.parts)
            _check_keys(stored)
            # Whatever is dropped from here on is dropped in the file, too.
            for part in PARTS:
                part.table(sandbox).watch()
            self._close_gaps(sandbox, position)
            resume(sandbox, position, present, rules)
        except (msgspec.MsgspecError, *WRONG) as error:
            name = repr(stored.name)[:100]
            raise DataDirProblem(f"--data-dir: sandbox {name}: {in_one_line(error)}") from error
        self._sandboxes.put(sandbox)
        self._positions[stored.name] = position

    def _close_gaps(self, sandbox: HostedSandbox, position: SandboxPosition) -> None:
        """Drops what is before a gap in a log: earlier versions could leave it in the file."""
        dropped_of = {
            "calls": sandbox.journal.drop_before_gap(position.exchanges),
            "events": sandbox.world.events.drop_before_gap(position.world.events),
        }
        for name, dropped in dropped_of.items():
            if dropped:
                self.remarks.append(
                    f"--data-dir: sandbox {sandbox.name!r}: {dropped} old {name} were dropped, "
                    "since later ones are missing; all else is there"
                )

    def _present(self, position: SandboxPosition, wall: float) -> datetime:
        """Returns a sandbox's time; a running clock went on while the simulator was stopped."""
        now = position.world.now
        away = max(self._wall_time() - wall, 0.0) * position.world.scale
        return now + timedelta(seconds=min(away, (LATEST - now).total_seconds()))


def _position_in(stored: StoredSandbox) -> bytes:
    found = stored.parts.get(_POSITION, [])
    if len(found) != 1:
        raise ValueError(f"expected one entry of {_POSITION!r}, found {len(found)}")
    key, content = found[0]
    _check_key(_POSITION, key, _KEY)
    return content


def _check_keys(stored: StoredSandbox) -> None:
    """Refuses keys that are written otherwise than here: a change would not find their entries.

    Raises:
        ValueError: there is one.
    """
    for part in PARTS:
        for number, (key, _) in enumerate(stored.parts.get(part.name, ())):
            _check_key(f"{part.name}[{number}]", key, part.keys.encode(part.keys.decode(key)))


def _check_key(path: str, key: object, written: bytes) -> None:
    if key != written:
        shown, expected = repr(key)[:100], repr(written)[:100]
        raise ValueError(f"{path}: the key must be written {expected}, not {shown}")


def _rules_of(position: SandboxPosition, settings: Rules) -> Rules:
    """Returns the settings with the changes that scenarios made."""
    changed: dict[str, Any] = {
        each.name: getattr(position.rules, each.name)
        for each in fields(Rules)
        if getattr(position.rules, each.name) != getattr(position.first_rules, each.name)
    }
    return replace(settings, **changed)
