"""Scenarios in plain English."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

from ..engine.clock import LATEST
from ..engine.error_rows import oauth_word
from ..engine.operations import TOKEN_CALL
from ..engine.values import show_duration
from .cases import CaseDefinition, section_named
from .expectation_base import ClientExpectation
from .expectations import listed
from .fate import Ending
from .faults import Body, Fault, FaultAnswer
from .run_record import RunRecord
from .scenario import Scenario, Step
from .value_kinds import Delay

_BODIES = {
    Body.EMPTY: "an empty body",
    Body.MALFORMED: "malformed JSON",
    Body.TRUNCATED: "a truncated body",
    Body.HTML: "an HTML page",
    Body.WRONG_TYPE: "a body of the wrong type",
}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def in_words(scenario: Scenario) -> Iterator[str]:
    """Yields lines that say what the scenario does."""
    yield f"{scenario.name}: {scenario.summary}"
    if scenario.case is not None:
        yield from _case_in_words(scenario.case)
    for number, script in enumerate(scenario.scripts, 1):
        yield ""
        yield "The payment:" if len(scenario.scripts) == 1 else f"Payment {number}:"
        yield from (f"  {step_in_words(step)}" for step in script)
        if not script:
            yield "  nothing happens by itself"
    if scenario.faults:
        yield ""
        yield "Faults:"
        yield from (f"  {fault_in_words(fault)}" for fault in scenario.faults)
    if scenario.expect:
        yield ""
        yield "Expected of the client:"
        yield from (f"  {expectation_in_words(each)}" for each in scenario.expect)
    yield ""
    yield f"Till script: {', '.join(str(step) for step in scenario.till)}"


def _case_in_words(case: CaseDefinition) -> Iterator[str]:
    opening = case.opens_with
    conditions = (
        (opening.restricted, "with card restrictions", "without card restrictions"),
        (
            opening.notified,
            "on a point of sale with notifications",
            "on a point of sale without notifications",
        ),
    )
    words = [yes if wanted else no for wanted, yes, no in conditions if wanted is not None]
    yield ""
    yield f"A case of the section {section_named(case.section).title}: {case.title}"
    yield f"  at the till: {case.task}"
    yield f"  begins with {' '.join([listed(opening.call, 'or'), *words])}"
    if case.finds is not None:
        yield "  an old payment is active on the point of sale"


def step_in_words(step: Step) -> str:
    """Returns what a step waits for, and what it does."""
    conditions = []
    if step.when is not None:
        conditions.append(f"when the payment is {step.when}")
    if step.when_refund is not None:
        conditions.append(f"when a refund is {step.when_refund}")
    if step.after:
        query = f", or at query {step.or_query} of it" if step.or_query is not None else ""
        conditions.append(f"after {show_duration(step.after)}{query}")
    action = step.do.word if step.do is not None else f"include {step.include}"
    arguments = []
    for each in dataclasses.fields(step.do) if step.do is not None else ():  # type: ignore[arg-type]
        value = getattr(step.do, each.name)
        if value is not None:
            shown = show_duration(value) if isinstance(value, timedelta) else value
            arguments.append(f"{each.name}: {shown}")
    if arguments:
        action += f" ({', '.join(arguments)})"
    return f"{', '.join(conditions)}: {action}" if conditions else action


def fault_in_words(fault: Fault) -> str:
    """Returns which calls a fault applies to, and what happens to them."""
    effects = []
    if fault.hold is not None:
        until = f"is held until the payment is {fault.hold.until}"
        effects.append(f"{until}, at most {show_duration(fault.hold.at_most)}")
    if fault.delay is not None:
        effects.append(f"is answered after {_delay_in_words(fault.delay)}")
    if fault.dribble is not None:
        effects.append(f"gets its response slowly over {show_duration(fault.dribble)}")
    if fault.answer is not None:
        done = "is worked on, but " if fault.is_work_done else ""
        effects.append(f"{done}returns {_answer_in_words(fault)}")
    if fault.cut is not None:
        words = fault.cut.summary
        if not fault.is_work_done:
            words = words.replace("is worked on, but", "fails, and")
        effects.append(words + (" (reset)" if fault.by is Ending.RESET else ""))
    return f"{_calls_in_words(fault)} {', and '.join(effects)}"


def _calls_in_words(fault: Fault) -> str:
    calls = listed(fault.call, "or")
    subject = f"every {calls}"
    if fault.nth is not None:
        number = fault.nth
        ordinal = _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
        subject = f"the {ordinal} {calls}"
    elif fault.first is not None:
        subject = (
            f"the first {calls}" if fault.first == 1 else f"each of the first {fault.first} {calls}"
        )
    elif fault.times is not None:
        subject = f"one {calls}" if fault.times == 1 else f"each of {fault.times} {calls}"
    if fault.lasting is not None:
        subject += f" within {show_duration(fault.lasting)} of the first"
    if fault.chance is not None:
        subject += f", with a probability of {fault.chance},"
    return subject


def _delay_in_words(delay: Delay) -> str:
    shortest = show_duration(delay.at_least)
    if delay.at_most is not None:
        return f"{shortest} to {show_duration(delay.at_most)}"
    return f"about {shortest}" if delay.spread is not None else shortest


def _answer_in_words(fault: Fault) -> str:
    answer = fault.answer or FaultAnswer()
    if answer.body is not Body.ERROR:
        return f"{answer.status} with {_BODIES[answer.body]}"
    words = []
    if set(fault.call) != {TOKEN_CALL}:
        words.append(f"code {answer.code}")
    if TOKEN_CALL in fault.call:
        words.append(f"OAuth's error {oauth_word(answer.status, answer.code)}")
    return f"{answer.status} with {listed(words, 'or')}"


def expectation_in_words(expectation: ClientExpectation) -> str:
    """Returns what a correct client does."""
    return expectation.result(RunRecord(), LATEST).expected
