"""`mobilepay-sim explain`: why a running simulator answered a request as it did."""

from typing import TYPE_CHECKING

import click

from .options import remote_options
from .printing import echo
from .remote import check_sandbox, fetch, no_simulator, sandbox_url

if TYPE_CHECKING:
    import httpx


@click.command()
@remote_options
@click.argument("request_id", metavar="ID", type=click.IntRange(min=1))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Output format. [default: text]",
)
def explain(url: str, request_id: int, sandbox: str | None, token: str | None, form: str) -> None:
    """Say in plain English why the simulator answered request ID as it did.

    `requests` lists the requests with their ids. The URL can stand before the ID as well.
    """
    base = sandbox_url(url, sandbox)
    try:
        answer = fetch(base, f"/explain/{request_id}", {"format": form}, token)
    except click.ClickException:
        check_sandbox(base, token)
        raise
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("text/plain" if form == "text" else "application/json"):
        raise no_simulator(answer)
    if form == "json":
        _check(answer)
    elif not answer.text.startswith(f"Request {request_id}: "):
        raise no_simulator(answer)
    echo(answer.text, nl=not answer.text.endswith("\n"))


def _check(answer: "httpx.Response") -> None:
    """Refuses JSON that is no explanation.

    Raises:
        ClickException: it is none, so it is no simulator's.
    """
    from ..client import Explanation
    from ..client.model import decode

    try:
        decode(Explanation, answer.content)
    except ValueError as error:
        raise no_simulator(answer) from error
