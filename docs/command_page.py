"""The tables of the page about the commands, made of Click's commands and `commands.yaml`. See `make.py`."""

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import click
import yaml
from mobilepay_simulator.cli.main import PROGRAM, cli

FILE = Path(__file__).parent / "commands.yaml"
_DEFAULT = re.compile(r"\s*\[default: (.+?)\]")
_EXITS = re.compile(r"\s*[^.;]*\bExits with\b.*?\.(?=\s|$)|; exits with[^.]*", re.DOTALL)
#: Options that are the same wherever they are; they are told once.
COMMON = ("url", "sandbox", "token", "as_json")


class Undescribed(Exception):
    """`commands.yaml` does not fit the commands there are; the message says where."""


def parts() -> dict[str, list[str]]:
    """The page's tables by their marks.

    Raises:
        Undescribed: a command, or an argument of one, is not in `commands.yaml`, or is no longer.
    """
    told = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    commands = dict(commands_of(cli))
    listed = [name for group in told["groups"] for name in group["commands"]]
    for what in (sorted(listed), sorted(told["commands"])):
        if what != sorted(commands):
            wrong = set(what) ^ set(commands) or "one is named twice"
            raise Undescribed(f"docs/commands.yaml: not the commands there are: {wrong}")
    lines: list[str] = []
    for group in told["groups"]:
        lines += [f"## {group['title']}", "", group["about"], ""]
        for name in group["commands"]:
            lines += section(name, commands[name], told)
    return {"index": index(commands, told), "common": common(commands), "commands": lines[:-1]}


def commands_of(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yields all commands that do something, by their names behind the program's."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = cast(click.Command, group.get_command(context, name))
        if isinstance(found, click.Group):
            yield from commands_of(found, f"{before}{name} ")
        else:
            yield before + name, found


def index(commands: Mapping[str, click.Command], told: Mapping[str, Any]) -> list[str]:
    """A table of the commands with what they do."""
    lines = ["| command | what it does |", "|---|---|"]
    for group in told["groups"]:
        for name in group["commands"]:
            anchor = f"{PROGRAM}-{name}".replace(" ", "-")
            lines.append(f"| [`{name}`](#{anchor}) | {summary(commands[name])} |")
    return lines


def common(commands: Mapping[str, click.Command]) -> list[str]:
    """A table of the options that many commands have."""
    found = {each.name: each for each in commands["clock"].params if each.name in COMMON}
    return table([cast(click.Option, found[name]) for name in COMMON])


def section(name: str, command: click.Command, told: Mapping[str, Any]) -> list[str]:
    """What is said of one command."""
    about = told["commands"][name]
    context = click.Context(command, info_name=f"{PROGRAM} {name}")
    usage = " ".join([context.info_name or "", *command.collect_usage_pieces(context)])
    lines = [f"### {PROGRAM} {name}", "", f"`{usage}`", "", *text_of(command)]
    if "see" in about:
        lines += [about["see"], ""]
    lines += arguments(name, command, about.get("arguments", {}))
    lines += options(name, command)
    exits = {**told["exits"], **about.get("exits", {})}
    lines += ["| exit code | means |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in sorted(exits.items())]
    return [*lines, "", "```sh", *about["example"].splitlines(), "```", ""]


def text_of(command: click.Command) -> list[str]:
    """A command's help as Markdown; what it says of exit codes has a table of its own."""
    help = _EXITS.sub("", inspect.cleandoc(command.help or ""))
    lines: list[str] = []
    for paragraph in filter(None, (each.strip() for each in help.split("\n\n"))):
        verbatim = paragraph.startswith("\b")
        shown = paragraph.removeprefix("\b").strip("\n")
        if not verbatim:
            lines += [" ".join(shown.split()), ""]
        elif not shown.startswith(PROGRAM):
            rows = [re.split(r"  +", each.strip(), maxsplit=1) for each in shown.splitlines()]
            lines += [f"- `{word}`: {' '.join(rest)}" for word, *rest in rows] + [""]
    return lines


def summary(command: click.Command) -> str:
    """The first sentence of a command's help."""
    return _DEFAULT.sub("", text_of(command)[0])


def arguments(name: str, command: click.Command, told: Mapping[str, str]) -> list[str]:
    """A table of what a command takes, or nothing.

    Raises:
        Undescribed: an argument is not described, or one is that there is not.
    """
    context = click.Context(command)
    found = {
        each.make_metavar(context).strip("[]{}").replace("]...", "..."): each.required
        for each in command.params
        if isinstance(each, click.Argument)
    }
    found = {
        word if word in told else word.removesuffix("..."): need for word, need in found.items()
    }
    if set(found) != set(told):
        wrong = set(found) ^ set(told)
        raise Undescribed(f"docs/commands.yaml: {name}: not the arguments there are: {wrong}")
    if not found:
        return []
    lines = ["| argument | what it is | |", "|---|---|---|"]
    for word, need in found.items():
        shown = word.replace("|", "\\|")
        lines.append(f"| `{shown}` | {told[word]} | {'' if need else 'optional'} |")
    return [*lines, ""]


def options(name: str, command: click.Command) -> list[str]:
    """A table of a command's options, but for those of the table of settings and the common ones."""
    found = [each for each in command.params if isinstance(each, click.Option)]
    here = [each.name for each in found]
    lines: list[str] = []
    if set(COMMON) <= set(here):
        found = [each for each in found if each.name not in COMMON]
        lines = ["It takes the [common options](#common-options).", ""]
    if name == "serve":
        found = [each for each in found if each.name == "config"]
    return [*table(found), "", *lines] if found else lines


def table(found: list[click.Option]) -> list[str]:
    """A table of options."""
    lines = ["| option | what it does | default | variable |", "|---|---|---|---|"]
    for each in found:
        default = default_of(each)
        help = _DEFAULT.sub("", each.help or "").strip()
        variable = f"`{each.envvar}`" if each.envvar else ""
        help = help.replace("|", "\\|") + choices(each)
        lines.append(f"| {spelled(each)} | {help} | {default} | {variable} |")
    return lines


def spelled(option: click.Option) -> str:
    """How an option is written, with a word for its value."""
    names = ", ".join(f"`{each}`" for each in [*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    is_choice = isinstance(option.type, click.Choice)
    word = option.metavar or ("WORD" if is_choice else option.type.name.upper())
    word = {"INTEGER RANGE": "N", "INTEGER": "N", "FLOAT RANGE": "N", "NUMBER": "N"}.get(word, word)
    return f"{names} `{word}`".replace("|", "\\|")


def choices(option: click.Option) -> str:
    """The words that an option can have, or nothing."""
    if not isinstance(option.type, click.Choice):
        return ""
    words = ", ".join(f"`{each}`" for each in option.type.choices)
    return f" One of {words}." if option.help else f"One of {words}."


def default_of(option: click.Option) -> str:
    """An option's default, as it would be written, or as its help says it."""
    said = _DEFAULT.search(option.help or "")
    if said:
        return said[1]
    if option.is_flag or option.default is None or not option.show_default:
        return ""
    return f"`{option.default}`"
