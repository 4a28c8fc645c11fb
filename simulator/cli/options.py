"""The options that commands share, and how they are read."""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ..settings.nearest import nearest
from ..settings.settings import ENVIRONMENT_PREFIX

#: Where a simulator is that was started without options.
URL = "http://127.0.0.1:8080"
URL_VARIABLE = f"{ENVIRONMENT_PREFIX}_URL"


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


class PathName(click.Path):
    """A path, which an empty text is not: Python would take it for the current folder. Blanks are
    what is left of a variable that is not set.
    """

    def __init__(self, **options: bool) -> None:
        super().__init__(path_type=Path, **options)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the path of a text."""
        if _is_blank(value):
            self.fail("names no file or folder", param, ctx)
        if value == "-" and not self.allow_dash:
            self.fail("'-' is no file here; ./- is one of that name", param, ctx)
        return super().convert(value, param, ctx)


class GivenText(click.types.StringParamType):
    """A text, which nothing is not: a script gives nothing where a variable of its own is unset."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Returns the text."""
        if _is_blank(value):
            self.fail("is empty", param, ctx)
        return super().convert(value, param, ctx)


TEXT = GivenText()
#: Adds an option that is a text.
text_option = partial(click.option, type=TEXT)


def token_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option for the control token."""
    return text_option(
        "--token",
        envvar=f"{ENVIRONMENT_PREFIX}_CONTROL_TOKEN",
        show_envvar=True,
        help="Token of the control API, where it has one.",
    )(command)


def sandbox_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option for the sandbox that a command is about."""
    return text_option(
        "--sandbox", metavar="NAME", help='Sandbox; default: the one in the URL, else "default".'
    )(command)


def url_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option for the simulator that a command is about."""
    return text_option(
        "--url",
        envvar=URL_VARIABLE,
        show_envvar=True,
        default=URL,
        show_default=True,
        help="URL of the running simulator.",
    )(command)


def remote_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options for the simulator, the sandbox and the token; the URL can be an argument."""

    @wraps(command)
    def run(*, places: tuple[str, ...], url: str, **given: Any) -> None:
        command(url=_one_url(places, url), **given)

    # Click fills an argument of any number last: a command's own comes first, without a URL too.
    place = click.argument("places", metavar="[URL]", nargs=-1, type=TEXT)
    return place(url_option(sandbox_option(token_option(run))))


def _one_url(places: tuple[str, ...], url: str) -> str:
    """Returns the one URL of those before a command's own arguments, and that of the option.

    Raises:
        UsageError: there are several.
    """
    context = click.get_current_context()
    if len(places) > 1:
        hint = ""
        if isinstance(context.command, Printing):
            hint = "; the file to write to is --output FILE"
        raise click.UsageError(f"unexpected argument {' '.join(places[1:])!r}{hint}")
    if places and context.get_parameter_source("url") is ParameterSource.COMMANDLINE:
        raise click.UsageError(f"{places[0]!r} and --url {url}: give the URL once")
    return places[0] if places else url


def played_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options for where recorded calls are made again: the sandbox, and its clients."""
    command = text_option(
        "--integrator",
        "integrators",
        multiple=True,
        metavar="ID:SECRET",
        help="Credentials of an integrator on the target; repeatable. Not needed for seeded ones.",
    )(command)
    return text_option(
        "--sandbox", metavar="NAME", help="Sandbox on the target; its contents are replaced."
    )(command)


def output_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option for a file instead of the standard output."""
    return click.option(
        "--output",
        type=PathName(dir_okay=False, allow_dash=True),
        callback=lambda _ctx, _param, file: None if file == Path("-") else file,
        help="Output file; default: standard output.",
    )(command)


def flags_of(names: Iterable[str]) -> list[str]:
    """Returns which options and arguments of a command were given by hand, as they are written.

    Args:
        names: those that are looked for.
    """
    context = click.get_current_context()
    return [
        parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
        for parameter in context.command.params
        if parameter.name in names
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]


class Printing(click.Command):
    """A command with `output_option`; a file given without --output is reported."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the arguments.

        Raises:
            UsageError: there is one too many.
        """
        ctx.allow_extra_args = True
        extra = super().parse_args(ctx, args)
        if extra:
            words = " ".join(extra)
            ctx.fail(f"unexpected argument {words!r}; the file to write to is --output FILE")
        return extra


class NamingGroup(click.Group):
    """A group that answers an unknown command with those there are, or the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Returns the command that is named, with the arguments behind it."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(f"No such command {name!r}; {nearest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)
