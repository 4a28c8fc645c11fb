"""Which tests run which lines, and how long each takes; kept between runs, as it takes minutes."""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import coverage
import pytest
from _pytest.runner import runtestprotocol

__all__ = ["ROOT", "Covering"]

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "build" / "covering.json"


class Covering:
    """What is known of tests: their times in seconds, and the lines they run.

    Args:
        paths: the modules it is about.
        is_quick: whether a module that has changed is measured with its own tests alone.
    """

    def __init__(self, paths: Iterable[Path], *, is_quick: bool = False) -> None:
        self._is_quick = is_quick
        self._paths = sorted(set(paths))
        self._tracer = coverage.Coverage(
            data_file=None,
            source=[str(ROOT / folder) for folder in sorted({each.parent for each in self._paths})],
            messages=False,
        )
        #: Seconds, by test; only of those that pass.
        self.times: dict[str, float] = {}
        #: The tests that run a line; the empty name is for what importing runs.
        self.lines: dict[Path, dict[int, set[str]]] = {each: {} for each in self._paths}

    def start(self) -> None:
        """Begins to look; before any of the modules is imported."""
        self._tracer.start()

    def measure(self, items: Sequence[pytest.Item]) -> None:
        """Runs the tests of which too little is known."""
        known = self._known()
        files = {each.path: sha256(each.path.read_bytes()).hexdigest()[:12] for each in items}
        keys = {each: f"{each.nodeid} {files[each.path]}" for each in items}
        # One of each file in any case: what is imported late is there before anything is forked.
        firsts = {each.path: each for each in reversed(items) if _takes_no_time(each, known, keys)}
        fresh = [each for each in items if keys[each] not in known or each in firsts.values()]
        sys.stdout.write(f"{len(fresh)} of {len(items)} tests are run to see what they cover\n")
        failed = []
        for item, following in zip(fresh, [*fresh[1:], None], strict=False):
            self._tracer.switch_context(item.nodeid)
            begun = time.process_time()
            reports = runtestprotocol(item, log=False, nextitem=following)
            took = time.process_time() - begun
            known[keys[item]] = {"lines": {}, "time": took}
            if any(report.failed for report in reports):
                failed.append(item.nodeid)
                known[keys[item]]["time"] = None
        self._tracer.stop()
        if failed:
            sys.stdout.write("not run, as they fail without a mutant:\n")
            sys.stdout.writelines(
                f"  {each}\n" for each in sorted({f.split("::")[0] for f in failed})
            )
        self._read_lines({each.nodeid: known[keys[each]] for each in fresh})
        now = {keys[each]: known[keys[each]] for each in items}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps({"sources": self._digests(), "tests": now}), encoding="utf-8")
        for item in items:
            if now[keys[item]]["time"] is not None:
                self.times[item.nodeid] = now[keys[item]]["time"]
                for path, lines in now[keys[item]]["lines"].items():
                    for line in lines:
                        self.lines[Path(path)].setdefault(line, set()).add(item.nodeid)

    def _read_lines(self, tests: dict[str, dict]) -> None:
        data = self._tracer.get_data()
        for path in self._paths:
            for line, names in data.contexts_by_lineno(str(ROOT / path)).items():
                for name in names:
                    if name in tests:
                        tests[name]["lines"].setdefault(str(path), []).append(line)
                    elif not name:
                        self.lines[path].setdefault(line, set()).add("")

    def _known(self) -> dict[str, dict]:
        """Returns what is kept of tests that run nothing that has changed since."""
        if not KEPT.is_file():
            return {}
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
        now = self._digests()
        changed = {path for path, digest in kept["sources"].items() if now.get(path) != digest}
        own = tuple(f"/test_{Path(path).stem}.py:" for path in changed)
        known = {}
        for key, each in kept["tests"].items():
            is_concerned = any(name in key for name in own) or not self._is_quick
            if changed.isdisjoint(each["lines"]) or not is_concerned:
                each["lines"] = {k: v for k, v in each["lines"].items() if k not in changed}
                known[key] = each
        return known

    def _digests(self) -> dict[str, str]:
        return {
            str(each): sha256((ROOT / each).read_bytes()).hexdigest()[:12] for each in self._paths
        }


def _takes_no_time(item: pytest.Item, known: dict[str, dict], keys: dict[pytest.Item, str]) -> bool:
    took = known.get(keys[item], {}).get("time")
    return took is not None and took < 0.1
