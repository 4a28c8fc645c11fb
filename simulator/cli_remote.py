"""Asks a running simulator, for commands that take its URL; what goes wrong is said in one line."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from simulator.engine.values import as_url

if TYPE_CHECKING:
    import httpx

__all__ = ["fetch"]

PATIENCE = 30.0


def fetch(
    url: str, path: str, params: Mapping[str, str], token: str | None = None
) -> "httpx.Response":
    """Returns a running simulator's answer, which is a success.

    Args:
        url: where it is, with or without a sandbox's prefix.
        path: what is asked for, from the control API's base on.
        params: the query.
        token: the control token, where it wants one.

    Raises:
        click.ClickException: the URL is none, nobody answers there, or what answers refuses.
    """
    import httpx

    try:
        as_url(url)
    except ValueError as error:
        raise click.ClickException(f"URL: {error}") from error
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(
            url.rstrip("/") + path, params=dict(params), headers=headers, timeout=PATIENCE
        )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{url}: no answer: {reason}") from error
    if answer.is_success:
        return answer
    raise click.ClickException(_refusal(url, answer))


def _refusal(url: str, answer: "httpx.Response") -> str:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"{url}: answered {answer.status_code}; is it a simulator of this version?"
    return f"{url}: {error}"
