"""`mobilepay-sim scenario` with files and folders of one's own, wherever they lie."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import cli

#: A file, one that includes it, and one that includes that.
FILES = {
    "base": "summary: The base.\nsteps:\n  - include: instant\nexpect:\n  - final_state: Captured\n",
    "middle": "summary: On it.\nsteps:\n  - include: base\nexpect:\n  - final_state: Captured\n",
    "top": "summary: On that.\nsteps:\n  - include: middle\nexpect:\n  - final_state: Captured\n",
}
CASE = """\
summary: A case of one's own.
case: {section: onboarding, number: 9, title: Mine, task: Make one., opens_with: {call: CreatePos}}
till: [create-pos]
expect: [{call: CreatePos}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a blank in its name, as some homes have."""
    folder = tmp_path / "my scenarios"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def scenario(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return cli("scenario", *map(str, arguments))


def test_a_file_is_played_with_what_lies_beside_it(folder: Path) -> None:
    done = scenario("play", folder / "top.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("top passed\n")


def test_a_file_is_explained_with_what_lies_beside_it(folder: Path) -> None:
    done = scenario("explain", folder / "top.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("top: On that.\n")
    assert "when the payment is IssuedToUser: accept" in done.stdout


def test_a_file_may_include_what_lies_in_another_folder_that_is_named(
    folder: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.yaml"
    alone.write_text(FILES["top"])
    assert "no scenario 'middle'" in scenario("play", alone).stderr
    done = scenario("play", alone, "--scenarios", folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_case_in_a_file_is_played_as_a_case(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(CASE)
    done = scenario("play", tmp_path / "mine.yml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "/pos/v10/pointofsales" in done.stdout


def test_what_is_played_leaves_nothing_beside_the_file(folder: Path) -> None:
    before = sorted(folder.iterdir())
    scenario("play", folder / "top.yaml")
    assert sorted(folder.iterdir()) == before


def test_all_files_of_a_folder_are_checked(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "deep.yml").write_text(FILES["base"])
    done = scenario("check", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == [
        "base is fine, 2 steps",
        "deep is fine, 2 steps",
        "middle is fine, 2 steps",
        "top is fine, 2 steps",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    done = scenario("check", folder)
    assert done.returncode == 2
    assert done.stderr == f"{folder / 'pipe.yaml'}: is not a regular file\n"
    assert "base is fine" in done.stdout


def test_a_file_that_is_named_twice_is_checked_once(folder: Path) -> None:
    done = scenario("check", folder, folder / "base.yaml")
    assert done.returncode == 0
    assert done.stdout.count("base is fine") == 1


def test_two_files_of_one_name_are_told(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "top.yaml").write_text(FILES["base"])
    done = scenario("check", folder)
    assert done.returncode == 2
    twins = f"{folder / 'top.yaml'}:1:1: the name 'top' is taken by {folder / 'below' / 'top.yaml'}"
    assert done.stderr.splitlines() == [twins]


def test_mistakes_in_a_folder_are_told_with_their_files_and_lines(folder: Path) -> None:
    (folder / "wrong.yaml").write_text("summary: x\nsteps:\n  - do: acept\n")
    done = scenario("check", folder)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{folder / 'wrong.yaml'}:3:")
    assert "base is fine" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("play", "no-such.yaml"), "no-such.yaml: no such file"),
        (("explain", "no/such"), "'no/such' is a path, and no scenario; "),
        (("play", "."), "'.' is a folder, and no scenario; "),
        (("check", "empty"), "empty: there is no *.yaml file in this folder"),
        (("check", "none.yaml"), "none.yaml: no such file"),
        (("check", "nosuch"), "nosuch: no such file"),
        (("check", "circle.yaml"), "circle.yaml: "),
        (("list", "--scenarios", "nowhere"), "nowhere: no such folder"),
        (("list", "--scenarios", "file"), "file: is not a folder"),
        (("play", "sucess"), "no scenario 'sucess'; did you mean 'success'?"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "circle.yaml").symlink_to("circle.yaml")
    *command, path = arguments
    given = path if path in (".", "sucess") else str(tmp_path / path)
    done = scenario(*command, given)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.removeprefix("mobilepay-sim: ").replace(f"{tmp_path}/", "").startswith(told)
