"""What commands share that act on a running simulator: they start none, and make no sandbox."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .options import sandbox_option, token_option, url_option
from .printing import echo
from .remote import PATIENCE, failure_of, refuse_unknown, sandbox_url

if TYPE_CHECKING:
    from ..client import ControlClient


class Told(NamedTuple):
    """What a command tells: the answer as the control API writes it, and lines for people."""

    raw: Any
    lines: Iterable[str]


def steering(*, may_make: bool = False) -> Callable[[Callable[..., Told]], Callable[..., None]]:
    """Gives a command the options --url, --sandbox, --token and --json, and a client to work with.

    Args:
        may_make: whether a sandbox that is not there yet is made.
    """

    def steered(command: Callable[..., Told]) -> Callable[..., None]:
        @wraps(command)
        def run(
            *, url: str, sandbox: str | None, token: str | None, as_json: bool, **given: Any
        ) -> None:
            with _connected(sandbox_url(url, sandbox), token, may_make=may_make) as control:
                told = command(control, **given)
            if as_json:
                echo(json.dumps(told.raw, indent=2, ensure_ascii=False))
            else:
                for line in told.lines:
                    echo(line)

        options: Any = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(run)
        return url_option(sandbox_option(token_option(options)))

    return steered


class FiniteNumber(click.ParamType[float]):
    """A number that JSON can write."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Returns the number of a text."""
        try:
            number = float(value)
        except ValueError:
            number = nan
        if not isfinite(number):
            self.fail(f"{value!r} is no number such as 10.50", param, ctx)
        return number


NUMBER = FiniteNumber()


@contextmanager
def _connected(url: str, token: str | None, *, may_make: bool) -> "Iterator[ControlClient]":
    """Yields a client of a sandbox that is there.

    Raises:
        ClickException: it can't be reached, is no simulator, has no such sandbox, or refuses.
    """
    from ..client import ClientError, ControlClient
    from ..client.remote import sandbox_in

    base, name = sandbox_in(url)
    try:
        with ControlClient(base, sandbox=name, token=token, timeout=PATIENCE) as control:
            if name is not None and not may_make:
                refuse_unknown(name, [each.name for each in control.sandboxes()], base)
            yield control
    except ClientError as error:
        raise click.ClickException(failure_of(error)) from error
    except ValueError as error:
        raise click.ClickException(f"--url: {error}") from error
