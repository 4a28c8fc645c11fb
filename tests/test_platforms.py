"""What other platforms do otherwise, as far as it can be seen from this one."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.scripting.scenario import as_scenario_name
from mobilepay_simulator.server.authority import open_authority

from tests.support import ROOT, cli

FOLDERS = (".ci", "benchmarks", "docs", "examples", "scenarios", "simulator", "tests")


def files() -> list[str]:
    """All that is in the project, as paths with slashes."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    return [
        path.relative_to(ROOT).as_posix()
        for path in found
        if not {".peers", ".venv", "__pycache__", "node_modules", "results", "runtime"}
        & set(path.parts)
    ]


def test_every_file_can_be_called_so_on_windows() -> None:
    part = re.compile(r'(?!(con|prn|aux|nul|com\d|lpt\d)(\.|$))[^<>:"|?*\\]*[^<>:"|?*\\. ]', re.I)
    bad = [each for each in files() if not all(map(part.fullmatch, each.split("/")))]
    assert bad == []
    assert max(map(len, files())) < 120


def test_no_two_files_differ_in_nothing_but_case() -> None:
    twins = Counter(each.lower() for each in files())
    assert [each for each, count in twins.items() if count > 1] == []


@pytest.mark.parametrize("name", ["con", "nul", "aux", "prn", "com1", "lpt9"])
def test_a_scenario_is_called_so_that_its_file_can_be_kept_anywhere(name: str) -> None:
    with pytest.raises(ValueError, match="Windows does not allow a file of this name"):
        as_scenario_name(name)


@pytest.mark.parametrize("name", ["console", "com", "com10", "null", "con-1"])
def test_a_name_that_only_begins_like_a_device_is_fine(name: str) -> None:
    assert as_scenario_name(name) == name


@pytest.mark.parametrize("encoding", ["cp1252", "cp850"])
def test_what_a_code_page_lacks_is_shown_by_its_number(tmp_path: Path, encoding: str) -> None:
    text = "summary: It is fine.\nsteps:\n  - include: success\ntill: []\n"
    (tmp_path / "bought.yaml").write_text(text.replace("fine", "10 \u20bd for \u2615"), "utf-8")
    shown = cli(
        "scenario", "list", "--scenarios", str(tmp_path), env={"PYTHONIOENCODING": encoding}
    )
    assert shown.returncode == 0, shown.stderr
    assert r"It is 10 \u20bd for \u2615." in shown.stdout


def test_a_line_ends_the_same_in_files_that_others_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag, flags = 0x8000, []
    opened = os.open

    def note(path: object, wanted: int, *rest: object, **more: object) -> int:
        flags.append(wanted)
        return opened(path, wanted & ~flag, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "O_BINARY", flag, raising=False)
    monkeypatch.setattr(os, "open", note)
    open_authority(tmp_path)
    written = [each for each in flags if each & os.O_CREAT and each & os.O_WRONLY]
    assert written
    assert all(each & flag for each in written)


def test_where_a_process_can_only_be_killed_the_server_is_told_to_end_by_its_stdin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kill(_: object) -> None:
        raise AssertionError("on Windows this kills")

    simulator = Simulator()
    with simulator:
        process = simulator._process
        monkeypatch.setattr(subprocess.Popen, "terminate", kill)
        monkeypatch.setattr(sys, "platform", "win32")
        simulator.close()
        monkeypatch.undo()
    assert process is not None
    assert process.returncode == 0
