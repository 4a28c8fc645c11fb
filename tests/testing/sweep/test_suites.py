"""A sweep of an ordinary pytest suite, of which nothing was changed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import warm
from tests.support import ROOT, RunningServer
from tests.testing.sweep import ordinary_suite
from tests.testing.sweep.test_sweep import names

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The folder of the suite."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "shops.yaml").write_text(ordinary_suite.SHOPS)
    (tmp_path / "pytest.ini").write_text(ordinary_suite.SETTINGS)
    (tmp_path / "till.py").write_text(ordinary_suite.TILL)
    (tmp_path / "test_shop.py").write_text(ordinary_suite.TESTS)
    return tmp_path


def pytest_in(folder: Path, *options: str) -> list[str]:
    """The command that runs the tests of a folder, as it would be without a sweep."""
    plain = ("-q", "-p", "no:cacheprovider", "-p", "mobilepay", "-c", str(folder / "pytest.ini"))
    return [sys.executable, "-m", "pytest", *plain, "--rootdir", str(folder), *options, str(folder)]


def run(command: list[str]) -> Done:
    return warm.run(
        command,
        cwd=ROOT,
        # Loading all the plugins that are installed takes long.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def sweep(*options: str, command: list[str]) -> Done:
    return run([sys.executable, "-m", "simulator", "sweep", *options, "--", *command])


def plan(suite: Path, *options: str) -> list[str]:
    done = sweep("--list", "--max-runs", "1000", *options, command=pytest_in(suite))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def report(suite: Path, *options: str, command: list[str] | None = None) -> Any:
    """Sweeps it, and returns the JSON of the report."""
    file = suite / "sweep.json"
    done = sweep(
        *("--json", str(file), "--fail-on", "never", *options), command=command or pytest_in(suite)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {**json.loads(file.read_text()), "told": done.stdout, "progress": done.stderr}


def verdicts(found: Any) -> dict[str, str]:
    return {each["id"]: each["verdict"] for each in found["runs"]}


def test_there_are_twenty_tests_and_they_pass_without_a_sweep(suite: Path) -> None:
    done = run(pytest_in(suite))
    assert "20 passed" in done.stdout, done.stdout


def test_each_test_has_sandboxes_of_its_own_and_calls_that_are_struck_there(suite: Path) -> None:
    places = plan(suite, "--fault", "reset")
    for amount in range(1, 13):
        for call in ("CreatePos", "InitiatePayment", "CapturePayment"):
            assert f"test_shop.py::test_pays[{amount}]/{call}#1:reset" in places
    ends = [place.partition("::")[2] for place in places]
    # Its scenario's own fault strikes the first try, so there is a second one.
    assert "test_a_lost_answer_is_asked_for_again/InitiatePayment#2:reset" in ends
    # What a reset has thrown away is not counted.
    assert [each for each in ends if "begins_anew" in each] == [
        "test_begins_anew/CreatePos#1:reset",
        "test_begins_anew/InitiatePayment#1:reset",
    ]
    assert "test_two_shops/CreatePos#1:reset" in ends
    assert "test_two_shops (2)/InitiatePayment#1:reset" in ends


SURVIVED = [
    "test_shop.py::test_pays[3]/CapturePayment#1:lost-response",
    "test_shop.py::test_captures_once/CapturePayment#1:lost-response",
    "test_shop.py::test_makes_three_calls/InitiatePayment#1:500",
    "test_shop.py::test_a_lost_answer_is_asked_for_again/CapturePayment#1:reset",
    "test_shop.py::test_begins_anew/CreatePos#1:500",
    "test_shop.py::test_two_shops (2)/InitiatePayment#1:reset",
]


def test_a_right_till_survives_also_where_tests_count_its_calls(suite: Path) -> None:
    folder = suite / "kept"
    chosen = [word for each in SURVIVED for word in ("--only", each)]
    found = report(suite, *chosen, "--output-dir", str(folder))
    assert verdicts(found) == dict.fromkeys(SURVIVED, "survived")
    for run in found["runs"]:
        assert run["test"] == run["id"].rpartition("/")[0]
        assert len(run["struck"]) == 1
    assert "settings of its own. Set now: data, start_time" in found["progress"]
    clean = folder / "clean"
    assert len(list(clean.glob("bundle-*.json"))) == 21
    assert "test_shop.py::test_two_shops (2) (" in (clean / "calls.txt").read_text()
    assert "20 passed" in (clean / "output.txt").read_text()
    assert len(list(folder.iterdir())) == 1 + len(SURVIVED)
    for run in (each for each in folder.iterdir() if each != clean):
        assert {each.name for each in run.iterdir()} == {"bundle.json", "calls.txt", "output.txt"}


#: A till that takes what is not answered for done.
HOPES = (
    ordinary_suite.TILL.replace("        assert answer.status_code == 200, answer.text\n", "")
    .replace("for attempt in range(3):", "for attempt in range(1):")
    .replace("                continue", "                return None")
)


def test_a_wrong_till_is_found_out_in_the_test_that_is_struck(suite: Path) -> None:
    (suite / "till.py").write_text(HOPES)
    (suite / "test_shop.py").write_text(
        ordinary_suite.TESTS.partition("def test_captures_once")[0]
        + "def test_hopes(mobilepay, till):\n"
        "    payment_id = till.pay(20)\n"
        "    mobilepay.clock.advance(seconds=2)\n"
        "    till.capture(payment_id, 20)\n"
    )
    found = report(suite, "--only", "*hopes/CapturePayment#1:500")
    assert verdicts(found) == {"test_shop.py::test_hopes/CapturePayment#1:500": "stuck-reservation"}
    (run,) = found["runs"]
    # The eleven sales of the others are not counted.
    assert [(each["state"], each["reserved"]) for each in run["payments"]] == [("Reserved", 20.0)]
    assert "20.00 DKK of the customer's stays reserved" in run["message"]


def test_the_report_of_a_failed_test_shows_no_call_of_the_sweep_itself(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\n")
    (suite / "till.py").write_text(HOPES)
    (suite / "test_shop.py").write_text(
        "from till import Till\n\ndef test_it(mobilepay):\n"
        "    mobilepay.restore(mobilepay.snapshot())\n"
        "    till = Till(mobilepay)\n    mobilepay.control.put_faults('faults: []')\n"
        "    mobilepay.clock.advance(seconds=1)\n"
        "    assert till.pay(20) and till.pay(20)\n"
    )
    only = ("--only", "CreatePos#1:500", "--time-scale", "2")
    folder = suite / "kept"
    # The test fails without any fault, so the clean run's output has the report.
    done = sweep(*only, "--output-dir", str(folder), command=pytest_in(suite))
    assert done.returncode == 2
    said = (folder / "clean" / "output.txt").read_text()
    assert "POST /pos/v10/pointofsales" in said
    assert "POST /_simulator/clock/advance" in said
    # What the test itself has set is shown, and nothing else.
    assert said.count("PUT /_simulator/faults") == 1
    assert "PUT /_simulator/clock" not in said


STARTS_THE_TILL = f"""
import subprocess, sys

