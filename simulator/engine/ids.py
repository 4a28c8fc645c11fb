"""Ids that look random, but are the same whenever the same calls come in the same order."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random as Random
from uuid import UUID


def seeded(*parts: object) -> Random:
    """Returns a random generator that depends on `parts` alone, in any process."""
    digest = sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return Random(digest)  # noqa: S311 - predictable on purpose


def guid_from(*parts: object) -> str:
    """Returns a GUID that depends on `parts` alone."""
    return _guid(seeded("guid", *parts))


@dataclass(frozen=True, slots=True)
class IdPosition:
    """A position in a sequence of ids: its parts, and how many ids were taken."""

    parts: tuple[int | str, ...]
    count: int = 0


#: How many ids one random generator gives. Any position of a sequence is reached in fewer draws.
_BLOCK = 2**20


class Ids:
    """A sequence of GUIDs.

    Args:
        parts: what the sequence depends on, such as a seed and a name.
    """

    def __init__(self, *parts: int | str) -> None:
        self.parts = parts
        self._random = self._generator(0)
        self._count = 0

    @property
    def position(self) -> "IdPosition":
        return IdPosition(self.parts, self._count)

    @classmethod
    def at(cls, position: IdPosition) -> "Ids":
        """Returns the sequence, to go on from a position."""
        ids = cls(*position.parts)
        block, drawn = divmod(position.count, _BLOCK)
        ids._count = position.count
        # At the end of a block the next id begins the next one.
        ids._random = ids._generator(block)
        if drawn:
            ids._random.getrandbits(128 * drawn)
        return ids

    def guid(self) -> str:
        if self._count and not self._count % _BLOCK:
            self._random = self._generator(self._count // _BLOCK)
        self._count += 1
        return _guid(self._random)

    def _generator(self, block: int) -> Random:
        return seeded("ids", *self.parts, *((block,) if block else ()))


def _guid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
