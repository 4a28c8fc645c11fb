"""The plugin in other people's projects: their folders, their plugins, their ways to run pytest."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.plugin.conftest import STRICT, Run
from tests.testing.sweep.shapes import ends_soon

TELLS_PID = """
    import os
    from pathlib import Path

    def note(mobilepay_server, name="pid"):
        Path(name).write_text(str(mobilepay_server.pid))
"""


def pid_in(pytester: pytest.Pytester, name: str = "pid") -> int:
    return int((pytester.path / name).read_text())


# --- folders and ways to import -----------------------------------------------------------------

FILES = {
    "tests/helpers.py": "NAME = 'rejection'\n",
    "tests/unit/test_till.py": (
        "from scenarios import MINE\nfrom tests.helpers import NAME\n\n"
        "def test_it(mobilepay):\n    mobilepay.scenario(NAME)\n    mobilepay.scenario(MINE)\n"
    ),
    "tests/other/test_till.py": "def test_it(mobilepay):\n    assert mobilepay.pos\n",
    "scenarios/__init__.py": "MINE = 'summary: Nobody comes.'\n",
    "examples/__init__.py": "raise SystemExit('not this one')\n",
    "docs/__init__.py": "raise SystemExit('not this one')\n",
}
PACKAGES = ("tests", "tests/unit", "tests/other")


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_a_project_has_folders_called_tests_and_scenarios(
    pytester: pytest.Pytester, mode: str
) -> None:
    for name, text in FILES.items():
        file = pytester.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for package in PACKAGES:
        (pytester.path / package / "__init__.py").write_text("")
    pytester.makeini("[pytest]\npythonpath = .\n")
    result = pytester.runpytest_subprocess(*STRICT, "-p", "mobilepay", f"--import-mode={mode}")
    result.assert_outcomes(passed=2)


# --- other plugins and kinds of tests -------------------------------------------------------------


def test_tests_of_anyio_use_it(run: Run) -> None:
    run(
        """
    import pytest

    @pytest.mark.anyio
    async def test_it(mobilepay):
        assert mobilepay.pos
    """,
        *("-p", "anyio", "-k", "asyncio"),
    ).assert_outcomes(passed=1)


def test_test_cases_of_unittest_use_it(run: Run) -> None:
    result = run("""
    import unittest

    import pytest

    @pytest.mark.mobilepay(scenario="rejection", times=2)
    class TestTill(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _given(self, mobilepay):
            self.mobilepay = mobilepay

        def test_one(self):
            assert len(self.mobilepay.control.scenarios().queued) == 2

        def test_two(self):
            self.mobilepay.clock.advance(seconds=1)
            self.fail("the test's own")

    @pytest.mark.usefixtures("mobilepay")
    class TestOther(unittest.TestCase):
        def test_it(self):
            pass
    """)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*MobilePay simulator*", "#* POST /_simulator/clock/advance -> 200"]
    )


def test_doctests_and_tests_that_are_skipped_are_left_alone(run: Run) -> None:
    run(
        '''
    """
    >>> 1 + 1
    2
    """
    import pytest

    @pytest.mark.skip
    def test_skipped(mobilepay):
        pass

    @pytest.mark.xfail
    def test_fails(mobilepay):
        assert not mobilepay.pos

    @pytest.mark.mobilepay(scenario="rejection")
    @pytest.mark.skipif(True, reason="not today")
    def test_marked(mobilepay):
        pass
    ''',
        "--doctest-modules",
    ).assert_outcomes(passed=1, skipped=2, xfailed=1)


# --- ways to run ----------------------------------------------------------------------------------

SIX = """
    import pytest

    @pytest.fixture(scope="module")
    def shared(mobilepay_server):
        with mobilepay_server.sandbox() as sandbox:
            yield sandbox

    class TestPairs:
        @pytest.mark.parametrize("number", range(3))
        def test_it(self, mobilepay, shared, number):
            assert mobilepay.pos.id != shared.pos.id

    @pytest.mark.xdist_group("one")
    @pytest.mark.parametrize("number", range(3))
    def test_other(mobilepay, number):
        assert mobilepay.clock.now
"""


@pytest.mark.parametrize(
    "mode", ["load", "loadscope", "loadfile", "loadgroup", "worksteal", "each"]
)
def test_it_is_distributed_in_every_way(run: Run, mode: str) -> None:
    result = run(SIX, "-p", "xdist", "-n", "2", "--dist", mode)
    result.assert_outcomes(passed=12 if mode == "each" else 6)


def test_what_failed_is_run_again_and_the_first_failure_ends_it(
    run: Run, pytester: pytest.Pytester
) -> None:
    fails = """
    import pytest

    @pytest.mark.parametrize("number", range(4))
    def test_it(mobilepay, number):
        assert number != 1 and mobilepay.pos
    """
    run(fails, "-x").assert_outcomes(passed=1, failed=1)
    run(fails, "--lf").assert_outcomes(failed=1)
    run(fails, "--ff", "--maxfail=2").assert_outcomes(passed=3, failed=1)
    run(fails, "--stepwise").assert_outcomes(passed=1, failed=1)
    assert (pytester.path / ".pytest_cache").is_dir()


def test_nothing_is_started_where_nothing_is_run(run: Run) -> None:
    text = "def test_it(mobilepay): raise SystemExit"
    wrong = "--mobilepay-url=http://127.0.0.1:1"
    for option in ("--collect-only", "--setup-plan"):
        assert run(text, option, wrong).ret == 0


# --- ends -----------------------------------------------------------------------------------------


def test_the_server_ends_where_a_test_is_interrupted(run: Run, pytester: pytest.Pytester) -> None:
    result = run(
        TELLS_PID
        + """
    def test_it(mobilepay, mobilepay_server):
        note(mobilepay_server)
        raise KeyboardInterrupt
    """
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert ends_soon(pid_in(pytester))
    assert "mobilepay: " not in result.stdout.str()


WAITS = (
    TELLS_PID
    + """
    import time

    def test_it(mobilepay, mobilepay_server):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        note(mobilepay_server, f"waits.{worker}")
        # A worker whose master was killed ends its test first.
        time.sleep(60 if worker == "main" else 3)
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "1")], ids=["alone", "xdist"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_with_pytest_however_that_ends(
    pytester: pytest.Pytester, number: signal.Signals, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_it=WAITS)
    worker = "gw0" if options else "main"
    file = pytester.path / f"waits.{worker}"
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "mobilepay", *options],
        cwd=pytester.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not (file.exists() and file.read_text()):
            assert process.poll() is None
        process.send_signal(number)
        process.wait(30)
    assert ends_soon(int(file.read_text()))


