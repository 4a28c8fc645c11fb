"""`mobilepay-sim audit` and `mobilepay-sim ledger`: the verdict on a client, for people and CI."""

import sys
from pathlib import Path

import click

from simulator.cli_remote import (
    fetch,
    output_option,
    remote_options,
    sandbox_url,
    verdict_of,
    write,
)

__all__ = ["audit", "ledger"]

FAILED = 1
#: The severities that fail an audit, by the least that does.
FAILING = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
    "never": (),
}


@click.command()
@remote_options
@click.option(
    "--fail-on",
    type=click.Choice(list(FAILING)),
    default="error",
    show_default=True,
    help="The least severity of a finding that makes the exit code 1.",
)
@click.option(
    "--off", multiple=True, metavar="RULE", help="A rule to leave out, by its id; repeatable."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "junit", "sarif"]),
    default="text",
    show_default=True,
    help="What is written.",
)
@output_option
def audit(
    url: str,
    sandbox: str | None,
    token: str | None,
    fail_on: str,
    off: tuple[str, ...],
    format_: str,
    output: Path | None,
) -> None:
    """Say what the clients of the simulator at URL did wrong.

    Exits with 0 where they did nothing wrong, 1 with findings, 2 where that can't be told.
    """
    params = {"format": format_, "off": ",".join(off)}
    answer = fetch(sandbox_url(url, sandbox), "/audit", params, token)
    counts = verdict_of(answer, "X-Simulator-Audit")
    write(answer.text, output)
    if not counts.get("calls") and fail_on != "never":
        where = f"the sandbox {sandbox!r}" if sandbox else url
        raise click.ClickException(f"no client has called {where}, so there is nothing to judge")
    if any(counts.get(each) for each in FAILING[fail_on]):
        sys.exit(FAILED)


@click.command()
@remote_options
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file of the till's own totals: orderId or paymentId, captured, refunded.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="What is written.",
)
@output_option
def ledger(
    url: str,
    sandbox: str | None,
    token: str | None,
    against: Path | None,
    format_: str,
    output: Path | None,
) -> None:
    """Say what became of the money at the simulator at URL.

    With --against, say where the till's own books differ; exits with 1 where they do.
    """
    base, params = sandbox_url(url, sandbox), {"format": format_}
    if against is None:
        answer = fetch(base, "/ledger", params, token)
    else:
        answer = fetch(base, "/ledger/compare", params, token, _content(against))
    counts = verdict_of(answer, "X-Simulator-Ledger")
    write(answer.text, output)
    if counts.get("differences"):
        sys.exit(FAILED)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.ClickException(f"--against: {path}: {error.strerror}") from error
