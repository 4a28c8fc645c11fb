"""Months of a busy shop, squeezed together: do memory, threads and sockets stay where they were?

Tills of the built-in client go through all shipped scenarios, and through faults of all kinds at
any call, over real HTTP in sandboxes that come and go; time is moved instead of waited for. Now
and then all tills stop, their sandboxes are dropped, and what the server still holds is counted.
`make soak`.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median
from threading import Event
from time import monotonic, sleep

from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioLibrary

from benchmarks.soak_server import SoakedSimulator
from benchmarks.soak_tills import AFTERMATH, Tally, Till, fill, work

TILLS = 8
#: Fewer payments an hour are no soak; a machine that others use, too, gets through these.
LEAST = 2_000
#: How often the server is looked at, at least and at most, and about how many seconds apart.
FEWEST_LOOKS, MOST_LOOKS, APART = 5, 40, 20.0
#: Real seconds in which connections end, and what waits for nobody any more.
SETTLING = 1.0
#: Payments after which the server has in use what it needs.
WARM = 100
#: Bytes in use that each payment may add, and that all together may add whatever there is of them:
#: a connection that is still ending, a table that has doubled.
LEAK, ROOM = 1024, 256 * 1024
#: Bytes by which the process may grow: freed memory is not given back at once.
SPARE = 64 * 1024 * 1024
#: So many files may be open more than at first: connections whose other end is gone end later.
SOCKETS = 2 * TILLS


@dataclass(frozen=True)
class Look:
    """What the server holds after so many payments, when nobody is there; memory in bytes."""

    payments: int
    used: int
    objects: int
    memory: int
    threads: int
    files: int
    sockets: int


def look(simulator: SoakedSimulator, payments: int) -> Look:
    """Returns what a server holds."""
    in_use = simulator.memory()
    process = Path(f"/proc/{simulator.pid}")
    status = (process / "status").read_text(encoding="utf-8")
    values = dict(line.split(":", 1) for line in status.splitlines())
    files = list(names_of_files(process / "fd"))
    return Look(
        payments=payments,
        used=in_use.used,
        objects=in_use.objects,
        memory=int(values["VmRSS"].split()[0]) * 1024,
        threads=int(values["Threads"]),
        files=len(files),
        sockets=sum(1 for each in files if each.startswith("socket:")),
    )


def names_of_files(folder: Path) -> Iterator[str]:
    """Yields what a process has open; some of it may be closed meanwhile."""
    for each in folder.iterdir():
        try:
            yield str(each.readlink())
        except FileNotFoundError:
            continue


def soak(seconds: float) -> tuple[Tally, list[Look]]:
    """Lets tills work for so many real seconds; returns what they did, and looks at the server."""
    scenarios = list(ScenarioLibrary([shipped_folder()]))
    tally, looks = Tally(), []
    rounds = min(max(round(seconds / APART), FEWEST_LOOKS), MOST_LOOKS)
    with (
        tempfile.TemporaryDirectory() as folder,
        SoakedSimulator(Path(folder) / "memory", max_sandboxes=TILLS * 4) as simulator,
        ThreadPoolExecutor(TILLS) as pool,
    ):
        fill(simulator)
        tills = [Till(number, scenarios) for number in range(TILLS)]
        began = monotonic()
        for number in range(1, rounds + 1):
            end = Event()
            working = [pool.submit(work, simulator, each, end, tally) for each in tills]
            while monotonic() < began + seconds * number / rounds:
                if any(each.done() for each in working):
                    break
                sleep(0.05)
            end.set()
            for each in working:
                each.result()
            sleep(SETTLING)
            looks.append(look(simulator, tally.scenarios.total()))
    return tally, looks


def settled_in(looks: Sequence[Look]) -> Sequence[Look]:
    """Returns the looks after the server had in use what it needs; all, where it never had."""
    settled = [each for each in looks if each.payments >= WARM]
    return settled if len(settled) > 1 else looks


def growth(looks: Sequence[Look]) -> float:
    """Returns by how many bytes the memory in use grows with each payment.

    It is the median of the slopes between any two looks, so that a single look that is out of the
    ordinary does not count.
    """
    slopes = [
        (later.used - earlier.used) / (later.payments - earlier.payments)
        for earlier, later in combinations(looks, 2)
        if later.payments > earlier.payments
    ]
    return median(slopes) if slopes else 0.0


def verdicts(tally: Tally, looks: Sequence[Look], seconds: float) -> Iterator[str]:
    """Yields what is wrong with a soak."""
    yield from tally.wrong[:20]
    settled = settled_in(looks)
    first, last = settled[0], settled[-1]
    if first.payments < WARM or len(settled) < 2:
        yield f"{last.payments} payments are too few to tell: it warms up in the first {WARM}"
    if (rate := last.payments / seconds * 3600) < LEAST:
        yield f"only {rate:,.0f} payments an hour, where {LEAST:,} are a soak"
    if (leak := growth(settled)) > LEAK and last.used > first.used + ROOM:
        yield f"memory in use grew by {leak:,.0f} bytes a payment"
    if last.memory > first.memory + SPARE:
        yield f"the process grew from {first.memory:,} to {last.memory:,} bytes"
    if last.threads > first.threads:
        yield f"threads grew from {first.threads} to {last.threads}"
    if last.files > first.files + SOCKETS:
        yield f"open files grew from {first.files} to {last.files}"


def main() -> int:
    """Soaks; returns 0 where all stayed as it was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0, help="how long, in real time")
    seconds = parser.parse_args().seconds
    tally, looks = soak(seconds)
    total, settled = tally.scenarios.total(), settled_in(looks)
    months = total * AFTERMATH / (30 * 24 * 3600)
    kinds = f"{len(tally.scenarios)} scenarios, {len(tally.faults)} faults at calls"
    print(f"{total:,} payments of {kinds}; {total / seconds * 3600:,.0f} an hour")
    print(f"{months:,.0f} virtual months in {seconds:,.0f} seconds")
    for name, each in (("first", looks[0]), ("warmed up", settled[0]), ("last", looks[-1])):
        print(
            f"  {name:14}{each.payments:8,} payments: {each.used / 2**20:.2f} MiB in use, "
            f"{each.objects:,} objects, {each.memory / 2**20:.1f} MiB resident, "
            f"{each.threads} threads, {each.files} open files, {each.sockets} of them sockets"
        )
    print(
        f"  from then on {growth(settled):+,.0f} bytes in use a payment; "
        f"more than {LEAK:,} is a leak, where it comes to {ROOM // 1024} KiB"
    )
    for each_wrong in tally.once_wrong:
        print(f"  once wrong, {each_wrong}")
    wrong = list(verdicts(tally, looks, seconds))
    print("\n".join(wrong) or "all stayed as it was")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
