"""Scenarios in plain English."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

from simulator.engine.values import show_duration
from simulator.scripting.cases import Case, section_named
from simulator.scripting.expectations import Expectation, Record
from simulator.scripting.faults import Cut, Fault
from simulator.scripting.scenario import Scenario, Step

__all__ = ["expectation_in_words", "fault_in_words", "in_words", "step_in_words"]

_CUTS = {
    Cut.BEFORE_COMMIT: "is not done, and the connection breaks without an answer",
    Cut.AFTER_COMMIT: "is done, but the connection breaks without an answer",
    Cut.MID_BODY: "is done, but the answer breaks off half-way",
    Cut.PAST_CLIENT_TIMEOUT: "is done, but the answer comes after the client has given up",
}


def in_words(scenario: Scenario) -> Iterator[str]:
    """Yields lines that say what the scenario does."""
    yield f"{scenario.name}: {scenario.summary}"
    if scenario.case is not None:
        yield from _case_in_words(scenario.case)
    for number, script in enumerate(scenario.scripts, 1):
        yield ""
        yield "The payment:" if len(scenario.scripts) == 1 else f"Payment {number}:"
        if not script:
            yield "  nobody does anything"
        for step in script:
            yield f"  {step_in_words(step)}"
    if scenario.faults:
        yield ""
        yield "On the wire:"
        for fault in scenario.faults:
            yield f"  {fault_in_words(fault)}"
    if scenario.expect:
        yield ""
        yield "A right client:"
        for each in scenario.expect:
            yield f"  {expectation_in_words(each)}"
    yield ""
    yield f"Played with: {', '.join(str(step) for step in scenario.till)}"


def _case_in_words(case: Case) -> Iterator[str]:
    """Yields what makes a scenario a case of a certification."""
    opening = case.opens_with
    conditions = (
        (opening.restricted, "that disallows a kind of card"),
        (opening.notified, "on a point of sale that is told of check-ins"),
    )
    words = [
        words if is_so else f"not one {words}" for is_so, words in conditions if is_so is not None
    ]
    yield ""
    yield f"A case of the section {section_named(case.section).title}: {case.title}"
    yield f"  at the till: {case.task}"
    yield f"  it begins with {' or '.join(opening.call)}{', ' if words else ''}{', '.join(words)}"
    if case.finds is not None:
        yield "  an old payment is active on the point of sale"


def step_in_words(step: Step) -> str:
    """Returns what a step waits for, and what it does."""
    words = []
    if step.when is not None:
        words.append(f"once it is {step.when},")
    if step.when_refund is not None:
        words.append(f"once a refund of it is {step.when_refund},")
    if step.after:
        words.append(f"{show_duration(step.after)} later")
    if step.do is not None:
        words.append(step.do.word)
        for each in dataclasses.fields(step.do):  # type: ignore[arg-type]
            value = getattr(step.do, each.name)
            if value is not None:
                shown = show_duration(value) if isinstance(value, timedelta) else value
                words.append(f"({each.name}: {shown})")
    return " ".join(words)


def fault_in_words(fault: Fault) -> str:
    """Returns which calls a fault strikes, and what becomes of them."""
    calls = " or ".join(fault.call)
    which = "every"
    if fault.nth is not None:
        which = f"call {fault.nth} of"
    elif fault.first is not None:
        which = f"the first {fault.first} of"
    words = [f"{which} {calls}"]
    if fault.chance is not None:
        words.append(f"with a chance of {fault.chance}")
    if fault.lasting is not None:
        words.append(f"for {show_duration(fault.lasting)}")
    if fault.hold is not None:
        until = f"is kept until the payment is {fault.hold.until}"
        words.append(f"{until}, at most {show_duration(fault.hold.at_most)}")
    if fault.delay is not None:
        words.append(f"is delayed by {show_duration(fault.delay.at_least)} or so")
    if fault.dribble is not None:
        words.append(f"has its answer dribble in over {show_duration(fault.dribble)}")
    if fault.answer is not None:
        done = "is done, but " if fault.is_work_done else ""
        words.append(f"{done}is answered {fault.answer.status} ({fault.answer.body})")
    if fault.cut is not None:
        words.append(_CUTS[fault.cut] + (" (reset)" if fault.by == "reset" else ""))
    return " ".join(words)


def expectation_in_words(expectation: Expectation) -> str:
    """Returns what a right client does."""
    from simulator.engine.clock import LATEST

    return expectation.judge(Record(), LATEST).expected
