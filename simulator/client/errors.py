"""The errors of the client.

    ClientError
    ├── ControlError        it refused a call
    ├── Unreachable         no server answers at its URL
    └── StartFailed         it can't be started
    VerificationFailed      an AssertionError: what was verified did not happen

Each message is one line, but for a verification's, which lists what came near.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .model import Model


class ClientError(Exception):
    """A simulator can't be reached or started, or it refused a call."""


class Unreachable(ClientError):
    """No server answers.

    Args:
        url: where a simulator should be.
        reason: why there is no answer, in a few words.
    """

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"no simulator answers at {url}: {reason}")


def reason_of(error: Exception) -> str:
    """Returns in one line why there is no answer, as a library says it."""
    reason = str(error).strip() or type(error).__name__
    return reason.splitlines()[0]


class StartFailed(ClientError):
    """A simulator can't be started; the message is the simulator's."""


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


@contextmanager
def may_be_refused(*statuses: int) -> Iterator[None]:
    """Goes on after a call inside that is refused with one of these statuses."""
    try:
        yield
    except ControlError as error:
        if error.status not in statuses:
            raise


class Nearest(Model, frozen=True):
    """An exchange that nearly fits, and where it differs."""

    id: int
    differences: tuple[str, ...] = ()


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
