"""YAML files as nodes that know their line, so that every mistake is reported with its place."""

import difflib
import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .files import read_file
from .marks import place_of

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12

#: A hint names all words if there are no more than these, else the nearest so many.
FEW = 8
SOME = 3
#: How alike two words are at least of which one may have been meant, from 0 to 1.
LIKE = 0.5
#: The same for names that others gave, such as those of sandboxes, which are often made by rule.
LIKE_NAMES = 0.8
#: From so many letters on, a word that others contain stands for all of them.
PART = 3
#: How much is compared in full: the length of the unknown word times the number of others.
MOST_COMPARED = 250
#: Of a word that is like none, this many characters are compared.
LONGEST_WORD = 20

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


def nearest(word: str, words: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """Returns a hint that names the nearest of `words`; all of them if they are few, else some.

    Args:
        word: the unknown word.
        words: the words there are.
        synonyms: what is right for words that people try and that no right one is like.
    """
    if synonyms and (right := synonyms.get(word.strip().casefold().replace("_", "-"))):
        return f"write {right}"
    words = sorted(words)
    meant = list(dict.fromkeys(filter(None, (_closest(word, words), *_containing(word, words)))))
    verb = "is only" if len(words) == 1 else "are"
    all_of_them = f"there {verb} {', '.join(words)}"
    if meant:
        hint = f"did you mean {' or '.join(map(repr, meant))}?"
        return f"{hint} T{all_of_them[1:]}" if len(words) <= FEW else hint
    if len(words) <= FEW:
        return all_of_them
    if _is_too_long(word, words):
        return f"there are {len(words)}, none of which is that long"
    matcher = difflib.SequenceMatcher(b=word[:LONGEST_WORD])
    some = sorted(words, key=lambda each: -_bound(matcher, each))[:SOME]
    return f"there are {len(words)}, of which these come nearest: {', '.join(some)}"


def with_more(hint: str, more: str) -> str:
    """Returns a hint of `nearest`, and what else would be right behind it."""
    if not hint.endswith("?"):
        return f"{hint}; {more}"
    # A command or an option stays as it is written.
    is_plain = more.partition(" ")[0].isalpha()
    return f"{hint} {more[:1].upper() if is_plain else more[:1]}{more[1:]}"


def nearest_name(name: str, names: Iterable[str]) -> str:
    """Returns a hint that names the one of `names` that a slip of the hand leads away from.

    Unlike words of a language, names that others gave are alike without meaning the same.
    """
    names = sorted(names)
    if meant := _closest(name, names, LIKE_NAMES):
        return f"did you mean {meant!r}?"
    if len(names) == 1:
        return f"there is only {names[0]}"
    return f"there are {', '.join(names) if len(names) <= FEW else f'{len(names)} others'}"


def _containing(word: str, words: list[str]) -> list[str]:
    """Returns the words that a part of them may stand for; none where these are many."""
    part = word.casefold()
    found = [each for each in words if part in each.casefold()] if len(part) >= PART else []
    return found if len(found) <= FEW else []


def _bound(matcher: "difflib.SequenceMatcher[str]", word: str) -> float:
    """Returns how much two words are alike at most, from the letters they share."""
    matcher.set_seq1(word)
    return matcher.quick_ratio() if matcher.real_quick_ratio() >= LIKE else 0.0


def _is_too_long(word: str, words: list[str]) -> bool:
    # Of words that differ more in length, even all letters in common are too few.
    return len(word) > max(map(len, words), default=0) * (2 / LIKE - 1)


def _closest(word: str, words: list[str], like: float = LIKE) -> str:
    """Returns the word that is most like another; empty where none is.

    The work is bounded, since words come from clients: what is far too long is not looked at, and
    only those few are compared in full of which a cheap upper bound promises most.
    """
    if _is_too_long(word, words):
        return ""
    matcher = difflib.SequenceMatcher(b=word)
    bounds = ((_bound(matcher, each), each) for each in words)
    promising = sorted((each for each in bounds if each[0] >= like), reverse=True)
    best = like, ""
    for bound, each in promising[: MOST_COMPARED // (len(word) or 1)]:
        if bound < best[0]:
            break
        matcher.set_seq1(each)
        best = max(best, (matcher.ratio(), each))
    return best[1]


class Node:
    """A text, a list or a mapping of a YAML file, and its place."""

    def __init__(self, file: str, node: yaml.Node, path: str = "") -> None:
        self.file = file
        self.path = path
        self._node = node

    def problem(self, message: str) -> ProblemsFound:
        """Returns an error with the place of this node."""
        mark = self._node.start_mark
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
            found[word] = (key, Node(self.file, value_node, path))
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
    """
    try:
        content = read_file(path, MAX_BYTES, may_be_pipe=True)
    except FileNotFoundError as error:
        raise ProblemsFound([FileProblem.without_text(path, "no such file")]) from error
    except OSError as error:
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
        line, column = place_of(content, mark) if mark else (1, 1)
        message = f"is not YAML: {error.problem or error.context}"
        raise ProblemsFound([FileProblem(file, line, column, "", message)]) from error
    except yaml.YAMLError as error:
        message = f"is not YAML: {' '.join(str(error).split())}"
        raise ProblemsFound([FileProblem(file, 1, 1, "", message)]) from error
    if node is None:
        raise ProblemsFound([FileProblem(file, 1, 1, "", "is empty")])
    return Node(file, node)


def _too_large(file: str) -> ProblemsFound:
    return TooLarge([FileProblem(file, 1, 1, "", f"is larger than {MAX_BYTES // 1024} KB")])


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
