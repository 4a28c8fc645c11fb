"""Settings that a command has an option of its own for: told in one line, never passed by."""

import json
from pathlib import Path

import pytest
from mobilepay_simulator.settings.settings import settings_table

from tests.defaults.machine import ALONE, Machine
from tests.support import cli

pytestmark = ALONE

CERTIFY = ("certify", "--case", "certify-create-pos", "--settle", "100ms")
SWEEP = ("sweep",)
#: Settings that can't be given by --option, and what is to be done.
OWN = {
    CERTIFY: {"host": "--host", "port": "--port", "control_token": "--token"},
    SWEEP: {
        "scenario": "--scenario",
        "time_scale": "--time-scale",
        "control_token": "--token",
        "port": "takes a free one",
    },
}
REFUSED = [(command, name, told) for command, own in OWN.items() for name, told in own.items()]


@pytest.mark.parametrize(("command", "name", "told"), REFUSED, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("spelling", ["{}", "--{}"])
def test_a_setting_with_an_option_of_its_own_is_refused_in_one_line(
    command: tuple[str, ...], name: str, told: str, spelling: str
) -> None:
    given = spelling.format(name.replace("_", "-")) + "=8081"
    done = cli(*command, "--option", given, "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert f"--option {name}: " in line
    assert told in line


@pytest.mark.parametrize("command", OWN, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["seed"], "--option: expected NAME=VALUE, got 'seed'"),
        (["=1"], "--option: expected NAME=VALUE, got '=1'"),
        (["sede=1"], "--option: unknown setting 'sede'; did you mean 'seed'?"),
        (["seed=one"], "--seed: expected a whole number, got 'one'"),
        (["tls=perhaps"], "--tls: expected true or false, got 'perhaps'"),
        (["seed=1", "seed=2"], "--option: seed is given 2 times, and has one value"),
        (["data=no-such.yaml"], "no-such.yaml"),
        (["data-dir=/dev/null"], "--data-dir"),
        (["log-format=xml"], "--log-format"),
    ],
    ids=str,
)
def test_a_mistake_in_an_option_is_told_in_one_line(
    command: tuple[str, ...], options: list[str], told: str
) -> None:
    words = [word for each in options for word in ("--option", each)]
    done = cli(*command, *words, "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert told in line


#: What a command prints that asks the simulator it was started by: its settings.
ASKS = """\
import json, os, sys, urllib.request
url = os.environ["MOBILEPAY_SIM_URL"].partition("/sandboxes/")[0]
def ask(path):
    return json.load(urllib.request.urlopen(url + path))
print(json.dumps([ask("/_simulator/health")["seed"], ask("/_simulator/merchants")["merchants"]]))
sys.exit(3)
"""
SHOP = "merchants:\n  - vat: DK55555555\n    name: Kaffe & Kage\n    stores: []\n"


@pytest.mark.parametrize("command", OWN, ids=lambda command: command[0])
def test_any_other_setting_reaches_the_simulator(
    command: tuple[str, ...], tmp_path: Path, machine: Machine, sources: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "asks.py").write_text(ASKS)
    program = sources / ".venv" / "bin" / "mobilepay-sim"
    options = ("--option", "seed=7", "--option", "data=shop.yaml", "--option", "tls=true")
    command = (str(program), *command, *options, "--", "python3", "asks.py")
    done = machine.run(command, tmp_path)
    (line,) = (each for each in (done.stdout + done.stderr).splitlines() if each.startswith("["))
    seed, merchants = json.loads(line)
    assert seed == 7
    assert "Kaffe & Kage" in [each["name"] for each in merchants]


def test_a_setting_that_takes_several_values_may_be_given_several_times(tmp_path: Path) -> None:
    both = ("--option", "integrator=one:secret", "--option", "integrator=two:secret")
    check = (
        "import os, sys, urllib.parse, urllib.request, base64\n"
        "url = os.environ['MOBILEPAY_SIM_URL'] + '/integrator-authentication/connect/token'\n"
        "for name in ('one', 'two'):\n"
        "    login = base64.b64encode(f'{name}:secret'.encode()).decode()\n"
        "    form = b'grant_type=client_credentials&merchant_vat=DK12345678'\n"
        "    urllib.request.urlopen(urllib.request.Request(url, form, "
        "{'Authorization': f'Basic {login}'}))\n"
        "print('both are known')\n"
        "sys.exit(3)\n"
    )
    (tmp_path / "check.py").write_text(check)
    done = cli(*CERTIFY, *both, "--", "python3", str(tmp_path / "check.py"))
    assert "both are known" in done.stdout


@pytest.mark.parametrize(
    "own", [("--host", "127.0.0.1"), ("--port", "8081"), ("--option", "seed=1")]
)
def test_what_is_for_a_simulator_of_its_own_does_not_go_with_one_that_runs(
    own: tuple[str, str],
) -> None:
    done = cli("certify", "--target", "http://127.0.0.1:1", *own)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == f"mobilepay-sim: {own[0]} is for a simulator that is started here"


def test_every_setting_that_is_refused_is_one() -> None:
    names = {each.name for each in settings_table()}
    assert {name for own in OWN.values() for name in own} <= names
