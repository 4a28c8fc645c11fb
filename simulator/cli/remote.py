"""What commands share that ask a running simulator: how to reach it, and what may go wrong."""

import os
import re
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ..engine.values import as_sandbox_name, as_url
from ..settings.files import is_folder, replace_file
from ..settings.nearest import nearest_name
from ..settings.settings import ENVIRONMENT_PREFIX
from .options import URL, URL_VARIABLE
from .printing import echo

if TYPE_CHECKING:
    import httpx

    from ..client.errors import ClientError, ControlError, Unreachable

#: How the answer begins to whoever speaks plain HTTP to a port for HTTPS.
SPEAKS_HTTPS = "This port speaks HTTPS"
#: Seconds that an answer may take. An audit of a full journal takes less than one.
PATIENCE = 30.0
#: How the names of scenario files end.
SCENARIO_FILES = (".yaml", ".yml")
#: A path that is a sandbox, and one with something before the sandbox.
_SANDBOX = re.compile(r"/sandboxes/[^/]+").fullmatch
_SANDBOX_AT_END = re.compile(r"/sandboxes/[^/]+$")
#: What a simulator tells of a failure of its own; its log has the trace.
_FAILURE = {"code", "message", "correlationId"}


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
    from ..client.bearing import BadControlToken, authorization
    from ..client.connection import Connection
    from ..client.errors import ClientError

    query = {name: str(value) for name, value in params.items()}
    method = "GET" if content is None else "POST"
    try:
        headers = authorization(token)
        connection = Connection(url, timeout=PATIENCE)
    except (BadControlToken, ClientError) as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.ClickException(f"URL: {error}") from error
    with closing(connection):
        try:
            return connection.exchange(
                method, f"/_simulator{path}", query=query, headers=headers, content=content
            )
        except ClientError as error:
            raise click.ClickException(failure_of(error)) from error


def failure_of(error: "ClientError") -> str:
    """Returns in one line why a call got no answer, or was refused."""
    from ..client.errors import ControlError, Unreachable

    if isinstance(error, ControlError):
        return refusal_of(error)
    return unreachable(error) if isinstance(error, Unreachable) else str(error)


def refusal_of(error: "ControlError") -> str:
    """Returns in one line why a call was refused, and which option would help."""
    said = error.details if isinstance(error.details, dict) else {}
    if error.status >= 500 and said.keys() >= _FAILURE:
        return " ".join(str(error).splitlines())
    if "error" not in said:
        if error.message.startswith(SPEAKS_HTTPS):
            return f"{error.call} was answered {error.status}: {_in_one_line(error)}"
        return _of_no_simulator(error.call, error.status)
    if error.status in (401, 403):
        return f"{_in_one_line(error)} (--token, or {ENVIRONMENT_PREFIX}_CONTROL_TOKEN)"
    return _in_one_line(error)


def no_simulator(answer: "httpx.Response") -> click.ClickException:
    """Returns what says that an answer is that of no simulator: who was asked for what, as where
    a call is refused, without the query of it.
    """
    request = answer.request
    call = f"{request.method} {str(request.url).partition('?')[0]}"
    return click.ClickException(_of_no_simulator(call, answer.status_code))


def _of_no_simulator(call: str, status: int) -> str:
    hint = _path_hint(call)
    return f"{call} was answered {status}: not a simulator, or an older version{hint}"


def unreachable(error: "Unreachable") -> str:
    """Returns in one line that nobody answers, and what would help."""
    return f"{error} (--url, or {URL_VARIABLE}, says where it is; `mobilepay-sim serve` starts one)"


def _path_hint(call: str) -> str:
    """Returns what to do about a path in the URL that is no sandbox's, or nothing."""
    parts = urlsplit(call.partition(" ")[2])
    path = parts.path.partition("/_simulator")[0]
    if not path or _SANDBOX(path):
        return ""
    path = _SANDBOX_AT_END.sub("", path)
    root = f"{parts.scheme}://{parts.netloc}"
    return (
        f" (the URL has the path {path}, which is no sandbox: {root} would be the simulator, and "
        f"{root}/sandboxes/NAME a sandbox of it)"
    )


def _in_one_line(error: "ControlError") -> str:
    """Returns the message of whoever answers: it must not look like a line of ours."""
    return " ".join(error.message.splitlines())


def check_sandbox(url: str, token: str | None) -> None:
    """Refuses a sandbox that is not there, of which an answer said no more than that it is empty.

    Args:
        url: of a simulator, or of a sandbox of it.
        token: of the control API, or None.

    Raises:
        ClickException: it is not there; the message names the nearest that is.
    """
    from ..client.remote import sandbox_in

    base, name = sandbox_in(url)
    if name is None:
        return
    answer = fetch(base, "/sandboxes", {}, token)
    try:
        names = [str(each["name"]) for each in answer.json()["sandboxes"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise no_simulator(answer) from error
    refuse_unknown(name, names, base)


def refuse_other_file(name: str) -> None:
    """Refuses a file in place of a scenario, where it is no scenario file.

    Raises:
        ClickException: it is one, or a path; names of scenarios have no dot and no slash.
    """
    path = Path(name)
    is_there = os.path.lexists(name)
    if path.suffix in SCENARIO_FILES or not (path.suffix or len(path.parts) > 1 or is_there):
        return
    what = "a folder" if is_folder(path) else "a file" if is_there else "a path"
    raise click.ClickException(
        f"{name!r} is {what}, and no scenario; give a scenario's name, which `mobilepay-sim "
        "scenario list` shows, or a scenario file, whose name ends in .yaml"
    )


def refuse_unknown(name: str, names: list[str], base: str) -> None:
    """Refuses a sandbox that is not there.

    Args:
        name: the sandbox's name.
        names: of all there are.
        base: the simulator's URL.

    Raises:
        ClickException: it is none of these; the message names one that is near, and what makes it.
    """
    if name in names:
        return
    place = "" if base == URL else f" --url {base}"
    raise click.ClickException(
        f"there is no sandbox {name!r} at {base}; {nearest_name(name, names)} "
        f"(`mobilepay-sim reset{place} --sandbox {name}` makes it)"
    )


def verdict_of(answer: "httpx.Response", header: str) -> dict[str, int]:
    """Returns the numbers that an answer tells in a header, such as `error=1 note=0`.

    Raises:
        ClickException: it has no such header, so it is no simulator's.
    """
    try:
        pairs = [part.split("=") for part in answer.headers[header].split()]
        return {name: int(number) for name, number in pairs}
    except (KeyError, ValueError) as error:
        raise no_simulator(answer) from error


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
        if output is None:
            echo(content, nl=not content.endswith("\n"))
            return
        text = content if content.endswith("\n") else f"{content}\n"
        # Bytes of a command or a path that are no text here are half surrogates in it.
        content = text.encode("utf-8", "backslashreplace")
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        replace_file(output, content)
    except OSError as error:
        raise click.ClickException(f"{option}: {output}: {error.strerror or error}") from error
