"""Every command and every file shown in README and docs works."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from simulator.config import Settings
from simulator.data import read_data
from simulator.play import play
from simulator.scripting.library import Library, Shelf, shipped_folder
from simulator.scripting.scenario import read_scenario
from tests.support import ROOT, running_server

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [body for found, body in FENCE.findall(text) if found == language]


def run_shell(script: str, folder: Path) -> str:
    """Runs commands as a user would, and returns what they print."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_readme_takes_a_newcomer_to_a_captured_partly_refunded_payment(tmp_path: Path) -> None:
    commands = [each for each in blocks("README.md", "sh")[3:] if ".venv/" not in each]
    assert commands[0].startswith("SIM=")
    with running_server() as server:
        script = "\n".join(commands).replace("http://127.0.0.1:8080", server.url)
        printed = run_shell(script, tmp_path)
    shown = re.findall(r"Initiated|Reserved|Captured|Cancelled\w+|Expired\w+", printed)
    assert shown == [
        "Initiated",
        "Reserved",
        "Captured",  # the refund
        "Captured",  # the payment
        "CancelledByUser",  # the rejection
    ]


def test_the_readme_starts_the_simulator_with_commands_that_exist() -> None:
    start = "\n".join(blocks("README.md", "sh")[:3])
    assert "make run" in start
    assert re.search(r"^run:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "mobilepay-sim serve" in start
    assert "docker build" in start
    assert (ROOT / "Dockerfile").is_file()


def test_the_commands_of_the_control_api_page_work(tmp_path: Path) -> None:
    with running_server() as server:
        commands = "\n".join(blocks("docs/control-api.md", "sh")).replace("curl", "curl --fail")
        run_shell(f"SIM={server.url}\n{commands}", tmp_path)


def test_every_control_route_is_on_its_page() -> None:
    from simulator.control.routes import BASE, ROUTES

    page = (ROOT / "docs/control-api.md").read_text(encoding="utf-8")
    names = {"<name>": "NAME", "<store_id>": "ID", "<run_id>": "ID", "<alias>": "ALIAS"}
    for method, path, _ in ROUTES:
        for parameter, shown in names.items():
            path = path.replace(parameter, shown)
        assert f"`{method} {BASE}{path}`" in page


EXAMPLES = [
    (page, number)
    for page in ("README.md", "docs/scenarios.md", "docs/writing-scenarios.md")
    for number in range(len(blocks(page, "yaml")))
]


@pytest.mark.parametrize(("page", "number"), EXAMPLES)
def test_every_scenario_that_is_shown_is_valid(page: str, number: int) -> None:
    shelf = Shelf(Library([shipped_folder()]))
    shelf.put(read_scenario(blocks(page, "yaml")[number], "example"))


@pytest.mark.parametrize("number", range(len(blocks("docs/writing-scenarios.md", "yaml"))))
def test_the_model_client_passes_every_scenario_of_the_walk_through(number: int) -> None:
    text = blocks("docs/writing-scenarios.md", "yaml")[number]
    shelf = Shelf(Library([shipped_folder()]))
    shelf.put(read_scenario(text, "example"))
    assert play(shelf.get("example"), Settings(time_scale=0)).has_passed


def my_scenarios(folder: Path) -> None:
    (folder / "my-scenarios").mkdir()
    example = blocks("docs/writing-scenarios.md", "yaml")[0]
    (folder / "my-scenarios" / "lost-capture.yaml").write_text(example)


def as_module(commands: str) -> str:
    """The commands, where the console script may not be on the path."""
    return f"export PYTHONPATH={ROOT}\n" + commands.replace(
        "mobilepay-sim", f"{sys.executable} -m simulator"
    )


def test_the_walk_through_plays_its_scenario_with_the_model_client(tmp_path: Path) -> None:
    my_scenarios(tmp_path)
    said = run_shell(as_module(blocks("docs/writing-scenarios.md", "sh")[0]), tmp_path)
    assert "lost-capture is fine, 2 steps" in said
    assert said.endswith("lost-capture passed\n")


def test_the_walk_through_gets_a_verdict_on_a_client(tmp_path: Path) -> None:
    my_scenarios(tmp_path)
    start = "\n".join(blocks("README.md", "sh")[3:5]).partition("PAYMENT=")[0]
    walk = "\n".join(blocks("docs/writing-scenarios.md", "sh")[1:4])
    with running_server("--time-scale", "0") as server:
        script = f"{start}\n{walk}".replace("http://127.0.0.1:8080", server.url)
        said = run_shell(script, tmp_path)
    assert "curl ended with 52: no answer" in said
    assert "\npassed\n" in said
    assert 'failures="0"' in said


def test_the_schema_of_the_walk_through_is_written(tmp_path: Path) -> None:
    run_shell(as_module(blocks("docs/writing-scenarios.md", "sh")[-1]), tmp_path)
    assert json.loads((tmp_path / "scenario.schema.json").read_text())["title"]


def test_the_commands_of_the_scenarios_page_work(tmp_path: Path) -> None:
    said = run_shell(as_module(blocks("docs/scenarios.md", "sh")[0]), tmp_path)
    assert "lost-response-initiate passed" in said


def test_the_scenario_the_readme_shows_is_shipped_and_plays() -> None:
    shown = read_scenario(blocks("README.md", "yaml")[0], "lost-response-initiate")
    shipped = Library([shipped_folder()]).scenarios["lost-response-initiate"]
    assert (shown.summary, shown.faults) == (shipped.summary, shipped.faults)
    assert set(shown.expect) <= set(shipped.expect)
    command = next(each for each in blocks("README.md", "sh") if "scenario play" in each)
    done = run_shell(as_module(command.replace(".venv/bin/", "")), ROOT)
    assert done.endswith("passed\n")


def test_the_scenario_on_the_scenarios_page_can_be_checked_by_its_command(tmp_path: Path) -> None:
    (tmp_path / "my-scenarios").mkdir()
    example = blocks("docs/scenarios.md", "yaml")[0]
    (tmp_path / "my-scenarios" / "two-minds.yaml").write_text(example)
    said = run_shell(as_module(blocks("docs/scenarios.md", "sh")[1]), tmp_path)
    assert "two-minds is fine, 2 steps" in said


def test_the_data_file_on_the_data_page_is_valid_and_takes_effect(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(blocks("docs/data.md", "yaml")[0], encoding="utf-8")
    data = read_data(path, (), 1)
    assert data.merchants[0].stores[0].city == "Odense"
    assert data.callback_urls == {"Till Callback": "http://127.0.0.1:9000/checkin"}

    with running_server("--data", str(path)) as server:
        merchants = httpx.get(f"{server.url}/_simulator/merchants").json()["merchants"]
        own = next(each for each in merchants if each["vat"] == "DK55555555")
        assert own["stores"][0]["balance"] == 250.0


def test_generated_pages_are_up_to_date() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import make as pages
    finally:
        sys.path.remove(str(ROOT / "docs"))
    for name, make in pages.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == make(), (
            f"run `make docs`: {name}"
        )


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / target).exists(), target
