"""YAML files of the user's, read so that every mistake is told with its file, line and field.

A file is read into `Node`s that know where they stand. A shape is a frozen dataclass whose fields
are declared with `field_of`; `read` turns a node into it and reports all mistakes at once.
"""

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

__all__ = [
    "Kind",
    "Node",
    "Problem",
    "ProblemsFound",
    "Reader",
    "choice_of",
    "decimal_kind",
    "field_of",
    "list_of",
    "name_of",
    "nearest",
    "parse",
    "parse_file",
    "read_text",
    "shape_kind",
    "text_kind",
    "yes_or_no",
]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where, in which field, what it is and what would be right."""

    file: str
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}:{self.column}: {field}{self.message}"


class ProblemsFound(ValueError):
    """A file that can't be used, with every mistake found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, words: Iterable[str]) -> str:
    """Returns a hint that names the nearest of `words`, and all of them where they are few."""
    words = sorted(words)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else ""
    if not close or len(words) <= 8:
        hint = f"{hint} There are {', '.join(words)}" if hint else f"there are {', '.join(words)}"
    return hint


class Node:
    """A piece of a YAML file: a text, a list or a mapping, and where it stands."""

    def __init__(self, file: str, node: yaml.Node, path: str = "") -> None:
        self.file = file
        self.path = path
        self._node = node

    def problem(self, message: str) -> ProblemsFound:
        """Returns the error that says what is wrong here."""
        mark = self._node.start_mark
        return ProblemsFound(
            [Problem(self.file, mark.line + 1, mark.column + 1, self.path, message)]
        )

    @property
    def line(self) -> int:
        """The line it begins in, from 1."""
        return int(self._node.start_mark.line) + 1

    @property
    def is_text(self) -> bool:
        """Whether it is a single word or text."""
        return isinstance(self._node, yaml.ScalarNode)

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def text(self) -> str:
        """Returns the text as it is written, whatever YAML takes it for."""
        if not self.is_text:
            raise self.problem("expected a single value")
        return str(self._node.value)

    def elements(self) -> "list[Node]":
        """Returns the elements of a list."""
        if not self.is_list:
            raise self.problem("expected a list (lines that begin with '- ')")
        return [
            Node(self.file, each, f"{self.path}[{number}]")
            for number, each in enumerate(self._node.value)
        ]

    def items(self) -> "dict[str, tuple[Node, Node]]":
        """Returns a mapping's values by key, each with the node of its key."""
        if not self.is_mapping:
            raise self.problem("expected a mapping (lines of 'key: value')")
        found: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in self._node.value:
            key = Node(self.file, key_node, self.path)
            word = key.text()
            if word in found:
                raise key.problem(f"{word!r} is there twice")
            path = f"{self.path}.{word}" if self.path else word
            found[word] = (key, Node(self.file, value_node, path))
        return found


