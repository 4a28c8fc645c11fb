"""Writes the generated pages: error codes, settings, scenarios. `make docs` runs it."""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from simulator.api.answers import STATUSES
from simulator.config import settings_table, show_value
from simulator.engine.errors import Refusal
from simulator.scripting.library import Library, shipped_folder

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
    folder = shipped_folder()
    themes: dict[str, list[tuple[str, str]]] = {}
    for each in Library([folder]):
        theme = Path(each.file).parent.name
        themes.setdefault(theme, []).append((each.name, each.summary))
    for theme, found in sorted(themes.items()):
        lines += [f"### {theme}", "", "| scenario | what happens |", "|---|---|"]
        lines += [f"| `{name}` | {summary} |" for name, summary in found]
        lines.append("")
    return introduction + "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "error-codes.md": error_codes,
    "settings.md": settings,
    "scenarios.md": scenarios,
}


def main() -> None:
    """Writes all pages."""
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
