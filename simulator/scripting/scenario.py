"""What a scenario is: frozen data, read from YAML."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from simulator.documents import (
    Kind,
    Node,
    Problem,
    ProblemsFound,
    Reader,
    choice_of,
    field_of,
    list_of,
    nearest,
    parse,
    read_text,
    shape_kind,
    text_kind,
)
from simulator.engine.states import PAYMENTS, PaymentState, RefundState
from simulator.engine.values import as_duration
from simulator.scripting import conduct, expectations
from simulator.scripting.actions import ACTIONS, Action
from simulator.scripting.cases import CASE, Case
from simulator.scripting.faults import FAULTS, Fault
from simulator.scripting.judging import Expectation, read_expectation
from simulator.scripting.matchers import AppliesTo
from simulator.scripting.till import TILL, TillStep

__all__ = [
    "Scenario",
    "Step",
    "Texts",
    "as_scenario_name",
    "case_of",
    "place_of",
    "read_scenario",
    "scenario_of",
    "with_includes",
]

Texts = tuple[tuple[str, str], ...]

_NAME_LENGTH = 64
#: Windows takes a file of such a name, whatever its ending, for a device.
_device = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]").fullmatch
#: Where the words of expectations come from.
EXPECTATION_MODULES = (expectations, conduct)
MAX_PAYMENTS = 100
MAX_STEPS = 1000


def as_scenario_name(text: str) -> str:
    """Returns a scenario's name: lower-case words with dashes between them.

    Raises:
        ValueError: it is no such name.
    """
    if len(text) > _NAME_LENGTH or not text.replace("-", "a").isalnum():
        wanted = f"letters, digits and dashes, at most {_NAME_LENGTH}"
        raise ValueError(f"{text[:80]!r} is no scenario name: {wanted}")
    if not text.isascii() or text != text.lower():
        raise ValueError(f"{text!r} is no scenario name: write it in lower case")
    if _device(text):
        raise ValueError(f"{text!r} is no scenario name: on Windows no file can be called so")
    return text


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


TEXT = text_kind(_not_empty, minLength=1)
DURATION = text_kind(as_duration, pattern="^[0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d)$")
STATE = choice_of(PaymentState, "a payment state")


def _read_action(node: Node) -> Action:
    if node.is_mapping:
        items = node.items()
        if len(items) != 1:
            raise node.problem(
                "expected one action and its arguments, such as {check-in: {user: loyalty}}"
            )
        (word, (key, arguments)) = next(iter(items.items()))
    else:
        word, key, arguments = node.text(), node, None
    cls = ACTIONS.get(word)
    if cls is None:
        raise key.problem(f"unknown action {word!r}; {nearest(word, ACTIONS)}")
    return cls() if arguments is None else Reader().shape(cls, arguments)


ACTION = Kind(_read_action, {})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: when the payment is in a state, after a while, do something."""

    do: Action | None = field_of(ACTION, "what happens, such as accept", default=None)
    include: str | None = field_of(
        text_kind(as_scenario_name), "or the scenario whose steps come here", default=None
    )
    when: PaymentState | None = field_of(STATE, "waits for this state", default=None)
    when_refund: RefundState | None = field_of(
        choice_of(RefundState, "a refund state"),
        "waits for a refund of the payment in this state",
        default=None,
    )
    after: timedelta = field_of(DURATION, "then waits this long", default=timedelta(0))
    #: Where it stands in its file.
    line: int = 1


def _read_step(node: Node) -> Step:
    step: Step = Reader().shape(Step, node)
    if (step.do is None) == (step.include is None):
        raise node.problem("expected one of 'do' and 'include'")
    if step.include is not None and len(node.items()) > 1:
        raise node.problem("'include' stands alone: its steps have times of their own")
    states = step.do.possible_in if step.do is not None else None
    if step.do is not None and step.when is not None and states and step.when not in states:
        possible = ", ".join(sorted(states))
        raise node.problem(f"{step.do.word!r} can't happen in {step.when}, only in {possible}")
    return replace(step, line=node.line)


STEPS = list_of(Kind(_read_step, {}))


@dataclass(frozen=True, slots=True)
class _Script:
    steps: tuple[Step, ...] = field_of(STEPS, "what happens to the payment, in order", default=())


def _read_script(node: Node) -> tuple[Step, ...]:
    script: _Script = Reader().shape(_Script, node)
    return script.steps


#: What a till does where a scenario does not say: it takes a payment and captures it.
DEFAULT_TILL = (
    TillStep("create-pos"),
    TillStep("initiate", Decimal("10.00")),
    TillStep("capture"),
)


@dataclass(frozen=True, slots=True)
class _File:
    summary: str = field_of(TEXT, "one line that says what happens")
    applies_to: AppliesTo | None = field_of(
        shape_kind(AppliesTo), "the payments it takes by itself", default=None
    )
    case: Case | None = field_of(CASE, "what makes it a case of a certification", default=None)
    steps: tuple[Step, ...] | None = field_of(STEPS, "what happens, in order", default=None)
    payments: tuple[tuple[Step, ...], ...] | None = field_of(
        list_of(Kind(_read_script, {})),
        "or what happens to several payments, one after the other on one PoS",
        default=None,
    )
    faults: tuple[Fault, ...] = field_of(FAULTS, "what goes wrong on the wire", default=())
    expect: tuple[Expectation, ...] = field_of(
        list_of(Kind(read_expectation, {})), "what a right client does", default=()
    )
    till: tuple[TillStep, ...] = field_of(
        TILL,
        "what the model client does in `scenario play`",
        default=DEFAULT_TILL,
    )


