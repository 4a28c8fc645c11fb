"""The model knows the documentation alone: nothing of it comes from the simulator."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FILES = [*sorted((FOLDER / "specification").glob("*.py")), FOLDER / "linearizability.py"]
ALLOWED = {"ast", "collections", "dataclasses", "math", "typing"}


def imported(file: Path) -> set[str]:
    """The modules a file imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module))
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_model_imports_itself_and_the_standard_library_only(file: Path) -> None:
    others = {name for name in imported(file) if not name.startswith("tests.model.specification")}
    assert {name.partition(".")[0] for name in others} <= ALLOWED


def test_all_of_the_model_is_looked_at() -> None:
    assert {"model", "payments", "refunds", "points_of_sale"} <= {file.stem for file in FILES}
