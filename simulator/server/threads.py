"""Work in threads of its own that the end of the server does not wait for.

asyncio's default executor is for nothing that can hang: it has few threads, and the end of the
server waits for each of them.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Generic, TypeVar

from ..sandboxes.background import begin_thread

T = TypeVar("T")


def in_thread(work: Callable[[], T], name: str) -> "asyncio.Future[T]":
    """Returns what a new thread makes; whoever no longer wants it cancels the future.

    Args:
        work: makes it.
        name: the name of the thread.

    Raises:
        NoFreeThread: the process, or its machine, has no more of them.
    """
    loop = asyncio.get_running_loop()
    made: asyncio.Future[T] = loop.create_future()
    copied = copy_context()

    def settle(result: list[T], error: BaseException | None) -> None:
        if made.cancelled():
            return
        if error is not None:
            made.set_exception(error)
        else:
            made.set_result(result[0])

    def make() -> None:
        result: list[T] = []
        error = None
        try:
            result.append(copied.run(work))
        except BaseException as caught:
            error = caught
        # Once the server is gone nobody takes it.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    # Those of an executor are waited for when the process ends, however long they take.
    begin_thread(make, name)
    return made


class Prepared(Generic[T]):
    """What a thread makes once, for all who want it; where that has failed it is made again.

    Args:
        make: makes it.
        name: the name of the thread.
    """

    def __init__(self, make: Callable[[], T], name: str) -> None:
        self._make, self._name = make, name
        self._making: asyncio.Future[T] | None = None

    def begin(self) -> None:
        """Begins to make it, before anybody waits for it; one failure is left to who does."""
        if self._making is None:
            with suppress(RuntimeError):
                self._begin()

    async def get(self) -> T:
        """Returns it.

        Raises:
            Exception: it could not be made this time.
        """
        making = self._making
        if making is None or (making.done() and making.exception() is not None):
            making = self._begin()
        return await asyncio.shield(making)

    def _begin(self) -> "asyncio.Future[T]":
        self._making = making = in_thread(self._make, self._name)
        # Whoever waits for it is told; asyncio would log what nobody waits for.
        making.add_done_callback(asyncio.Future.exception)
        return making
