"""A warmed-up test session that tries mutants: collected once, forked for each of them.

A mutant of a function is tried by giving the functions that are there the mutant's code; one of a
table, a default or anything else that is made while modules are imported by importing them anew.
"""

import gc
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.changing import Target, exchange, functions_by_file, import_changed
from tests.mutation.covering import ROOT, Covering

__all__ = ["Result", "try_all"]

OPTIONS = [
    "-q",
    "-s",
    "--tb=no",
    "--assert=plain",
    *(f"-pno:{each}" for each in ("cacheprovider", "xdist", "cov")),
]
#: The fixtures of the whole simulator; tests that ask for them are too slow to import anew.
WHOLE = ("server", "till", "app")
#: No test that takes longer is run, and no more of them for one mutant than take so long in all.
SLOWEST, ENOUGH = 0.3, 0.8
QUICK = 0.02
#: Tests of a module that are not named after it.
OWN = {
    "clock": ("tests/engine/test_clock_time.py",),
    "client_expectations": ("tests/scripting/test_findings.py",),
    "scenario_engine": ("tests/scripting/test_fault_decisions.py",),
    "retry_expectations": ("tests/scripting/test_findings.py",),
    "errors": ("tests/api/test_error_codes.py",),
    "expectations": ("tests/scripting/test_findings.py",),
    "script_runner": ("tests/scripting/test_fault_decisions.py",),
    "runs": ("tests/scripting/test_records.py",),
}
#: A test may take this many times as long as it did, and this many seconds more.
PATIENCE, GRACE = 10, 8
MEMORY = 6 << 30
_Cached = type(lru_cache(len))


@dataclass(frozen=True)
class Result:
    """What became of a mutant: `killed`, `survived`, `timeout`, `crashed` or `untested`."""

    name: str
    line: int
    outcome: str
    by: str = ""
    seconds: float = 0.0


