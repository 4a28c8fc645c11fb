"""Every file of the examples names settings and control paths that are there."""

import re
from pathlib import Path

import pytest
from mobilepay_simulator.settings.settings import settings_table

from tests.docs.pages import FENCE
from tests.examples.support import EXAMPLES, control_calls, templated


def code_of(path: Path) -> str:
    """What of a file is code: all of it, or the blocks of a page."""
    text = path.read_text(encoding="utf-8")
    return "\n".join(body for _, body in FENCE.findall(text)) if path.suffix == ".md" else text


FILES = sorted(
    each for each in EXAMPLES.glob("**/*") if each.is_file() and "__pycache__" not in each.parts
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_what_it_sets_is_a_setting(path: Path) -> None:
    assert set(re.findall(r"MOBILEPAY_SIM_\w+", code_of(path))) <= {
        each.variable for each in settings_table()
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_the_control_paths_it_names_are_there(path: Path) -> None:
    named = re.findall(r"/_simulator(?:/[\w/{}$]*[\w}])+", code_of(path))
    known = {path for _, path in control_calls()}
    assert {templated(each) for each in named} <= known


def test_each_folder_says_what_it_is() -> None:
    folders = [each for each in EXAMPLES.iterdir() if each.is_dir()]
    assert folders
    assert all((each / "README.md").is_file() for each in folders)
