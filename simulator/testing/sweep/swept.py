"""Options, progress and results of a sweep, and why there may be none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...client import Unreachable
from .judging import Judgement
from .outcomes import Outcome, SweptSandbox
from .planning import Cell, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a sweep is to do.

    Args:
        command: the program and its arguments; `{url}` in them is the sandbox's URL.
        kinds: what can go wrong.
        only: patterns of the cells to run; all where there are none.
        every_call: whether each repeated poll is struck, not just the first and the last.
        max_runs: how many runs are made at most, beside the clean one.
        jobs: how many at once.
        seed: what the choice of runs follows from, where there are too many.
        timeout: real seconds that a run may take.
        stall: real seconds that answers stall; None for a little more than clients should wait.
        time_scale: seconds that pass in a sandbox in a real one; None for one, but for what the
            simulator is set to in the sandboxes of a suite's tests.
        settings: the names of what the simulator was set; None where it is not the sweep's own.
        folder: where output, calls and bundles are kept; None for nowhere.
        is_kept: whether the sandboxes of runs that did not survive stay.
        again: the options that make the same run again, as the command line has them.
        scenario: the scenario of all payments; None where none was asked for.
    """

    command: tuple[str, ...]
    kinds: tuple[Kind, ...]
    only: tuple[str, ...] = ()
    every_call: bool = False
    max_runs: int = 100
    jobs: int = 1
    seed: int = 1
    timeout: float = 60.0
    stall: float | None = None
    time_scale: float | None = None
    settings: tuple[str, ...] | None = None
    folder: Path | None = None
    is_kept: bool = False
    again: tuple[str, ...] = ()
    scenario: str | None = None


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A run and its verdict; `sandbox` is the URL of its sandbox, where that is kept."""

    cell: Cell
    outcome: Outcome
    judgement: Judgement
    sandbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What came of a sweep.

    Args:
        options: what it was to do.
        clean: what comes of the command where nothing goes wrong.
        stages: the sandboxes of the clean run in which calls were made.
        wanted: the runs that were asked for.
        cells: those of them that were to be made.
        results: those that were.
        interrupt: what has interrupted it, if anything has: a signal, or that there was no answer.
        seconds: real seconds it took.
        left: how the names of sandboxes begin that may be left on a simulator that hangs.
    """

    options: Options
    clean: Outcome
    stages: tuple[SweptSandbox, ...] = ()
    wanted: tuple[Cell, ...] = ()
    cells: tuple[Cell, ...] = ()
    results: tuple[SweepResult, ...] = ()
    interrupt: KeyboardInterrupt | Unreachable | None = None
    seconds: float = 0.0
    left: str = ""

    @property
    def was_interrupted(self) -> bool:
        """Whether it was ended before all were made."""
        return self.interrupt is not None and len(self.results) < len(self.cells)

    @property
    def left_out(self) -> tuple[Cell, ...]:
        """The runs that were one too many."""
        made = set(self.cells)
        return tuple(each for each in self.wanted if each not in made)

    @property
    def out_of_reach(self) -> tuple[str, ...]:
        """The tests whose calls can't be struck, since they throw away what goes wrong."""
        return tuple(each.label for each in self.stages if not each.is_armed)


class CleanRunFailed(Exception):
    """The command fails by itself, or calls nothing, so a sweep would prove nothing.

    Args:
        message: why, in one line.
        output: the last lines the command wrote.
    """

    def __init__(self, message: str, output: str = "") -> None:
        self.output = output
        super().__init__(message)


class OtherSettings(Exception):
    """The suite needs a simulator with settings of its own.

    Args:
        settings: these, as texts.
    """

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings
        super().__init__("the suite has settings of its own")


class Observer:
    """Observer of a sweep, called from one thread; this one does nothing."""

    def begun(self) -> None:
        """The clean run begins."""

    def begun_anew(self, settings: Mapping[str, str]) -> None:
        """The clean run begins once more, since the suite has settings of its own."""

    def planned(self, plan: Swept) -> None:
        """The clean run is over, and the others begin."""

    def done(self, result: SweepResult, count: int, total: int) -> None:
        """A run is over: the `count`th of `total`."""
