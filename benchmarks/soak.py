"""Months of a busy shop, squeezed together: do memory, threads and sockets stay where they were?

Tills of the built-in client go through all shipped scenarios, faults and all, over real HTTP in
sandboxes that come and go; time is moved instead of waited for. `make soak`.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from time import monotonic

from simulator.acting import act
from simulator.client import ControlClient, Sandbox
from simulator.data import SEEDED_INTEGRATORS
from simulator.engine.merchants import SEEDED_VATS
from simulator.http_wire import HttpWire
from simulator.model_client import ModelClient
from simulator.process import Simulator
from simulator.scripting.library import Library, shipped_folder
from simulator.scripting.scenario import Scenario

TILLS = 8
#: Payments in a sandbox before it is dropped.
PAYMENTS = 25
#: Virtual time after each payment: longer than any reservation or refund.
AFTERMATH = 10 * 24 * 3600
#: Actions that change the shop for whoever pays next, so that the sandbox begins anew.
LASTING = ("set-store", "change", "set-notifications")
#: So much may memory grow between the first look and the last, and so many sockets may be open.
GROWTH, SPARE = 1.25, 32 * 1024 * 1024
SOCKETS = 4 * TILLS


@dataclass(frozen=True)
class Look:
    """What the server holds: bytes of memory, threads, open files and sockets."""

    memory: int
    threads: int
    files: int


@dataclass
class Tally:
    """What was done, and what went wrong."""

    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, scenario: str, problem: str | None) -> None:
        """Counts a payment; notes what was wrong with it."""
        with self.lock:
            self.done[scenario] += 1
            if problem is not None:
                self.wrong.append(f"{scenario}: {problem}")


class MovingWire(HttpWire):
    """Carries calls over real HTTP, and moves the sandbox's clock where the client would wait."""

    def __init__(self, control: ControlClient) -> None:
        super().__init__(control.base_url)
        self._control = control

    def sleep(self, seconds: float) -> None:
        """Lets the sandbox's time pass."""
        self._control.advance(seconds=seconds)


def look(pid: int) -> Look:
    """Returns what a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    values = dict(line.split(":", 1) for line in status.splitlines())
    return Look(
        memory=int(values["VmRSS"].split()[0]) * 1024,
        threads=int(values["Threads"]),
        files=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
    )


def changes_the_shop(scenario: Scenario) -> bool:
    """Whether what a scenario does outlives its payment."""
    steps = (step for script in scenario.scripts for step in script)
    return any(step.do is not None and step.do.word in LASTING for step in steps)


def problem_with(sandbox: Sandbox, scenario: Scenario, name: str) -> str | None:
    """Plays a scenario with a till; returns what was wrong, or None."""
    control = sandbox.control
    (run_id,) = control.queue(scenario.name)
    wire = MovingWire(control)
    integrator = SEEDED_INTEGRATORS[0]
    client = ModelClient(wire, integrator.client_id, integrator.secret, SEEDED_VATS[0], name=name)
    try:
        gave_up = act(client, scenario.till, lambda step: None)
    finally:
        wire.close()
    control.advance(seconds=AFTERMATH)
    if gave_up is not None:
        return gave_up
    broken = [each for each in control.run(run_id).expectations if each.verdict == "failed"]
    return f"{broken[0].expected}: {broken[0].seen}" if broken else None


def till(
    simulator: Simulator, number: int, scenarios: list[Scenario], end: Event, tally: Tally
) -> None:
    """Takes payments in one sandbox after the other until the end."""
    drawn = random.Random(number)
    while not end.is_set():
        with simulator.sandbox() as sandbox:
            for count in range(PAYMENTS):
                if end.is_set():
                    return
                scenario = drawn.choice(scenarios)
                name = f"soak-{number}-{count}"
                tally.note(scenario.name, problem_with(sandbox, scenario, name))
                if changes_the_shop(scenario):
                    sandbox.control.reset()


def soak(seconds: float) -> tuple[Tally, list[Look]]:
    """Lets tills work for so many real seconds; returns what they did, and looks at the server."""
    # Who holds a call until the customer acts needs a clock that runs by itself.
    scenarios = [
        each for each in Library([shipped_folder()]) if not any(fault.hold for fault in each.faults)
    ]
    tally, end, looks = Tally(), Event(), []
    with Simulator(max_sandboxes=TILLS * 4) as simulator, ThreadPoolExecutor(TILLS) as pool:
        tills = [
            pool.submit(till, simulator, number, scenarios, end, tally) for number in range(TILLS)
        ]
        began = monotonic()
        while monotonic() - began < seconds and not any(each.done() for each in tills):
            end.wait(seconds / 20)
            looks.append(look(simulator.pid))
        end.set()
        for each in tills:
            each.result()
    return tally, looks


def verdicts(tally: Tally, looks: list[Look]) -> Iterator[str]:
    """Yields what is wrong with a soak."""
    yield from tally.wrong[:20]
    # The first fifth is what a server grows to.
    first, last = looks[len(looks) // 5], looks[-1]
    if last.memory > first.memory * GROWTH + SPARE:
        yield f"memory grew from {first.memory:,} to {last.memory:,} bytes"
    if last.threads > first.threads:
        yield f"threads grew from {first.threads} to {last.threads}"
    if last.files > first.files + SOCKETS:
        yield f"open files grew from {first.files} to {last.files}"


def main() -> int:
    """Soaks; returns 0 where all stayed as it was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0, help="how long, in real time")
    tally, looks = soak(parser.parse_args().seconds)
    months = tally.done.total() * AFTERMATH / (30 * 24 * 3600)
    payments = f"{tally.done.total():,} payments of {len(tally.done)} scenarios"
    print(f"{payments}, {months:,.0f} virtual months")
    for each in (looks[0], looks[len(looks) // 5], looks[-1]):
        print(f"  {each.memory / 2**20:8.1f} MiB, {each.threads} threads, {each.files} open files")
    wrong = list(verdicts(tally, looks))
    print("\n".join(wrong) or "all stayed as it was")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
