"""Shapes: frozen dataclasses that YAML files are read into, with all mistakes reported at once.

The fields of a shape are declared with `field_of`, which names the kind of their value.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from .documents import FileProblem, Node, ProblemsFound
from .nearest import nearest

T = TypeVar("T")

#: So many mistakes of a text are told. Texts come from clients, and each mistake takes time.
MOST_MISTAKES = 100
#: So much of a wrong word is shown.
LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class ValueKind:
    """A kind of value: how to read it, and its JSON Schema."""

    read: Callable[[Node], Any]
    schema: dict[str, Any]


def text_kind(parse_text: Callable[[str], Any], **schema: Any) -> ValueKind:
    """Returns the kind of a text that `parse_text` parses; it raises ValueError for a wrong one."""

    def read(node: Node) -> Any:
        text = node.text()
        try:
            return parse_text(text)
        except ValueError as error:
            raise node.problem(str(error)) from error

    return ValueKind(read, {"type": "string", **schema})


def choice_of(
    words: Iterable[str], what: str, synonyms: Mapping[str, str] | None = None
) -> ValueKind:
    """Returns the kind of one of `words`; for an enum the value is its member."""
    table = {str(word): word for word in words}

    def pick(text: str) -> Any:
        if text not in table:
            hint = nearest(text, table, synonyms)
            raise ValueError(f"{text[:LONGEST_SHOWN]!r} is not {what}; {hint}")
        return table[text]

    return ValueKind(text_kind(pick).read, {"enum": list(table)})


def decimal_kind(check: Callable[[Decimal], Decimal], **schema: Any) -> ValueKind:
    """Returns the kind of a decimal number; `check` raises ValueError for a wrong one."""

    def parse_text(text: str) -> Decimal:
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise ValueError(f"expected a number, got {text[:60]!r}") from error
        if not number.is_finite():
            raise ValueError(f"expected a number, got {text[:60]!r}")
        return check(number)

    return ValueKind(text_kind(parse_text).read, {"type": "number", **schema})


def list_of(kind: ValueKind) -> ValueKind:
    """Returns the kind of a list, which is read as a tuple."""

    def read(node: Node) -> tuple[Any, ...]:
        reader = ShapeReader()
        elements = []
        for each in node.elements():
            elements.append(reader.attempt(kind.read, each))
            if reader.is_full:
                break
        reader.finish()
        return tuple(elements)

    return ValueKind(read, {"type": "array", "items": kind.schema})


def filled_list_of(kind: ValueKind) -> ValueKind:
    """Returns the kind of a list with at least one element, which is read as a tuple."""
    any_list = list_of(kind)

    def read(node: Node) -> tuple[Any, ...]:
        elements: tuple[Any, ...] = any_list.read(node)
        if not elements:
            raise node.problem("must not be empty")
        return elements

    return ValueKind(read, {**any_list.schema, "minItems": 1})


_yes_or_no = choice_of(("true", "false"), "true or false")
yes_or_no = ValueKind(lambda node: _yes_or_no.read(node) == "true", {"type": "boolean"})


def field_of(
    kind: ValueKind, help: str, *, default: Any = dataclasses.MISSING, name: str | None = None
) -> Any:
    """Declares a field of a shape; without a default it is required.

    Args:
        kind: the kind of its value.
        help: its description, in a few words.
        default: its value if it is missing.
        name: its name in the file, if that differs from its name in Python.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "help": help, "name": name})


def name_of(field: "dataclasses.Field[Any]") -> str:
    """Returns the name of a field in the file."""
    return str(field.metadata["name"] or field.name)


class ShapeReader:
    """Continues after a mistake, so that all mistakes of a file are reported together.

    It ends where they are more than are told.
    """

    def __init__(self) -> None:
        self._problems: list[FileProblem] = []

    def attempt(self, read: Callable[[Node], T], node: Node) -> T | None:
        """Returns what `read` returns, or None if it finds mistakes, which are collected."""
        try:
            return read(node)
        except ProblemsFound as found:
            self._problems.extend(found.problems)
            return None

    @property
    def is_full(self) -> bool:
        """Whether there are more mistakes than are told, so that nothing more needs to be read."""
        return len(self._problems) > MOST_MISTAKES

    def note(self, found: ProblemsFound) -> None:
        """Collects mistakes."""
        self._problems.extend(found.problems)

    def finish(self) -> None:
        """Raises the collected mistakes: of too many the first, and that there are more.

        Raises:
            ProblemsFound: there are any.
        """
        found = sorted(self._problems, key=lambda each: (each.line, each.column))
        if self.is_full:
            # It has the place of the last one, and stays behind it in a list around this one.
            more = f"there are more mistakes than these {MOST_MISTAKES}"
            last = dataclasses.replace(found[MOST_MISTAKES - 1], field="", message=more)
            found = [*found[:MOST_MISTAKES], last]
        if found:
            raise ProblemsFound(found)

    def shape(self, cls: Callable[..., T], node: Node) -> T:
        """Returns the `cls` of a mapping; its `SYNONYMS` are what people write for its fields.

        Raises:
            ProblemsFound: fields are unknown, missing or wrong.
        """
        fields = {name_of(each): each for each in _declared(cls)}
        items = node.items()
        values: dict[str, Any] = {}
        for word, (key, value) in items.items():
            if word in fields:
                field = fields[word]
                values[field.name] = self.attempt(field.metadata["kind"].read, value)
            else:
                hint = nearest(word, fields, getattr(cls, "SYNONYMS", None))
                self.note(key.problem(f"unknown field {word[:LONGEST_SHOWN]!r}; {hint}"))
            if self.is_full:
                break
        for name, each in fields.items():
            if name not in items and each.default is dataclasses.MISSING:
                self.note(node.problem(f"{name!r} is missing: {each.metadata['help']}"))
        self.finish()
        return cls(**values)


def shape_kind(cls: Callable[..., Any]) -> ValueKind:
    """Returns the kind of a mapping that is read into the dataclass `cls`."""
    return ValueKind(lambda node: ShapeReader().shape(cls, node), {"type": "object"})


def _declared(cls: Any) -> Iterator["dataclasses.Field[Any]"]:
    return (each for each in dataclasses.fields(cls) if "kind" in each.metadata)
