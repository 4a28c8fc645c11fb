"""YAML files as nodes that know their line, so that every mistake is reported with its place."""

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .files import is_shortage, read_file
from .yaml_advice import with_example
from .yaml_places import complaint_and_place, place_of_character

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A mistake in a file: its place, its field, and what would be right.

    Line and column begin with 1; both are 0 where there is no text to point at.
    """

    file: str
    line: int
    column: int
    field: str
    message: str

    @classmethod
    def without_text(cls, path: Path, message: str) -> "FileProblem":
        """Returns the problem of a file or folder of which nothing can be read."""
        return cls(str(path), 0, 0, "", message)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {field}{self.message}"


class ProblemsFound(ValueError):
    """A file has mistakes."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TooLarge(ProblemsFound):
    """A file is larger than is read."""


class Node:
    """A text, a list or a mapping of a YAML file, and its place."""

    def __init__(self, file: str, node: yaml.Node, path: str = "", *, key: Any = None) -> None:
        self.file = file
        self.path = path
        self._node = node
        self._key = key

    def problem(self, message: str) -> ProblemsFound:
        """Returns an error with the place of this node: a block below its key begins with it."""
        is_below = self._key and not self.is_text and self._key.start_mark.line + 1 < self.line
        mark = (self._key if is_below else self._node).start_mark
        return ProblemsFound(
            [FileProblem(self.file, mark.line + 1, mark.column + 1, self.path, message)]
        )

    @property
    def line(self) -> int:
        """Its first line, from 1."""
        return int(self._node.start_mark.line) + 1

    @property
    def is_text(self) -> bool:
        """Whether it is a text."""
        return isinstance(self._node, yaml.ScalarNode)

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def text(self) -> str:
        """Returns the text as it is written, without the types of YAML."""
        if not self.is_text:
            raise self.problem("expected a single value")
        return str(self._node.value)

    def without_entries(self) -> "Node":
        """Returns an empty mapping in its place: for a word that is given without fields."""
        marks = self._node.start_mark, self._node.end_mark
        return Node(self.file, yaml.MappingNode("tag:yaml.org,2002:map", [], *marks), self.path)

    def elements(self) -> "list[Node]":
        """Returns the elements of a list."""
        if not self.is_list:
            raise self.problem("expected a list (lines that begin with '- ')")
        return [
            Node(self.file, each, f"{self.path}[{number}]")
            for number, each in enumerate(self._node.value)
        ]

    def items(self) -> "dict[str, tuple[Node, Node]]":
        """Returns the nodes of the key and the value of each entry, by key."""
        if not self.is_mapping:
            raise self.problem("expected a mapping (lines of 'key: value')")
        found: dict[str, tuple[Node, Node]] = {}
        for key_node, value_node in self._node.value:
            key = Node(self.file, key_node, self.path)
            word = key.text()
            if word in found:
                raise key.problem(f"{word!r} is there twice")
            path = f"{self.path}.{word}" if self.path else word
            found[word] = (key, Node(self.file, value_node, path, key=key_node))
        return found


def parse_file(path: Path) -> Node:
    """Reads a YAML file.

    Raises:
        ProblemsFound: the file can't be read, or `parse` refuses it.
    """
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Returns the text of a YAML file.

    Raises:
        ProblemsFound: the file can't be read, is too large, or is not UTF-8.
        OSError: no more files can be opened.
    """
    try:
        content = read_file(path, MAX_BYTES, may_be_pipe=True)
    except FileNotFoundError as error:
        raise ProblemsFound([FileProblem.without_text(path, "no such file")]) from error
    except OSError as error:
        if is_shortage(error):
            raise
        if error.errno == errno.EFBIG:
            raise _too_large(str(path)) from error
        message = f"can't be read: {error.strerror or error}"
        raise ProblemsFound([FileProblem.without_text(path, message)]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemsFound([FileProblem(str(path), 1, 1, "", "is not UTF-8 text")]) from error


def parse(content: str, file: str) -> Node:
    """Reads YAML text.

    Args:
        content: the text.
        file: its name in messages.

    Raises:
        ProblemsFound: the text is too large, too deep, empty or not YAML, or has anchors or tags.
    """
    if len(content) > MAX_BYTES:
        raise _too_large(file)
    try:
        _check_events(content, file)
        node = yaml.compose(content, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and "nesting depth" in (error.problem or ""):
            # libyaml reads ahead of the events, and has a higher limit of its own.
            _check_events(content[: mark.index], file)
        complaint, line, column = complaint_and_place(content, error, _Loader)
        message = f"the text is not YAML: {with_example(complaint)}"
        raise ProblemsFound([FileProblem(file, line, column, "", message)]) from error
    except yaml.reader.ReaderError as error:
        line, column = place_of_character(content, error)
        message = f"the text is not YAML: the character {chr(error.character)!a} is not allowed"
        raise ProblemsFound([FileProblem(file, line, column, "", message)]) from error
    except yaml.YAMLError as error:
        message = f"the text is not YAML: {' '.join(str(error).split())}"
        raise ProblemsFound([FileProblem(file, 1, 1, "", message)]) from error
    if node is None:
        raise ProblemsFound([FileProblem(file, 1, 1, "", "the text is empty")])
    return Node(file, node)


def _too_large(file: str) -> ProblemsFound:
    return TooLarge(
        [FileProblem(file, 1, 1, "", f"the text is larger than {MAX_BYTES // 1024} KB")]
    )


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
            raise ProblemsFound([FileProblem(file, line, column, "", wrong)])
