"""The wheel, installed with its dependencies and nothing else, is the whole simulator."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from mobilepay_simulator import __version__
from packaging.requirements import Requirement

from tests.docs.pages import blocks
from tests.packaging.support import clean_environment
from tests.support import ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("wheel")]

WINDOWS = sys.platform == "win32"
SOURCES = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "simulator", "scenarios")


@dataclass(frozen=True)
class Installed:
    """The wheel, and a Python environment that holds it."""

    wheel: Path
    environment: Path
    elsewhere: Path

    def path_of(self, program: str) -> str:
        """Where a program of the environment is."""
        found = shutil.which(program, path=self.environment / ("Scripts" if WINDOWS else "bin"))
        assert found, f"{program} is not installed"
        return found

    def run(self, program: str, *arguments: str) -> str:
        """Runs a program of the environment in an unrelated folder; returns what it prints."""
        command = [self.path_of(program), *arguments]
        done = subprocess.run(
            command,
            cwd=self.elsewhere,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of these sources in an environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    sources, environment, elsewhere = folder / "sources", folder / "env", folder / "elsewhere"
    sources.mkdir()
    elsewhere.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, sources / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, sources], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    subprocess.run([*pip, "--python", environment, "install", wheel], check=True)
    return Installed(wheel, environment, elsewhere)


def _beside(installed: Installed, folder: Path, *packages: str) -> Installed:
    """The same wheel beside some packages, and nothing else."""
    environment, suite = folder / "env", folder / "suite"
    suite.mkdir()
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    command = [*pip, "--python", environment, "install", installed.wheel, *packages]
    subprocess.run(command, check=True)
    return Installed(installed.wheel, environment, suite)


@pytest.fixture(scope="session")
def with_pytest(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The same wheel beside pytest, and nothing else."""
    return _beside(installed, tmp_path_factory.mktemp("suite"), "pytest")


#: What the folder `simulator` is called once it is installed.
NAME = "mobilepay_simulator"


def _files(folder: str, pattern: str) -> set[str]:
    """The files of a folder, as the wheel names them."""
    found = {each.relative_to(ROOT).as_posix() for each in (ROOT / folder).rglob(pattern)}
    return {name.replace("simulator/", f"{NAME}/", 1) for name in found}


def test_the_wheel_has_every_module_and_the_mark_that_they_are_typed(installed: Installed) -> None:
    names = set(ZipFile(installed.wheel).namelist())
    assert _files("simulator", "*.py") <= names
    assert f"{NAME}/py.typed" in names


def test_the_wheel_has_every_scenario(installed: Installed) -> None:
    names = set(ZipFile(installed.wheel).namelist())
    expected = {f"{NAME}/{name}" for name in _files("scenarios", "*.yaml")}
    assert expected
    assert expected <= names


def test_the_wheel_has_the_pages_that_agents_read(installed: Installed) -> None:
    names = set(ZipFile(installed.wheel).namelist())
    pages = _files("simulator", "*.md")
    assert len(pages) >= 8
    assert pages <= names


