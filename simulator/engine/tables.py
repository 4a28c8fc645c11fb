"""Tables and logs: where a world's records are.

Whoever keeps a world durably learns from them what has changed.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

__all__ = ["Log", "Table"]

K = TypeVar("K")
V = TypeVar("V")


class Table(dict[K, V], Generic[K, V]):
    """A dictionary that notes which of its entries change, once somebody wants to know."""

    __slots__ = ("_changed",)

    def __init__(self, entries: Iterable[tuple[K, V]] = ()) -> None:
        super().__init__(entries)
        self._changed: dict[K, None] = {}

    def watch(self) -> None:
        """Notes changes from now on."""
        # So that a table nobody watches is as fast as the dictionary it is.
        self.__class__ = _Watched

    def take_changes(self) -> tuple[K, ...]:
        """Returns the keys of entries put, changed or removed since the last time, in order."""
        if not self._changed:
            return ()
        changed, self._changed = self._changed, {}
        return tuple(changed)

    def touch(self, key: K) -> None:
        """Says that an entry has changed within."""


class _Watched(Table[K, V]):
    """A table that is watched. Every way to change a dictionary is here."""

    __slots__ = ()

    def touch(self, key: K) -> None:
        """Says that an entry has changed within."""
        self._changed[key] = None

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self._changed[key] = None

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._changed[key] = None

    def pop(self, key: K, *default: Any) -> Any:
        """Removes an entry and returns its value, or the default."""
        if key in self:
            self._changed[key] = None
        return super().pop(key, *default)

    def popitem(self) -> tuple[K, V]:
        """Removes the newest entry, and returns it."""
        key = next(reversed(self))
        return key, self.pop(key)

    def setdefault(self, key: K, default: Any = None) -> Any:
        """Returns the value of a key, which becomes `default` where there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **more: V) -> None:
        """Puts many entries."""
        for key, value in dict(*args, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]
        self.update(other)
        return self

    def clear(self) -> None:
        """Removes all entries."""
        for key in tuple(self):
            del self[key]


class Log(Generic[V]):
    """The newest of what was appended, numbered from 1.

    Args:
        size: how many are kept.
    """

    def __init__(self, size: int) -> None:
        self.table: Table[int, V] = Table()
        self.count = 0
        self._size = size

    def append(self, entry: V) -> int:
        """Keeps an entry, drops the oldest where there are too many; returns its number."""
        self.count += 1
        self.table[self.count] = entry
        if len(self.table) > self._size:
            del self.table[self.first]
        return self.count

    @property
    def first(self) -> int:
        """The number of the oldest entry that is kept."""
        return self.count - len(self.table) + 1

    def get(self, number: int) -> V | None:
        """Returns the entry of a number, or None where it is not kept."""
        return self.table.get(number)

    def restore(self, count: int) -> None:
        """Goes on behind the entries that the table was filled with, the newest of them.

        Args:
            count: how many there ever were.
        """
        self.count = count
        for number in [*self.table][: max(len(self.table) - self._size, 0)]:
            del self.table[number]

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[V]:
        # At once, so that others can go on appending.
        return iter(tuple(self.table.values()))

    def __getitem__(self, index: int) -> V:
        number = self.count + 1 + index if index < 0 else self.first + index
        if number not in self.table:
            raise IndexError(index)
        return self.table[number]
