"""`mobilepay-sim explain`: why a running simulator answered a request as it did."""

import click

from simulator.cli_remote import fetch, remote_options, sandbox_url

__all__ = ["explain"]


@click.command()
@remote_options
@click.argument("request_id", metavar="ID", type=click.IntRange(min=1))
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
    base = sandbox_url(url, sandbox)
    answer = fetch(base, f"/explain/{request_id}", {"format": form}, token)
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/plain" if form == "text" else "application/json"):
        raise click.ClickException(f"{url}: answered with {kind or 'nothing'}; is it a simulator?")
    click.echo(answer.text, nl=not answer.text.endswith("\n"))
