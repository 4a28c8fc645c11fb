"""Runs a sweep: the clean run, then one run for each cell, each in a sandbox of its own."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from threading import Event
from time import perf_counter

from simulator.client import ControlClient, ControlError, SimulatorInUse
from simulator.commands import Commands, Stopped
from simulator.sweep.judging import Judgement, Verdict, judge
from simulator.sweep.keeping import Folder
from simulator.sweep.outcomes import Outcome
from simulator.sweep.planning import (
    MARKER,
    Call,
    Cell,
    Kind,
    cells_of,
    chosen,
    faults_for,
    places_of,
    sample,
)

__all__ = ["CleanRunFailed", "Observer", "Options", "Result", "Sweep", "Swept"]

#: Seconds of a sandbox's time that pass before it is judged: what was begun comes to its end.
AFTERMATH = 30.0
#: Real seconds between two looks at whether an answer is still under way, and the longest wait.
LOOK, LONGEST = 0.05, 310.0


class CleanRunFailed(Exception):
    """The command fails by itself, or calls nothing, so a sweep would prove nothing.

    Args:
        message: why, in one line.
        output: the last lines the command wrote.
    """

    def __init__(self, message: str, output: str = "") -> None:
        self.output = output
        super().__init__(message)


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
        time_scale: seconds that pass in the sandbox in a real one.
        folder: where output, calls and bundles are kept; None for nowhere.
        is_kept: whether the sandboxes of runs that did not survive stay.
        again: the options that make the same run again, as the command line has them.
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
    time_scale: float = 1.0
    folder: Path | None = None
    is_kept: bool = False
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
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
        wanted: the runs that were asked for.
        cells: those of them that were to be made.
        results: those that were.
        was_interrupted: whether it was ended before all were made.
        seconds: real seconds it took.
    """

    options: Options
    clean: Outcome
    wanted: tuple[Cell, ...] = ()
    cells: tuple[Cell, ...] = ()
    results: tuple[Result, ...] = ()
    was_interrupted: bool = False
    seconds: float = 0.0

    @property
    def left_out(self) -> tuple[Cell, ...]:
        """The runs that were one too many."""
        made = set(self.cells)
        return tuple(each for each in self.wanted if each not in made)


class Observer:
    """Is told how a sweep goes on, always by the same thread. This one does not care."""

    def begun(self) -> None:
        """The clean run begins."""

    def planned(self, plan: Swept) -> None:
        """The clean run is over, and the others begin."""

    def done(self, result: Result, count: int, total: int) -> None:
        """A run is over: the `count`th of `total`."""


