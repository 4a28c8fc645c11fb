"""`mobilepay-sim explain`: why a running simulator answered a request as it did."""

import click

from simulator.cli_remote import fetch
from simulator.config import ENVIRONMENT_PREFIX
from simulator.engine.values import as_sandbox_name

__all__ = ["explain"]


@click.command()
@click.argument("url")
@click.argument("request_id", metavar="ID", type=click.IntRange(min=1))
@click.option("--sandbox", help="The sandbox the request went to. [default: the one in the URL]")
@click.option(
    "--token",
    envvar=f"{ENVIRONMENT_PREFIX}_CONTROL_TOKEN",
    show_envvar=True,
    help="The control token, where the simulator wants one.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How it is printed. [default: text]",
)
def explain(url: str, request_id: int, sandbox: str | None, token: str | None, form: str) -> None:
    """Say in plain English why the simulator at URL answered request ID as it did.

    GET /_simulator/requests lists the requests with their ids.
    """
    path = f"{_prefix(sandbox)}/_simulator/explain/{request_id}"
    answer = fetch(url, path, {"format": form}, token)
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/plain" if form == "text" else "application/json"):
        raise click.ClickException(f"{url}: answered with {kind or 'nothing'}; is it a simulator?")
    click.echo(answer.text, nl=not answer.text.endswith("\n"))


def _prefix(sandbox: str | None) -> str:
    if sandbox is None:
        return ""
    try:
        return f"/sandboxes/{as_sandbox_name(sandbox)}"
    except ValueError as error:
        raise click.ClickException(f"--sandbox: {error}") from error
