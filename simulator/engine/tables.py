"""Tables and logs, which record what has changed for whoever stores a world."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Table(dict[K, V], Generic[K, V]):
    """A dictionary that records which of its entries change, once `watch` is called."""

    __slots__ = ("_changed",)

    def __init__(self, entries: Iterable[tuple[K, V]] = ()) -> None:
        super().__init__(entries)
        self._changed: dict[K, None] = {}

    def watch(self) -> None:
        """Records changes from now on."""
        # A table that is not watched stays as fast as a dictionary.
        self.__class__ = _Watched

    def take_changes(self) -> tuple[K, ...]:
        """Returns the keys of all entries that changed since the last call, in order."""
        if not self._changed:
            return ()
        changed, self._changed = self._changed, {}
        return tuple(changed)

    def touch(self, key: K) -> None:
        """Records that an entry has changed inside."""


class _Watched(Table[K, V]):
    """A watched table: it overrides every method that changes a dictionary."""

    __slots__ = ()

    def touch(self, key: K) -> None:
        self._changed[key] = None

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self._changed[key] = None

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self._changed[key] = None

    def pop(self, key: K, *default: Any) -> Any:
        if key in self:
            self._changed[key] = None
        return super().pop(key, *default)

    def popitem(self) -> tuple[K, V]:
        key = next(reversed(self))
        return key, self.pop(key)

    def setdefault(self, key: K, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **more: V) -> None:
        for key, value in dict(*args, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]
        self.update(other)
        return self

    def clear(self) -> None:
        for key in tuple(self):
            del self[key]


class Log(Generic[V]):
    """The newest entries of a log, numbered from 1.

    Args:
        size: how many entries it keeps.
    """

    def __init__(self, size: int) -> None:
        self.table: Table[int, V] = Table()
        self.count = 0
        self._size = size

    def append(self, entry: V) -> int:
        """Adds an entry, and returns its number; drops the oldest if there are too many."""
        self.count += 1
        self.table[self.count] = entry
        if len(self.table) > self._size:
            del self.table[self.first]
        return self.count

    @property
    def first(self) -> int:
        """The number of the oldest entry."""
        return self.count - len(self.table) + 1

    def get(self, number: int) -> V | None:
        return self.table.get(number)

    def drop_before_gap(self, count: int) -> int:
        """Drops the entries before the last gap in their numbers, and returns how many these were.

        Entries in another order are left alone, and so are numbers that no entry may have.

        Args:
            count: how many entries there have been.
        """
        numbers, first = [*self.table], count + 1
        if not numbers or numbers != sorted(numbers) or numbers[0] < 1 or numbers[-1] > count:
            return 0
        while first - 1 in self.table:
            first -= 1
        old = [number for number in numbers if number < first]
        for number in old:
            del self.table[number]
        return len(old)

    def restore(self, count: int) -> None:
        """Goes on after the entries in the table.

        Args:
            count: how many entries there have been.
        """
        self.count = count
        for number in [*self.table][: max(len(self.table) - self._size, 0)]:
            del self.table[number]

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[V]:
        # A copy, so that entries can be added meanwhile.
        return iter(tuple(self.table.values()))

    def __getitem__(self, index: int) -> V:
        number = self.count + 1 + index if index < 0 else self.first + index
        if number not in self.table:
            raise IndexError(index)
        return self.table[number]
