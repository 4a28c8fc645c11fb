"""Keeps every sandbox durably: what a call changed is on disk before the call is answered.

All work is done on the event loop, so that what has changed can be read there without a lock; only
writing happens elsewhere.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from simulator.engine.clock import LATEST
from simulator.engine.rules import Rules
from simulator.persistence.codecs import Typed
from simulator.persistence.parts import PARTS, Position, position_of, restore
from simulator.persistence.problems import DataDirProblem, NotWritten
from simulator.persistence.store import Row, Store, Stored
from simulator.sandboxes import Sandbox, Sandboxes

__all__ = ["Keeper"]

_log = logging.getLogger("simulator")

#: The part that holds what is beside the tables: where the sandbox was, and when in real time.
_POSITION = "position"
_KEY = b"0"
_POSITIONS: Typed[tuple[Position, float]] = Typed(tuple[Position, float])


class Keeper:
    """Keeps the sandboxes of a server in a store.

    Args:
        store: where.
        sandboxes: the sandboxes; those in the store are put among them now.
        wall_time: seconds since 1970.

    Raises:
        DataDirProblem: what is in the store can't be read.
    """

    def __init__(self, store: Store, sandboxes: Sandboxes, wall_time: Callable[[], float]) -> None:
        self._store = store
        self._sandboxes = sandboxes
        self._wall_time = wall_time
        self._positions: dict[str, Position] = {}
        self._rows: list[Row] = []
        self._is_failing = False
        for stored in store.read():
            self._load(stored)
        for sandbox in sandboxes:
            if sandbox.name not in self._positions:
                self._begin(sandbox.name, sandbox)
        sandboxes.watchers.append(self._begin)

    @property
    def exchanges(self) -> int:
        """How many exchanges all sandboxes have seen, in this run and earlier ones."""
        return sum(each.exchanges for each in self._positions.values())

    async def keep(self, sandbox: Sandbox | None) -> None:
        """Returns once all that has changed in a sandbox is on disk.

        Args:
            sandbox: the one a call went to; None where it went to none. Such a call can have
                dropped one, but else it tells nothing of any.

        Raises:
            NotWritten: it could not be written.
        """
        if sandbox is not None:
            self._collect(sandbox)
        if sandbox is not None or self._rows:
            await self._write()

    async def _write(self) -> None:
        if not self._rows and not self._store.has_backlog:
            return
        rows, self._rows = self._rows, []
        try:
            await asyncio.wrap_future(self._store.write(rows))
        except NotWritten as error:
            if not self._is_failing:
                _log.error("%s; calls are answered 500 until it can", error)
            self._is_failing = True
            raise
        if self._is_failing:
            _log.warning("the data dir can be written again; nothing was lost")
        self._is_failing = False

    async def keep_all(self) -> None:
        """Keeps what has changed in any sandbox while nobody called.

        Raises:
            NotWritten: it could not be written.
        """
        for sandbox in self._sandboxes:
            self._collect(sandbox)
        await self._write()

    def close(self) -> None:
        """Writes what is left, and lets go of the store."""
        for sandbox in self._sandboxes:
            self._collect(sandbox)
        done = self._store.write(self._rows)
        self._store.close()
        error = done.exception()
        if error is not None:
            _log.error("%s; what was not answered is lost", error)

    def _begin(self, name: str, sandbox: Sandbox | None) -> None:
        """Notes that a sandbox is new, or gone."""
        self._positions.pop(name, None)
        self._rows.append(Row(name, is_dropped=sandbox is None))
        if sandbox is None:
            return
        for part in PARTS:
            table = part.table(sandbox)
            table.watch()
            for key in table:
                table.touch(key)
        self._collect(sandbox)

    def _collect(self, sandbox: Sandbox) -> None:
        """Takes in what has changed in a sandbox since the last time."""
        if self._sandboxes.find(sandbox.name) is not sandbox:
            return
        before = len(self._rows)
        for part in PARTS:
            table = part.table(sandbox)
            for key in table.take_changes():
                value = part.values.encode(table[key]) if key in table else None
                self._rows.append(Row(sandbox.name, part.name, part.keys.encode(key), value))
        position = position_of(sandbox)
        if len(self._rows) > before or position != self._positions.get(sandbox.name):
            self._positions[sandbox.name] = position
            content = _POSITIONS.encode((position, self._wall_time()))
            self._rows.append(Row(sandbox.name, _POSITION, _KEY, content))

    def _load(self, stored: Stored) -> None:
        try:
            sandbox = self._sandboxes.fresh(stored.name)
            ((_, content),) = stored.parts[_POSITION]
            position, wall = _POSITIONS.decode(content)
            rules = _rules_of(position, sandbox.world.first_rules)
            present = self._present(position, wall)
            restore(sandbox, stored.parts, position, present, rules)
        except (msgspec.MsgspecError, ValueError, LookupError) as error:
            raise DataDirProblem(f"--data-dir: sandbox {stored.name!r}: {error}") from error
        self._sandboxes.put(sandbox)
        for part in PARTS:
            part.table(sandbox).watch()
        self._positions[stored.name] = position

    def _present(self, position: Position, wall: float) -> datetime:
        """Where time runs, it went on while the simulator was away."""
        now = position.world.now
        away = max(self._wall_time() - wall, 0.0) * position.world.scale
        return now + timedelta(seconds=min(away, (LATEST - now).total_seconds()))


def _rules_of(position: Position, settings: Rules) -> Rules:
    """Returns what a scenario changed, on top of what the settings say now."""
    changed: dict[str, Any] = {
        each.name: getattr(position.rules, each.name)
        for each in fields(Rules)
        if getattr(position.rules, each.name) != getattr(position.first_rules, each.name)
    }
    return replace(settings, **changed)
