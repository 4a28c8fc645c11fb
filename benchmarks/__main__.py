"""Runs the cases, prints a table and writes the numbers to `benchmarks/results/`."""

import argparse
import json
import os
import platform
from datetime import datetime
from pathlib import Path

from mobilepay_simulator import __version__

from benchmarks.cases import CASES
from benchmarks.support import Result

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Runs the cases that were asked for, by default all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"any of {', '.join(CASES)}")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the work; shows trends, not numbers"
    )
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    results: dict[str, Result] = {}
    for name in arguments.cases or CASES:
        results[name] = CASES[name](0.1 if arguments.quick else 1.0)
        show(name, results[name])
    print(f"\nwritten to {write(results, is_quick=arguments.quick)}")


def show(name: str, result: Result) -> None:
    """Prints the rows of a case."""
    print(f"\n{name}: {CASES[name].__doc__}", flush=True)
    for label, value in result["rows"].items():
        print(f"  {label:45} {value:>12,}", flush=True)


def write(results: dict[str, Result], *, is_quick: bool) -> Path:
    """Writes the numbers, and what they were measured on; returns the file."""
    now = datetime.now().astimezone()
    document = {
        "time": now.isoformat(timespec="seconds"),
        "version": __version__,
        "quick": is_quick,
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
        },
        "results": results,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
