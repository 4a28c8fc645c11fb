"""Garbage is collected without long pauses: what has stayed is not looked at again and again.

A payment stays as long as its sandbox. A full collection looks at every one of them, and takes
seconds where there are a million; nobody is answered meanwhile.
"""

import gc
from time import perf_counter
from typing import Any

from ..sandboxes.registry import SandboxRegistry

#: A full collection that takes longer was one too many, in seconds.
LONGEST_PAUSE = 0.02
FULL = 2
#: How many more objects there may be before the young ones are looked at. A call leaves some 17,
#: and nearly all of them stay, so that to look every 700, as Python does, is to look in vain.
YOUNG = 5_000


class GarbagePolicy:
    """Puts what has survived a long collection aside, until a sandbox goes.

    Args:
        sandboxes: whose contents are the garbage once they are dropped.
    """

    def __init__(self, sandboxes: SandboxRegistry) -> None:
        self._sandboxes = sandboxes
        self._began = 0.0
        self._has_put_aside = False
        self._thresholds = gc.get_threshold()

    def begin(self) -> None:
        """Lets garbage be collected from now on; all that is there now stays."""
        self._thresholds = gc.get_threshold()
        gc.set_threshold(YOUNG, *self._thresholds[1:])
        gc.freeze()
        gc.enable()
        gc.callbacks.append(self._note)
        self._sandboxes.on_removed.append(self._let_go)

    def end(self) -> None:
        """Leaves collecting to Python."""
        gc.callbacks.remove(self._note)
        self._sandboxes.on_removed.remove(self._let_go)
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def _note(self, phase: str, about: dict[str, Any]) -> None:
        if about["generation"] != FULL:
            return
        if phase == "start":
            self._began = perf_counter()
        elif perf_counter() - self._began > LONGEST_PAUSE:
            gc.freeze()
            self._has_put_aside = True

    def _let_go(self) -> None:
        """Unfreezes the collector after a sandbox was dropped."""
        # What the start has made comes back with it, so it is not done for nothing.
        if self._has_put_aside:
            gc.unfreeze()
            self._has_put_aside = False
