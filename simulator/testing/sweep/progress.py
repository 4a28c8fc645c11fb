"""How a sweep goes on, line by line."""

from collections.abc import Callable, Mapping
from time import perf_counter

from ...engine.values import count_of
from .reports import word_of
from .swept import Observer, SweepResult, Swept

CLEAN_RUN = "Clean run, without any fault ..."


class Progress(Observer):
    """Says how a sweep goes on, and about how long it will take.

    Args:
        say: takes a line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = 0.0

    def begun(self) -> None:
        """The clean run begins."""
        self._say(CLEAN_RUN)

    def begun_anew(self, settings: Mapping[str, str]) -> None:
        """The clean run begins once more, since the suite has settings of its own."""
        self._say(f"The suite has settings of its own. Set now: {', '.join(settings)}")

    def planned(self, plan: Swept) -> None:
        """The clean run is over, and the others begin."""
        self._began = perf_counter()
        jobs = min(plan.options.jobs, len(plan.cells))
        runs = count_of(len(plan.cells), "run")
        left_out = f" ({len(plan.left_out)} left out)" if plan.left_out else ""
        took = plan.clean.ended.seconds
        calls = count_of(len(plan.clean.struck), "call")
        self._say(f"It made {calls} in {took:.1f} s. {runs}{left_out}, {jobs} at once:")

    def done(self, result: SweepResult, count: int, total: int) -> None:
        """A run is over: the `count`th of `total`."""
        left = (perf_counter() - self._began) / count * (total - count)
        eta = f", about {left:.0f} s left" if count < total else ""
        took = f"{result.outcome.ended.seconds:.1f} s"
        width = len(str(total))
        self._say(f"[{count:{width}}/{total}] {result.cell}: {word_of(result)} ({took}{eta})")
