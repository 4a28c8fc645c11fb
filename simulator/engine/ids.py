"""Ids that look random and are the same in every run for the same calls in the same order."""

from hashlib import sha256
from random import Random
from uuid import UUID

__all__ = ["Ids", "Random", "guid_from", "seeded"]


def seeded(*parts: object) -> Random:
    """Returns a generator whose numbers follow from `parts` alone, in any process."""
    digest = sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return Random(digest)  # noqa: S311 - predictable on purpose


def guid_from(*parts: object) -> str:
    """Returns the GUID that follows from `parts` alone."""
    return _guid(seeded("guid", *parts))


class Ids:
    """A world's stream of fresh GUIDs.

    Args:
        parts: what the stream follows from: the seed and the world's name.
    """

    def __init__(self, *parts: object) -> None:
        self._random = seeded("ids", *parts)

    def guid(self) -> str:
        """Returns the next GUID, in lower case."""
        return _guid(self._random)


def _guid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
