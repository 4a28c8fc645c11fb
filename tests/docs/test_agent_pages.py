"""The pages for agents: the skill file works as it is written, and what is shown to be set up does."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from mcp import StdioServerParameters

from tests.docs.pages import as_program, blocks
from tests.support import ROOT
from tests.testing.agents.support import connected, free_port

SKILL = "skills/mobilepay-sim/SKILL.md"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the commands of the skill file print, each block in a shell of its own."""
    folder = tmp_path_factory.mktemp("agent")
    programs = folder / "programs"
    programs.mkdir()
    as_program(programs)
    port, outputs = str(free_port()), []
    try:
        for block in blocks(SKILL, "sh"):
            script = f"PATH={programs}:$PATH\n{block.replace('8080', port)}"
            done = subprocess.run(
                ["bash", "-euc", script], cwd=folder, capture_output=True, text=True, timeout=60
            )
            assert done.returncode == 0, block + done.stdout + done.stderr
            outputs.append(done.stdout)
    finally:
        subprocess.run(["bash", "-c", "kill $(cat sim.pid)"], cwd=folder, stderr=subprocess.DEVNULL)
    until_it_is_gone(f"http://127.0.0.1:{port}/_simulator/health")
    return outputs


def until_it_is_gone(url: str) -> None:
    """Waits for a server that was told to stop; it lets go of what it has first."""
    for _ in range(100):
        try:
            httpx.get(url)
        except httpx.TransportError:
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} still answers")


def test_each_command_of_the_skill_file_works_in_a_shell_of_its_own(printed: list[str]) -> None:
    assert printed[0].strip() == "none runs"
    whole = "\n".join(printed)
    assert "Reserved" in whole
    assert "the answer was lost" in whole
    assert '"verdict":"passed"' in whole
    assert '"matched":2' in whole


def test_the_skill_file_finds_nothing_wrong_with_its_own_calls(printed: list[str]) -> None:
    (judged,) = [each for each in printed if '"matched":2' in each]
    assert "nothing wrong in 5 calls" in judged, judged


def test_the_skill_file_has_a_name_like_its_folder_and_says_what_it_is_for() -> None:
    head = re.match(r"---\nname: (.*)\ndescription: (.*)\n---\n", (ROOT / SKILL).read_text("utf-8"))
    assert head is not None
    assert head[1] == (ROOT / SKILL).parent.name
    assert 100 < len(head[2]) < 1024


def servers() -> Iterator[dict[str, object]]:
    for block in blocks("docs/agents.md", "json"):
        shown = json.loads(block)
        yield from (shown.get("mcpServers") or shown["servers"]).values()


def test_what_the_page_tells_clients_to_start_is_an_mcp_server(tmp_path: Path) -> None:
    as_program(tmp_path)
    shown = [each for each in servers() if "command" in each]
    assert len(shown) == 2
    for each in shown:
        program = shutil.which(str(each["command"]), path=tmp_path)
        assert program
        with connected(StdioServerParameters(command=program, args=each["args"])) as agent:
            assert agent.get("list_tools").tools


def test_what_the_page_says_of_the_url_is_so() -> None:
    from mobilepay_simulator.cli.mcp import HOST, PORT
    from mobilepay_simulator.testing.mcp.server import PATH

    (url,) = [each["url"] for each in servers() if "url" in each]
    assert url == f"http://{HOST}:{PORT}{PATH}"


LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


@pytest.mark.parametrize("page", ["llms.txt", "AGENTS.md", SKILL, "docs/agents.md"])
def test_every_link_of_the_pages_for_agents_leads_somewhere(page: str) -> None:
    for link in LINK.findall((ROOT / page).read_text("utf-8")):
        assert ((ROOT / page).parent / link).is_file(), link


def test_llms_txt_lists_every_page_of_the_documentation_for_those_who_test_tills() -> None:
    listed = {link for link in LINK.findall((ROOT / "llms.txt").read_text("utf-8"))}
    carried = {f"docs/{each.name}" for each in (ROOT / "simulator/testing/mcp/pages").iterdir()}
    assert carried <= listed
