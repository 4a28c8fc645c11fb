"""Carries notifications to the tills that asked for them, without holding up anything else.

Only URLs that were configured are called; redirects are not followed, proxies not used.
"""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine import notifications
from ..engine.records import NotificationRecord
from ..engine.world import World
from ..sandboxes.background import BackgroundWork

if TYPE_CHECKING:
    from ..client.outgoing import AsyncClient

PATIENCE = 5.0
#: How many are under way at once: in all, of one sandbox, and to one receiver.
AT_ONCE = 100
OF_SANDBOX = 20
TO_RECEIVER = 10
#: How many of a sandbox wait to be sent at most. What comes then counts as tried in vain.
MOST_WAITING = 1_000


def _receiver(letter: NotificationRecord) -> str:
    """Returns the address that a notification is sent to: scheme, host and port."""
    scheme, _, rest = letter.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].lower()}"


class BadCertificate(ValueError):
    """A file that holds no usable CA certificates."""


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
        self._ca = ca
        self._background = background
        self._client: AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        #: What is still to be sent by world and receiver; whose turn it is comes first.
        self._waiting: dict[World, dict[str, deque[NotificationRecord]]] = {}
        self._under_way: Counter[World | str] = Counter()
        if ca is not None:
            self._context()

    def collect(self, worlds: Iterable[World]) -> None:
        """Takes what waits in worlds and sends it; what waits of any other world is forgotten."""
        worlds = [*worlds]
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
        if self._client is not None:
            await self._client.aclose()

    async def _deliver(self, world: World, letter: NotificationRecord) -> None:
        import httpx

        status: int | None = None
        error: str | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                # What is in the answer does not count, and may be without end or a zip bomb.
                sending = self._get_client().stream("POST", letter.url, json=dict(letter.body))
                async with sending as answer:
                    status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as problem:
            error = str(problem) or type(problem).__name__
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            self._background.note_failure("notifications", error, trace=problem)
        else:
            self._background.note_success("notifications")
        with world:
            notifications.note_attempt(world, letter.id, status, error)

    def _get_client(self) -> "AsyncClient":
        if self._client is None:
            # Takes long to import, and most servers never send anything.
            from ..client.outgoing import new_async_client

            self._client = new_async_client(
                self._context(), timeout=PATIENCE, follow_redirects=False
            )
        return self._client

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
        except OSError as error:
            raise BadCertificate(f"--callback-ca: {self._ca}: {error.strerror or error}") from error