def test_the_server_of_a_worker_that_crashes_ends_and_the_next_one_has_its_own(
    run: Run, pytester: pytest.Pytester
) -> None:
    result = run(
        TELLS_PID
        + """
    def test_crashes(mobilepay, mobilepay_server):
        note(mobilepay_server)
        os._exit(3)

    def test_after(mobilepay, mobilepay_server):
        note(mobilepay_server, "after")
        assert mobilepay.pos
    """,
        *("-p", "xdist", "-n", "1"),
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*worker 'gw0' crashed while running 'test_it.py::test_crashes'*"])
    assert ends_soon(pid_in(pytester))
    assert pid_in(pytester, "after") != pid_in(pytester)


def test_a_server_that_dies_in_the_middle_is_told_by_each_test_after_it(run: Run) -> None:
    result = run("""
    import os

    def test_before(mobilepay):
        assert mobilepay.pos

    def test_kills(mobilepay, mobilepay_server):
        os.kill(mobilepay_server.pid, 9)

    def test_after(mobilepay):
        pass

    def test_last(mobilepay):
        pass
    """)
    result.assert_outcomes(passed=2, errors=3)
    told = [line for line in result.outlines if line.startswith("mobilepay: no simulator answers")]
    assert len(told) == 3
    assert all(line.endswith("; it ended with -9") for line in told)
    assert "Traceback" not in result.stdout.str()


def test_a_simulator_elsewhere_that_goes_away_is_told_too(
    run: Run, pytester: pytest.Pytester
) -> None:
    (pytester.path / "start.py").write_text(
        "import sys\nfrom mobilepay_simulator import Simulator\n"
        "with Simulator() as one:\n"
        "    print(one.url, one.pid, flush=True)\n    sys.stdin.read()\n"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, str(pytester.path / "start.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as elsewhere:
        assert elsewhere.stdout is not None
        url, pid = elsewhere.stdout.readline().split()
        result = run(
            f"""
        import os

        def test_kills(mobilepay):
            os.kill({pid}, 9)

        def test_after(mobilepay):
            pass
        """,
            f"--mobilepay-url={url}",
        )
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines([f"mobilepay: no simulator answers at {url}: *"])
