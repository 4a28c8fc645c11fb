"""What the commands of the pages write into a checkout is nothing that git would add."""

import re
import shlex
import subprocess

import pytest

from tests.defaults.pages import PAGES
from tests.docs.guides import GUIDES
from tests.docs.pages import blocks
from tests.support import ROOT

#: How commands name a file that they write: by a redirection, or by an option.
WRITES = re.compile(
    r"(?:(?<![<0-9&])>|\btee |-o |--(?:output|output-dir|html|json|junit|record|draw)[ =])\s*([^\s;&|>)]+)"
)
ALL = sorted({*GUIDES, *(each.path for each in PAGES)})


def written_by(path: str) -> set[str]:
    """The files that a page's commands write, as they are named there."""
    names = {name for each in blocks(path, "sh") for name in WRITES.findall(each)}
    # What is elsewhere is in a folder of its own, or on another machine.
    return {
        shlex.split(name)[0] for name in names if "." in name and not re.search(r"^[/$~&]|/", name)
    }


def git(*words: str) -> str:
    """What git says in the checkout."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
@pytest.mark.parametrize("path", ALL)
def test_git_ignores_what_the_commands_of_a_page_write(path: str) -> None:
    folder = path.rpartition("/")[0] + "/" if path.startswith("examples/") else ""
    names = {f"{folder}{name}" for name in written_by(path)}
    ignored = set(git("check-ignore", *names).split()) if names else set()
    assert names - ignored == set()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_git_ignores_no_file_of_the_project() -> None:
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard") == ""
