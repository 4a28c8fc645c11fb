"""What a press without JavaScript came to: kept for a while, so that a page with a URL can tell it.

A press is answered with the way to that page, since a browser repeats what it has posted when its
answer is loaded again.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

#: The parameter of a page's URL that names what it tells.
SAID = "said"
#: So many are kept, with forms of no more than so many letters; the newest is kept in any case.
MOST = 200
MOST_LETTERS = 16 * 1024 * 1024


class ToldPress(NamedTuple):
    """What a page tells of a press.

    Args:
        sandbox: the sandbox it was in.
        path: the page that tells it.
        form: what was sent.
        is_refused: whether it was not taken.
        show: makes the page, for the request that looks at it; None where the page is as always.
        words: what every page can say above its content.
        taken_back: what became of taking back what is in force.
    """

    sandbox: str
    path: str
    form: MultiDict[str, str]
    is_refused: bool
    show: Callable[[Any], Any] | None = None
    words: str = ""
    taken_back: dict[str, Any] | None = None

    @property
    def size(self) -> int:
        """How many letters the form has."""
        return sum(len(name) + len(value) for name, value in self.form.items(multi=True))


class KeptTold:
    """The newest of what is to be told, whose number and letters are bounded."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, ToldPress] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def keep(self, told: ToldPress) -> str:
        """Keeps what a page is to tell; returns its id."""
        told_id = secrets.token_urlsafe(9)
        with self._lock:
            self._told[told_id] = told
            self._size += told.size
            while len(self._told) > 1 and (len(self._told) > MOST or self._size > MOST_LETTERS):
                self._size -= self._told.popitem(last=False)[1].size
        return told_id

    def find(self, told_id: str, sandbox: str, path: str) -> ToldPress | None:
        """Returns what a page tells; None where nothing is kept for it, or not any more."""
        told = self._told.get(told_id)
        return told if told and (told.sandbox, told.path) == (sandbox, path) else None
