"""The words of `mobilepay-sim sweep`: those that can be chosen, and what is said of them.

The names are here once more, since the modules that define them take long to import.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from .driving import length, reports_of

if TYPE_CHECKING:
    from ..testing.sweep.swept import Swept

EXAMPLE = "mobilepay-sim sweep -- python till.py --url {url} pay 10.50"

LEFT = "The simulator does not answer; sandboxes may be left there whose names begin with {}-."

COLOURS = {
    **dict.fromkeys(("double-charged", "stuck reservation", "crashed"), "red"),
    **dict.fromkeys(("false success", "false failure"), "red"),
    **{"survived": "green", "gave up": "yellow"},
    **dict.fromkeys(("not struck", "not timed out"), "bright_black"),
}
VERDICTS = (
    *("double-charged", "crashed", "stuck-reservation"),
    *("false-success", "false-failure", "gave-up"),
)
FAILING = (*VERDICTS, "not-struck", "not-timed-out", "noisy", "never")
KINDS = (
    *("lost-response", "time-out", "500", "reset"),
    *("half-answer", "500-done", "503", "html", "late-work"),
)
#: The options that make a run again: the others say which runs are made, and where they are told.
SHAPING = ("target", "scenario", "option", "time_scale", "stall", "timeout")


def stall(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Returns the seconds of `--stall`."""
    seconds = length(context, parameter, value)
    if seconds is not None and seconds > 300:
        raise click.BadParameter(f"passes in real time, so it must be at most 5m, not {value}")
    return seconds


class Program(click.types.UnprocessedParamType):
    """The program that is swept, with its arguments."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Returns what is said where there is none."""
        return f"It runs your client; an example: {EXAMPLE}"


def again(given: Mapping[str, Any]) -> Iterator[str]:
    """Yields the options that make a run again, as far as they were given."""
    context = click.get_current_context()
    for name in SHAPING:
        source = context.get_parameter_source(name)
        if source is not click.core.ParameterSource.COMMANDLINE:
            continue
        value = given[name]
        for each in value if isinstance(value, tuple) else (value,):
            shown = f"{each:g}s" if name in ("stall", "timeout") else str(each)
            yield from (f"--{name.replace('_', '-')}", shown)


def made_reports(
    swept: "Swept", given: dict[str, Any], failing: set[str]
) -> tuple[str, dict[str, str]]:
    """Returns what the terminal shows, and the reports that have a file, by their option."""
    from ..testing.sweep.pages import as_html
    from ..testing.sweep.reports import as_json, as_junit, as_text

    text = as_text(swept, lambda text, verdict: click.style(text, fg=COLOURS[verdict.shown]))
    makers = {"json": as_json, "junit": lambda swept: as_junit(swept, failing), "html": as_html}
    return text, reports_of(swept, makers, given)
