"""Says whether a tag may be released: `python .ci/release.py check v1.2.3`.

It may where it is `v` and the version of pyproject.toml, and CHANGELOG.md has a section of that
version with its date and at least one entry. `notes` in the place of `check` prints that section.
"""

import re
import sys
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HOME = Path(__file__).parent.parent
USAGE = "usage: release.py check|notes TAG"
HEADING = re.compile(r"^## \[(?P<version>[^\]\n]+)\](?: - (?P<date>.*?))?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """What the changelog has about a version; `date` as it is written there, "" where it is not."""

    date: str
    text: str


def main(arguments: list[str]) -> int:
    """Prints what is wrong, or the notes, and returns the exit code."""
    if len(arguments) != 2 or arguments[0] not in ("check", "notes"):
        print(USAGE, file=sys.stderr)
        return 2
    word, tag = arguments
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    found = sections(read("CHANGELOG.md"))
    problems = what_is_wrong(tag, version, found)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    print(found[version].text if word == "notes" else f"{tag} may be released")
    return 0


def read(name: str) -> str:
    """Returns the text of a file of the project."""
    return (HOME / name).read_text(encoding="utf-8")


def sections(changelog: str) -> dict[str, Section]:
    """Returns the changelog's sections by version; the newest first, as they are written."""
    headings = list(HEADING.finditer(changelog))
    ends = [each.start() for each in headings[1:]] + [len(changelog)]
    return {
        each["version"]: Section(each["date"] or "", changelog[each.end() : end].strip())
        for each, end in zip(headings, ends, strict=True)
    }


def what_is_wrong(tag: str, version: str, found: dict[str, Section]) -> list[str]:
    """Returns why a tag may not be released, each reason a line that says what would be right."""
    problems = []
    if tag != f"v{version}":
        problems.append(f"The tag is {tag}; pyproject.toml has version {version}: tag v{version}.")
    section = found.get(version)
    if section is None:
        problems.append(f"CHANGELOG.md has no section of it: write ## [{version}] - YYYY-MM-DD.")
        return problems
    if not is_date(section.date):
        problems.append(
            f"CHANGELOG.md has no date for {version}: write ## [{version}] - YYYY-MM-DD."
        )
    if not re.search(r"^[-*] ", section.text, re.MULTILINE):
        problems.append(f"CHANGELOG.md says nothing about {version}: write what changed.")
    return problems


def is_date(text: str) -> bool:
    """Tells whether a text is a day of the calendar, written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
