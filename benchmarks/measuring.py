"""What the loads have in common: latencies while it counts, percentiles, how busy everybody was."""

import asyncio
import json
import os
import sys
import time
from array import array
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

if sys.platform != "win32":
    from uvloop import new_event_loop
else:
    from asyncio import new_event_loop

__all__ = ["Measured", "Stopwatch", "memory", "run_job", "summary", "with_children", "work_off"]


@dataclass
class Measured:
    """What was seen while it counted.

    Args:
        steps: the names of what is sent.
        is_counting: whether what is answered now counts.
        is_over: whether nobody shall begin anything more.
        started: how often the steps were begun.
    """

    steps: Iterable[str]
    is_counting: bool = False
    is_over: bool = False
    started: int = 0
    latencies: "dict[str, array[float]]" = field(init=False)

    def __post_init__(self) -> None:
        self.latencies = {step: array("d") for step in self.steps}

    def note(self, step: str, began: float) -> None:
        """An answer has come, to what was sent at `began` by the performance counter."""
        if self.is_counting:
            self.latencies[step].append(time.perf_counter() - began)


class Worker(Protocol):
    """A connection that sends until all is over."""

    done: "asyncio.Future[None]"


@dataclass
class Stopwatch:
    """How long something took, and how much of a processor the servers and this client used.

    Args:
        pids: the servers' processes.
    """

    pids: list[int]

    def __post_init__(self) -> None:
        self._began = self._read()

    def _read(self) -> tuple[float, ...]:
        return time.perf_counter(), time.process_time(), *map(_processor_time, self.pids)

    def stop(self) -> tuple[float, float, list[float]]:
        """Returns the seconds that passed, the client's share, and the servers'."""
        passed, client, *servers = (
            now - then for now, then in zip(self._read(), self._began, strict=True)
        )
        return passed, client / passed, [each / passed for each in servers]


async def work_off(
    measured: Measured, workers: Sequence[Worker], seconds: float, pids: list[int]
) -> dict[str, Any]:
    """Lets workers work that have begun; returns what was seen.

    Args:
        measured: where they note it.
        workers: all of them.
        seconds: how long to measure, after a second of warm-up; 0 until they stop by themselves.
        pids: the servers' processes.
    """
    watch = Stopwatch(pids)
    if seconds:
        await asyncio.sleep(1)
        measured.is_counting = True
        watch = Stopwatch(pids)
        await asyncio.sleep(seconds)
        measured.is_counting = False
        measured.is_over = True
        passed, client, servers = watch.stop()
        await asyncio.gather(*(each.done for each in workers))
    else:
        await asyncio.gather(*(each.done for each in workers))
        passed, client, servers = watch.stop()
    every = array("d")
    for each in measured.latencies.values():
        every.extend(each)
    return {
        "seconds": round(passed, 3),
        "requests_per_second": round(len(every) / passed),
        "server_busy": round(sum(servers), 2),
        "servers_busy": [round(each, 2) for each in servers],
        "client_busy": round(client, 2),
        "milliseconds": {
            "all": summary(every),
            **{step: summary(found) for step, found in measured.latencies.items() if found},
        },
    }


def run_job(work: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
    """Reads a job's fields from stdin as JSON, does it, and writes the result to stdout."""
    fields = json.load(sys.stdin)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        json.dump(runner.run(work(fields)), sys.stdout)


def summary(latencies: "array[float]") -> dict[str, float]:
    """Returns how many there are, and percentiles in milliseconds."""
    ordered = sorted(latencies)
    points = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    last = len(ordered) - 1
    return {
        "count": len(ordered),
        **{name: round(ordered[int(last * point)] * 1000, 3) for name, point in points.items()},
    }


def memory(pid: int | None = None) -> float:
    """Returns the resident memory of a process, by default of this one, in MiB."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def with_children(pid: int) -> list[int]:
    """Returns a process and all that it has started, and these in turn."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def _processor_time(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
