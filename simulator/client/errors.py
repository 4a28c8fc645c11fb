"""What can go wrong with a simulator, seen from the outside.

    ClientError
    ├── ControlError        it refused a call
    ├── Unreachable         nobody answers at its URL
    └── StartFailed         it can't be started
    VerificationFailed      an AssertionError: what was verified did not happen

Each message is one line, but for a verification's, which lists what came near.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ClientError",
    "ControlError",
    "Nearest",
    "StartFailed",
    "Unreachable",
    "VerificationFailed",
]


class ClientError(Exception):
    """A simulator can't be reached, started or does not do what it was asked."""


class Unreachable(ClientError):
    """Nobody answers.

    Args:
        url: where a simulator should be.
        reason: why it is not, in a few words.
    """

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"no simulator answers at {url}: {reason}")


class StartFailed(ClientError):
    """A simulator can't be started; the message is its own."""


class ControlError(ClientError):
    """A call was refused, or its answer can't be understood.

    Args:
        call: the method and the path.
        status: the HTTP status of the answer.
        message: what the simulator says about it.
        details: the JSON that was answered, or None.
    """

    def __init__(self, call: str, status: int, message: str, details: Any = None) -> None:
        self.call = call
        self.status = status
        self.message = message
        self.details = details
        super().__init__(f"{message} ({call} was answered {status})")


@dataclass(frozen=True, slots=True)
class Nearest:
    """An exchange that came near what was verified, and where it differs."""

    id: int
    differences: tuple[str, ...]


class VerificationFailed(AssertionError):
    """What was verified did not happen.

    Args:
        message: what was expected, and what was there.
        matched: how many exchanges there were of it.
        nearest: those that came near.
        shown: how to show an exchange, by its id; others are shown by their number.
    """

    def __init__(
        self,
        message: str,
        matched: int = 0,
        nearest: tuple[Nearest, ...] = (),
        shown: Mapping[int, str] | None = None,
    ) -> None:
        self.message = message
        self.matched = matched
        self.nearest = nearest
        lines = [message]
        for each in nearest:
            word = "near" if each.differences else "was"
            lines.append(f"  {word}: {(shown or {}).get(each.id, f'#{each.id}')}")
            lines += [f"    {difference}" for difference in each.differences]
        super().__init__("\n".join(lines))
