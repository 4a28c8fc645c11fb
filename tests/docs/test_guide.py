"""The guide: each page is in it and found, and each link leads somewhere."""

import json
import re
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from mobilepay_simulator.dashboard.views.guide import TYPES

from tests.support import ROOT

SETTINGS = yaml.safe_load((ROOT / "docs" / "guide.yaml").read_text("utf-8"))
KINDS = SETTINGS["kinds"]
NEEDS_ZENSICAL = pytest.mark.skipif(
    find_spec("zensical") is None, reason="Zensical is not installed; `make lint` builds the guide"
)


def load() -> ModuleType:
    spec = spec_from_file_location("guide_builder", ROOT / "docs" / "guide.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


guide = load()


def with_kinds(**kinds: list[str]) -> str:
    return yaml.safe_dump({**SETTINGS, "kinds": kinds})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three pages."""
    for name, text in {
        "README.md": "# Read me\n\n[Rules](docs/rules.md#first)\n",
        "docs/index.md": "# Front\n\n[start](../README.md), [a file](../examples/till.py)\n",
        "docs/rules.md": "# Rules\n\n## First\n",
        "docs/guide.yaml": with_kinds(
            Start=["docs/index.md", "README.md"], Rules=["docs/rules.md"]
        ),
        "pyproject.toml": '[project]\nversion = "1.2.3"\n',
        "examples/till.py": "print(1)\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def problems_of(project: Path) -> str:
    with pytest.raises(guide.NotBuilt) as refused:
        guide.build(project, project / "build")
    return str(refused.value)


def test_each_page_of_the_project_is_in_one_kind() -> None:
    assert set(guide.planned(ROOT, KINDS).pages) >= {"README.md", "docs/settings.md"}


def test_each_link_of_each_page_leads_to_a_file(tmp_path: Path) -> None:
    guide.gather(ROOT, guide.planned(ROOT, KINDS), tmp_path)
    assert (tmp_path / "examples" / "node" / "README.md").is_file()


def test_the_simulator_knows_the_type_of_each_file_that_a_page_links_to(tmp_path: Path) -> None:
    guide.gather(ROOT, guide.planned(ROOT, KINDS), tmp_path)
    ends = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert ends - {".md"} <= set(TYPES)


def test_a_page_in_no_kind_is_refused_by_its_name(project: Path) -> None:
    (project / "docs" / "lost.md").write_text("# Lost\n")
    assert problems_of(project).startswith("docs/lost.md: is in no kind")


def test_a_kind_that_names_a_page_that_is_gone_is_refused(project: Path) -> None:
    (project / "docs" / "rules.md").unlink()
    assert problems_of(project) == "docs/guide.yaml: docs/rules.md is not there"


def test_a_page_in_two_kinds_is_refused(project: Path) -> None:
    start = ["docs/index.md", "README.md"]
    kinds = with_kinds(Start=start, Rules=["docs/rules.md", "docs/index.md"])
    (project / "docs" / "guide.yaml").write_text(kinds)
    assert problems_of(project) == "docs/guide.yaml: docs/index.md is named twice"


def test_a_folder_stands_for_all_its_pages(project: Path) -> None:
    (project / "docs" / "how-to").mkdir()
    for name in ("b", "a", "README"):
        (project / "docs" / "how-to" / f"{name}.md").write_text("# A page\n")
    kinds = {"All": ["docs/index.md", "README.md", "docs/rules.md", "docs/how-to/", "docs/none/"]}
    names = ["index.md", "start.md", "rules.md"]
    below = [f"how-to/{name}.md" for name in ("README", "a", "b")]
    assert guide.planned(project, kinds).navigation == [{"All": names + below}]


def test_a_link_to_a_file_that_is_not_there_is_refused_with_its_page(project: Path) -> None:
    (project / "docs" / "rules.md").write_text("# Rules\n\n## First\n\n[gone](gone.md)\n")
    assert problems_of(project) == "docs/rules.md: links to gone.md, which is not there"


@pytest.mark.parametrize(
    "page, written, moved",
    [
        ("README.md", "[a](docs/rules.md#first)", "[a](rules.md#first)"),
        ("docs/rules.md", "[a](../README.md)", "[a](start.md)"),
        ("docs/rules.md", "[a](../SECURITY.md)", "[a](project/SECURITY.md)"),
        (
            "docs/decisions/README.md",
            "[a](../../CONTRIBUTING.md)",
            "[a](../project/CONTRIBUTING.md)",
        ),
        ("docs/rules.md", "![a](screens/till.png)", "![a](screens/till.png)"),
        ("docs/rules.md", "[a](../examples/till.py)", "[a](examples/till.py.txt)"),
        ("examples/node/README.md", "[a](../../docs/rules.md)", "[a](../../rules.md)"),
        ("docs/rules.md", "[a](https://example.com/x.md)", "[a](https://example.com/x.md)"),
        ("docs/rules.md", "[a](#first)", "[a](#first)"),
        ("README.md", "`[a](docs/rules.md)`", "`[a](docs/rules.md)`"),
        ("README.md", "```md\n[a](docs/rules.md)\n```\n", "```md\n[a](docs/rules.md)\n```\n"),
    ],
)
def test_a_link_is_moved_as_its_page_is(page: str, written: str, moved: str) -> None:
    assert guide.with_links(written, page, {}) == moved


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"| `a\|b` | `c` |", "| <code>a&#124;b</code> | `c` |"),
        (r'| `x="a\|b"` | `c` |', "| <code>x=&quot;a&#124;b&quot;</code> | `c` |"),
        (r"grep `a\|b`", r"grep `a\|b`"),
        ("```sh\n| `a\\|b` |\n```", "```sh\n| `a\\|b` |\n```"),
    ],
)
def test_a_bar_in_code_in_a_table_is_shown_without_its_backslash(written: str, shown: str) -> None:
    assert guide.with_pipes(written) == shown


def test_a_page_can_be_left_out_of_the_search(project: Path) -> None:
    plan = guide.Plan([], {"README.md": "start.md"}, ["README.md"])
    guide.gather(project, plan, project / "build")
    front = yaml.safe_load((project / "build" / "start.md").read_text("utf-8").split("---")[1])
    assert front == {"search": {"exclude": True}}


def test_the_how_tos_are_in_the_order_of_their_index() -> None:
    listed = [each for each in KINDS["How-to"] if isinstance(each, dict)]
    groups = {title: below for each in listed for title, below in each.items()}
    index = (ROOT / "docs" / "how-to" / "README.md").read_text(encoding="utf-8")
    parts = dict(each.split("\n", 1) for each in index.split("\n## ")[1:])
    assert [each for each in groups if each in parts] == list(parts)
    for title, part in parts.items():
        pages = [f"docs/how-to/{each}" for each in re.findall(r"\]\((\w[\w-]*\.md)\)", part)]
        assert [each for each in groups[title] if each in pages] == pages


def test_the_tutorials_begin_with_the_first_payment() -> None:
    pages = [each for each in KINDS["Tutorials"] if "/tutorials/" in each]
    order = ("first-payment", "first-test", "first-scenario", "certify")
    assert pages == [f"docs/tutorials/{each}.md" for each in order]


def test_without_zensical_it_says_what_installs_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide, "GENERATOR", "no_such_generator")
    assert "make docs-site" in problems_of(project)


@NEEDS_ZENSICAL
def test_an_anchor_that_is_not_there_is_refused(project: Path) -> None:
    (project / "README.md").write_text("# Read me\n\n[Rules](docs/rules.md#last)\n")
    assert "anchor does not exist" in problems_of(project)


@NEEDS_ZENSICAL
def test_the_site_has_pages_search_and_version_and_loads_nothing_from_elsewhere(
    project: Path,
) -> None:
    site = guide.build(project, project / "build")
    pages = [path.read_text("utf-8") for path in site.rglob("*.html")]
    assert len(pages) == 3
    for page in pages:
        assert "Version 1.2.3." in page
        loaded = re.findall(r"<(?:script|link|img)[^>]* (?:src|href)=\"?([^\" >]+)", page)
        assert [each for each in loaded if re.match(r"(https?:)?//", each)] == []
        for script in re.findall(r"<script([^>]*)>", page):
            assert "src=" in script or "application/json" in script
    found = {each["location"] for each in json.loads((site / "search.json").read_text())["items"]}
    assert {"rules.html", "rules.html#first"} <= found


@NEEDS_ZENSICAL
def test_the_built_guide_is_put_in_the_place_of_an_older_one(project: Path) -> None:
    there = project / "there"
    there.mkdir()
    (there / "old.html").write_text("old")
    guide.install(guide.build(project, project / "build"), there)
    assert (there / "index.html").is_file()
    assert not (there / "old.html").exists()