def pay(mobilepay):
    till = [sys.executable, {str(ROOT / "examples/python/till.py")!r}, "--pos", "till-1"]
    url = ["--url", mobilepay.base_url]
    assert subprocess.run([*till, *url, "pay", "10"]).returncode == 0
    assert mobilepay.payments[-1].state == "Captured"

def test_pays(mobilepay):
    pay(mobilepay)

def test_pays_again(mobilepay):
    pay(mobilepay)
"""


def test_a_suite_whose_tests_start_the_till_as_a_program_is_swept(suite: Path) -> None:
    (suite / "test_shop.py").write_text(STARTS_THE_TILL)
    (suite / "pytest.ini").write_text("[pytest]\nmobilepay_options = scenario=instant\n")
    found = report(suite, "--only", "*again/CapturePayment#1:lost-response")
    assert list(verdicts(found).values()) == ["survived"]


def test_under_xdist_it_is_the_same(suite: Path) -> None:
    only = "test_shop.py::test_pays[3]/CapturePayment#1:lost-response"
    command = pytest_in(suite, "-p", "xdist", "-n", "2", "-k", "pays")
    found = report(suite, "--only", only, command=command)
    assert verdicts(found) == {only: "survived"}


def test_on_a_running_simulator_nothing_is_left_behind(suite: Path, server: RunningServer) -> None:
    before = names(server)
    (suite / "pytest.ini").write_text("[pytest]\n")
    text = ordinary_suite.TESTS.partition("def test_captures_once")[0]
    (suite / "test_shop.py").write_text(
        text.replace(
            "mobilepay.clock.advance(seconds=2)",
            "mobilepay.customer.check_in(); mobilepay.customer.accept()",
        )
    )
    only = "test_shop.py::test_pays[3]/CapturePayment#1:lost-response"
    found = report(suite, "--target", server.url, "--only", only)
    assert verdicts(found) == {only: "survived"}
    assert names(server) == before


def test_the_sandbox_of_a_struck_test_can_be_kept_there(suite: Path, server: RunningServer) -> None:
    (suite / "pytest.ini").write_text("[pytest]\n")
    (suite / "till.py").write_text(HOPES)
    (suite / "test_shop.py").write_text(
        "from till import Till\n\ndef test_it(mobilepay):\n    Till(mobilepay).pay(20)\n\n"
        "def test_another(mobilepay):\n    Till(mobilepay).pay(20)\n"
    )
    before = names(server)
    found = report(suite, "--target", server.url, "--keep", "--only", "*it/CreatePos#1:500")
    (run,) = found["runs"]
    assert run["verdict"] != "survived"
    (name,) = names(server) - before
    assert run["sandbox"].endswith(f"/{name}")
    assert httpx.delete(f"{server.url}/_simulator/sandboxes/{name}").is_success


def test_what_the_command_line_sets_wins_over_the_suite(suite: Path) -> None:
    done = sweep(
        "--list",
        *("--option", "start_time=2020-01-01T00:00:00Z", "--only", "*still/*"),
        command=pytest_in(suite, "-k", "still"),
    )
    assert done.returncode == 2
    assert "datetime.datetime(2020, 1, 1, 0, 0" in done.stderr


def test_a_wrong_setting_of_the_suite_is_told_in_a_line(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\nmobilepay_options =\n    sed=7\n")
    done = sweep("--quiet", command=pytest_in(suite))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "mobilepay-sim: unknown setting 'sed'; did you mean 'seed'?"
    )


def test_settings_that_differ_from_run_to_run_are_told_in_a_line(suite: Path) -> None:
    (suite / "conftest.py").write_text(
        "import os\n\ndef pytest_configure(config):\n"
        "    if os.environ.get('MOBILEPAY_SIM_SWEEP') != 'clean':\n"
        "        config.option.mobilepay_option.append('seed=7')\n"
    )
    done = sweep(
        "--quiet", "--only", "*pays[2]/CreatePos#1:500", command=pytest_in(suite, "-k", "2")
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "mobilepay-sim: the suite's own settings differ from run to run: seed"
    )


def test_a_test_that_throws_its_faults_away_is_told_and_the_others_are_swept(suite: Path) -> None:
    (suite / "test_shop.py").write_text(
        ordinary_suite.TESTS.partition("def test_captures_once")[0]
        + "def test_forgets(mobilepay, till):\n"
        "    till.pay(20)\n"
        "    mobilepay.control.drop_faults()\n"
    )
    only = "test_shop.py::test_pays[3]/CapturePayment#1:500"
    found = report(suite, "--only", only, command=pytest_in(suite, "-k", "pays or forgets"))
    assert verdicts(found) == {only: "survived"}
    assert found["outOfReach"] == ["test_shop.py::test_forgets"]
    assert "Out of reach: test_shop.py::test_forgets" in found["told"]


def test_a_suite_that_dies_in_the_struck_test_has_crashed(suite: Path) -> None:
    (suite / "test_shop.py").write_text(
        "import os\nfrom till import Till\n\ndef test_it(mobilepay):\n"
        "    try:\n        Till(mobilepay).pay(20)\n"
        "    except Exception:\n        os.kill(os.getpid(), 9)\n"
    )
    (suite / "till.py").write_text(
        ordinary_suite.TILL.replace("                continue", "                raise")
    )
    found = report(suite, "--only", "*it/InitiatePayment#1:lost-response")
    (run,) = found["runs"]
    assert run["verdict"] == "crashed"
    # It was made, and the customer came within the half minute that is waited.
    assert [each["state"] for each in run["payments"]] == ["Reserved"]
