"""What the server does by itself again and again, with nobody who could be answered."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from ..api.context import Context
from ..sandboxes.registry import NotWritten
from ..settings.documents import ProblemsFound
from .notifications import NotificationSender
from .request_log import FLUSH_INTERVAL, RequestLog
from .threads import in_thread

if TYPE_CHECKING:
    from ..sandboxes.keeper import Keeper

_log = logging.getLogger("simulator")

#: Longest real time between something falling due and it happening while nobody calls, in seconds.
PUMP_INTERVAL = 0.1
WATCH_INTERVAL = 1.0

#: The part of the background work that a chore is, what does it once, and the seconds in between.
Chore = tuple[str, Callable[[], Awaitable[None]], float]


class TimersFailed(RuntimeError):
    """What fell due in a sandbox could not be done; the message names the sandbox."""


def chores(
    context: Context, sender: NotificationSender, keeper: "Keeper | None", log: RequestLog
) -> Iterator[Chore]:
    """Yields what a server has to do.

    Args:
        context: the server's parts.
        sender: sends notifications.
        keeper: keeps sandboxes in the data dir; None where there is none.
        log: the request log.
    """

    async def pump() -> None:
        """Lets happen what falls due while nobody calls, sends what is to be sent, keeps both."""
        try:
            _catch_up(context)
        finally:
            sender.collect(sandbox.world for sandbox in context.sandboxes)
            if keeper is not None:
                # It has said so itself, and tries again.
                with suppress(NotWritten):
                    await keeper.keep_all()

    yield "timers", pump, PUMP_INTERVAL
    yield "request log", log.flush, FLUSH_INTERVAL
    yield "watch over scenario files", _Watch(context), WATCH_INTERVAL


def _catch_up(context: Context) -> None:
    """Does what fell due in each sandbox; one that fails holds up no other."""
    failed: TimersFailed | None = None
    for sandbox in context.sandboxes:
        if sandbox.world.clock.is_behind():
            try:
                with sandbox.world:
                    pass
            except Exception as error:  # told below, once the others had their turn
                failed = failed or TimersFailed(f"sandbox {sandbox.name}: {error!r}")
                failed.__cause__ = failed.__cause__ or error
    if failed is not None:
        raise failed


class _Watch:
    """Reads scenario files again when they change; a broken edit keeps the last good ones."""

    PART = "scenarios"

    def __init__(self, context: Context) -> None:
        self._library, self._background = context.library, context.background

    async def __call__(self) -> None:
        # Disks may be slow, and files many.
        try:
            changed = await in_thread(self._library.find_change, "watch over scenario files")
        except ProblemsFound as found:
            message = f"scenarios have mistakes; the last good ones stay:\n{found}"
            self._background.note_failure(self.PART, message)
            return
        if changed is not None:
            self._library.take(changed)
            self._background.note_success(self.PART, "their mistakes are mended")
            _log.warning("scenarios were read again")
