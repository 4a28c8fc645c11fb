"""Months of a busy shop, squeezed together: do memory, threads and sockets stay where they were?

Tills of the built-in client go through all shipped scenarios, and through faults of all kinds at
any call, over real HTTP in sandboxes that come and go; time is moved instead of waited for.
`make soak`.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from threading import Event, Lock
from time import monotonic
from typing import Any

from simulator.acting import ALIAS, act
from simulator.client import ControlClient
from simulator.data import SEEDED_INTEGRATORS
from simulator.engine.merchants import SEEDED_VATS
from simulator.http_wire import HttpWire, listening
from simulator.model_client import ModelClient
from simulator.process import Simulator
from simulator.scripting.faults import Body
from simulator.scripting.library import Library, shipped_folder
from simulator.scripting.scenario import Scenario
from simulator.sweep.planning import KINDS

TILLS = 8
#: Payments in a sandbox before it is dropped.
PAYMENTS = 10
#: Virtual time after each payment: longer than any reservation or refund.
AFTERMATH = 10 * 24 * 3600
#: Actions that change the shop for whoever pays next, so that the sandbox begins anew.
LASTING = ("set-store", "change", "set-notifications")

#: Fewer payments an hour are no soak.
LEAST = 10_000
#: The server remembers the newest tokens; before the soak it is made to remember as many as it can.
TOKENS = 1100
#: Looks at the server in one soak, and payments after which it has grown to what it needs.
LOOKS, WARM = 100, 400
#: Bytes a payment that memory may grow by, and in all: what is in sandboxes comes and goes.
LEAK, SPARE = 1536, 32 * 1024 * 1024
#: Bytes that it may take after it has warmed up before growth is a leak: its heap settles slowly,
#: within some thousand payments.
ROOM = 6 * 1024 * 1024
#: So many connections may be open more than at first.
SOCKETS = 4 * TILLS

#: What goes wrong once with some call of a payment, whatever scenario it plays.
FAULTS: dict[str, dict[str, Any]] = {
    **{each.name: dict(each.as_fault(None)) for each in KINDS.values()},
    **{
        f"200-{each}": {"answer": {"status": 200, "body": each}, "work": "done"}
        for each in Body
        if each is not Body.WRONG_TYPE
    },
    **{f"500-{each}": {"answer": {"status": 500, "body": each}} for each in Body},
    "slow": {"delay": {"at_least": "10ms", "at_most": "200ms"}},
    "dribble": {"dribble": "200ms"},
}
#: What is played while it does, and the calls it may strike: all that can be made again. A second
#: PaymentReady is refused, as documented.
STRUCK = ("success", "prepared-success", "refund", "cancelled-by-client")
CALLS = (
    "Token",
    "CreatePos",
    "InitiatePayment",
    "PreparePayment",
    "QueryPayment",
    "CapturePayment",
    "CancelPayment",
    "GetCheckIn",
    "CreateRefund",
    "GetRefund",
    "CaptureRefund",
)


@dataclass(frozen=True)
class Look:
    """What the server holds after so many payments; memory in bytes."""

    payments: int
    memory: int
    threads: int
    files: int
    sockets: int


@dataclass
class Tally:
    """What was done, and what went wrong."""

    scenarios: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    once_wrong: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, scenario: str, fault: str | None, problem: str | None) -> None:
        """Counts a payment; notes what was wrong with it."""
        with self.lock:
            self.scenarios[scenario] += 1
            if fault is not None:
                self.faults[fault] += 1
            if problem is not None:
                self.wrong.append(f"{scenario}, {fault or 'no fault'}: {problem}")


class MovingWire(HttpWire):
    """Carries calls over real HTTP, and moves the sandbox's clock where the client would wait."""

    def __init__(self, control: ControlClient) -> None:
        super().__init__(control.base_url)
        self.control = control

    def sleep(self, seconds: float) -> None:
        """Lets the sandbox's time pass."""
        self.control.advance(seconds=seconds)


class Till:
    """A till that pays again and again.

    Args:
        number: what tells it from others.
        scenarios: what it plays.
    """

    def __init__(self, number: int, scenarios: Sequence[Scenario]) -> None:
        self._number = number
        self._scenarios = {each.name: each for each in scenarios}
        self._drawn = random.Random(number)
        self._client: ModelClient | None = None
        self._count = 0
        #: Where it is told of check-ins.
        self.url = ""

    def take_notice(self) -> None:
        """Is told of a check-in."""
        if self._client is not None:
            self._client.take_notice()

    def pay(self, wire: MovingWire, tally: Tally) -> None:
        """Plays a scenario, or one of a few with a fault somewhere."""
        fault, call = None, self._drawn.choice(CALLS)
        strikes: list[dict[str, Any]] = []
        if self._drawn.random() < 0.5:
            fault = self._drawn.choice(sorted(FAULTS))
            scenario = self._scenarios[self._drawn.choice(STRUCK)]
            strikes = [{"call": call, "nth": 1, **FAULTS[fault]}]
        else:
            scenario = self._drawn.choice(list(self._scenarios.values()))
        named = fault and f"{fault} at {call}"
        problem = self._problem_with(wire, scenario, strikes)
        if problem is not None:
            # A machine with too much to do answers later than clients wait; a mistake stays one.
            tally.once_wrong.append(f"{scenario.name}, {named or 'no fault'}: {problem}")
            wire.control.reset()
            problem = self._problem_with(wire, scenario, strikes)
        tally.note(scenario.name, named, problem)
        if changes_the_shop(scenario):
            wire.control.reset()

    def _problem_with(
        self, wire: MovingWire, scenario: Scenario, strikes: list[dict[str, Any]]
    ) -> str | None:
        """Plays a scenario while these faults are about; returns what was wrong, or None."""
        control = wire.control
        control.put_faults(json.dumps({"faults": strikes}))
        control.set_callback(ALIAS, self.url)
        # Who holds a call until the customer acts needs a clock that runs by itself.
        control.rescale(1.0 if any(fault.hold for fault in scenario.faults) else 0.0)
        (run_id,) = control.queue(scenario.name)
        self._count += 1
        integrator, name = SEEDED_INTEGRATORS[0], f"soak-{self._number}-{self._count}"
        self._client = ModelClient(
            wire, integrator.client_id, integrator.secret, SEEDED_VATS[0], name=name
        )
        try:
            gave_up = act(self._client, scenario.till, lambda step: None)
        finally:
            self._client = None
        control.advance(seconds=AFTERMATH)
        if gave_up is not None:
            return gave_up
        broken = [each for each in control.run(run_id).expectations if each.verdict == "failed"]
        return f"{broken[0].expected}: {broken[0].seen}" if broken else None