def test_without_its_extra_the_server_for_agents_says_in_a_line_what_to_install(
    installed: Installed,
) -> None:
    command = [installed.path_of("mobilepay-sim"), "mcp"]
    environment, nothing = clean_environment(), subprocess.DEVNULL
    done = subprocess.run(command, env=environment, stdin=nothing, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    python = installed.path_of("python")
    assert f"{python} -m pip install 'mobilepay-pos-simulator[mcp]'" in line


def test_the_wheel_has_the_templates_of_every_report(installed: Installed) -> None:
    names = set(ZipFile(installed.wheel).namelist())
    templates = _files("simulator", "*.html") | _files("simulator", "*.j2")
    assert {f"{NAME}/certification/reports/templates/page.html.j2"} <= templates
    assert templates | _files("simulator", "*.css") <= names


def test_the_wheel_brings_no_tests_and_no_top_level_name_but_ours(installed: Installed) -> None:
    tops = {name.partition("/")[0] for name in ZipFile(installed.wheel).namelist()}
    assert tops == {NAME, f"mobilepay_pos_simulator-{__version__}.dist-info"}


def test_the_wheel_says_what_it_is(installed: Installed) -> None:
    archive = ZipFile(installed.wheel)
    folder = f"mobilepay_pos_simulator-{__version__}.dist-info"
    metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
    assert metadata["Name"] == "mobilepay-pos-simulator"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert f"{folder}/licenses/LICENSE" in archive.namelist()


def test_beside_other_packages_it_asks_for_ranges_of_versions(installed: Installed) -> None:
    archive = ZipFile(installed.wheel)
    (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
    asked = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist", [])
    needed = {str(each) for each in map(Requirement, asked) if "extra" not in str(each.marker)}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    listed = [line.split("  #")[0] for line in lines if not line.startswith("#")]
    assert needed == {str(Requirement(each)) for each in listed}
    assert not any("==" in each.partition(";")[0] for each in needed)


def test_it_comes_without_what_only_tests_need(installed: Installed) -> None:
    printed = installed.run(
        "python",
        "-c",
        "import json, importlib.metadata as m; "
        "print(json.dumps([each.name.lower() for each in m.distributions()]))",
    )
    names = set(json.loads(printed))
    assert "mobilepay-pos-simulator" in names
    assert not names & {"pytest", "hypothesis", "jsonschema", "ruff", "mypy", "schemathesis"}


def test_the_shipped_scenarios_are_listed(installed: Installed) -> None:
    listed = {
        line.split()[0] for line in installed.run("mobilepay-sim", "scenario", "list").splitlines()
    }
    assert {"success", "instant", "rejection", "expiry", "manual"} <= listed
    files = (ROOT / "scenarios").rglob("*.yaml")
    assert listed == {path.stem for path in files if not path.parent.name.startswith("_")}


@pytest.mark.parametrize("command", [["mobilepay-sim"], ["python", "-m", NAME]])
def test_both_commands_help_from_an_unrelated_folder(
    installed: Installed, command: list[str]
) -> None:
    printed = installed.run(*command, "--help")
    assert "serve" in printed
    assert "scenario" in printed


def test_the_command_says_its_version(installed: Installed) -> None:
    assert __version__ in installed.run("mobilepay-sim", "--version")


def test_a_ca_is_made_and_its_certificate_printed(installed: Installed, tmp_path: Path) -> None:
    printed = installed.run("mobilepay-sim", "ca", "export", "--tls-dir", str(tmp_path))
    assert printed.startswith("-----BEGIN CERTIFICATE-----")


SERVER_MODULES = ["flask", "werkzeug", "uvicorn", "marshmallow", "jwt", "faker"]


@pytest.mark.parametrize("module", [*SERVER_MODULES, "cryptography", "trustme"])
def test_the_command_line_loads_without_the_server(installed: Installed, module: str) -> None:
    loaded = installed.run(
        "python", "-c", "import mobilepay_simulator.cli.main, sys; print(*sys.modules, sep='\\n')"
    ).splitlines()
    assert "mobilepay_simulator.cli.main" in loaded
    assert module not in loaded


def test_it_serves_its_own_version(installed: Installed) -> None:
    process = subprocess.Popen(
        [installed.path_of("mobilepay-sim"), "serve", "--port", "0"],
        cwd=installed.elsewhere,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            line = process.stdout.readline()
            assert line, f"the server ended with {process.wait(10)}"
            health = httpx.get(f"{json.loads(line)['url']}/_simulator/health").json()
            page = httpx.get(f"{json.loads(line)['url']}/docs/swagger-ui.css")
            window = httpx.get(f"{json.loads(line)['url']}/")
            script = httpx.get(f"{json.loads(line)['url']}/page/static/vendor/htmx.org/htmx.min.js")
            till = httpx.get(f"{json.loads(line)['url']}/page/till")
        finally:
            process.terminate()
    assert (health["status"], health["version"]) == ("ok", __version__)
    assert page.status_code == 200
    assert [each.status_code for each in (window, script, till)] == [200, 200, 200]
    assert "Points of sale" in window.text


def test_the_wheel_has_all_that_the_page_loads_and_the_licences_of_what_others_wrote(
    installed: Installed,
) -> None:
    names = set(ZipFile(installed.wheel).namelist())
    licences = _files("simulator/dashboard/static", "LICENSE") | _files("simulator/api", "LICENSE")
    assert len(licences) == 5
    assert licences <= names
    for pattern in ("*.html", "*.css", "*.js", "*.svg"):
        assert _files("simulator/dashboard", pattern) <= names
        assert _files("simulator/api", pattern) <= names


def test_the_wheel_has_the_guide_where_it_was_built_before(installed: Installed) -> None:
    guide = ROOT / "simulator" / "dashboard" / "guide"
    built = {path.relative_to(ROOT).as_posix() for path in guide.rglob("*") if path.is_file()}
    expected = {name.replace("simulator/", f"{NAME}/", 1) for name in built}
    names = set(ZipFile(installed.wheel).namelist())
    assert {name for name in names if "/dashboard/guide/" in name} == expected


def test_a_test_suite_needs_nothing_but_the_wheel_and_pytest(with_pytest: Installed) -> None:
    test = blocks("README.md", "python")[0]
    (with_pytest.elsewhere / "test_till.py").write_text(test, encoding="utf-8")
    said = with_pytest.run("python", "-m", "pytest", "-Werror", "-p", "no:cacheprovider")
    assert "mobilepay-pos-simulator" in said
    assert "1 passed" in said


@pytest.mark.parametrize("is_package", [True, False], ids=["packages", "folders"])
def test_a_project_may_have_folders_called_as_ours_are(
    with_pytest: Installed, tmp_path: Path, is_package: bool
) -> None:
    for name in ("simulator", "scenarios", "tests"):
        (tmp_path / name).mkdir()
        if is_package:
            (tmp_path / name / "__init__.py").write_text(f"WHOSE = {name!r}\n")
    (tmp_path / "tests" / "test_till.py").write_text(blocks("README.md", "python")[0])
    beside = Installed(with_pytest.wheel, with_pytest.environment, tmp_path)

    assert "1 passed" in beside.run("python", "-m", "pytest", "-Werror", "-p", "no:cacheprovider")
    assert "serve" in beside.run("mobilepay-sim", "--help")
    if is_package:
        whose = beside.run("python", "-c", "import simulator; print(simulator.WHOSE)")
        assert whose.strip() == "simulator"


ASYNC_TESTS = """
import asyncio

import pytest
import pytest_asyncio


@pytest_asyncio.fixture
async def pos(mobilepay):
    return await asyncio.to_thread(lambda: mobilepay.pos)


@pytest.mark.mobilepay(scenario="rejection")
async def test_with_a_fixture_that_waits(mobilepay, pos):
    assert pos.id == mobilepay.pos.id
    assert len(mobilepay.control.scenarios().queued) == 1


async def test_two_at_once(mobilepay):
    await asyncio.gather(*(asyncio.to_thread(mobilepay.token) for _ in range(2)))
"""


def test_tests_of_pytest_asyncio_use_the_plugin(installed: Installed, tmp_path: Path) -> None:
    beside = _beside(installed, tmp_path, "pytest", "pytest-asyncio")
    (beside.elsewhere / "test_till.py").write_text(ASYNC_TESTS, encoding="utf-8")
    settings = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    (beside.elsewhere / "pytest.ini").write_text(f"[pytest]\n{settings}", encoding="utf-8")
    assert "2 passed" in beside.run("python", "-m", "pytest", "-Werror")
