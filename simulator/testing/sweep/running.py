"""Runs a sweep: the clean run, then one run for each cell, each in sandboxes of its own."""

import tempfile
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from threading import Event
from time import perf_counter

from ...client import SimulatorInUse, Unreachable
from ...client.errors import may_be_refused
from ...client.outgoing import proxy_hint
from ...journal.sweeps import SweepVerdict
from ..commands import Commands, Ended
from .inside import VARIABLE, Made, Messages, Orders
from .judging import judge
from .keeping import Folder
from .looking import TooManyCalls, look
from .outcomes import SweptSandbox, outcome_of, whole_of
from .planning import COUNTER, Cell, SweptCall, cells_of, chosen, faults_for, places_of, sample
from .swept import CleanRunFailed, Observer, Options, OtherSettings, SweepResult, Swept

CLEAN = "clean"
#: Real seconds that what is stopped has to end, also where the simulator does not answer any more.
PATIENCE_TO_STOP = 8.0


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of the command: how it ended, and what was found in which sandbox."""

    ended: Ended
    stages: tuple[SweptSandbox, ...]


@dataclass(slots=True)
class Sweep:
    """A sweep on a simulator.

    Args:
        simulator: where the sandboxes are made.
        options: what to do.
        observer: is told how it goes on.
        token: of the control API, which the command is given as well; or None.
        is_shared: whether others may use the simulator too, so that names must be new.
        left: how the names of sandboxes begin that may be left where the simulator hangs.
    """

    simulator: SimulatorInUse
    options: Options
    observer: Observer = field(default_factory=Observer)
    token: str | None = None
    is_shared: bool = False
    left: str = ""
    _commands: Commands = field(default_factory=Commands)
    _stopping: Event = field(default_factory=Event)
    _stem: str = "sweep"
    _words: Path = field(default_factory=Path)

    def plan(self) -> Swept:
        """Makes the clean run, and says which runs would follow; raises what `run` does."""
        with self._folder() as folder:
            return self._planned(folder)

    def run(self) -> Swept:
        """Makes all runs; returns what is known after Ctrl-C, or without an answer, and kills them.

        Raises:
            CleanRunFailed: the command fails by itself, or calls nothing.
            OtherSettings: it is a suite that needs another simulator.
            CannotRun: the command can't be started.
            NothingFits: no run is as was asked for.
            ClientError: the simulator refuses, or can't be reached before there is a plan.
            OSError: what is to be kept can't be written.
        """
        began = perf_counter()
        plan: Swept | None = None
        results: dict[Cell, SweepResult] = {}
        interrupt: KeyboardInterrupt | Unreachable | None = None
        try:
            with self._folder() as folder:
                plan = self._planned(folder)
                self._all(plan, folder, results)
        except (KeyboardInterrupt, Unreachable) as error:
            if plan is None:
                raise
            interrupt = error
            self.left = self._stem if isinstance(error, Unreachable) else self.left
        return replace(
            plan,
            results=tuple(results[each] for each in plan.cells if each in results),
            interrupt=interrupt,
            seconds=perf_counter() - began,
            left=self.left,
        )

    @contextmanager
    def _folder(self) -> Iterator[Folder]:
        if self.is_shared:
            self._stem = f"sweep-{token_hex(4)}"
        with ExitStack() as stack:
            # On Windows a file stays as long as somebody whom nobody waits for has it open.
            passing = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            self._words = Path(stack.enter_context(passing)) / "words"
            yield Folder(self.options.folder)

    # --- the clean run ------------------------------------------------------------------------

    def _clean(self, folder: Folder) -> _Run:
        self.observer.begun()
        orders = Orders(
            run=f"{self._stem}-{CLEAN}",
            faults=COUNTER,
            time_scale=self.options.time_scale,
            settings=self.options.settings,
        )
        try:
            run = self._carried_out(CLEAN, orders, folder)
            folder.keep(CLEAN, run.stages, self.simulator.control)
            self._drop(CLEAN, orders)
        except BaseException as error:
            self._drop_after(error, orders)
            raise
        if not run.ended.is_fine:
            message = f"the command {run.ended} without any fault, so a sweep would prove nothing"
            hint = "; see --timeout" if run.ended.exit_code is None else self._led_astray(run)
            raise CleanRunFailed(message + hint, run.ended.output)
        self._check_calls(run)
        return run

    def _drop_after(self, error: BaseException, orders: Orders) -> None:
        """Drops the sandboxes of a clean run; what has ended it is told, whatever comes of this."""
        if isinstance(error, KeyboardInterrupt | Unreachable):
            self._hurry()
        try:
            self._drop(CLEAN, orders)
        except Unreachable:
            self.left = self._stem

    def _led_astray(self, run: _Run) -> str:
        """Returns what may keep the command away from the simulator, or nothing."""
        if any(each.exchanges for each in run.stages):
            return ""
        hint = proxy_hint(self.simulator.url)
        return f"; it made no call to the simulator: {hint}" if hint else ""

    def _check_calls(self, run: _Run) -> None:
        """Refuses a clean run in which there is nothing to strike."""
        if any(each.counted and each.is_armed for each in run.stages):
            return
        if any(not each.is_armed for each in run.stages):
            message = "the command resets or drops its sandbox, and with it the faults"
            raise CleanRunFailed(f"{message}; leave that out", run.ended.output)
        raise CleanRunFailed(
            "the command made no call to the simulator; give it the URL, as {url} among its "
            "arguments or from the variable MOBILEPAY_SIM_URL, or let its tests use the fixture "
            "mobilepay; a Simulator() that it starts itself is not seen" + self._led_astray(run),
            run.ended.output,
        )

    def _planned(self, folder: Folder) -> Swept:
        options, run = self.options, self._clean(folder)
        calls = [
            SweptCall(call.operation or "", call.request.method, call.request.path, each.label)
            for each in run.stages
            if each.is_armed
            for call in each.counted
        ]
        usual = cells_of(places_of(calls, every_call=options.every_call), options.kinds)
        everything = cells_of(places_of(calls, every_call=True), options.kinds)
        wanted = chosen(usual, options.only, everything)
        return Swept(
            options=options,
            clean=whole_of(run.ended, run.stages),
            stages=run.stages,
            wanted=wanted,
            cells=sample(wanted, options.max_runs, options.seed),
        )

    # --- the others ---------------------------------------------------------------------------

    def _all(self, plan: Swept, folder: Folder, results: dict[Cell, SweepResult]) -> None:
        """Makes the runs, and notes what comes of each."""
        futures: list[Future[SweepResult]] = []
        pool = ThreadPoolExecutor(self.options.jobs)
        try:
            self.observer.planned(plan)
            futures += (pool.submit(self._one, each, plan, folder) for each in plan.cells)
            for future in as_completed(futures):
                result = future.result()
                results[result.cell] = result
                self.observer.done(result, len(results), len(plan.cells))
        finally:
            # What is not done now is not wanted any more.
            pool.shutdown(wait=False, cancel_futures=True)
            self._stop([each for each in futures if not each.done()])

    def _stop(self, running: Collection[Future[SweepResult]]) -> None:
        """Ends the runs that are under way, and waits until they have dropped their sandboxes."""
        if running:
            self._stopping.set()
            self._commands.stop()
            self._hurry()
            wait(running, PATIENCE_TO_STOP)
            if any(not it.done() or isinstance(it.exception(), Unreachable) for it in running):
                self.left = self._stem

    def _hurry(self) -> None:
        """Lets no later call take long: an answer has not come, or the end is waited for."""
        self.simulator.control.connection.hurry(PATIENCE_TO_STOP / 2)

    def _one(self, cell: Cell, plan: Swept, folder: Folder) -> SweepResult:
        label, kept = cell.place.test, ""
        orders = Orders(
            run=f"{self._stem}-{cell.slug}",
            faults=faults_for(cell, self.options.stall),
            struck=label,
            test=next(each.test for each in plan.stages if each.label == label),
            time_scale=self.options.time_scale,
            settings=self.options.settings,
        )
        try:
            run = self._carried_out(cell.slug, orders, folder, cell)
            is_stalled = cell.kind.stalled is not None
            outcome = outcome_of(run.ended, run.stages, label, is_stalled=is_stalled)
            judgement = judge(outcome_of(plan.clean.ended, plan.stages, label), outcome)
            struck = [each for each in run.stages if each.label == label]
            folder.keep(cell.slug, struck, self.simulator.control)
            if struck and self.options.is_kept and judgement.verdict is not SweepVerdict.SURVIVED:
                kept = struck[0].sandbox
            sandbox = self.simulator.control.within(kept).base_url if kept else ""
            return SweepResult(cell, outcome, judgement, sandbox)
        except Unreachable:
            self._hurry()
            raise
        finally:
            self._drop(cell.slug, orders, kept)

    # --- what both have in common ---------------------------------------------------------------

    def _carried_out(
        self, slug: str, orders: Orders, folder: Folder, cell: Cell | None = None
    ) -> _Run:
        """Runs the command; returns how it ended, and what is found in its sandboxes."""
        control, messages = self.simulator.control.within(orders.run), Messages(self._words / slug)
        control.reset()
        control.rescale(1.0 if orders.time_scale is None else orders.time_scale)
        if not orders.struck:
            control.put_faults(orders.faults)
        messages.give(orders)
        url = control.base_url
        command = [each.replace("{url}", url) for each in self.options.command]
        variables = {
            "MOBILEPAY_SIM_URL": url,
            "MOBILEPAY_SIM_SWEEP": str(cell or CLEAN),
            VARIABLE: str(messages.folder),
        }
        if self.token:
            variables["MOBILEPAY_SIM_CONTROL_TOKEN"] = self.token
        ended = self._commands.run(command, variables, self.options.timeout, folder.log(slug))
        if messages.asked_for():
            raise OtherSettings(messages.asked_for())
        if cell is None and not ended.is_fine:
            # The sweep ends with that, and a simulator that hangs may be why.
            self._hurry()
        made = [Made(orders.run, "", ""), *messages.made()]
        looked_at = [each for each in made if not each.label or orders.are_about(each.test)]
        try:
            stages = [
                look(control.within(each.sandbox), each, self._stopping) for each in looked_at
            ]
        except TooManyCalls as error:
            raise CleanRunFailed(str(error), ended.output) from error
        # The run's own sandbox is of no interest where a suite does all in those of its tests.
        return _Run(ended, tuple(each for each in stages if each.label or each.exchanges))

    def _drop(self, slug: str, orders: Orders, kept: str = "") -> None:
        """Drops the sandboxes of a run, but for one that is kept."""
        for name in (orders.run, *(each.sandbox for each in Messages(self._words / slug).made())):
            if name == kept:
                continue
            with may_be_refused(404):
                self.simulator.control.drop(name)
