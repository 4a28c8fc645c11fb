"""The words of `mobilepay-sim sweep`: those that can be chosen, and what is said of them.

The names are here once more, since the modules that define them take long to import.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import click

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