def look(pid: int, payments: int) -> Look:
    """Returns what a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    values = dict(line.split(":", 1) for line in status.splitlines())
    files = list(names_of_files(pid))
    return Look(
        payments=payments,
        memory=int(values["VmRSS"].split()[0]) * 1024,
        threads=int(values["Threads"]),
        files=len(files),
        sockets=sum(1 for each in files if each.startswith("socket:")),
    )


def names_of_files(pid: int) -> Iterator[str]:
    """Yields what a process has open; some of it may be closed meanwhile."""
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(each.readlink())
        except FileNotFoundError:
            continue


def changes_the_shop(scenario: Scenario) -> bool:
    """Whether what a scenario does outlives its payment."""
    steps = (step for script in scenario.scripts for step in script)
    return any(step.do is not None and step.do.word in LASTING for step in steps)


def work(
    simulator: Simulator, number: int, scenarios: Sequence[Scenario], end: Event, tally: Tally
) -> None:
    """Takes payments in one sandbox after the other until the end."""
    till = Till(number, scenarios)
    with listening(till.take_notice) as till.url:
        while not end.is_set():
            with simulator.sandbox() as sandbox, closing(MovingWire(sandbox.control)) as wire:
                for _ in range(PAYMENTS):
                    if end.is_set():
                        return
                    till.pay(wire, tally)


def fill(simulator: Simulator) -> None:
    """Lets the server remember all it will, of tokens, so that this is not taken for a leak."""
    integrator = SEEDED_INTEGRATORS[0]
    for _ in range(TOKENS // PAYMENTS):
        with simulator.sandbox() as sandbox, closing(HttpWire(sandbox.base_url)) as wire:
            for number in range(PAYMENTS):
                name = f"fill-{number}"
                client = ModelClient(
                    wire, integrator.client_id, integrator.secret, SEEDED_VATS[0], name=name
                )
                client.create_pos()


def soak(seconds: float) -> tuple[Tally, list[Look]]:
    """Lets tills work for so many real seconds; returns what they did, and looks at the server."""
    scenarios = list(Library([shipped_folder()]))
    tally, end, looks = Tally(), Event(), []
    with Simulator(max_sandboxes=TILLS * 4) as simulator, ThreadPoolExecutor(TILLS) as pool:
        fill(simulator)
        tills = [
            pool.submit(work, simulator, number, scenarios, end, tally) for number in range(TILLS)
        ]
        began = monotonic()
        while monotonic() - began < seconds and not any(each.done() for each in tills):
            end.wait(seconds / LOOKS)
            looks.append(look(simulator.pid, tally.scenarios.total()))
        end.set()
        for each in tills:
            each.result()
    return tally, looks


def settled_in(looks: Sequence[Look]) -> Sequence[Look]:
    """Returns the looks after the server had grown to what it needs; all, where it never had."""
    settled = [each for each in looks if each.payments >= WARM]
    return settled if len(settled) > 1 else looks


def growth(looks: Sequence[Look]) -> float:
    """Returns by how many bytes memory grows with each payment, by the line through all looks."""
    payments = [float(each.payments) for each in looks]
    return linear_regression(payments, [float(each.memory) for each in looks]).slope


def verdicts(tally: Tally, looks: Sequence[Look], seconds: float) -> Iterator[str]:
    """Yields what is wrong with a soak."""
    yield from tally.wrong[:20]
    settled = settled_in(looks)
    first, last = settled[0], settled[-1]
    if first.payments < WARM:
        yield f"{last.payments} payments are too few to tell: it warms up in the first {WARM}"
    if (rate := last.payments / seconds * 3600) < LEAST:
        yield f"only {rate:,.0f} payments an hour, where {LEAST:,} are a soak"
    if (leak := growth(settled)) > LEAK and last.memory > first.memory + ROOM:
        yield f"memory grew by {leak:,.0f} bytes a payment"
    if last.memory > first.memory + SPARE:
        yield f"memory grew from {first.memory:,} to {last.memory:,} bytes"
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
            f"  {name:14}{each.memory / 2**20:8.1f} MiB, {each.threads} threads, "
            f"{each.files} open files, {each.sockets} of them sockets"
        )
    print(
        f"  from then on {growth(settled):+,.0f} bytes a payment; more than {LEAK:,} is a leak,"
        f" where it comes to {ROOM // 1024 // 1024} MiB"
    )
    for each_wrong in tally.once_wrong:
        print(f"  once wrong, {each_wrong}")
    wrong = list(verdicts(tally, looks, seconds))
    print("\n".join(wrong) or "all stayed as it was")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