#: What a file holds, for those who describe it.
SHAPE = _File


@lru_cache(maxsize=1024)
def _digest(texts: Texts) -> str:
    return sha256(repr(texts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: its name is its file's; it has a script, steps in order, for each payment."""

    name: str
    summary: str
    scripts: tuple[tuple[Step, ...], ...]
    applies_to: AppliesTo | None
    file: str
    faults: tuple[Fault, ...] = ()
    expect: tuple[Expectation, ...] = ()
    till: tuple[TillStep, ...] = DEFAULT_TILL
    case: Case | None = None
    #: Its own YAML text and those of all it includes, by name: enough to make it again.
    texts: Texts = ()

    @property
    def digest(self) -> str:
        """What tells it from all scenarios of another text, of the same name or not."""
        return _digest(self.texts)

    @property
    def is_plain(self) -> bool:
        """Whether it looks at payments only: no faults, no expectations, no matching of calls."""
        looks_at_call = self.applies_to is not None and self.applies_to.looks_at_call
        return not (self.faults or self.expect or looks_at_call)


def case_of(scenario: Scenario) -> Case:
    """Returns what makes a scenario a case.

    Raises:
        ValueError: it is none.
    """
    if scenario.case is None:
        raise ValueError(f"{scenario.name} is no case of a certification")
    return scenario.case


def place_of(case: Scenario) -> tuple[int, int]:
    """Returns where a case stands among all cases."""
    return case_of(case).place


def read_scenario(source: Path | str, name: str | None = None) -> Scenario:
    """Reads a scenario.

    Args:
        source: its file, or its YAML text.
        name: its name; a file's is its own name without the ending.

    Raises:
        ProblemsFound: with every mistake, its line, field and what would be right.
    """
    if isinstance(source, Path):
        text, file, name = read_text(source), str(source), name or source.stem
    else:
        text, file = source, f"{name}.yaml"
    node = parse(text, file)
    try:
        name = as_scenario_name(name or "")
    except ValueError as error:
        raise node.problem(str(error)) from error
    content = Reader().shape(_File, node)
    if content.steps is not None and content.payments is not None:
        raise node.problem("'steps' and 'payments' exclude each other")
    scripts = (content.steps or (),) if content.payments is None else content.payments
    if len(scripts) > MAX_PAYMENTS or not (scripts or content.case):
        raise node.problem(f"'payments' must be 1 to {MAX_PAYMENTS}, or none in a case")
    return Scenario(
        name,
        content.summary,
        scripts,
        content.applies_to,
        file,
        content.faults,
        content.expect,
        content.till,
        content.case,
        texts=((name, text),),
    )


def scenario_of(texts: Texts) -> Scenario:
    """Makes a scenario again out of its texts.

    Raises:
        ProblemsFound: they are not those of a scenario.
    """
    read = {name: read_scenario(text, name) for name, text in texts}
    return with_includes(read[texts[0][0]], read)


def with_includes(scenario: Scenario, all_scenarios: Mapping[str, Scenario]) -> Scenario:
    """Returns the scenario with the steps of others in the place of each `include`.

    Raises:
        ProblemsFound: one of them is not there, has several payments, or leads back here.
    """
    scripts = tuple(
        tuple(_included(scenario, script, all_scenarios, (scenario.name,)))
        for script in scenario.scripts
    )
    if sum(len(script) for script in scripts) > MAX_STEPS:
        raise _include_problem(scenario, f"has more than {MAX_STEPS} steps")
    for script in scripts:
        _check_that_it_ends(scenario, script)
    return replace(scenario, scripts=scripts, texts=_all_texts(scenario, all_scenarios))


def _all_texts(scenario: Scenario, all_scenarios: Mapping[str, Scenario]) -> Texts:
    found = dict(scenario.texts)
    waiting = [scenario]
    while waiting:
        steps = (step for script in waiting.pop().scripts for step in script)
        for name in [step.include for step in steps if step.include not in (None, *found)]:
            other = all_scenarios[name or ""]
            found.update(other.texts)
            waiting.append(other)
    return tuple(found.items())


def _included(
    scenario: Scenario,
    script: Iterable[Step],
    all_scenarios: Mapping[str, Scenario],
    path: tuple[str, ...],
) -> Iterator[Step]:
    for step in script:
        if step.include is None:
            yield step
            continue
        if step.include in path:
            circle = ", ".join((*path, step.include))
            raise _include_problem(scenario, f"goes in a circle: {circle}")
        other = all_scenarios.get(step.include)
        if other is None:
            hint = nearest(step.include, all_scenarios)
            raise _include_problem(scenario, f"no scenario {step.include!r}; {hint}")
        if len(other.scripts) > 1:
            raise _include_problem(scenario, f"{other.name!r} has several payments")
        yield from _included(scenario, other.scripts[0], all_scenarios, (*path, other.name))


def _include_problem(scenario: Scenario, message: str) -> ProblemsFound:
    return ProblemsFound([Problem(scenario.file, 1, 1, "include", message)])


def _check_that_it_ends(scenario: Scenario, script: Iterable[Step]) -> None:
    """A step that waits for a state the payment can't reach any more would wait for ever."""
    before: PaymentState | None = None
    for step in script:
        if step.when is None:
            continue
        if before is not None and not PAYMENTS.may_become(before, step.when):
            message = f"waits for ever: a payment that was {before} never becomes {step.when}"
            raise ProblemsFound([Problem(scenario.file, step.line, 1, "when", message)])
        before = step.when
