"""Writes the generated pages: error codes, settings, scenarios and their language. `make docs`."""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from simulator.api.answers import STATUSES
from simulator.config import settings_table, show_value
from simulator.documents import name_of
from simulator.engine.errors import Refusal
from simulator.scripting.actions import ACTIONS
from simulator.scripting.expectations import EXPECTATIONS
from simulator.scripting.faults import CALLS, Answer, Body, Cut, Delay, Fault, Hold
from simulator.scripting.library import Library, amounts_folder, shipped_folder
from simulator.scripting.matchers import AmountRange, AppliesTo
from simulator.scripting.scenario import SHAPE, Step
from simulator.scripting.till import TILL_WORDS

HERE = Path(__file__).parent
NOTE = "<!-- Made by `make docs`; edits here are lost. -->\n"


def error_codes() -> str:
    """The catalogue of refusals, sorted by code."""
    lines = [
        "# Error codes",
        "",
        NOTE,
        'The body is `{"code", "message", "correlationId"}`; refund endpoints add `"origin": "PoS"`. Rows',
        "without a code have no body. Codes 2000 to 2999 come with 500. `1099` is for what has no code of",
        "its own.",
        "",
        "| code | status | when | where | source |",
        "|---|---|---|---|---|",
    ]
    for row in sorted(
        (each.value for each in Refusal), key=lambda row: (row.code or "", row.message)
    ):
        where = ", ".join(row.where)
        code = row.code or "-"
        lines.append(f"| {code} | {STATUSES[row.kind]} | {row.message} | {where} | {row.source} |")
    return "\n".join(lines) + "\n"


def settings() -> str:
    """All settings."""
    lines = [
        "# Settings",
        "",
        NOTE,
        "Each is an option of `mobilepay-sim serve`, an environment variable, and a key of the `--config`",
        "file (the option's name with underscores). Options win over variables, these over the file. Times",
        "are written as `500ms`, `2s`, `10m`, `24h` or `7d`.",
        "",
        "| option | variable | default | what it does |",
        "|---|---|---|---|",
        "| `--config` | `MOBILEPAY_SIM_CONFIG` | | YAML file of settings |",
    ]
    for each in settings_table():
        shown = show_value(each.default)
        default = f"`{shown}`" if shown else ""
        lines.append(f"| `{each.flag}` | `{each.variable}` | {default} | {each.help} |")
    return "\n".join(lines) + "\n"


def scenarios() -> str:
    """The shipped scenarios by theme, behind the hand-written introduction."""
    page = (HERE / "scenarios.md").read_text(encoding="utf-8")
    introduction = page.partition("<!-- Made by")[0]
    lines = [NOTE, "## Shipped scenarios", ""]
    themes: dict[str, list[tuple[str, str]]] = {}
    for each in Library([shipped_folder(), amounts_folder()]):
        themes.setdefault(Path(each.file).parent.name, []).append((each.name, each.summary))
    amounts = themes.pop(amounts_folder().name)
    for theme, found in sorted(themes.items()):
        lines += [f"### {theme}", "", "| scenario | what happens |", "|---|---|"]
        lines += [f"| `{name}` | {summary} |" for name, summary in found]
        lines.append("")
    lines += ["### With `--magic-amounts`", "", "| scenario | what happens |", "|---|---|"]
    lines += [f"| `{name}` | {summary} |" for name, summary in amounts]
    return introduction + "\n".join(lines) + "\n"


def fields_of(cls: type) -> list[str]:
    """A table's rows for the fields of a shape."""
    return [
        f"| `{name_of(each)}` | {each.metadata['help']} |"
        for each in dataclasses.fields(cls)
        if "kind" in each.metadata
    ]


def words(classes: Mapping[str, type], what: str) -> list[str]:
    """A table of words, what they mean and what they take."""
    lines = [f"| {what} | what it means | with |", "|---|---|---|"]
    for word, cls in classes.items():
        takes = [
            f"`{name_of(each)}`: {each.metadata['help']}"
            for each in dataclasses.fields(cls)
            if "kind" in each.metadata and name_of(each) != word
        ]
        lines.append(f"| `{word}` | {(cls.__doc__ or '').strip()} | {'; '.join(takes)} |")
    return lines


CUTS = {
    Cut.BEFORE_COMMIT: "nothing is done, the connection breaks without an answer",
    Cut.AFTER_COMMIT: "the work is done, the connection breaks without an answer",
    Cut.MID_BODY: "the work is done, the answer breaks off half-way through its body",
    Cut.PAST_CLIENT_TIMEOUT: "the work is done, the answer comes after clients have given up",
}


def language() -> str:
    """The scenario language, from the classes that read it."""
    table = ["| field | what it says |", "|---|---|"]
    lines = ["# The scenario language", "", NOTE]
    lines += ["See [scenarios.md](scenarios.md) for what a scenario is, and"]
    lines += ["[writing-scenarios.md](writing-scenarios.md) for a walk-through.", ""]
    lines += ["## The file", "", *table, *fields_of(SHAPE), ""]
    lines += [
        "## `applies_to`",
        "",
        "All that is given must match. A pattern has `*` and `?`, or is",
    ]
    lines += ["a regular expression between slashes.", "", *table, *fields_of(AppliesTo), ""]
    lines += ["`amount` is a number, or:", "", *table, *fields_of(AmountRange), ""]
    lines += ["## A step", "", *table, *fields_of(Step), ""]
    lines += ["## Actions: what `do` says", "", *words(ACTIONS, "`do`"), ""]
    lines += ["## A fault", "", "The first fault of the file that strikes a call counts.", ""]
    lines += [*table, *fields_of(Fault), ""]
    lines += ["`answer`:", "", *table, *fields_of(Answer), ""]
    lines += [f"A body is one of {', '.join(f'`{each}`' for each in Body)}.", ""]
    lines += ["`delay` is a time, or:", "", *table, *fields_of(Delay), ""]
    lines += ["`hold`:", "", *table, *fields_of(Hold), ""]
    lines += ["| `cut` | what happens |", "|---|---|"]
    lines += [f"| `{cut}` | {text} |" for cut, text in CUTS.items()]
    lines += ["", "## Expectations: what a right client does", "", *words(EXPECTATIONS, "word"), ""]
    lines += ["## The till: what the model client does in `scenario play`", ""]
    lines += [
        "A step that is to be refused says with which code: `{capture: 5.00, refused: 1308}`.",
        "",
    ]
    lines += ["| word | takes | what it does |", "|---|---|---|"]
    lines += [f"| `{word}` | {takes} | {does} |" for word, (takes, does) in TILL_WORDS.items()]
    lines += ["", "## Calls", "", "Faults and expectations speak of these:", ""]
    lines += [", ".join(f"`{call}`" for call in CALLS) + "."]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "error-codes.md": error_codes,
    "settings.md": settings,
    "scenarios.md": scenarios,
    "scenario-language.md": language,
}


def main() -> None:
    """Writes all pages."""
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
