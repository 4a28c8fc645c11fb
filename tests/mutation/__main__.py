"""Mutation testing of the engine and the scripting: `python -m tests.mutation`.

Ends with 1 where a package has fewer killed mutants than it should.
"""

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from fnmatch import fnmatch

from tests.mutation.changing import targets_in
from tests.mutation.covering import ROOT
from tests.mutation.session import Result, try_all

PACKAGES = ("engine", "scripting")
#: The tests of the packages, and those of others whose subject they are.
TESTS = (
    *("tests/engine", "tests/scripting", "tests/certification"),
    *("tests/control/test_runs.py", "tests/control/test_faults.py"),
    *("tests/control/test_single_scenarios.py", "tests/api/test_scenarios_by_header.py"),
    *("tests/api/test_error_codes.py", "tests/sandboxes/test_snapshots.py"),
)
RESULTS = ROOT / "build" / "mutants.json"
GOAL = 90.0


def main() -> int:
    """Runs what the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__)
    parser.add_argument("patterns", nargs="*", help="only mutants whose names fit one of these")
    parser.add_argument("--again", action="store_true", help="only those that lived the last time")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    given = parser.parse_args()
    known = {each.name: each for each in _load()}
    paths = [
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in sorted((ROOT / "simulator" / package).glob("*.py"))
    ]
    every = [*targets_in(paths)]
    chosen = [
        each
        for each in every
        if (not given.patterns or any(fnmatch(each.name, f"*{p}*") for p in given.patterns))
        and (not given.again or each.name not in known or not _is_dead(known[each.name]))
    ]
    # Those that were never tried come first.
    chosen.sort(key=lambda each: each.name in known)
    begun = last = time.perf_counter()
    count = 0

    def done(result: Result) -> None:
        nonlocal count, last
        count += 1
        known[result.name] = result
        if result.outcome != "killed":
            print(f"{result.outcome:9} {result.line:4} {result.name}")
        if time.perf_counter() - last > 15:
            last = time.perf_counter()
            print(f"--- {count} of {len(chosen)}, {last - begun:.0f} s")
            _save(known)

    print(f"{len(chosen)} of {len(every)} mutants", flush=True)
    temporary = ROOT / "build" / "mutants"
    temporary.mkdir(parents=True, exist_ok=True)
    try_all(chosen, TESTS, paths, given.jobs, done, is_quick=given.again)
    shutil.rmtree(temporary)
    known = {each.name: known[each.name] for each in every if each.name in known}
    _save(known)
    print(f"{time.perf_counter() - begun:.0f} s")
    return _report(known, len(every))


def _is_dead(result: Result) -> bool:
    return result.outcome in ("killed", "timeout", "crashed")


def _load() -> list[Result]:
    if not RESULTS.is_file():
        return []
    return [Result(**each) for each in json.loads(RESULTS.read_text(encoding="utf-8"))]


def _save(known: dict[str, Result]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps([vars(each) for each in known.values()], indent=1), encoding="utf-8"
    )


def _report(known: dict[str, Result], total: int) -> int:
    is_enough = True
    for package in PACKAGES:
        results = [each for name, each in known.items() if f"/{package}/" in name]
        if not results:
            continue
        counts = Counter(each.outcome for each in results)
        percent = 100 * sum(map(_is_dead, results)) / len(results)
        is_enough = is_enough and percent >= GOAL
        words = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        print(f"simulator/{package}: {len(results)} mutants, {words}: {percent:.1f} % noticed")
    if len(known) < total:
        print(f"{total - len(known)} mutants were not tried yet")
    return 0 if is_enough and len(known) == total else 1


if __name__ == "__main__":
    sys.exit(main())
