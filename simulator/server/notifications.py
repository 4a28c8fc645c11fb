"""Carries notifications to the tills that asked for them, without holding up anything else.

Only URLs that were configured are called; redirects are not followed, proxies not used.
"""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..client.trust import BadTrust, is_trust_needed, system_trust, trusting
from ..engine import notifications
from ..engine.records import NotificationRecord
from ..engine.world import World
from ..sandboxes.background import BackgroundWork
from ..settings.files import MOST_OF_PEM, read_file
from .name_lookups import NameLookups
from .threads import Prepared

if TYPE_CHECKING:
    from ..client.outgoing import AsyncClient
    from ..client.resolved import LookUp

    #: Makes the client of one attempt; it is told whom to trust and who looks names up.
    NewClient = Callable[[ssl.SSLContext | None, LookUp], AsyncClient]

PATIENCE = 5.0
#: How many are under way at once: in all, of one sandbox, and to one receiver.
AT_ONCE = 100
OF_SANDBOX = 20
TO_RECEIVER = 10
#: So many seconds the attempts under way have to end in when the server stops.
LAST_MOMENT = 1.0
#: How many of a sandbox wait to be sent at most. What comes then counts as tried in vain.
MOST_WAITING = 1_000


def _receiver(letter: NotificationRecord) -> str:
    """Returns the address that a notification is sent to: scheme, host and port."""
    scheme, _, rest = letter.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].lower()}"


class BadCertificate(ValueError):
    """A file that holds no usable CA certificates, or what else keeps them from being used."""


class NotificationSender:
    """Sends what waits in worlds' outboxes.

    Worlds take turns, and so do the receivers of each: who waits for a receiver that hangs keeps
    nobody else waiting.

    Args:
        ca: PEM file of the CA that https receivers are checked by; default: the system's.
        background: told of what is a mistake of the sender's, and not of a receiver.

    Raises:
        BadCertificate: the file is none.
    """

    def __init__(self, ca: Path | None, background: BackgroundWork) -> None:
        self._trust = _trust(ca) if ca is not None else None
        self._background = background
        self._names = NameLookups()
        #: Both take long; most servers need none, and only https receivers need the second.
        self._new_client = Prepared(_client_maker, "notifications")
        self._system_trust = Prepared(system_trust, "trusted CAs")
        self._tasks: set[asyncio.Task[None]] = set()
        #: What is still to be sent by world and receiver; whose turn it is comes first.
        self._waiting: dict[World, dict[str, deque[NotificationRecord]]] = {}
        self._under_way: Counter[World | str] = Counter()

    def collect(self, worlds: Iterable[World]) -> None:
        """Takes what waits in worlds and sends it; what waits of any other world is forgotten."""
        worlds = [*worlds]
        if any(world.callback_urls for world in worlds):
            self._new_client.begin()
        if self._waiting:
            there = set(worlds)
            self._waiting = {each: it for each, it in self._waiting.items() if each in there}
        for world in worlds:
            while world.outbox:
                letter = world.outbox.popleft()
                queues = self._waiting.setdefault(world, {})
                if sum(map(len, queues.values())) >= MOST_WAITING:
                    error = f"it was not sent: {MOST_WAITING} others of its sandbox wait already"
                    with world:
                        notifications.note_attempt(world, letter.id, None, error)
                    continue
                queues.setdefault(_receiver(letter), deque()).append(letter)
        self._send_more()

    def _send_more(self) -> None:
        while len(self._tasks) < AT_ONCE and (found := self._next()) is not None:
            world, receiver, letter = found
            self._under_way.update((world, receiver))
            task = asyncio.get_running_loop().create_task(self._deliver(world, letter))
            self._tasks.add(task)
            task.add_done_callback(partial(self._end, world, receiver))

    def _next(self) -> tuple[World, str, NotificationRecord] | None:
        """Returns what is to be sent next, and lets its world and its receiver wait the longest."""
        for world, queues in self._waiting.items():
            if self._under_way[world] >= OF_SANDBOX:
                continue
            for receiver, letters in queues.items():
                if self._under_way[receiver] >= TO_RECEIVER:
                    continue
                letter = letters.popleft()
                del queues[receiver], self._waiting[world]
                if letters:
                    queues[receiver] = letters
                if queues:
                    self._waiting[world] = queues
                return world, receiver, letter
        return None

    def _end(self, world: World, receiver: str, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        for each in (world, receiver):
            self._under_way[each] -= 1
            if not self._under_way[each]:
                del self._under_way[each]
        if not task.cancelled():
            self._send_more()

    async def close(self) -> None:
        """Gives up what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_MOMENT)

    async def _deliver(self, world: World, letter: NotificationRecord) -> None:
        status: int | None = None
        error: str | None = None
        try:
            new_client = await self._new_client.get()
            trust = await self._trusted(letter.url)
            look_up = partial(self._names.find, world.name)
            status, error = await _attempt(new_client(trust, look_up), letter)
        except Exception as problem:  # whatever it is, the others are to be sent
            error = self._background.note_error("notifications", problem)
        else:
            self._background.note_success("notifications")
        with world:
            notifications.note_attempt(world, letter.id, status, error)

    async def _trusted(self, url: str) -> ssl.SSLContext | None:
        """Returns how the receiver at a URL is checked; None where it is not https."""
        if not is_trust_needed(url):
            return None
        return self._trust or await self._system_trust.get()


async def _attempt(
    client: "AsyncClient", letter: NotificationRecord
) -> tuple[int | None, str | None]:
    """Posts a notification, and returns the status of the answer, or what went wrong."""
    import httpx

    try:
        async with asyncio.timeout(PATIENCE), client:
            # What is in the answer does not count, and may be without end or a zip bomb.
            sending = client.stream("POST", letter.url, json=dict(letter.body))
            async with sending as answer:
                return answer.status_code, None
    except (httpx.TimeoutException, TimeoutError):
        return None, f"no answer within {PATIENCE:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
        return None, str(problem) or type(problem).__name__


def _client_maker() -> "NewClient":
    """Returns what makes the client of an attempt."""
    from ..client.outgoing import new_async_client

    return partial(new_async_client, timeout=PATIENCE, follow_redirects=False)


def _trust(ca: Path) -> ssl.SSLContext:
    try:
        # Remarks may stand beside the certificates, in any letters.
        pem = read_file(ca, MOST_OF_PEM).decode("ascii", "ignore")
    except OSError as error:
        raise BadCertificate(f"--callback-ca: {ca}: {error.strerror or error}") from error
    try:
        return trusting(lambda: ssl.create_default_context(cadata=pem or "none"), str(ca))
    except BadTrust as error:
        if not isinstance(error.__cause__, ssl.SSLError):
            raise BadCertificate(str(error)) from error
        message = f"--callback-ca: {ca}: there is no certificate in PEM in it"
        raise BadCertificate(message) from error
