"""Sandboxes: each a world, its director and its journal, made on first use, under a name.

The sandbox at the unprefixed paths is `default`; it is there from the start and can't be dropped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

from simulator.certification.book import Certifications
from simulator.engine.values import as_sandbox_name
from simulator.engine.world import World
from simulator.journal.exchanges import Journal
from simulator.scripting.director import Director

__all__ = ["DEFAULT", "NoSuchSandbox", "Sandbox", "Sandboxes", "TooManySandboxes"]

DEFAULT = "default"


class NoSuchSandbox(LookupError):
    """A sandbox that was named is not there."""


class TooManySandboxes(RuntimeError):
    """Another sandbox would be one more than the setting allows."""


@dataclass(slots=True, eq=False)
class Sandbox:
    """A world, who plays its customers, what clients asked of it, and who is certified there.

    `is_gone` says that it was dropped, or that another one has taken its place.
    """

    name: str
    world: World
    director: Director
    journal: Journal
    certifications: Certifications
    is_gone: bool = False


class Sandboxes:
    """The sandboxes of a server.

    Args:
        make: makes a fresh sandbox of a name.
        limit: how many there may be at once.
    """

    def __init__(self, make: Callable[[str], Sandbox], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._lock = Lock()
        self._sandboxes = {DEFAULT: make(DEFAULT)}
        #: Told of each sandbox that is made, put in the place of another, or dropped (None).
        self.watchers: list[Callable[[str, Sandbox | None], None]] = []
        #: Told once a sandbox has gone: dropped, or another put in its place.
        self.mourners: list[Callable[[], None]] = []

    def __iter__(self) -> Iterator[Sandbox]:
        return iter(list(self._sandboxes.values()))

    def __len__(self) -> int:
        return len(self._sandboxes)

    def get(self, name: str) -> Sandbox:
        """Returns the sandbox, made now if this is its first use.

        Raises:
            ValueError: the name is not one.
            TooManySandboxes: there are as many as there may be.
        """
        sandbox = self._sandboxes.get(name)
        if sandbox is not None:
            return sandbox
        as_sandbox_name(name)
        with self._lock:
            if name not in self._sandboxes:
                self._check_room(name)
                self._put(name, self._make(name))
            return self._sandboxes[name]

    def fresh(self, name: str) -> Sandbox:
        """Returns a new sandbox that is not among the others yet; `put` takes it in.

        Raises:
            ValueError: the name is not one.
        """
        return self._make(as_sandbox_name(name))

    def put(self, sandbox: Sandbox) -> None:
        """Takes in a sandbox, in the place of the one of its name where there is one.

        Raises:
            TooManySandboxes: there are as many as there may be.
        """
        with self._lock:
            self._check_room(sandbox.name)
            self._put(sandbox.name, sandbox)

    def find(self, name: str) -> Sandbox | None:
        """Returns the sandbox, or None where it was not used yet."""
        return self._sandboxes.get(name)

    def reset(self, name: str) -> Sandbox:
        """Returns a fresh sandbox in place of the one of this name, made if it is not there."""
        self.get(name)
        with self._lock:
            self._put(name, self._make(name))
            return self._sandboxes[name]

    def drop(self, name: str) -> None:
        """Forgets a sandbox and all in it.

        Raises:
            NoSuchSandbox: it is not there.
            ValueError: it is the default one.
        """
        if name == DEFAULT:
            raise ValueError("the default sandbox can't be dropped; reset it instead")
        with self._lock:
            dropped = self._sandboxes.pop(name, None)
            if dropped is None:
                raise NoSuchSandbox(f"no sandbox {name!r}")
            self._tell(name, None)
            self._let_go(dropped)

    def _check_room(self, name: str) -> None:
        if name not in self._sandboxes and len(self._sandboxes) >= self._limit:
            raise TooManySandboxes(
                f"there are {self._limit} sandboxes already; drop one or raise --max-sandboxes"
            )

    def _put(self, name: str, sandbox: Sandbox) -> None:
        before = self._sandboxes.get(name)
        self._sandboxes[name] = sandbox
        self._tell(name, sandbox)
        if before is not None:
            self._let_go(before)

    def _let_go(self, sandbox: Sandbox) -> None:
        sandbox.is_gone = True
        for mourner in self.mourners:
            mourner()

    def _tell(self, name: str, sandbox: Sandbox | None) -> None:
        for watcher in self.watchers:
            watcher(name, sandbox)
