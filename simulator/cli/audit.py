"""`mobilepay-sim audit` and `mobilepay-sim ledger`: the verdict on a client, for people and CI."""

import sys
from pathlib import Path

import click

from ..settings.files import read_file
from .options import PathName, Printing, output_option, remote_options, text_option
from .remote import check_sandbox, fetch, sandbox_url, verdict_of, write

FAILED = 1
#: Of the till's own books, in bytes; a server takes less, unless --max-body says more.
MOST_OF_BOOKS = 64 * 1024 * 1024
#: The severities that fail an audit, by the least that does.
FAILING = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
    "never": (),
}


@click.command(cls=Printing)
@remote_options
@click.option(
    "--fail-on",
    type=click.Choice(list(FAILING)),
    default="error",
    show_default=True,
    help="Exit with 1 on findings of this severity or higher.",
)
@text_option(
    "--off", multiple=True, metavar="RULE", help="A rule to leave out, by its id; repeatable."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "junit", "sarif"]),
    default="text",
    show_default=True,
    help="Output format.",
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
    """Print the audit findings for the clients of a running simulator.

    Exits with 0 where they did nothing wrong, 1 with findings, 2 if there is no verdict.
    """
    params = {"format": format_, "off": ",".join(off)}
    base = sandbox_url(url, sandbox)
    answer = fetch(base, "/audit", params, token)
    counts = verdict_of(answer, "X-Simulator-Audit")
    if not counts.get("calls"):
        check_sandbox(base, token)
    write(answer.text, output)
    if not counts.get("calls") and fail_on != "never":
        where = f"the sandbox {sandbox!r}" if sandbox else url
        raise click.ClickException(f"no client has called {where}, so there is nothing to judge")
    if any(counts.get(each) for each in FAILING[fail_on]):
        sys.exit(FAILED)


@click.command(cls=Printing)
@remote_options
@click.option(
    "--against",
    type=PathName(exists=True, dir_okay=False),
    help="CSV file of the till's own totals: orderId or paymentId, captured, refunded.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Output format.",
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
    """Print the ledger of a running simulator.

    With --against, print where the till's own books differ; exits with 1 if they do.
    """
    base, params = sandbox_url(url, sandbox), {"format": format_}
    if against is None:
        answer = fetch(base, "/ledger", params, token)
    else:
        answer = fetch(base, "/ledger/compare", params, token, _content(against))
    counts = verdict_of(answer, "X-Simulator-Ledger")
    if against is not None or not counts.get("payments"):
        check_sandbox(base, token)
    write(answer.text, output)
    if counts.get("differences"):
        sys.exit(FAILED)


def _content(path: Path) -> bytes:
    try:
        return read_file(path, MOST_OF_BOOKS, may_be_pipe=True)
    except OSError as error:
        raise click.ClickException(f"--against: {path}: {error.strerror}") from error
