"""Tutorials and how-tos: every block is run as it stands, or says why not; each fits a screen."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mobilepay_simulator.scripting.expectations import FinalState
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play

from tests.defaults.machine import ALONE, Machine, clone, free_machine
from tests.defaults.reading import read
from tests.docs.guides import GUIDES, TOOLS, Use, page_for, snippets_of, unfit
from tests.docs.pages import Block
from tests.support import ROOT

INDEX = "docs/how-to/README.md"
#: The most lines of a page: of a how-to about a screen, of a tutorial a little more.
LONGEST = {"docs/how-to": 75, "docs/tutorials": 90}
GUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
TIME = re.compile(r"(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
LASTED = re.compile(r"in \d+\.\d+s")
#: How often a till has polled depends on the machine.
REQUEST = re.compile(r"\[request \d+\]|^\d+(?= calls were made)")
WORDS = ((GUID, "ID"), (TIME, "TIME"), (PORT, "PORT"), (LASTED, "in a moment"), (REQUEST, ""))

WITH_COMMANDS = [path for path in GUIDES if any(each.use is Use.RUN for each in snippets_of(path))]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine where nobody listens."""
    with free_machine(tmp_path_factory.mktemp("home")) as machine:
        yield machine


def comparable(line: str) -> str:
    """A line without what differs from run to run."""
    for pattern, word in WORDS:
        line = pattern.sub(word, line)
    return line.strip(" =")


def assert_shown(path: str, printed: dict[Block, str]) -> None:
    """What a page shows is printed by the commands before it, line after line."""
    lines: Iterator[str] = iter(())
    for each in snippets_of(path):
        if each.use is Use.RUN:
            lines = map(comparable, printed[each.block].splitlines())
        elif each.use is Use.PRINTED:
            missing = [
                line
                for line in each.block.body.splitlines()
                if line.strip() not in ("", "...") and comparable(line) not in lines
            ]
            assert missing == [], "not printed, or not in this order"


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=ALONE, id=path) for path in WITH_COMMANDS]
)
def test_a_guide_can_be_followed(machine: Machine, tmp_path: Path, path: str) -> None:
    page = page_for(path)
    commands = "\n".join(each.body for each in page.blocks if page.is_run(each))
    for tool in TOOLS:
        if re.search(rf"(^|[\s(]){tool} ", commands) and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    reading = read(page, machine, clone(tmp_path / "clone"))
    assert reading.code == 0, reading.said
    assert set(reading.printed) == {each for each in page.blocks if page.is_run(each)}
    assert "Traceback" not in reading.said
    assert_shown(path, reading.printed)


@pytest.mark.parametrize("path", GUIDES)
def test_every_block_of_a_guide_is_run_or_says_why_not(path: str) -> None:
    assert list(unfit(path)) == []


@pytest.mark.parametrize("path", GUIDES)
def test_a_guide_answers_one_question_on_one_screen(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert len(re.findall(r"^# ", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)) == 1
    assert path == INDEX or len(text.splitlines()) <= LONGEST[path.rpartition("/")[0]]


def test_the_index_leads_to_every_guide() -> None:
    text = (ROOT / INDEX).read_text(encoding="utf-8")
    folder = (ROOT / INDEX).parent
    links = {(folder / each).resolve() for each in re.findall(r"\]\(([^)#]+)\)", text)}
    assert {(ROOT / path).resolve() for path in GUIDES if path != INDEX} <= links


@pytest.mark.parametrize("path", GUIDES)
def test_a_file_to_be_copied_is_shown_whole(path: str) -> None:
    for each in snippets_of(path):
        if each.use is Use.PART_OF and each.block.language == "yaml":
            # The file itself is checked by .ci/schemas.py.
            whole = yaml.safe_load((ROOT / each.why).read_text(encoding="utf-8"))
            assert yaml.safe_load(each.block.body) == whole


def test_the_scenarios_of_the_page_about_rejections_end_as_it_says() -> None:
    text = (ROOT / "docs/how-to/rejected-payment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| `(\w+)` \|$", text, re.MULTILINE)
    library = ScenarioLibrary([shipped_folder()])
    catalog = ScenarioCatalog(library)
    assert len(rows) == 4
    for name, state in rows:
        result = play(catalog.get(name), Settings(time_scale=0))
        assert result.has_passed, name
        ends = [e.final_state for e in library.scenarios[name].expect if isinstance(e, FinalState)]
        assert ends == [(state,)], name


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("```\nls\n```", "a block is indented, or has no language"),
        ("```java\nclass Till {}\n```", "neither run nor declared: class Till {}"),
        ("```text\nsold\n```", "neither run nor declared: sold"),
        ("This is `till.php`:\n\n```php\n<?php\n```", "written, but used by nothing: till.php"),
        (
            "<!-- part of: LICENSE -->\n```text\nGPL\n```",
            "not in LICENSE: GPL",
        ),
        (
            "<!-- part of: no-such-file -->\n```text\nGPL\n```",
            "not in no-such-file: GPL",
        ),
    ],
)
def test_a_block_that_is_neither_run_nor_declared_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, block: str, reason: str
) -> None:
    (tmp_path / "page.md").write_text(f"# A page\n\n{block}\n", encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", tmp_path)
    for module in ("tests.docs.guides", "tests.docs.pages"):
        monkeypatch.setattr(f"{module}.ROOT", tmp_path)
    assert list(unfit("page.md")) == [reason]


@pytest.mark.parametrize(
    "block",
    [
        "```sh\nls\n```",
        "```sh\nls\n```\n\n```text\npage.md\n```",
        "Write `till.php`:\n\n```php\n<?php\n```\n\n```sh\nphp till.php\n```",
        "<!-- not run: needs a Windows machine -->\n```powershell\ndir\n```",
        "<!-- part of: LICENSE -->\n```text\nMIT License\n```",
    ],
)
def test_a_block_that_is_run_or_declared_is_accepted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, block: str
) -> None:
    (tmp_path / "page.md").write_text(f"# A page\n\n{block}\n", encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", tmp_path)
    for module in ("tests.docs.guides", "tests.docs.pages"):
        monkeypatch.setattr(f"{module}.ROOT", tmp_path)
    assert list(unfit("page.md")) == []