def try_all(
    targets: Sequence[Target],
    tests: Sequence[str],
    every: Sequence[Path],
    jobs: int,
    done: Callable[[Result], None],
    *,
    is_quick: bool = False,
) -> None:
    """Tries the mutants, and calls `done` with each result.

    Args:
        targets: the mutants.
        tests: the files and folders of the tests that may notice them.
        every: all modules that have mutants.
        jobs: how many are tried at a time.
        is_quick: whether modules that have changed are measured with their own tests alone.
    """
    covering = Covering(every, is_quick=is_quick)
    covering.start()
    # Only now, as it imports the modules.
    from tests.mutation.inside import replace_servers

    replace_servers()
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        max_examples=25,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("mutants")
    sys.stdout.flush()
    out = os.dup(1)
    sys.stdout = os.fdopen(out, "w", buffering=1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    pytest.main([*_options(), *tests], plugins=[_Session(targets, tests, jobs, done, covering)])


class _Session:
    """The plugin that runs the tests once, to learn which covers what, and then the mutants."""

    def __init__(
        self,
        targets: Sequence[Target],
        tests: Sequence[str],
        jobs: int,
        done: Callable[[Result], None],
        covering: Covering,
    ) -> None:
        self._targets = targets
        self._tests = tests
        self._jobs = jobs
        self._done = done
        self._covering = covering
        self._items: dict[str, pytest.Item] = {}
        self._durations: dict[str, float] = {}
        self._killers: dict[tuple[Path, str], str] = {}
        self._caches: list[Any] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Runs the session instead of pytest."""
        self._covering.measure(session.items)
        times = self._covering.times
        self._durations = {name: took for name, took in times.items() if took < SLOWEST}
        self._items = {
            each.nodeid: each for each in session.items if each.nodeid in self._durations
        }
        self._lines = self._covering.lines
        sys.stdout.write(f"{len(self._items)} tests, {sum(self._durations.values()):.0f} s\n")
        self._functions = functions_by_file()
        waiting: list[_Try] = []
        for target in self._targets:
            if target.mutant.function and not self._contexts(target):
                self._done(Result(target.name, target.mutant.lines[0], "untested"))
            else:
                waiting.append(self._first_try(target))
        self._caches = [each for each in gc.get_objects() if isinstance(each, _Cached)]
        # What is fast comes first.
        waiting.sort(key=lambda each: each.is_anew)
        # So that children need not copy what they only look at.
        gc.collect()
        gc.freeze()
        self._run(waiting)
        return True

    # --- which tests ---

    def _contexts(self, target: Target) -> set[str]:
        lines = self._lines[target.path]
        first, last = target.mutant.lines
        return {each for line in range(first, last + 1) for each in lines.get(line, ())}

    def _first_try(self, target: Target) -> "_Try":
        names = self._contexts(target) & self._items.keys()
        if not target.mutant.function:
            return _Try(target, [], is_anew=True)
        names = self._worth_trying(names, target.path)
        return _Try(target, names, is_anew=not names)

    def _worth_trying(self, names: Iterable[str], path: Path) -> list[str]:
        """Returns the tests that are run: quick ones of the module first, then of its package."""
        own, package = _own_files(path), f"tests/{path.parent.name}/"
        found, total = [], 0.0
        for name in sorted(
            names,
            key=lambda each: (
                self._durations[each] > QUICK,
                not each.startswith(own),
                package not in each,
                self._durations[each],
            ),
        ):
            total += self._durations[name]
            if total > ENOUGH:
                break
            found.append(name)
        return found

    # --- processes ---

    def _run(self, waiting: list["_Try"]) -> None:
        waiting.reverse()
        running: dict[int, _Try] = {}
        pipes: dict[int, int] = {}
        while waiting or running:
            while waiting and len(running) < self._jobs:
                self._start(waiting.pop(), running, pipes)
            pid, status = os.wait()
            tried = running.pop(pid)
            by = _drained(pipes.pop(pid))
            outcome = _outcome(status)
            if outcome == "anew":
                waiting.insert(0, _Try(tried.target, [], is_anew=True))
                continue
            if outcome == "killed" and not tried.is_anew:
                self._killers[tried.target.path, tried.target.mutant.function] = by
            took = time.perf_counter() - tried.begun
            line = tried.target.mutant.lines[0]
            self._done(Result(tried.target.name, line, outcome, by, round(took, 2)))

    def _start(self, tried: "_Try", running: dict[int, "_Try"], pipes: dict[int, int]) -> None:
        reading, writing = os.pipe()
        tried.begun = time.perf_counter()
        killer = self._killers.get((tried.target.path, tried.target.mutant.function))
        if killer in tried.tests:
            tried.tests.remove(killer)
            tried.tests.insert(0, killer)
        pid = os.fork()
        if pid:
            os.close(writing)
            running[pid] = tried
            pipes[pid] = reading
            return
        code = 3
        try:
            sys.stdout = sys.stderr
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            code = self._try_anew(tried, writing) if tried.is_anew else self._try(tried, writing)
        except BaseException as error:
            os.write(writing, repr(error)[:500].encode())
        finally:
            os._exit(code)

    def _try(self, tried: "_Try", writing: int) -> int:
        target = tried.target
        target.mutant.apply()
        path = str(ROOT / target.path)
        code = compile(target.tree, path, "exec")
        if not exchange(self._functions.get(path, []), code):
            return 4
        # What the right code has answered would hide that the mutant answers otherwise.
        for cached in self._caches:
            cached.cache_clear()
        items = [self._items[each] for each in tried.tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            limit = GRACE + PATIENCE * self._durations[item.nodeid]
            signal.setitimer(signal.ITIMER_REAL, limit)
            if any(each.failed for each in runtestprotocol(item, log=False, nextitem=following)):
                os.write(writing, item.nodeid.encode())
                return 1
        return 0

    def _try_anew(self, tried: "_Try", writing: int) -> int:
        target = tried.target
        target.mutant.apply()
        import_changed(target)
        package = f"tests/{target.path.parent.name}/"
        cut = f"--confcutdir={package}"
        near = [
            name
            for name, item in self._items.items()
            if name.startswith((package, *_own_files(target.path))) and not _needs_all(item)
        ]
        order = self._worth_trying(near, target.path)
        files = [*dict.fromkeys(each.split("::")[0] for each in order)]
        signal.setitimer(signal.ITIMER_REAL, 60)
        for tests in (files[:1], files):
            watch = _Watch(order, self._durations, writing)
            options = [*_options(), "-x", cut, *tests]
            if tests and pytest.main(options, plugins=[watch]) not in (0, 5):
                return 1
        return 0


@dataclass
class _Try:
    target: Target
    tests: list[str]
    is_anew: bool
    begun: float = 0.0


class _Watch:
    """The plugin of a session that imports a mutant."""

    def __init__(self, order: list[str], durations: dict[str, float], writing: int) -> None:
        self._order = {name: place for place, name in enumerate(order)}
        self._durations = durations
        self._writing = writing
        self._has_failed = False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keeps the tests that are worth their time, in their order."""
        items[:] = [each for each in items if each.nodeid in self._order]
        items.sort(key=lambda each: self._order[each.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Sets the time limit of a test."""
        limit = GRACE + PATIENCE * self._durations.get(nodeid, 0.0)
        signal.setitimer(signal.ITIMER_REAL, limit)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes the test that noticed."""
        if report.failed and not self._has_failed:
            self._has_failed = True
            os.write(self._writing, report.nodeid.encode())


def _options() -> list[str]:
    # A folder of its own, as pytest clears away those of other sessions else.
    return [*OPTIONS, f"--basetemp={ROOT / 'build' / 'mutants' / str(os.getpid())}"]


def _own_files(path: Path) -> tuple[str, ...]:
    """Returns the files of a module's own tests."""
    return (f"tests/{path.parent.name}/test_{path.stem}.py", *OWN.get(path.stem, ()))


def _needs_all(item: pytest.Item) -> bool:
    """Whether a test asks for the whole simulator."""
    return any(each in WHOLE for each in getattr(item, "fixturenames", ()))


def _outcome(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGALRM else "crashed"
    return {0: "survived", 1: "killed", 4: "anew"}.get(os.WEXITSTATUS(status), "crashed")


def _drained(pipe: int) -> str:
    with os.fdopen(pipe, "rb") as reading:
        ready, _, _ = select.select([reading], [], [], 0)
        return reading.read(2000).decode(errors="replace") if ready else ""
