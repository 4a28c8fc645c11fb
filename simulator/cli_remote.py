"""What commands share that ask a running simulator: how to reach it, and what may go wrong."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.config import ENVIRONMENT_PREFIX
from simulator.engine.values import as_sandbox_name, as_url

if TYPE_CHECKING:
    import httpx

    from simulator.client.errors import ControlError

__all__ = [
    "fetch",
    "output_option",
    "refusal_of",
    "remote_options",
    "sandbox_url",
    "verdict_of",
    "write",
]

#: Seconds that an answer may take. An audit of a full journal takes less than one.
PATIENCE = 30.0


def remote_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the argument URL, and the options for the sandbox and the token."""
    command = click.option(
        "--token",
        envvar=f"{ENVIRONMENT_PREFIX}_CONTROL_TOKEN",
        show_envvar=True,
        help="Token of the control API, where it has one.",
    )(command)
    command = click.option(
        "--sandbox", metavar="NAME", help="The sandbox; else the one in the URL, or default."
    )(command)
    return click.argument("url")(command)


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option for a file instead of the standard output."""
    return click.option(
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File to write it to; else it is printed.",
    )(command)


def sandbox_url(url: str, sandbox: str | None) -> str:
    """Returns the URL of a sandbox.

    Args:
        url: the simulator's, which may name a sandbox itself.
        sandbox: the sandbox's name, or None.

    Raises:
        ClickException: one of them is not right.
    """
    try:
        base = as_url(url).rstrip("/")
        return f"{base}/sandboxes/{as_sandbox_name(sandbox)}" if sandbox else base
    except ValueError as error:
        where = "URL" if "://" in str(error) else "--sandbox"
        raise click.ClickException(f"{where}: {error}") from error


def fetch(
    url: str,
    path: str,
    params: Mapping[str, Any],
    token: str | None,
    content: bytes | None = None,
) -> "httpx.Response":
    """Asks a simulator's control API, and returns the answer.

    Args:
        url: of the simulator, or of a sandbox of it.
        path: behind `/_simulator`.
        params: the query.
        token: of the control API, or None.
        content: a body; with it the call is a POST.

    Raises:
        ClickException: it can't be reached, is no simulator, or refuses.
    """
    from simulator.client.connection import Connection
    from simulator.client.errors import ClientError, ControlError

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    query = {name: str(value) for name, value in params.items()}
    method = "GET" if content is None else "POST"
    try:
        connection = Connection(url, timeout=PATIENCE)
    except ValueError as error:
        raise click.ClickException(f"URL: {error}") from error
    with closing(connection):
        try:
            return connection.exchange(
                method, f"/_simulator{path}", query=query, headers=headers, content=content
            )
        except ControlError as error:
            raise click.ClickException(refusal_of(error)) from error
        except ClientError as error:
            raise click.ClickException(str(error)) from error


def refusal_of(error: "ControlError") -> str:
    """Returns in one line why a call was refused, and which option would help."""
    if not (isinstance(error.details, dict) and "error" in error.details):
        return f"{error.call} was answered {error.status}: that is no simulator, or an older one"
    if error.status in (401, 403):
        return f"{error.message} (--token, or {ENVIRONMENT_PREFIX}_CONTROL_TOKEN)"
    return error.message


def verdict_of(answer: "httpx.Response", header: str) -> dict[str, int]:
    """Returns the numbers that an answer tells in a header, such as `error=1 note=0`.

    Raises:
        ClickException: it has no such header, so it is no simulator's.
    """
    try:
        pairs = [part.split("=") for part in answer.headers[header].split()]
        return {name: int(number) for name, number in pairs}
    except (KeyError, ValueError) as error:
        message = f"{answer.url}: that is no simulator, or an older one"
        raise click.ClickException(message) from error


def write(content: str | bytes, output: Path | None, option: str = "--output") -> None:
    """Prints something, or writes it to a file; a text ends with a new line then.

    Args:
        content: what to write.
        output: the file; None to print it.
        option: the option that names the file.

    Raises:
        ClickException: the file can't be written.
    """
    if isinstance(content, str):
        content = (content if content.endswith("\n") else f"{content}\n").encode()
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{option}: {output}: {error.strerror or error}") from error
