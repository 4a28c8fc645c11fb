"""Every command with every option works as it is typed, on a free machine and beside a server."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import trustme
from mobilepay_simulator.cli.main import cli
from mobilepay_simulator.settings.settings import settings_table

from tests.defaults.machine import ALONE, PORT, Machine, free_machine
from tests.defaults.rows import ROWS, SERVING, URL, Row, Serving
from tests.support import ROOT

pytestmark = ALONE

SHOP = """\
merchants:
  - vat: DK55555555
    name: Kaffe & Kage
    stores: [{name: Odense, brand_id: POSDK55555, location_id: "00007"}]
"""
MINE = "summary: Mine.\nsteps:\n  - include: instant\nexpect:\n  - final_state: Captured\n"
BOOKS = "orderId,captured,refunded\norder-1,99.00,0\n"
#: A payment that a client has captured, in two sandboxes, and what led to it.
FIRST = f"""
for url in {URL} {URL}/sandboxes/shop; do
  python3 examples/python/till.py --url $url pay 10.50
done
curl --silent --fail {URL}/_simulator/bundle > calls.json
curl --silent --fail '{URL}/_simulator/requests?format=har' > calls.har
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands are run, and what lies in it."""
    folder: Path = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "my-scenarios").mkdir()
    (folder / "my-scenarios" / "lost-and-found.yaml").write_text(MINE)
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "sim.yaml").write_text("seed: 9\nmagic_amounts: true\n")
    (folder / "books.csv").write_text(BOOKS)
    kind = trustme.KeyType.RSA
    till = trustme.CA(key_type=kind).issue_cert("localhost", key_type=kind)
    till.private_key_pem.write_to_path(folder / "till.key")
    for pem in till.cert_chain_pems:
        pem.write_to_path(folder / "till.pem", append=True)
    return folder


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, sources: Path, desk: Path) -> Iterator[Machine]:
    """A machine where a simulator runs at its usual port, and clients have called it."""
    program = sources / ".venv" / "bin" / "mobilepay-sim"
    with (
        free_machine(tmp_path_factory.mktemp("home")) as machine,
        machine.serving((program, "serve"), desk),
    ):
        done = machine.run(["bash", "-euc", FIRST], desk)
        assert done.returncode == 0, done.stdout + done.stderr
        yield machine


def typed(
    machine: Machine, line: str, desk: Path, sources: Path
) -> "subprocess.CompletedProcess[str]":
    """Runs a line as it is typed, where `mobilepay-sim` is on the path."""
    script = f"PATH={shlex.quote(str(sources / '.venv' / 'bin'))}:$PATH\n{line}"
    return machine.run(["bash", "-c", script], desk)


def check(row: Row, machine: Machine, desk: Path, sources: Path) -> None:
    for name in row.writes:
        (desk / name).unlink(missing_ok=True)
    done = typed(machine, row.line, desk, sources)
    said = done.stdout + done.stderr
    assert done.returncode == row.code, said
    assert re.search(row.says, said, re.MULTILINE), said
    assert "Traceback" not in said
    for name in row.writes:
        assert (desk / name).stat().st_size > 0


BY_ITSELF = [row for row in ROWS if not row.is_for_a_running_one]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.line)
def test_a_command_works_beside_a_running_simulator(
    busy: Machine, desk: Path, sources: Path, row: Row
) -> None:
    check(row, busy, desk, sources)


@pytest.mark.parametrize("row", BY_ITSELF, ids=lambda row: row.line)
def test_a_command_works_on_a_free_machine(
    machine: Machine, busy: Machine, desk: Path, sources: Path, row: Row
) -> None:
    check(row, machine, desk, sources)


@pytest.mark.parametrize("serving", SERVING, ids=lambda serving: serving.line)
def test_a_server_serves_as_it_was_told(
    machine: Machine, desk: Path, sources: Path, serving: Serving
) -> None:
    line = f"exec {sources / '.venv' / 'bin'}/{serving.line}"
    with machine.serving(["bash", "-c", line], desk) as said:
        assert said | serving.said == said
        for name in serving.writes:
            assert (desk / name).exists()
        for where, wanted in serving.asked.items():
            url = f"{said['url']}{where}"
            answer = machine.run(["curl", "-sSf", *serving.curl, url], desk).stdout
            assert re.search(wanted, answer), answer
        if "httpsUrl" in said:
            machine.ask(f"{said['httpsUrl']}/_simulator/health", "--insecure")
        if serving.is_kept:
            bundle = machine.ask(f"{said['url']}/_simulator/bundle")
            assert_kept(serving.line, bundle["settings"])


def assert_kept(line: str, settings: dict[str, str]) -> None:
    """The settings of a bundle are the options of the line, as far as clients can tell them."""
    words = shlex.split(line)[2:]
    given = {}
    for word, following in zip(words, [*words[1:], "--"], strict=True):
        if word.startswith("--"):
            value = "true" if following.startswith("--") else following
            given[word[2:].replace("-", "_")] = value
    behaviour = {each.name for each in settings_table() if each.is_behaviour}
    assert len(given.keys() & behaviour) > 15
    shown = {name: str(value).lower() for name, value in settings.items()}
    for name in given.keys() & behaviour:
        assert shown[name] == given[name]


def test_a_second_server_says_in_one_line_that_the_port_is_in_use(
    busy: Machine, desk: Path, sources: Path
) -> None:
    for line in ("mobilepay-sim serve", "mobilepay-sim certify --section onboarding"):
        done = typed(busy, line, desk, sources)
        assert (done.returncode, done.stdout) == (2, "")
        (said,) = done.stderr.splitlines()
        assert f"127.0.0.1:{PORT} is in use" in said
        assert "--port" in said


# --- nothing is left out --------------------------------------------------------------------------


def commands(
    group: click.Group, names: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command there is, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name), command


COMMANDS = dict(commands(cli))


def parsed(line: str) -> tuple[tuple[str, ...], set[str]]:
    """The words that call a command, and the options it is given."""
    words = shlex.split(line)[1:]
    words = words[: words.index("--")] if "--" in words else words
    name = next((each for each in COMMANDS if tuple(words[: len(each)]) == each), ())
    return name, {word.partition("=")[0] for word in words if word.startswith("-")}


USED = [parsed(each.line) for each in (*ROWS, *SERVING)]


def test_every_command_has_a_row() -> None:
    assert set(COMMANDS) - {name for name, _ in USED} == set()


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_every_option_is_in_a_row(name: tuple[str, ...]) -> None:
    used = {option for each, options in USED if each == name for option in options}
    missing = []
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            spellings = [parameter.opts, parameter.secondary_opts]
            missing += [each for each in spellings if each and not used & set(each)]
    assert missing == []


def test_every_option_in_a_row_is_one() -> None:
    for name, options in USED:
        if name:
            known = {o for p in COMMANDS[name].params for o in (*p.opts, *p.secondary_opts)}
            assert options <= known