def parse_file(path: Path) -> Node:
    """Reads a YAML file.

    Raises:
        ProblemsFound: it can't be read, or `parse` refuses it.
    """
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Returns the text of a YAML file.

    Raises:
        ProblemsFound: it can't be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ProblemsFound([Problem(str(path), 1, 1, "", f"can't be read: {reason}")]) from error
    if len(content) > MAX_BYTES:
        raise _too_large(str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemsFound([Problem(str(path), 1, 1, "", "is not UTF-8 text")]) from error


def parse(content: str, file: str) -> Node:
    """Reads YAML text.

    Args:
        content: the text.
        file: what to call it in messages.

    Raises:
        ProblemsFound: it is too large, too deep, not YAML, empty, or uses anchors or tags.
    """
    if len(content) > MAX_BYTES:
        raise _too_large(file)
    try:
        _check_events(content, file)
        node = yaml.compose(content, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and "nesting depth" in (error.problem or ""):
            # libyaml reads ahead of the events, and has a bound of its own, far above ours.
            _check_events(content[: mark.index], file)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"is not YAML: {error.problem or error.context}"
        raise ProblemsFound([Problem(file, line, column, "", message)]) from error
    except yaml.YAMLError as error:
        message = f"is not YAML: {' '.join(str(error).split())}"
        raise ProblemsFound([Problem(file, 1, 1, "", message)]) from error
    if node is None:
        raise ProblemsFound([Problem(file, 1, 1, "", "is empty")])
    return Node(file, node)


def _too_large(file: str) -> ProblemsFound:
    return ProblemsFound([Problem(file, 1, 1, "", f"is larger than {MAX_BYTES // 1024} KB")])


def _check_events(content: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        wrong = None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            wrong = f"is nested deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else None
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            wrong = "anchors and aliases (& and *) are not allowed; write it out"
        elif getattr(event, "tag", None) not in (None, "!"):
            wrong = "tags (!) are not allowed"
        if wrong:
            mark = event.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise ProblemsFound([Problem(file, line, column, "", wrong)])


@dataclass(frozen=True, slots=True)
class Kind:
    """How one sort of value is written: how to read it, and its JSON Schema."""

    read: Callable[[Node], Any]
    schema: dict[str, Any]


def text_kind(parse_text: Callable[[str], Any], **schema: Any) -> Kind:
    """Returns the kind of value that `parse_text` makes of a text, or refuses by ValueError."""

    def read(node: Node) -> Any:
        text = node.text()
        try:
            return parse_text(text)
        except ValueError as error:
            raise node.problem(str(error)) from error

    return Kind(read, {"type": "string", **schema})


def choice_of(words: Iterable[str], what: str) -> Kind:
    """Returns the kind of value that is one of `words`; an enum gives its members."""
    table = {str(word): word for word in words}

    def pick(text: str) -> Any:
        if text not in table:
            raise ValueError(f"{text!r} is not {what}; {nearest(text, table)}")
        return table[text]

    return Kind(text_kind(pick).read, {"enum": list(table)})


def decimal_kind(check: Callable[[Decimal], Decimal], **schema: Any) -> Kind:
    """Returns the kind of value that is a decimal number `check` accepts."""

    def parse_text(text: str) -> Decimal:
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise ValueError(f"expected a number, got {text[:60]!r}") from error
        return check(number)

    return Kind(text_kind(parse_text).read, {"type": "number", **schema})


def list_of(kind: Kind) -> Kind:
    """Returns the kind of value that is a list of `kind`, as a tuple."""

    def read(node: Node) -> tuple[Any, ...]:
        reader = Reader()
        elements = [reader.attempt(kind.read, each) for each in node.elements()]
        reader.finish()
        return tuple(elements)

    return Kind(read, {"type": "array", "items": kind.schema})


class _YesOrNo(StrEnum):
    TRUE = "true"
    FALSE = "false"


_yes_or_no = choice_of(_YesOrNo, "true or false")
yes_or_no = Kind(lambda node: _yes_or_no.read(node) == "true", {"type": "boolean"})


def field_of(
    kind: Kind, help: str, *, default: Any = dataclasses.MISSING, name: str | None = None
) -> Any:
    """Declares a field of a shape; without a default it is required.

    Args:
        kind: how its value is written.
        help: what it says, in a few words.
        default: its value where it is left out.
        name: what it is called in the file, where that can't be its name in Python.
    """
    return dataclasses.field(default=default, metadata={"kind": kind, "help": help, "name": name})


def name_of(field: "dataclasses.Field[Any]") -> str:
    """Returns what a declared field is called in the file."""
    return str(field.metadata["name"] or field.name)


class Reader:
    """Reads on after a mistake, so that one look at a file tells all of them."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def attempt(self, read: Callable[[Node], T], node: Node) -> T | None:
        """Returns what `read` makes of the node, or None with the mistakes noted."""
        try:
            return read(node)
        except ProblemsFound as found:
            self._problems.extend(found.problems)
            return None

    def note(self, found: ProblemsFound) -> None:
        """Notes mistakes found elsewhere."""
        self._problems.extend(found.problems)

    def finish(self) -> None:
        """Raises all mistakes there were.

        Raises:
            ProblemsFound: there were any.
        """
        if self._problems:
            raise ProblemsFound(sorted(self._problems, key=lambda each: (each.line, each.column)))

    def shape(self, cls: Callable[..., T], node: Node) -> T:
        """Returns the dataclass `cls` that a mapping describes.

        Raises:
            ProblemsFound: unknown, missing or wrong fields.
        """
        fields = {name_of(each): each for each in _declared(cls)}
        items = node.items()
        values: dict[str, Any] = {}
        for word, (key, value) in items.items():
            if word in fields:
                field = fields[word]
                values[field.name] = self.attempt(field.metadata["kind"].read, value)
            else:
                self.note(key.problem(f"unknown field {word!r}; {nearest(word, fields)}"))
        for name, each in fields.items():
            if name not in items and each.default is dataclasses.MISSING:
                self.note(node.problem(f"{name!r} is missing: {each.metadata['help']}"))
        self.finish()
        return cls(**values)


def shape_kind(cls: Callable[..., Any]) -> Kind:
    """Returns the kind of value that is a mapping in the shape of the dataclass `cls`."""
    return Kind(lambda node: Reader().shape(cls, node), {"type": "object"})


def _declared(cls: Any) -> Iterator["dataclasses.Field[Any]"]:
    return (each for each in dataclasses.fields(cls) if "kind" in each.metadata)
