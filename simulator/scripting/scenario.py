"""Scenarios: immutable data that is read from YAML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from ..engine.states import PaymentState, RefundState
from ..settings.documents import Node, parse, read_text
from ..settings.nearest import nearest
from ..settings.shapes import (
    LONGEST_SHOWN,
    ShapeReader,
    ValueKind,
    choice_of,
    field_of,
    list_of,
    shape_kind,
    text_kind,
)
from . import client_expectations, expectations, retry_expectations, synonyms
from .actions import ACTIONS, Action
from .cases import CASE, CaseDefinition
from .expectation_base import ClientExpectation, read_expectation
from .faults import FAULTS, Fault
from .matchers import AppliesTo
from .seen_calls import SeenCalls
from .till import TILL, TillStep
from .value_kinds import COUNT, DURATION, STATE

Texts = tuple[tuple[str, str], ...]

_NAME_LENGTH = 64
#: On Windows these names are devices, with any file extension.
_device = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]").fullmatch
#: The modules that register the expectations.
EXPECTATION_MODULES = (expectations, retry_expectations, client_expectations)
MAX_PAYMENTS = 100


def as_scenario_name(text: str) -> str:
    """Returns a scenario's name: lower-case words with dashes between them.

    Raises:
        ValueError: it is not a scenario name.
    """
    if len(text) > _NAME_LENGTH or not text.replace("-", "a").isalnum():
        wanted = f"letters, digits and dashes, at most {_NAME_LENGTH}"
        raise ValueError(f"{text[:80]!r} is not a scenario name: {wanted}")
    if not text.isascii() or text != text.lower():
        raise ValueError(f"{text!r} is not a scenario name: write it in lower case")
    if _device(text):
        raise ValueError(
            f"{text!r} is not a scenario name: Windows does not allow a file of this name"
        )
    return text


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


TEXT = text_kind(_not_empty, minLength=1)


def _read_action(node: Node) -> Action:
    if node.is_mapping:
        items = node.items()
        if len(items) != 1:
            raise node.problem(
                "expected one action and its arguments, such as {check-in: {user: loyalty}}"
            )
        (word, (key, arguments)) = next(iter(items.items()))
    else:
        word, key, arguments = node.text(), node, node.without_entries()
    cls = ACTIONS.get(word)
    if cls is None:
        hint = nearest(word, ACTIONS, synonyms.ACTIONS)
        raise key.problem(f"unknown action {word[:LONGEST_SHOWN]!r}; {hint}")
    made: Action = ShapeReader().shape(cls, arguments)
    return made


ACTION = ValueKind(_read_action, {})


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a script: waits for a state, then for a delay, and runs an action."""

    SYNONYMS: ClassVar[Mapping[str, str]] = synonyms.STEPS

    do: Action | None = field_of(ACTION, "what happens, such as accept", default=None)
    include: str | None = field_of(
        text_kind(as_scenario_name), "or the scenario whose steps to insert", default=None
    )
    when: PaymentState | None = field_of(STATE, "waits for this state", default=None)
    when_refund: RefundState | None = field_of(
        choice_of(RefundState, "a refund state"),
        "waits for a refund of the payment in this state",
        default=None,
    )
    after: timedelta = field_of(DURATION, "then waits this long", default=timedelta(0))
    or_query: int | None = field_of(
        COUNT,
        "waits no longer than for the QueryPayment of the payment with this number; "
        "only those count that are answered as they should be",
        default=None,
    )
    #: Its line in the file.
    line: int = 1


def _read_step(node: Node) -> Step:
    step: Step = ShapeReader().shape(Step, node)
    if (step.do is None) == (step.include is None):
        raise node.problem("expected one of 'do' and 'include'")
    if step.include is not None and len(node.items()) > 1:
        raise node.problem(
            "'include' must be alone: the included steps have their own states and delays"
        )
    if step.or_query is not None and not step.after:
        raise node.problem("'or_query' cuts a wait short: give 'after', the longest wait")
    states = step.do.possible_in if step.do is not None else None
    if step.do is not None and step.when is not None and states and step.when not in states:
        possible = ", ".join(sorted(states))
        raise node.problem(f"{step.do.word!r} is not possible in {step.when}, only in {possible}")
    return replace(step, line=node.line)


STEPS = list_of(ValueKind(_read_step, {}))


