"""Options of all commands: none is taken and then ignored."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from mobilepay_simulator.cli.certify_cases import USED_BY_LIST
from mobilepay_simulator.cli.main import cli

from tests.cli.test_cli import refused
from tests.support import cli as cli_process
from tests.support import running_server

NOBODY = "http://127.0.0.1:9"


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """All commands, by the words that call them."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, f"{path} {name}".strip())


COMMANDS = dict(commands(cli))
#: A program and its arguments are the business of whoever runs them.
PROGRAMS = {("certify", "command"), ("sweep", "command")}
#: Settings whose mistakes are told once all of them are known; `test_cli` has them.
SETTINGS = ("host", "control_token", "public_url", "scenario", "log_format")


@pytest.mark.parametrize("text", ["", " "], ids=["empty", "blank"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_and_no_argument_is_empty(name: str, text: str) -> None:
    command = COMMANDS[name]
    for each in command.params:
        is_flag = isinstance(each, click.Option) and each.is_flag
        is_late = name == "serve" and each.name in SETTINGS
        if is_flag or is_late or (name, each.name) in PROGRAMS:
            continue
        with pytest.raises(click.BadParameter) as error:
            is_list = each.multiple or each.nargs == -1
            each.process_value(click.Context(command), (text,) if is_list else text)
        assert error.value.message


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (("serve", "--integrator", ""), "'--integrator'"),
        (("serve", "--blocked-versions", " , "), "'--blocked-versions'"),
        (("serve", "--scenario", ""), "--scenario"),
        (("sweep", "--option", "integrator=", "--", "true"), "--integrator: is empty"),
        (("compare", "README.md", "--integrator", ""), "'--integrator': is empty"),
        (("advance", "5s", "--to", ""), "'--to': is empty"),
        (("fault", "", "500"), "'[CALL]': is empty"),
    ],
    ids=lambda it: it if isinstance(it, str) else it[0],
)
def test_what_is_empty_is_refused_in_a_line_that_names_it(
    line: tuple[str, ...], named: str
) -> None:
    assert named in refused(*line)


def test_a_list_of_a_settings_file_is_not_an_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text('integrator: ""\n', encoding="utf-8")
    assert "integrator: is empty" in refused("serve", "--config", str(path))
    path.write_text("integrator: []\n", encoding="utf-8")
    with running_server("--config", str(path)):
        pass


def test_a_variable_that_is_empty_is_as_one_that_is_not_set() -> None:
    empty = {"MOBILEPAY_SIM_INTEGRATOR": "", "MOBILEPAY_SIM_SCENARIO": ""}
    with running_server(env=empty):
        pass


#: A value of each kind of option that `certify` and `sweep` have.
VALUES = {
    "timeout": "5s",
    "settle": "5s",
    "port": "0",
    "html": "report.html",
    "json": "report.json",
    "junit": "report.xml",
    "fail_on": "crashed",
}


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("certify", {each.name or "" for each in COMMANDS["certify"].params} - USED_BY_LIST),
        ("sweep", {"html", "json", "junit", "fail_on", "keep"}),
    ],
)
def test_a_list_takes_no_option_that_it_would_ignore(name: str, ignored: set[str]) -> None:
    program = ("--", "true") if name == "sweep" else ()
    for each in COMMANDS[name].params:
        if each.name not in ignored:
            continue
        if isinstance(each, click.Argument):
            assert "--list takes no COMMAND" in refused(name, "--list", "--", "true")
            continue
        given = () if each.is_flag else (VALUES.get(each.name or "", "x"),)
        said = refused(name, "--list", each.opts[0], *given, *program)
        assert f"--list takes no {each.opts[0]}\n" in said


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (("replay", "README.md", "--token", "x"), "--token goes with --target"),
        (("compare", "README.md", "--token", "x"), "--token goes with --target"),
        (("certify", "--target", NOBODY, "--port", "0"), "--port is for a simulator that is"),
    ],
    ids=lambda it: it if isinstance(it, str) else it[0],
)
def test_what_goes_with_another_option_is_refused_without_it(
    line: tuple[str, ...], named: str
) -> None:
    assert named in refused(*line)


@pytest.mark.parametrize(
    "password", ["hunter2", "hunter2 a", "hunter2/a", "hunter2@a", "hunter2%20"]
)
def test_no_message_says_the_password_of_a_url(password: str) -> None:
    url = f"http://till:{password}@127.0.0.1:1"
    for said in refused("requests", "--url", url), refused("audit", env={"MOBILEPAY_SIM_URL": url}):
        assert "hunter2" not in said
        assert "till:***@127.0.0.1:1" in said


def test_no_command_says_the_password_of_a_url() -> None:
    lines = ["audit", "ledger --sandbox no", "explain 9"]
    with running_server() as server:
        url = server.url.replace("://", "://till:hunter2@")
        done = [cli_process(*each.split(), "--url", url) for each in lines]
        certify = ["--target", url, "--case", "certify-create-pos", "--", "true"]
        done.append(cli_process("certify", *certify))
    for each in done:
        assert "hunter2" not in each.stdout + each.stderr
    assert "till:***@" in done[0].stderr
    assert "till:***@" in done[-1].stdout
