"""The samples for JUnit and xUnit: their tests pass with the right till, and fail with a wrong one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.skipping import needed
from tests.clients.tools import Tool, environment
from tests.docs.pages import blocks
from tests.examples.support import EXAMPLES
from tests.examples.tools import JARS, JUNIT, MONO
from tests.support import ROOT

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("frameworks")]

#: What a till does no more that gives up at once.
PATIENT = re.compile(r"(MOST_RETRIES|MostRetries) = 5")
#: Tests in which a call has to be made again; after a week, since the token has ended too.
WITH_RETRIES = {
    "capturesAgainWhereTheAnswerIsLost",
    "startsOnePaymentWhereTheAnswerIsLost",
    "findsAReservationEndedAfterAWeek",
}
ALL = {*WITH_RETRIES, "takesAPayment", "takesNoMoneyFromACustomerWhoCancels"}

Ran = tuple[int, str]


def run(folder: Path, *command: str | Path) -> Ran:
    """Runs a command; returns its exit code and what it says."""
    starter = folder / "mobilepay-sim"
    starter.write_text(f'#!/bin/sh\nexec {sys.executable} -m simulator "$@"\n', encoding="utf-8")
    starter.chmod(0o755)
    own = {"MOBILEPAY_SIM": str(starter), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment(folder) | own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def run_java(folder: Path) -> Ran:
    classes = os.pathsep.join(map(str, (*JARS, folder / "built")))
    code, said = run(folder, "javac", "-d", "built", "-cp", classes, *folder.glob("*.java"))
    assert code == 0, said
    console = "org.junit.platform.console.ConsoleLauncher"
    options = ("--select-class", "TillTest", "--disable-ansi-colors", "--details-theme", "ascii")
    return run(folder, "java", "-cp", classes, console, *options)


def run_csharp(folder: Path) -> Ran:
    standing_in = ROOT / "tests" / "examples" / "csharp" / "Xunit.cs"
    options = ("-out:till.exe", "-r:System.Net.Http")
    code, said = run(folder, "mcs", *options, *folder.glob("*.cs"), standing_in)
    assert code == 0, said
    return run(folder, "mono", "till.exe")


def passed(said: str) -> set[str]:
    """The tests that passed, by their names in Java."""
    names = re.findall(r"(\w+)\(\) \[OK\]|^passed (\w+)", said, re.MULTILINE)
    found = {java or csharp for java, csharp in names}
    return {name[0].lower() + name[1:] for name in found}


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize(
    ("sample", "tool", "run_tests"),
    [
        pytest.param("java-junit", JUNIT, run_java, id="junit"),
        pytest.param("csharp-xunit", MONO, run_csharp, id="xunit"),
    ],
)
def test_the_sample_tells_a_right_till_from_one_that_never_retries(
    tmp_path: Path, sample: str, tool: Tool, run_tests: Callable[[Path], Ran], is_right: bool
) -> None:
    needed(tool)
    folder = tmp_path / "sample"
    shutil.copytree(EXAMPLES / sample, folder)
    (till,) = folder.glob("Till.*")
    text = till.read_text(encoding="utf-8")
    assert len(PATIENT.findall(text)) == 1
    if not is_right:
        till.write_text(PATIENT.sub(r"\1 = 0", text), encoding="utf-8")
    code, said = run_tests(folder)
    assert (code == 0) is is_right, said
    assert passed(said) == (ALL if is_right else ALL - WITH_RETRIES), said


@pytest.mark.parametrize(
    ("language", "file"),
    [("java", "java-junit/TillTest.java"), ("csharp", "csharp-xunit/TillTests.cs")],
)
def test_the_page_shows_what_the_sample_holds(language: str, file: str) -> None:
    (shown,) = blocks("docs/other-languages.md", language)
    sample = (EXAMPLES / file).read_text(encoding="utf-8")
    indented = "".join(f"{line.strip()}\n" for line in sample.splitlines())
    assert "".join(f"{line.strip()}\n" for line in shown.splitlines()) in indented
