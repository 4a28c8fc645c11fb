"""The pages about the commands and the Python names hold all there are, and say what each takes."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args

import click
import mobilepay_simulator.client as client
import pytest
from mobilepay_simulator.cli.main import cli

from tests.support import ROOT

COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PYTHON = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def commands(group: click.Group, before: str = "mobilepay-sim") -> Iterator[tuple[str, Any]]:
    """All commands that do something, by what is typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, f"{before} {name}")
        else:
            yield f"{before} {name}", found


ALL = dict(commands(cli))


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one that is as high."""
    marks = heading.partition(" ")[0]
    return re.split(rf"^#{{1,{len(marks)}}} ", page.partition(f"\n{heading}\n")[2], flags=re.M)[0]


@pytest.mark.parametrize("line", ALL)
def test_a_command_is_there_with_every_option_and_an_example(line: str) -> None:
    text = section(COMMANDS, f"### {line}")
    common = section(COMMANDS, "## Common options")
    places = [text, common] if "#common-options" in text else [text]
    places += [SETTINGS] if line.endswith(" serve") else []
    for each in ALL[line].params:
        if isinstance(each, click.Option):
            assert any(f"`{each.opts[0]}`" in place for place in places), each.opts
            variable = each.envvar
            assert not variable or any(f"`{variable}`" in place for place in places), variable
    (example,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert line in " ".join(example.split())
    assert "| exit code | means |" in text


def test_the_page_has_no_command_that_there_is_not() -> None:
    assert set(re.findall(r"^### (.+)$", COMMANDS, re.M)) == set(ALL)


@pytest.mark.parametrize("name", sorted(client.__all__))
def test_a_name_of_the_client_is_on_the_page(name: str) -> None:
    thing = getattr(client, name)
    assert name in PYTHON
    if inspect.isclass(thing) and name not in ("SimulatorInUse",):
        assert f"\n### {name}\n" in PYTHON


@pytest.mark.parametrize("name", ["arrange", "queue", "advance", "verify", "audit", "upload"])
def test_a_call_of_the_control_api_says_what_each_argument_is(name: str) -> None:
    calls = section(PYTHON, "## The control API")
    text = section(calls, f"#### ControlClient.{name}")
    arguments = list(inspect.signature(getattr(client.ControlClient, name)).parameters.values())
    for each in arguments[1:]:
        # An argument that stands for several is described as these.
        kinds = get_args(each.annotation) if each.kind is each.VAR_KEYWORD else ()
        for told in kinds[0].__annotations__ if kinds else [each.name]:
            assert f"| `{told}` |" in text or f"`{told}`" in text, told


@pytest.mark.parametrize("heading", ["Simulator.sandbox", "Sandbox.requests", "Sandbox.verify"])
def test_the_arguments_of_a_method_are_those_of_its_signature(heading: str) -> None:
    text = section(PYTHON, f"#### {heading}")
    shown = re.findall(r"(\w+): [^,()]+ = ", text.partition("\n`")[2].partition("`\n")[0])
    told = re.findall(r"^\| `(\w+)` \|", text, re.M)
    assert set(shown) <= set(told)
    assert not {"who", "filters", "bounds"} & set(told)


@pytest.mark.parametrize("name", ["mobilepay", "mobilepay_server", "Simulator", "InProcess"])
def test_what_a_suite_begins_with_is_on_the_page(name: str) -> None:
    assert section(PYTHON, f"### {name}").strip()
