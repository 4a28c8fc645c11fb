"""Runs a test has queued: their verdict as it is now, and waiting for it."""

from simulator.client.control import ControlClient
from simulator.client.shapes import Expectation, Run, Verdict

__all__ = ["LiveRun"]


class LiveRun:
    """A scenario at work on the client, or several runs of one.

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
        """Failed if one of them is, else unfinished if one of them is, else passed."""
        verdicts = {each.verdict for each in self.runs}
        return next(v for v in _WORST_FIRST if v in verdicts)

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """What is expected of the client, and what became of it."""
        return tuple(expectation for run in self.runs for expectation in run.expectations)

    @property
    def payments(self) -> tuple[str, ...]:
        """The ids of the payments they played on."""
        return tuple(payment for run in self.runs for payment in run.payments)

    def wait(self, timeout: float = 30.0) -> "LiveRun":
        """Waits until each has a verdict, or for `timeout` real seconds each; returns itself."""
        for each in self.ids:
            self._control.wait(each, timeout)
        return self

    def assert_passed(self) -> None:
        """Says what the client did wrong, if anything.

        Raises:
            AssertionError: a run has failed, or is not finished.
        """
        wrong = [run for run in self.runs if run.verdict is not Verdict.PASSED]
        if wrong:
            raise AssertionError("\n".join(_said(run) for run in wrong))


_WORST_FIRST = (Verdict.FAILED, Verdict.UNFINISHED, Verdict.PASSED)


def _said(run: Run) -> str:
    lines = [f"run {run.id} of {run.scenario}: {run.verdict}"]
    lines += [f"  stopped: {run.stopped}"] if run.stopped else []
    for each in run.expectations:
        if each.verdict is not Verdict.PASSED:
            lines.append(
                f"  {each.verdict}: {each.expected}" + (f"; {each.seen}" if each.seen else "")
            )
    return "\n".join(lines)
