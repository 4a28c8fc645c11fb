"""A tag is released where it is the version of the project and the changelog tells of it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

CHANGELOG = """# Changelog

## [Unreleased]

### Added
- What comes later.

## [1.2.0] - 2026-02-28

### Added
- A new scenario.

### Fixed
- A state that lasted too long.

## [1.1.0] - 2025-12-31

### Added
- What came before.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of version 1.2.0 whose changelog is in order."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "release.py", tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    write(tmp_path, CHANGELOG)
    return tmp_path


def write(project: Path, changelog: str) -> None:
    (project / "CHANGELOG.md").write_text(changelog, encoding="utf-8")


def release(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(project / ".ci" / "release.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def reasons(project: Path, tag: str) -> list[str]:
    """Why a tag may not be released, as lines."""
    done = release(project, "check", tag)
    lines = done.stderr.splitlines()
    assert done.returncode == bool(lines), done
    return lines


def test_the_tag_of_the_projects_version_may_be_released(project: Path) -> None:
    assert reasons(project, "v1.2.0") == []


@pytest.mark.parametrize("tag", ["1.2.0", "v1.2", "v1.2.1", "v1.1.0", "V1.2.0", "v1.2.0-1", ""])
def test_another_tag_may_not_and_the_right_one_is_named(project: Path, tag: str) -> None:
    (reason,) = reasons(project, tag)
    assert f"The tag is {tag};" in reason
    assert "v1.2.0" in reason


def test_a_version_that_the_changelog_does_not_have_may_not(project: Path) -> None:
    write(project, CHANGELOG.replace("## [1.2.0] - 2026-02-28", "### More"))
    (reason,) = reasons(project, "v1.2.0")
    assert "## [1.2.0] - YYYY-MM-DD" in reason


@pytest.mark.parametrize(
    "day", ["", " - ", " - soon", " - 2026-02-29", " - 20260228", " - 28.02.2026"]
)
def test_a_version_without_a_day_of_the_calendar_may_not(project: Path, day: str) -> None:
    write(project, CHANGELOG.replace(" - 2026-02-28", day))
    (reason,) = reasons(project, "v1.2.0")
    assert "## [1.2.0] - YYYY-MM-DD" in reason


def test_a_version_of_which_nothing_is_said_may_not(project: Path) -> None:
    start, end = CHANGELOG.index("### Added\n- A new"), CHANGELOG.index("## [1.1.0]")
    write(project, CHANGELOG[:start] + "### Added\n\n" + CHANGELOG[end:])
    (reason,) = reasons(project, "v1.2.0")
    assert "1.2.0" in reason


def test_all_reasons_are_told_at_once(project: Path) -> None:
    write(project, "# Changelog\n\n## [1.2.0]\n")
    assert len(reasons(project, "v9")) == 3


def test_the_notes_are_the_text_of_the_versions_section(project: Path) -> None:
    done = release(project, "notes", "v1.2.0")
    assert done.returncode == 0
    assert done.stdout.strip() == CHANGELOG.split("2026-02-28\n\n")[1].split("\n\n## ")[0]


def test_there_are_no_notes_of_what_may_not_be_released(project: Path) -> None:
    done = release(project, "notes", "v1.1.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "v1.2.0" in done.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("check",), ("publish", "v1.2.0"), ("check", "v1", "v2")]
)
def test_a_wrong_command_line_is_told_in_one_line(
    project: Path, arguments: tuple[str, ...]
) -> None:
    done = release(project, *arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["usage: release.py check|notes TAG"]


def test_the_changelog_of_this_project_can_be_read() -> None:
    done = release(ROOT, "check", "v0")
    assert done.returncode == 1
    assert "The tag is v0;" in done.stderr