@dataclass(slots=True)
class Sweep:
    """A sweep on a simulator.

    Args:
        simulator: where the sandboxes are made.
        options: what to do.
        observer: is told how it goes on.
        token: of the control API, which the command is given as well; or None.
        is_shared: whether others may use the simulator too, so that names must be new.
    """

    simulator: SimulatorInUse
    options: Options
    observer: Observer = field(default_factory=Observer)
    token: str | None = None
    is_shared: bool = False
    _commands: Commands = field(default_factory=Commands)
    _stopping: Event = field(default_factory=Event)
    _stem: str = "sweep"

    def plan(self) -> Swept:
        """Makes the clean run, and says which runs would follow; raises what `run` does."""
        with self._folder() as folder:
            return self._planned(folder)

    def run(self) -> Swept:
        """Makes all runs. After Ctrl-C it kills what runs, and returns what is known by then.

        Raises:
            CleanRunFailed: the command fails by itself, or calls nothing.
            CannotRun: the command can't be started.
            NothingFits: no run is as was asked for.
            ClientError: the simulator can't be reached any more.
            OSError: what is to be kept can't be written.
        """
        began = perf_counter()
        with self._folder() as folder:
            plan = self._planned(folder)
            self.observer.planned(plan)
            results, is_whole = self._all(plan, folder)
        return replace(
            plan,
            results=tuple(results[each] for each in plan.cells if each in results),
            was_interrupted=not is_whole,
            seconds=perf_counter() - began,
        )

    @contextmanager
    def _folder(self) -> Iterator[Folder]:
        if self.is_shared:
            self._stem = f"sweep-{token_hex(4)}"
        with ExitStack() as stack:
            path = self.options.folder
            if path is None:
                # On Windows a file stays as long as somebody whom nobody waits for has it open.
                passing = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
                path = Path(stack.enter_context(passing))
            yield Folder(path, is_wanted=self.options.folder is not None)

    # --- the clean run ------------------------------------------------------------------------

    def _clean(self, folder: Folder) -> Outcome:
        self.observer.begun()
        control = self._sandbox("clean")
        try:
            control.put_faults(MARKER)
            clean = self._made("clean", control, folder)
            # The marker is no fault that anybody need know of.
            calls = tuple(replace(each, fault=None) for each in clean.exchanges)
            clean = replace(clean, exchanges=calls)
            folder.keep("clean", clean, control)
        finally:
            control.drop()
        if not clean.ended.is_fine:
            message = f"the command {clean.ended} without any fault, so a sweep would prove nothing"
            hint = "; see --timeout" if clean.ended.exit_code is None else ""
            raise CleanRunFailed(message + hint, clean.ended.output)
        if not clean.struck:
            raise CleanRunFailed(
                "the command made no call to the simulator; give it the URL, as {url} among its "
                "arguments or from the variable MOBILEPAY_SIM_URL",
                clean.ended.output,
            )
        return clean

    def _planned(self, folder: Folder) -> Swept:
        options, clean = self.options, self._clean(folder)
        calls = [
            Call(each.operation or "", each.request.method, each.request.path)
            for each in clean.exchanges
            if each.id in clean.struck
        ]
        usual = cells_of(places_of(calls, every_call=options.every_call), options.kinds)
        everything = cells_of(places_of(calls, every_call=True), options.kinds)
        wanted = chosen(usual, options.only, everything)
        cells = sample(wanted, options.max_runs, options.seed)
        return Swept(options=options, clean=clean, wanted=wanted, cells=cells)

    # --- the others ---------------------------------------------------------------------------

    def _all(self, plan: Swept, folder: Folder) -> tuple[dict[Cell, Result], bool]:
        """Makes the runs; returns what came of them, and whether all were made."""
        results: dict[Cell, Result] = {}
        with ThreadPoolExecutor(self.options.jobs) as pool:
            try:
                futures = [pool.submit(self._one, each, plan.clean, folder) for each in plan.cells]
                for future in as_completed(futures):
                    result = future.result()
                    results[result.cell] = result
                    self.observer.done(result, len(results), len(plan.cells))
            except KeyboardInterrupt:
                return results, False
            finally:
                # What is not done now is not wanted any more.
                if len(results) < len(plan.cells):
                    self._stopping.set()
                    self._commands.stop()
                    pool.shutdown(cancel_futures=True)
        return results, True

    def _one(self, cell: Cell, clean: Outcome, folder: Folder) -> Result:
        control, is_kept = self._sandbox(cell.slug), False
        try:
            control.put_faults(faults_for(cell, self.options.stall))
            outcome = self._made(cell.slug, control, folder, cell)
            judgement = judge(clean, outcome)
            folder.keep(cell.slug, outcome, control)
            is_kept = self.options.is_kept and judgement.verdict is not Verdict.SURVIVED
            return Result(cell, outcome, judgement, control.base_url if is_kept else "")
        finally:
            if not is_kept:
                control.drop()

    def _sandbox(self, name: str) -> ControlClient:
        """Returns a client of a fresh sandbox."""
        control = self.simulator.control.within(f"{self._stem}-{name}")
        control.reset()
        control.rescale(self.options.time_scale)
        return control

    def _made(
        self, name: str, control: ControlClient, folder: Folder, cell: Cell | None = None
    ) -> Outcome:
        """Runs the command in a sandbox; returns what came of it."""
        url = control.base_url
        command = [each.replace("{url}", url) for each in self.options.command]
        variables = {"MOBILEPAY_SIM_URL": url, "MOBILEPAY_SIM_SWEEP": str(cell or "clean")}
        if self.token:
            variables["MOBILEPAY_SIM_CONTROL_TOKEN"] = self.token
        (fault,) = control.faults()
        ended = self._commands.run(command, variables, folder.log(name), self.options.timeout)
        self._settle(control)
        if not control.faults():
            message = (
                "the command resets or drops its sandbox, and with it the faults; leave that out"
            )
            raise CleanRunFailed(message, ended.output)
        exchanges = control.requests()
        if exchanges.dropped:
            raise CleanRunFailed(
                f"the command made more calls than the journal keeps: {exchanges.dropped} are "
                "lost; start the simulator with a larger --journal-size"
            )
        return Outcome(
            ended=ended,
            payments=control.ledger().payments,
            findings=control.audit().findings,
            exchanges=tuple(exchanges),
            struck=tuple(each.id for each in exchanges if each.fault == fault.fault),
        )

    def _settle(self, control: ControlClient) -> None:
        """Waits for answers that are still under way; then lets what was begun come to its end."""
        began = perf_counter()
        while any(each.delivery == "pending" for each in control.requests()):
            if self._stopping.wait(LOOK):
                raise Stopped
            if perf_counter() - began > LONGEST:
                raise ControlError("GET /_simulator/requests", 200, "an answer never came", None)
        control.rescale(0)
        control.advance(seconds=AFTERMATH)
