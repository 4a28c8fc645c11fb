"""What has changed: models and calls."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from .calling import CONTROL, ControlCalls, texts, understanding
from .model import Input, Model, decode, given

#: Real seconds between two looks.
OFTENEST, USUAL, RAREST = 0.25, 0.25, 60


class Change(Model, frozen=True):
    """The ids of things of a kind that have changed; with `more` there are others."""

    ids: tuple[str, ...] = ()
    more: bool = False


class Changes(Model, frozen=True):
    """What has changed, by kind; `id` is the place to ask from next."""

    id: str
    changes: dict[str, Change]


class ChangesQuery(Input, frozen=True):
    """The cursor that changes are told from."""

    after: Annotated[str, Meta(description="the cursor to begin from; default: now")] = ""


class StreamQuery(ChangesQuery, frozen=True):
    """The cursor that changes are told from, and how often."""

    every: Annotated[
        float, Meta(ge=OFTENEST, le=RAREST, description="polling interval in real seconds")
    ] = USUAL


class ChangeCalls(ControlCalls):
    """The calls about what has changed."""

    def changes(self, after: str | None = None) -> Changes:
        """Returns what has changed since a place; without one, the place where things are now.

        Args:
            after: the place, as the answer before told it.
        """
        return self.call(Changes, "GET", "/changes", query=ChangesQuery(after or ""))

    def stream(
        self, after: str | None = None, *, every: float | None = None, patience: float = 60.0
    ) -> Iterator[tuple[str, Change]]:
        """Yields what changes as it happens: a kind, and the ids.

        Args:
            after: the place to begin from; from now on where it is None.
            every: polling interval in real seconds.
            patience: real seconds to wait for the next event or comment.
        """
        query = texts(given(StreamQuery, after=after, every=every))
        path = f"{self._prefix}{CONTROL}/stream"
        with self._connection.lines("GET", path, self._headers, query, patience) as lines:
            kind = ""
            for line in lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    with understanding(f"GET {self.base_url}{CONTROL}/stream"):
                        change = decode(Change, line.removeprefix("data: "))
                    yield kind, change
