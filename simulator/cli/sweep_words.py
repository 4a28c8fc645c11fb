"""The words of `mobilepay-sim sweep`: those that can be chosen, and what is said of them.

The names are here once more, since the modules that define them take long to import.
"""

import click

EXAMPLE = "mobilepay-sim sweep -- python till.py --url {url} pay 10.50"

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


class Program(click.types.UnprocessedParamType):
    """The program that is swept, with its arguments."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Returns what is said where there is none."""
        return f"It runs your client; an example: {EXAMPLE}"
