"""The runs that a test has queued: their verdict now, and waiting for it."""

import warnings

from .control import ControlClient
from .runs import Expectation, Run, Verdict


class RunRemark(UserWarning):
    """A run has passed, but something about it should be known."""


class LiveRun:
    """One run of a scenario, or several.

    Args:
        control: a client of the sandbox's control API.
        ids: the runs' ids.
    """

    def __init__(self, control: ControlClient, ids: tuple[str, ...]) -> None:
        self._control = control
        self.ids = ids

    @property
    def id(self) -> str:
        """The id of the first run."""
        return self.ids[0]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs as they are now."""
        return tuple(self._control.run(each) for each in self.ids)

    @property
    def verdict(self) -> Verdict:
        """Failed if one run has failed, else unfinished if one is, else passed."""
        verdicts = {each.verdict for each in self.runs}
        return next(v for v in _WORST_FIRST if v in verdicts)

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """The expectations of all runs, with their verdicts."""
        return tuple(expectation for run in self.runs for expectation in run.expectations)

    @property
    def payments(self) -> tuple[str, ...]:
        """The ids of the payments of all runs."""
        return tuple(payment for run in self.runs for payment in run.payments)

    def wait(self, timeout: float = 30.0) -> "LiveRun":
        """Waits until each run has a verdict, at most `timeout` real seconds each."""
        for each in self.ids:
            self._control.wait(each, timeout)
        return self

    def assert_passed(self) -> None:
        """Checks that all runs have passed; the message says what the client did wrong.

        What a passed run remarks, such as money that was never captured, is a warning.

        Raises:
            AssertionError: a run has failed, or is not finished.
        """
        runs = self.runs
        wrong = [run for run in runs if run.verdict is not Verdict.PASSED]
        if wrong:
            raise AssertionError("\n".join(_report(run) for run in wrong))
        for run in runs:
            for remark in run.remarks:
                message = f"run {run.id} of {run.scenario} passed, but {remark}"
                warnings.warn(message, RunRemark, stacklevel=2)


_WORST_FIRST = (Verdict.FAILED, Verdict.UNFINISHED, Verdict.PASSED)


def _report(run: Run) -> str:
    lines = [f"run {run.id} of {run.scenario}: {run.verdict}"]
    lines += [f"  note: {each}" for each in run.remarks]
    for each in run.expectations:
        if each.verdict is not Verdict.PASSED:
            lines.append(
                f"  {each.verdict}: {each.expected}" + (f"; {each.seen}" if each.seen else "")
            )
    lines += [f"  ended: {run.ended_by}"] if run.ended_by else []
    return "\n".join(lines)
