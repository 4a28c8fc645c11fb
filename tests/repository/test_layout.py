"""The packages are those that the pages draw, in the order that import-linter checks."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.support import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
LAYERS = [
    [name.removeprefix("simulator.") for name in layer.split(" | ")]
    for layer in CONTRACTS["contracts"][0]["layers"]
]


def test_contributing_draws_the_layers_in_their_order() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (drawn,) = re.findall(r"## The house.*?```\n(.*?)```", text, re.DOTALL)
    names = [re.split(r"  +|(?<=client) the", line)[0].split() for line in drawn.splitlines()]
    assert names == LAYERS


def test_nothing_but_the_layers_is_at_the_root() -> None:
    here = {path.stem for path in (ROOT / "simulator").iterdir() if path.name != "py.typed"}
    expected = {name for layer in LAYERS for name in layer} | {"__init__", "__main__"}
    assert here - {"__pycache__"} == expected


def test_there_is_one_list_of_layers() -> None:
    kinds = [contract["type"] for contract in CONTRACTS["contracts"]]
    assert kinds.count("layers") == 1


def test_no_two_classes_have_one_name() -> None:
    modules = (ROOT / "simulator").rglob("*.py")
    trees = [ast.parse(module.read_text("utf-8")) for module in modules]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = Counter(node.name for node in nodes)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_has_more_than_three_hundred_lines() -> None:
    modules = (ROOT / "simulator").rglob("*.py")
    assert [each.name for each in modules if len(each.read_text("utf-8").splitlines()) > 300] == []


def imported(path: Path) -> Iterator[str]:
    """Yields the packages that a module imports from."""
    package = list(path.relative_to(ROOT / "simulator").parent.parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            named = [*above, *(node.module or "").split(".")]
            yield from [each for each in named if each][:1] or [each.name for each in node.names]


def test_the_page_about_the_house_draws_the_imports_there_are() -> None:
    page = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .*? \| ?(.*?) ?\|$", page, re.MULTILINE)
    order = [name for layer in LAYERS for name in layer]
    assert [name for name, _ in rows] == order
    for name, drawn in rows:
        here = ROOT / "simulator" / name
        modules = here.rglob("*.py") if here.is_dir() else [here.with_suffix(".py")]
        found = {each for module in modules for each in imported(module)} - {name}
        assert drawn.split() == [each for each in order if each in found], name
