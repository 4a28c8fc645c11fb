"""Finds words that docs/words.yaml forbids: in pages, in help texts and in templates.

Prints a line for each: file, line, word and what to write instead. The exit code is 1 where there
is one.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("*.md", "docs/**/*.md", "examples/*/README.md", "benchmarks/README.md")
TEMPLATES = ("simulator/**/*.html", "simulator/**/*.j2")
#: What others wrote, what a program lists, and what was said at the time.
LEFT_OUT = ("simulator/dashboard/guide/", "simulator/dashboard/static/", "docs/mutants.md")
LEFT_OUT += ("CHANGELOG.md",)

_NO_PROSE = re.compile(
    r"^ *(`{3,}|~{3,})\w*\n.*?^ *\1 *$"  # a block of code
    r"|`[^`\n]+`"  # code in a sentence
    r"|(?<=\])\([^)\s]*\)"  # where a link leads
    r"|<!--.*?-->",
    re.MULTILINE | re.DOTALL,
)
_MARKUP = re.compile(
    r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL
)


@dataclass(frozen=True)
class Rule:
    """A word that is not used; `word` matches it, `instead` says what is."""

    word: "re.Pattern[str]"
    instead: str


def main() -> int:
    """Prints what is found, and returns the exit code."""
    rules = read_rules(ROOT / "docs" / "words.yaml")
    found = [line for name, text in texts() for line in findings(name, text, rules)]
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print(f"{len(found)} words of docs/words.yaml", file=sys.stderr)
        return 1
    print("No word of docs/words.yaml is used")
    return 0


def read_rules(path: Path) -> list[Rule]:
    """Returns the rules of a list of words."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Rule(re.compile(rf"\b(?:{row['word']})\b", re.I), row["instead"]) for row in rows]


def findings(name: str, text: str, rules: Iterable[Rule]) -> Iterator[str]:
    """Yields a line for each forbidden word of a text, in which code is blank."""
    for rule in rules:
        for match in rule.word.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {match[0]!r}: write instead: {rule.instead}"


def texts() -> Iterator[tuple[str, str]]:
    """Yields every text that users read, by where it is."""
    for pattern, prose in ((PAGES, prose_of_page), (TEMPLATES, prose_of_template)):
        for path in sorted({path for each in pattern for path in ROOT.glob(each)}):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(LEFT_OUT) and "node_modules" not in name:
                yield name, prose(path.read_text(encoding="utf-8"))
    from mobilepay_simulator.cli.main import cli as program

    yield from help_texts(program, "mobilepay-sim")


def prose_of_page(text: str) -> str:
    """Returns a page with its code left blank, so that lines keep their numbers."""
    return _NO_PROSE.sub(_blank, text)


def prose_of_template(text: str) -> str:
    """Returns what a template shows, with all else left blank."""
    return _MARKUP.sub(_blank, text)


def _blank(match: "re.Match[str]") -> str:
    return re.sub(r"[^\n]", " ", match[0])


def help_texts(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Yields the help of a command, of each of its options, and of the commands below it."""
    yield f"{name} --help", prose_of_page(command.help or "")
    for parameter in command.params:
        said = getattr(parameter, "help", None)
        if said:
            yield f"{name} {parameter.opts[0]}", prose_of_page(said)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from help_texts(found, f"{name} {below}")


if __name__ == "__main__":
    sys.exit(main())
