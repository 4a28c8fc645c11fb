"""The tills of the soak: they play scenarios with faults, in sandboxes that come and go."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from mobilepay_simulator.client import ControlClient, Unreachable
from mobilepay_simulator.engine.merchants import SEEDED_VATS
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.till_script import ALIAS, act
from mobilepay_simulator.scripting.faults import Body
from mobilepay_simulator.scripting.scenario import Scenario
from mobilepay_simulator.settings.data import SEEDED_INTEGRATORS
from mobilepay_simulator.testing.http_wire import HttpWire, listening
from mobilepay_simulator.testing.process import Simulator
from mobilepay_simulator.testing.sweep.planning import KINDS

#: Payments in a sandbox before it is dropped.
PAYMENTS = 10
#: So many of the last calls are told of a payment that went wrong.
TOLD_CALLS = 12
#: Virtual time after each payment: longer than any reservation or refund.
AFTERMATH = 10 * 24 * 3600
#: Actions that change the shop for whoever pays next, so that the sandbox begins anew.
LASTING = ("set-store", "change", "set-notifications")
#: The server remembers the newest tokens; before the soak it is made to remember as many as it can.
TOKENS = 1100

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
        try:
            problem = self._problem_with(wire, scenario, strikes)
        except Unreachable as error:
            # A connection that broke once is told of; a server that is gone fails again below.
            problem = str(error)
        if problem is not None:
            # A machine with too much to do answers later than clients wait; a mistake stays one.
            seen = last_calls(wire.control)
            tally.once_wrong.append(f"{scenario.name}, {named or 'no fault'}: {problem}; {seen}")
            wire.control.reset()
            problem = self._problem_with(wire, scenario, strikes)
        tally.note(scenario.name, named, problem)
        works_late = any(each.get("work") == "after" for each in strikes)
        if changes_the_shop(scenario) or works_late or any(each.hold for each in scenario.faults):
            # A call that was given up may still be delayed. After ten days its key is out of date,
            # so that it would make a payment of its own, with the scenario of the next one.
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


def last_calls(control: ControlClient) -> str:
    """Returns in a line what a till has called last, so that it can be told why it went wrong."""
    calls = list(control.requests())[-TOLD_CALLS:]
    return ", ".join(
        f"{each.operation} {each.status} at {each.at:%H:%M:%S.%f} in {each.duration_ms:.0f} ms "
        f"of {each.run} ({each.fault or 'no fault'})"
        for each in calls
    )


def changes_the_shop(scenario: Scenario) -> bool:
    """Whether what a scenario does outlives its payment."""
    steps = (step for script in scenario.scripts for step in script)
    return any(step.do is not None and step.do.word in LASTING for step in steps)


def work(simulator: Simulator, till: Till, end: Event, tally: Tally) -> None:
    """Takes payments in one sandbox after the other until the end, and drops the last one."""
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
