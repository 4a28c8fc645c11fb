"""The addresses of host names: look-ups have threads of their own, and sandboxes take turns.

A look-up can't be ended from outside: one that hangs keeps its thread until the system gives up,
which may take a minute.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..settings.hosts import address_of
from .threads import in_thread
from .turns import Turns

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
    """A look-up, and how many calls wait for it."""

    turn: "asyncio.Future[None]"
    result: "asyncio.Future[Addresses | OSError]"
    awaited_by: int = 0


class NameLookups:
    """Looks names up. Literal addresses and `localhost` are known without.

    Args:
        look_up: returns the addresses of a name, or raises OSError; may take long.
    """

    def __init__(self, look_up: Callable[[str], Addresses] = addresses_of) -> None:
        self._look_up = look_up
        self._turns = Turns(AT_ONCE, OF_SANDBOX)
        #: What is under way or waits for its turn, by sandbox and name.
        self._known: dict[tuple[str, str], _Lookup] = {}

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
        lookup = self._known.get((sandbox, host)) or self._ask(sandbox, host)
        lookup.awaited_by += 1
        try:
            found = await asyncio.shield(lookup.result)
        finally:
            lookup.awaited_by -= 1
            if not lookup.awaited_by and not lookup.turn.done():
                del self._known[sandbox, host]
                self._turns.withdraw(sandbox, lookup.turn)
        if isinstance(found, OSError):
            raise found
        return found

    def _ask(self, sandbox: str, host: str) -> _Lookup:
        turn = self._turns.ask(sandbox)
        lookup = _Lookup(turn, asyncio.get_running_loop().create_future())
        self._known[sandbox, host] = lookup

        def begin(turn: "asyncio.Future[None]") -> None:
            if not turn.cancelled():
                self._begin(sandbox, host, lookup)

        turn.add_done_callback(begin)
        return lookup

    def _begin(self, sandbox: str, host: str, lookup: _Lookup) -> None:
        """Begins a look-up whose turn it is, unless nobody waits for it any more."""

        def settle(found: Addresses | OSError) -> None:
            del self._known[sandbox, host]
            self._turns.give_back(sandbox, lookup.turn)
            lookup.result.set_result(found)

        if not lookup.awaited_by:
            settle(())
            return
        try:
            making = in_thread(partial(self._found, host), "name look-up")
        except RuntimeError as error:
            settle(OSError(str(error)))
        else:
            making.add_done_callback(lambda made: settle(made.result()))

    def _found(self, host: str) -> Addresses | OSError:
        try:
            return self._look_up(host)
        except (OSError, ValueError) as error:
            return error if isinstance(error, OSError) else OSError(str(error))
