"""Ids that look random and are the same in every run for the same calls in the same order."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random
from uuid import UUID

__all__ = ["Ids", "Place", "Random", "guid_from", "seeded"]


def seeded(*parts: object) -> Random:
    """Returns a generator whose numbers follow from `parts` alone, in any process."""
    digest = sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return Random(digest)  # noqa: S311 - predictable on purpose


def guid_from(*parts: object) -> str:
    """Returns the GUID that follows from `parts` alone."""
    return _guid(seeded("guid", *parts))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a stream of ids: what the stream follows from, and how many it has given."""

    parts: tuple[int | str, ...]
    count: int = 0


class Ids:
    """A world's stream of fresh GUIDs.

    Args:
        parts: what the stream follows from: the seed and the world's name.
    """

    def __init__(self, *parts: int | str) -> None:
        self._parts = parts
        self._random = seeded("ids", *parts)
        self._count = 0

    @property
    def place(self) -> "Place":
        """How far the stream has come."""
        return Place(self._parts, self._count)

    @classmethod
    def at(cls, place: Place) -> "Ids":
        """Returns the stream at a place, to go on from there."""
        ids = cls(*place.parts)
        for _ in range(place.count):
            ids.guid()
        return ids

    def guid(self) -> str:
        """Returns the next GUID, in lower case."""
        self._count += 1
        return _guid(self._random)


def _guid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
