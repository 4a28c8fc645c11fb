"""The sandboxes of a server. Each has a name, and is created when the name is first used.

Paths without a sandbox prefix lead to `default`, which always exists and can't be dropped.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from ..certification.registry import CertificationRegistry
from ..engine.ids import Ids
from ..engine.symptoms import Symptom
from ..engine.values import as_sandbox_name
from ..engine.world import World
from ..journal.exchanges import Journal
from ..scripting.scenario_engine import ScenarioEngine

DEFAULT = "default"


class NoSuchSandbox(LookupError):
    """There is no sandbox of this name."""


class TooManySandboxes(RuntimeError):
    """The server has as many sandboxes as the setting allows."""


class DataDirProblem(ValueError):
    """The data dir can't be used; the message says why, in one line."""


class NotWritten(OSError):
    """Changes could not be written to the data dir yet; the next write includes them."""

    def of_call(self, method: str, status: int) -> str:
        """Returns what became of a call with this answer, and why it is not on disk."""
        if method in ("GET", "HEAD", "OPTIONS"):
            return f"the call itself changes nothing, but its record is not on disk: {self}"
        done = "carried out" if status < 400 else f"refused with {status}"
        return f"the call was {done}, but it is not on disk, and a restart would forget it: {self}"


@dataclass(slots=True, eq=False)
class HostedSandbox:
    """A world with its scenario engine, its journal and its certifications.

    `correlation_ids` are those of its error answers, `token_ids` those of its access tokens: what
    happens in other sandboxes takes none of them. `generation` tells it from every other sandbox
    of its name, also in an earlier run of the server. `is_gone` is set once it is dropped or
    replaced.
    """

    name: str
    world: World
    scenario_engine: ScenarioEngine
    journal: Journal
    certifications: CertificationRegistry
    correlation_ids: Ids
    token_ids: Ids
    generation: str = field(default_factory=partial(secrets.token_hex, 4))
    is_gone: bool = False


class SandboxRegistry:
    """The sandboxes of a server.

    Args:
        make: creates a sandbox with a name.
        limit: how many sandboxes there may be at once.
    """

    def __init__(self, make: Callable[[str], HostedSandbox], limit: int) -> None:
        self._make = make
        self.limit = limit
        self._lock = Lock()
        self._sandboxes = {DEFAULT: make(DEFAULT)}
        self._sandboxes[DEFAULT].journal.join()
        #: How often a sandbox was made, replaced or dropped.
        self.changes = 0
        #: Returns the sandbox of a name, or None.
        self.find = self._sandboxes.get
        #: Called with each sandbox that is created or replaces another, and with None for a drop.
        self.on_changed: list[Callable[[str, HostedSandbox | None], None]] = []
        #: Called after a sandbox was dropped or replaced.
        self.on_removed: list[Callable[[], None]] = []

    def __iter__(self) -> Iterator[HostedSandbox]:
        return iter(list(self._sandboxes.values()))

    def __len__(self) -> int:
        return len(self._sandboxes)

    def get(self, name: str) -> HostedSandbox:
        """Returns the sandbox, and creates it if there is none.

        Raises:
            ValueError: it is not a valid name.
            TooManySandboxes: the limit is reached.
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

    def fresh(self, name: str) -> HostedSandbox:
        """Returns a new sandbox, which `add` or `put` adds to the registry.

        Raises:
            ValueError: it is not a valid name.
        """
        return self._make(as_sandbox_name(name))

    def add(self, sandbox: HostedSandbox) -> bool:
        """Adds a sandbox, unless there is one of its name; returns whether it was added.

        Raises:
            TooManySandboxes: the limit is reached.
        """
        with self._lock:
            if sandbox.name in self._sandboxes:
                return False
            self._check_room(sandbox.name)
            self._put(sandbox.name, sandbox)
            return True

    def put(self, sandbox: HostedSandbox) -> None:
        """Adds a sandbox, and replaces the one of its name.

        Raises:
            TooManySandboxes: the limit is reached.
        """
        with self._lock:
            self._check_room(sandbox.name)
            self._put(sandbox.name, sandbox)

    def reset(self, name: str) -> HostedSandbox:
        """Replaces a sandbox by an empty one, and returns that."""
        self.get(name)
        with self._lock:
            self._put(name, self._make(name))
            return self._sandboxes[name]

    def drop(self, name: str) -> None:
        """Removes a sandbox.

        Raises:
            NoSuchSandbox: there is none of this name.
            ValueError: it is the default sandbox.
        """
        if name == DEFAULT:
            raise ValueError("the default sandbox can't be dropped; reset it instead")
        with self._lock:
            dropped = self._sandboxes.pop(name, None)
            if dropped is None:
                raise NoSuchSandbox(f"no sandbox {name[:100]!r}")
            self._call_on_changed(name, None)
            self._mark_removed(dropped)

    def _check_room(self, name: str) -> None:
        if name not in self._sandboxes and len(self._sandboxes) >= self.limit:
            raise TooManySandboxes(
                f"no more sandboxes than {self.limit} can be kept; "
                "drop one or raise --max-sandboxes; "
                f"{Symptom.FULL.on_server}"
            )

    def _put(self, name: str, sandbox: HostedSandbox) -> None:
        before = self._sandboxes.get(name)
        if before is not None:
            # Where both counted, calls would be dropped that there is room for.
            before.journal.leave()
        self._sandboxes[name] = sandbox
        sandbox.journal.join()
        self._call_on_changed(name, sandbox)
        if before is not None:
            self._mark_removed(before)

    def _mark_removed(self, sandbox: HostedSandbox) -> None:
        sandbox.is_gone = True
        sandbox.journal.leave()
        for call in self.on_removed:
            call()

    def _call_on_changed(self, name: str, sandbox: HostedSandbox | None) -> None:
        self.changes += 1
        for call in self.on_changed:
            call(name, sandbox)