@dataclass(frozen=True, slots=True)
class _Script:
    steps: tuple[Step, ...] = field_of(STEPS, "what happens to the payment, in order", default=())


def _read_script(node: Node) -> tuple[Step, ...]:
    script: _Script = ShapeReader().shape(_Script, node)
    return script.steps


#: The default till script: it starts a payment and captures it.
DEFAULT_TILL = (
    TillStep("create-pos"),
    TillStep("initiate", Decimal("10.00")),
    TillStep("capture"),
)


@dataclass(frozen=True, slots=True)
class _ScenarioFile:
    SYNONYMS: ClassVar[Mapping[str, str]] = synonyms.FILES
    summary: str = field_of(TEXT, "one line that says what happens")
    applies_to: AppliesTo | None = field_of(
        shape_kind(AppliesTo), "the payments it applies to", default=None
    )
    case: CaseDefinition | None = field_of(CASE, "makes it a case of a certification", default=None)
    steps: tuple[Step, ...] | None = field_of(STEPS, "what happens, in order", default=None)
    payments: tuple[tuple[Step, ...], ...] | None = field_of(
        list_of(ValueKind(_read_script, {})),
        "or the steps of several payments, one after another on one PoS",
        default=None,
    )
    faults: tuple[Fault, ...] = field_of(FAULTS, "the faults to inject", default=())
    expect: tuple[ClientExpectation, ...] = field_of(
        list_of(ValueKind(read_expectation, {})), "what a correct client does", default=()
    )
    till: tuple[TillStep, ...] = field_of(
        TILL,
        "what the till of the model client does in `scenario play`",
        default=DEFAULT_TILL,
    )


#: The content of a file, for the schema and the documentation.
SHAPE = _ScenarioFile


@lru_cache(maxsize=1024)
def _digest(texts: Texts) -> str:
    return sha256(repr(texts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario; it has a script for each payment."""

    name: str
    summary: str
    scripts: tuple[tuple[Step, ...], ...]
    applies_to: AppliesTo | None
    file: str
    faults: tuple[Fault, ...] = ()
    expect: tuple[ClientExpectation, ...] = ()
    till: tuple[TillStep, ...] = DEFAULT_TILL
    case: CaseDefinition | None = None
    #: Its YAML text and those of all scenarios it includes, by name.
    texts: Texts = ()
    #: A digest of its texts.
    digest: str = field(init=False, compare=False, repr=False)
    #: Whether it has neither faults nor expectations, and does not look at calls.
    is_plain: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        looks_at_call = self.applies_to is not None and self.applies_to.looks_at_call
        looks_at_call |= any(step.or_query for script in self.scripts for step in script)
        object.__setattr__(self, "digest", _digest(self.texts))
        object.__setattr__(self, "is_plain", not (self.faults or self.expect or looks_at_call))


def case_of(scenario: Scenario) -> CaseDefinition:
    """Returns the definition of a case.

    Raises:
        ValueError: the scenario is not a case.
    """
    if scenario.case is None:
        raise ValueError(f"{scenario.name} is not a case of a certification")
    return scenario.case


def place_of(case: Scenario) -> tuple[int, int]:
    """Returns the position of a case among all cases."""
    return case_of(case).place


def read_scenario(source: Path | str, name: str | None = None) -> Scenario:
    """Reads a scenario.

    Args:
        source: its file, or its YAML text.
        name: its name; by default the name of the file without its extension.

    Raises:
        ProblemsFound: with every mistake, its line and its field.
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
    content = ShapeReader().shape(_ScenarioFile, node)
    if content.steps is not None and content.payments is not None:
        raise node.problem("'steps' and 'payments' exclude each other")
    scripts = (content.steps or (),) if content.payments is None else content.payments
    if len(scripts) > MAX_PAYMENTS or not (scripts or content.case):
        raise node.problem(f"'payments' must be 1 to {MAX_PAYMENTS}, or none in a case")
    if content.expect:
        _check_expectations(content, SeenCalls(content.case, bool(scripts)), node)
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


def _check_expectations(content: _ScenarioFile, sees: SeenCalls, node: Node) -> None:
    """Checks that each expectation of a file can be met."""
    reader = ShapeReader()
    (_, expected) = node.items()["expect"]
    for each, at in zip(content.expect, expected.elements(), strict=True):
        mistake = each.mistake(sees)
        if mistake is not None:
            field, message = mistake
            reader.note(at.items()[field][1].problem(message))
    reader.finish()
