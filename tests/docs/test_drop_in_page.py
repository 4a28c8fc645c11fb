"""The drop-in page: its commands run, unmodified tills pay by them, and its files fit the image."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mobilepay_simulator.server.runtime import TLS_PORT
from mobilepay_simulator.settings.hosts import CONTAINER_HOSTS, LOCAL, REAL_HOSTS
from mobilepay_simulator.settings.settings import settings_table

from tests.docs.pages import as_module, blocks, run_shell
from tests.packaging.dockerfile import read_dockerfile
from tests.support import ROOT, RunningServer, running_server

PAGE = "docs/drop-in.md"
COMMANDS = blocks(PAGE, "sh")
SERVE, EXPORT = COMMANDS[0], COMMANDS[1]
CLIENTS = ROOT / "tests" / "drop_in"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader is: the CA was exported, and two tills lie there."""
    folder: Path = tmp_path_factory.mktemp("reader")
    for name in ("till.py", "till.js"):
        shutil.copy(CLIENTS / name, folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningServer]:
    """What the page starts, but for its ports and the time its scenario takes."""
    words = shlex.split(SERVE)
    assert words[:2] == ["mobilepay-sim", "serve"]
    env = {"MOBILEPAY_SIM_TLS_DIR": str(folder / "tls")}
    with running_server(*words[2:], "--tls-port", "0", "--scenario", "instant", env=env) as server:
        run(EXPORT, folder, server)
        yield server


def run(commands: str, folder: Path, server: RunningServer) -> str:
    """Runs commands of the page where the real name leads here."""
    lookup = CLIENTS / "lookup"
    ours = {
        "MOBILEPAY_SIM_TLS_DIR": folder / "tls",
        "LED_TO_PORT": server.https_port,
        "NODE_OPTIONS": f'--require="{lookup / "lookup.js"}"',
        "JAVA_HOME": os.environ.get("JAVA_HOME") or java_home(),
    }
    lines = [f"export {name}={shlex.quote(str(value))}" for name, value in ours.items()]
    ways = shlex.quote(str(lookup)), shlex.quote(sys.executable)
    python = 'python() {{ PYTHONPATH={} {} "$@"; }}'.format(*ways)
    commands = commands.replace(f":{TLS_PORT}", f":{server.https_port}")
    return run_shell("\n".join([*lines, as_module(f"{python}\n{commands}")]), folder)


def java_home() -> str:
    java = shutil.which("java")
    return str(Path(java).resolve().parent.parent) if java else ""


def the_one_with(word: str) -> str:
    (found,) = (each for each in COMMANDS if word in each)
    return found


def test_the_certificate_can_be_exported_and_its_place_is_told(
    server: RunningServer, folder: Path
) -> None:
    told = run(EXPORT, folder, server).strip()
    assert Path(told).read_bytes() == (folder / "mobilepay-ca.pem").read_bytes()


def test_curl_sees_that_it_works(server: RunningServer, folder: Path) -> None:
    said = run(the_one_with("curl"), folder, server)
    assert '"issuer":"https://api.mobilepay.dk/integrator-authentication"' in said
    assert '"token_endpoint":"https://api.mobilepay.dk/' in said


def test_a_python_till_pays_by_the_page_s_command(server: RunningServer, folder: Path) -> None:
    assert run(the_one_with("python till.py"), folder, server) == "Captured\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_a_node_till_pays_by_the_page_s_command(server: RunningServer, folder: Path) -> None:
    assert run(the_one_with("node till.js"), folder, server) == "Captured\n"


@pytest.mark.skipif(shutil.which("keytool") is None, reason="Java is not installed")
@pytest.mark.parametrize("word", ["keytool -list", "keytool -importcert"])
def test_java_s_tool_takes_the_certificate(server: RunningServer, folder: Path, word: str) -> None:
    run(the_one_with(word), folder, server)


def test_no_command_of_the_page_is_left_out_unless_it_changes_the_machine_or_needs_another() -> (
    None
):
    run_here = ("serve", "ca export", "node till.js", "python till.py", "keytool", "curl")
    assert all(any(word in each for word in run_here) for each in COMMANDS)
    elsewhere = ("sudo", "-jar", "dotnet", "php")
    assert all(any(word in each for word in elsewhere) for each in blocks(PAGE, "console"))


def test_the_page_names_all_hosts_of_the_certificate() -> None:
    text = (ROOT / PAGE).read_text()
    assert all(f"`{each}`" in text for each in (*LOCAL, *REAL_HOSTS, *CONTAINER_HOSTS))


def test_the_containers_of_the_page_fit_the_image() -> None:
    (text,) = blocks(PAGE, "yaml")
    service, till = (yaml.safe_load(text)["services"][name] for name in ("mobilepay", "till"))
    variables = {each.variable for each in settings_table()}
    assert set(service["environment"]) <= variables
    assert service["networks"]["default"]["aliases"] == list(REAL_HOSTS)
    (env,) = (e.rest for e in read_dockerfile(ROOT / "Dockerfile") if e.word == "ENV")
    volume, _, inside = service["volumes"][0].partition(":")
    assert f"MOBILEPAY_SIM_TLS_DIR={inside}" in shlex.split(env)
    mounted = till["volumes"][0].split(":")
    assert mounted[0] == volume
    assert till["environment"]["NODE_EXTRA_CA_CERTS"] == f"{mounted[1]}/ca/ca.pem"
