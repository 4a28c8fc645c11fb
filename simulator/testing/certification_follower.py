"""Follows a certification from outside: waits for the client, and tells each step as it is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter, sleep

from ..client import (
    CaseState,
    Certification,
    CertificationCase,
    CertificationStep,
    ControlClient,
    StepState,
    UncountedCall,
)
from ..engine.values import count_of

#: Real seconds between two looks.
LOOK = 0.2
MARKS = {
    StepState.DONE: "+",
    StepState.BROKEN: "x",
    StepState.MISSED: "x",
}
_OVER = (CaseState.PASSED, CaseState.FAILED)


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """A line of progress, and how it is to look: good, bad, quiet or plain."""

    text: str
    mood: str = "plain"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in real seconds.

    Args:
        timeout: for the client's next step.
        settle: once all cases are decided: a client can still spoil one.
        fails_fast: whether the first failed case is the end.
    """

    timeout: float
    settle: float
    fails_fast: bool = False


@dataclass(slots=True)
class Follower:
    """Follows one certification.

    Args:
        control: how to ask.
        id: the certification's.
        tell: told each line of progress.
        seen: the certification as it was seen last, where it was.
        is_closed: whether it was approved or abandoned since.
    """

    control: ControlClient
    id: str
    tell: Callable[[ProgressLine], None]
    seen: Certification | None = None
    is_closed: bool = False
    _said: set[tuple[str, int, str, str]] = field(default_factory=set)
    _case: str = ""
    _missed: int = 0

    def follow(self, patience: Patience, is_over: Callable[[], bool]) -> Certification:
        """Returns the certification once it is decided, or nobody goes on with it.

        Args:
            patience: how long to wait.
            is_over: whether the client has ended; without a client of one's own, never.
        """
        last = self.look()
        since = perf_counter()
        while True:
            waited = perf_counter() - since
            is_decided = last.is_decided or (patience.fails_fast and _has_failed(last))
            if is_decided and waited >= patience.settle:
                return last
            if not is_decided and (
                waited >= patience.timeout or (is_over() and waited >= patience.settle)
            ):
                return last
            sleep(LOOK)
            shown = self.look()
            if _progress(shown) != _progress(last):
                since = perf_counter()
            last = shown
            for line in self.news(shown):
                self.tell(line)

    def look(self) -> Certification:
        """Returns the certification as it is now.

        Raises:
            ClientError: the simulator refuses, or does not answer.
        """
        self.seen = self.control.certification(self.id)
        return self.seen

    def news(self, shown: Certification) -> Iterator[ProgressLine]:
        """Yields what of a certification was not told yet."""
        for section in shown.sections:
            for case in section.cases:
                lines = [] if case.state is CaseState.NOT_TESTED else list(self._news_of(case))
                if lines and self._case != case.name:
                    self._case = case.name
                    yield ProgressLine("")
                    yield ProgressLine(f"{section.title} {case.number}: {case.title} ({case.name})")
                yield from lines
        yield from self._news_of_miss(shown)

    def _news_of(self, case: CertificationCase) -> Iterator[ProgressLine]:
        for step in case.steps:
            mark = MARKS.get(step.state)
            # A rule that was kept is no news.
            is_news = step.state is StepState.BROKEN or (mark and step.request)
            if is_news and self._is_new(case, f"{mark}{step.title}"):
                yield _step_line(step, mark or "")
            if step.warning and self._is_new(case, f"!{step.title}"):
                yield ProgressLine(f"  ! Warning: {step.warning}", "bad")
        if case.state in _OVER and self._is_new(case, case.state):
            yield ProgressLine(
                f"  {case.state}", "good" if case.state is CaseState.PASSED else "bad"
            )
            if case.why:
                yield ProgressLine(f"    {case.why}", "bad")
            if case.advice:
                yield ProgressLine(f"    What to do: {case.advice}")

    def _news_of_miss(self, shown: Certification) -> Iterator[ProgressLine]:
        """Yields the newest call that did not count for the case to do next, once."""
        missed = next((each.near_miss for each in shown.cases if each.name == shown.next), None)
        if missed is not None and missed.request > self._missed:
            self._missed = missed.request
            yield ProgressLine(f"  ! {_miss(missed)}", "bad")

    def _is_new(self, case: CertificationCase, what: str) -> bool:
        key = (case.name, case.goes, case.run or "", what)
        if key in self._said:
            return False
        self._said.add(key)
        return True


def summary(shown: Certification) -> Iterator[ProgressLine]:
    """Yields how each section stands in the end, and what is left to do."""
    for section in shown.sections:
        states = [case.state for case in section.cases]
        passed = states.count(CaseState.PASSED)
        mood = "good" if section.state is CaseState.PASSED else "bad"
        more = f", and {count_of(len(section.left_out), 'case')} left out" * bool(section.left_out)
        text = f"{section.state:>12}  {section.title}: {passed} of {len(states)}{more}"
        yield ProgressLine(text, mood)
    if shown.coverage:
        yield ProgressLine(shown.coverage)
    for case in shown.cases:
        if case.state is CaseState.IN_PROGRESS:
            yield ProgressLine(f"In progress: {case.title} ({case.name}). {case.task}")
            missing = next((each for each in case.steps if each.state is StepState.TO_COME), None)
            if missing is not None:
                yield ProgressLine(f"    It waits for: {missing.title}")
    untested = [case for case in shown.cases if case.state is CaseState.NOT_TESTED]
    if untested and shown.stage == "abandoned":
        yield ProgressLine(f"Not tested: {len(untested)}.")
    elif untested:
        first = untested[0]
        yield ProgressLine(
            f"Not tested yet: {len(untested)}. The next: {first.title}. {first.task}"
        )
        if first.near_miss is not None:
            yield ProgressLine(f"    {_miss(first.near_miss)}", "bad")


def _miss(missed: UncountedCall) -> str:
    return (
        f"{missed.operation} did not count: it asked for the scenario {missed.scenario} with "
        f"X-Simulator-Scenario, and a case plays the customer itself. Send it without."
        f"  [request {missed.request}]"
    )


def _step_line(step: CertificationStep, mark: str) -> ProgressLine:
    request = f"  [request {step.request}]" if step.request else ""
    seen = f": {step.seen}" if step.seen else ""
    mood = "quiet" if step.state is StepState.DONE else "bad"
    return ProgressLine(f"  {mark} {step.title}{seen}{request}", mood)


def _progress(shown: Certification) -> object:
    return [(case.goes, case.state, [step.state for step in case.steps]) for case in shown.cases]


def _has_failed(shown: Certification) -> bool:
    return any(case.state is CaseState.FAILED for case in shown.cases)
