"""The addresses of host names: look-ups have threads of their own, and sandboxes take turns.

A look-up can't be ended from outside: one that hangs keeps its thread until the system gives up,
which may take a minute.
"""

import asyncio
import socket
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..settings.hosts import address_of
from .threads import in_thread

#: How many look-ups are under way at once: in all, and of one sandbox; of one of its names, one.
AT_ONCE = 200
OF_SANDBOX = 8
#: RFC 6761 says that this name is never asked for; a hosts file that says otherwise is not read.
LOCALHOST = "localhost"
LOOPBACK = ("::1", "127.0.0.1")

Addresses = tuple[str, ...]


def addresses_of(host: str) -> Addresses:
    """Returns the addresses of a host name, the first of each kind in front.

    Raises:
        OSError: there are none.
    """
    # As bytes, so that no codec looks at the name first.
    found = socket.getaddrinfo(host.encode(), None, type=socket.SOCK_STREAM)
    by_kind: dict[int, dict[str, None]] = {}
    for kind, *_, address in found:
        by_kind.setdefault(kind, {})[str(address[0])] = None
    kinds = sorted(by_kind, key=lambda kind: kind != socket.AF_INET6)
    firsts = [next(iter(by_kind[kind])) for kind in kinds]
    others = (each for kind in kinds for each in by_kind[kind])
    return tuple(dict.fromkeys([*firsts, *others]))


@dataclass(slots=True, eq=False)
class _Lookup:
    """A look-up of a name for a sandbox, and how many calls wait for it."""

    sandbox: str
    host: str
    result: "asyncio.Future[Addresses | OSError]"
    awaited_by: int = 0


class NameLookups:
    """Looks names up. Literal addresses and `localhost` are known without.

    Args:
        look_up: returns the addresses of a name, or raises OSError; may take long.
    """

    def __init__(self, look_up: Callable[[str], Addresses] = addresses_of) -> None:
        self._look_up = look_up
        self._known: dict[tuple[str, str], _Lookup] = {}
        #: What is still to be begun, by sandbox; whose turn it is comes first.
        self._waiting: dict[str, deque[_Lookup]] = {}
        self._under_way: Counter[str] = Counter()

    async def find(self, sandbox: str, host: str) -> Addresses:
        """Returns the addresses of a host.

        Args:
            sandbox: the name of the sandbox that wants them.
            host: a name or an address.

        Raises:
            OSError: it has none.
        """
        if address_of(host) is not None:
            return (host,)
        host = host.lower().removesuffix(".")
        if host == LOCALHOST:
            return LOOPBACK
        lookup = self._known.get((sandbox, host)) or self._queue(sandbox, host)
        lookup.awaited_by += 1
        try:
            found = await asyncio.shield(lookup.result)
        finally:
            lookup.awaited_by -= 1
        if isinstance(found, OSError):
            raise found
        return found

    def _queue(self, sandbox: str, host: str) -> _Lookup:
        lookup = _Lookup(sandbox, host, asyncio.get_running_loop().create_future())
        self._known[sandbox, host] = lookup
        self._waiting.setdefault(sandbox, deque()).append(lookup)
        # Once whoever asks for it waits.
        asyncio.get_running_loop().call_soon(self._begin_more)
        return lookup

    def _begin_more(self) -> None:
        while self._under_way.total() < AT_ONCE and (lookup := self._next()) is not None:
            self._under_way[lookup.sandbox] += 1
            try:
                making = in_thread(partial(self._found, lookup.host), "name look-up")
            except RuntimeError as error:
                self._settle(lookup, OSError(str(error)))
            else:
                making.add_done_callback(partial(self._note, lookup))

    def _next(self) -> _Lookup | None:
        """Returns what is to be looked up next, and lets its sandbox wait the longest."""
        for sandbox in [*self._waiting]:
            if self._under_way[sandbox] >= OF_SANDBOX:
                continue
            queue = self._waiting.pop(sandbox)
            while queue:
                lookup = queue.popleft()
                if not lookup.awaited_by:
                    del self._known[sandbox, lookup.host]
                    continue
                if queue:
                    self._waiting[sandbox] = queue
                return lookup
        return None

    def _found(self, host: str) -> Addresses | OSError:
        try:
            return self._look_up(host)
        except (OSError, ValueError) as error:
            return error if isinstance(error, OSError) else OSError(str(error))

    def _note(self, lookup: _Lookup, made: "asyncio.Future[Addresses | OSError]") -> None:
        self._settle(lookup, made.result())

    def _settle(self, lookup: _Lookup, found: Addresses | OSError) -> None:
        del self._known[lookup.sandbox, lookup.host]
        self._under_way[lookup.sandbox] -= 1
        if not self._under_way[lookup.sandbox]:
            del self._under_way[lookup.sandbox]
        lookup.result.set_result(found)
        self._begin_more()
