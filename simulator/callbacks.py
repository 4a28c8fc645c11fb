"""Carries notifications to the tills that asked for them, without holding up anything else.

Only URLs that were configured are called; redirects are not followed, proxies not used.
"""

import asyncio
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.engine import notifications
from simulator.engine.notifications import Notification
from simulator.engine.world import World

if TYPE_CHECKING:
    import httpx

__all__ = ["BadCertificate", "Carrier"]

PATIENCE = 5.0
AT_ONCE = 100


class BadCertificate(ValueError):
    """A file that holds no usable CA certificates."""


class Carrier:
    """Sends what waits in worlds' outboxes.

    Args:
        ca: PEM file of the CA that https receivers are checked by; default: the system's.

    Raises:
        BadCertificate: the file is none.
    """

    def __init__(self, ca: Path | None) -> None:
        self._ca = ca
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        if ca is not None:
            self._context()

    def collect(self, world: World) -> None:
        """Takes what waits in a world and sends it, each in a task of its own."""
        while world.outbox and len(self._tasks) < AT_ONCE:
            task = asyncio.get_running_loop().create_task(
                self._deliver(world, world.outbox.popleft())
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Gives up what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._client is not None:
            await self._client.aclose()

    async def _deliver(self, world: World, letter: Notification) -> None:
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
        with world:
            notifications.note_attempt(world, letter.id, status, error)

    def _get_client(self) -> "httpx.AsyncClient":
        if self._client is None:
            # Takes long to import, and most servers never send anything.
            import httpx

            self._client = httpx.AsyncClient(
                verify=self._context(), timeout=PATIENCE, follow_redirects=False, trust_env=False
            )
        return self._client

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
        except OSError as error:
            raise BadCertificate(f"--callback-ca: {self._ca}: {error.strerror or error}") from error
