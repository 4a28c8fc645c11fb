"""`mobilepay-sim sweep`: real commands, a real server, each call struck in turn."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.sandboxes.bundles import read_bundle
from mobilepay_simulator.testing.replay import replay
from mobilepay_simulator.testing.replay.stages import ReplayInProcess

from tests.support import ROOT, RunningServer, cli
from tests.testing.sweep.shapes import ends_soon

#: Asks for the discovery document, once.
ASK = """
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/integrator-authentication/.well-known/openid-configuration")
"""
#: The same; but where it is not answered, it hangs, and says which process it is.
HANG = """
import os, sys, time, urllib.request
try:
    path = "/integrator-authentication/.well-known/openid-configuration"
    urllib.request.urlopen(os.environ["MOBILEPAY_SIM_URL"] + path)
except OSError:
    open(sys.argv[1], "w").write(str(os.getpid()))
    time.sleep(600)
"""

#: The same, in a sandbox that is reset first.
RESETS = f"""
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/_simulator/reset", data=b"")
{ASK}"""

Done = subprocess.CompletedProcess[str]


def sweep(*options: str, command: list[str]) -> Done:
    return cli("sweep", "--quiet", *options, "--", *command)


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


ASKS = python(ASK, "{url}")
RIGHT = [sys.executable, "examples/python/till.py", "--url", "{url}", "pay", "10.50"]
INSTANT = ("--scenario", "instant")


def wrong(mistake: str) -> list[str]:
    return [sys.executable, "examples/sweep/wrong_tills.py", mistake, "--url", "{url}"]


def matrix(done: Done) -> list[list[str]]:
    """The words of each row, without its call."""
    rows = done.stdout.split("\n\n")[0].splitlines()[1:]
    return [[word for word in row.split("  ") if word][1:] for row in rows]


def stripped(rows: list[list[str]]) -> list[list[str]]:
    return [[word.strip() for word in row] for row in rows]


# --- the verdicts -----------------------------------------------------------------------------


def test_a_right_till_survives() -> None:
    only = ("Token#1:reset", "InitiatePayment#1:lost-response", "CapturePayment#1:lost-response")
    chosen = [word for each in only for word in ("--only", each)]
    done = sweep(*INSTANT, *chosen, command=RIGHT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "3 runs: 3 survived"


MISTAKES = {
    "starts-over": [["double-charged", "survived"], ["double-charged", "double-charged"]],
    "leaves-it": [["stuck reservation", "gave up"], ["false failure", "stuck reservation"]],
    "gives-up": [["stuck reservation", "gave up"], ["false failure", "gave up"]],
    "hopes": [["stuck reservation", "gave up"], ["survived", "stuck reservation"]],
    "shrugs": [["stuck reservation", "false success"], ["survived", "false success"]],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_till_is_found_out(mistake: str) -> None:
    places = ("--only", "InitiatePayment#1", "--only", "CapturePayment#1")
    kinds = ("--fault", "lost-response", "--fault", "500")
    done = sweep(*INSTANT, *places, *kinds, command=wrong(mistake))
    assert done.returncode == 1, done.stderr
    assert stripped(matrix(done)) == MISTAKES[mistake]


def test_each_fault_strikes() -> None:
    done = sweep("--stall", "100ms", command=ASKS)
    assert done.returncode == 1
    assert stripped(matrix(done)) == [["gave up", "not timed out", "gave up", "gave up"]]


def test_a_client_that_waits_for_a_late_answer_was_not_tested(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html")}
    reports = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    late = ("--fault", "time-out", "--fault", "late-work", "--stall", "100ms")
    done = sweep(*late, *reports, command=ASKS)
    assert done.returncode == 0
    assert stripped(matrix(done)) == [["not timed out", "not timed out"]]
    assert done.stdout.splitlines()[-1] == "2 runs: 2 not timed out"
    assert done.stdout.count("--stall 12s") == 1
    report = json.loads(files["json"].read_text())
    assert report["counts"]["not-timed-out"] == 2
    assert {each["verdict"] for each in report["runs"]} == {"not-timed-out"}
    assert all("--stall" in each["advice"] for each in report["runs"])
    (case, _) = ET.parse(files["junit"]).getroot().iter("testcase")
    skipped = case.find("skipped")
    assert skipped is not None
    assert "--stall" in (skipped.get("message") or "")
    assert 'class="verdict not-timed-out"' in files["html"].read_text()
    assert sweep(*late, "--fail-on", "not-timed-out", command=ASKS).returncode == 1


def test_a_client_that_times_out_and_asks_again_has_survived() -> None:
    code = """
import sys, urllib.request
url = sys.argv[1] + "/integrator-authentication/.well-known/openid-configuration"
try:
    urllib.request.urlopen(url, timeout=0.3)
except OSError:
    urllib.request.urlopen(url, timeout=10)
"""
    done = sweep("--fault", "time-out", "--stall", "1s", command=python(code, "{url}"))
    assert stripped(matrix(done))[0] == ["survived"]


def test_a_command_that_hangs_is_killed_and_has_crashed(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    done = sweep("--only", "*:500", "--timeout", "1s", command=python(HANG, str(file)))
    assert stripped(matrix(done)) == [["crashed"]]
    assert "The command was killed after 1 s." in done.stdout
    assert ends_soon(int(file.read_text()))


def test_a_call_that_is_not_made_again_proves_nothing() -> None:
    code = (
        ASK
        + "import os\nif os.environ['MOBILEPAY_SIM_SWEEP'] == 'clean':"
        + ASK.replace("\n", "\n    ")
    )
    chosen = ("--every-call", "--only", "Discovery#2:500")
    done = sweep(*chosen, command=python(code, "{url}"))
    assert (done.returncode, stripped(matrix(done))) == (0, [["not struck"]])
    assert sweep(*chosen, "--fail-on", "not-struck", command=python(code, "{url}")).returncode == 1


# --- which runs, and what is told ---------------------------------------------------------------


def test_the_runs_can_be_listed() -> None:
    done = sweep(*INSTANT, "--list", "--fault", "reset", command=RIGHT)
    assert done.stdout.splitlines() == [
        "Token#1:reset",
        "GetPosWithFilter#1:reset",
        "GetStores#1:reset",
        "CreatePos#1:reset",
        "InitiatePayment#1:reset",
        "QueryPayment#1:reset",
        "CapturePayment#1:reset",
    ]


def test_what_is_one_too_many_is_left_out_and_said() -> None:
    done = sweep("--max-runs", "1", "--seed", "3", command=ASKS)
    again = sweep("--max-runs", "1", "--seed", "3", command=ASKS)
    assert (
        "Left out: 3 of 4, since --max-runs is 1 (chosen by --seed 3): Discovery#1" in done.stdout
    )
    assert matrix(done) == matrix(again)


def test_progress_is_shown_beside_the_report() -> None:
    done = cli("sweep", "--only", "*:500", "--", *ASKS)
    assert done.stderr.splitlines()[0] == "Clean run, without any fault ..."
    assert "1 run, 1 at once:" in done.stderr
    assert "[1/1] Discovery#1:500: gave up (" in done.stderr


def test_the_reports_are_written_to_files(tmp_path: Path) -> None:
    files = [
        word
        for name in ("html", "json", "junit")
        for word in (f"--{name}", str(tmp_path / f"sweep.{name}"))
    ]
    done = sweep(*files, "--only", "*:500", "--fail-on", "never", command=ASKS)
    assert done.returncode == 0
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "urllib.error.HTTPError: HTTP Error 500" in page
    (run,) = json.loads((tmp_path / "sweep.json").read_text())["runs"]
    assert (run["id"], run["verdict"]) == ("Discovery#1:500", "gave-up")
    assert ET.parse(tmp_path / "sweep.junit").getroot().get("tests") == "1"


def test_each_run_leaves_its_output_its_calls_and_a_bundle_that_replays(tmp_path: Path) -> None:
    only = ("--only", "CapturePayment#1:lost-response")
    sweep(*INSTANT, *only, "--output-dir", str(tmp_path / "out"), command=wrong("gives-up"))
    folder = tmp_path / "out" / "CapturePayment-1-lost-response"
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"clean", folder.name}
    assert "409 1300" in (folder / "output.txt").read_text()
    calls = (folder / "calls.txt").read_text()
    assert "capture -> cut off (the first CapturePayment is worked on" in calls
    assert "delayed" not in (tmp_path / "out" / "clean" / "calls.txt").read_text()
    bundle = read_bundle((folder / "bundle.json").read_bytes())
    assert replay(bundle, ReplayInProcess.of_bundle(bundle)).difference is None


def test_a_run_is_made_again_as_it_is_told(tmp_path: Path) -> None:
    done = sweep("--only", "*:reset", "--timeout", "20s", command=ASKS)
    (line,) = (each.strip() for each in done.stdout.splitlines() if "Again:" in each)
    assert line.startswith(
        "Again: mobilepay-sim sweep --only 'Discovery#1:reset' --timeout 20s -- "
    )


def test_a_rare_fault_is_named_where_the_run_is_told() -> None:
    done = sweep("--fault", "html", command=ASKS)
    assert "sweep --fault html --only 'Discovery#1:html' -- " in done.stdout


def test_what_follows_the_command_is_its_own() -> None:
    done = cli("sweep", "-q", "--only", "*:500", sys.executable, "-c", ASK, "{url}", "--html", "x")
    assert stripped(matrix(done)) == [["gave up"]]


# --- a simulator that runs already ----------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded() -> Iterator[Simulator]:
    with Simulator(control_token="secret") as simulator:
        yield simulator


def names(server: RunningServer) -> set[str]:
    sandboxes = httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]
    return {each["name"] for each in sandboxes}


def test_a_running_simulator_is_used_and_left_as_it_was(server: RunningServer) -> None:
    before = names(server)
    done = sweep("--target", server.url, "--only", "*:500", command=ASKS)
    assert stripped(matrix(done)) == [["gave up"]]
    assert not {each for each in names(server) - before if each.startswith("sweep")}


def test_the_sandboxes_of_bad_runs_can_be_kept_there(server: RunningServer) -> None:
    done = sweep("--target", server.url, "--keep", "--only", "*:500", command=ASKS)
    (line,) = (each for each in done.stdout.splitlines() if "Its sandbox:" in each)
    url = line.split()[-1]
    assert httpx.get(f"{url}/_simulator/faults").json()["faults"][0]["calls"] == 1
    name = url.rpartition("/")[2]
    assert httpx.delete(f"{server.url}/_simulator/sandboxes/{name}").is_success


def test_the_control_token_is_used_and_given_to_the_command(guarded: Simulator) -> None:
    code = ASK + "import os; assert os.environ['MOBILEPAY_SIM_CONTROL_TOKEN'] == 'secret'"
    target = ("--target", guarded.url, "--only", "*:500")
    assert sweep(*target, "--token", "secret", command=python(code, "{url}")).returncode == 1
    refused = sweep(*target, command=ASKS)
    assert refused.returncode == 2
    assert "the control token is missing" in refused.stderr
    assert "(--token, or MOBILEPAY_SIM_CONTROL_TOKEN)" in refused.stderr


# --- what goes wrong ------------------------------------------------------------------------------


MISTAKEN = [
    ((), python("print('a word'); raise SystemExit(3)"), "the command ended with 3 without any fault"),
    ((), python("pass"), "the command made no call to the simulator; give it the URL, as {url}"),
    ((), ["no-such-till"], "COMMAND: there is no program 'no-such-till'"),
    (("--only", "Captur*"), ASKS, "--only: 'Captur*' fits no call and fault of the clean run"),
    (("--stall", "1h"), ASKS, "--stall"),
    (("--stall", "soon"), ASKS, "--stall"),
    (("--timeout", "0s"), ASKS, "--timeout"),
    (("--max-runs", "0"), ASKS, "--max-runs"),
    (("--fault", "501"), ASKS, "--fault"),
    (("--scenario", "sucess"), ASKS, "no scenario 'sucess'; did you mean 'success'?"),
    (("--option", "seed"), ASKS, "--option: expected NAME=VALUE, got 'seed'"),
    (("--option", "sed=1"), ASKS, "unknown setting 'sed'; did you mean 'seed'?"),
    (("--option", "control-token=x"), ASKS, "--option control_token: give it as --token"),
    (("--keep",), ASKS, "--keep goes with --target"),
    (("--target", "http://127.0.0.1:1"), ASKS, "no simulator answers at http://127.0.0.1:1"),
    (("--target", "127.0.0.1"), ASKS, "--target: expected an http:// or https:// URL"),
    (("--target", "http://h/sandboxes/x"), ASKS, "--target: give the simulator's URL"),
    (("--target", "http://h", "--scenario", "x"), ASKS, "--scenario is for a simulator that is"),
    (("--output-dir", "/dev/null/x"), ASKS, "--output-dir: /dev/null/x"),
    (("--junit", "/nowhere/x.xml"), ASKS, "--junit: /nowhere/x.xml: there is no folder /nowhere"),
    (("--html", "."), ASKS, "--html"),
    (("--html", "x", "--json", "./x"), ASKS, "--json: x: --html writes to it, too"),
    (("--timeout", "1s"), python("import time; time.sleep(600)"), "was killed after 1 s without any fault, so a sweep would prove nothing; see --timeout"),
    ((), python(RESETS, "{url}"), "the command resets or drops its sandbox, and with it the faults"),
    ((), [], "COMMAND"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "command", "said"), MISTAKEN, ids=[each[2][:30] for each in MISTAKEN]
)
def test_a_mistake_is_told_in_one_line(
    options: tuple[str, ...], command: list[str], said: str
) -> None:
    done = sweep(*options, command=command)
    assert done.returncode == 2, done.stdout + done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("mobilepay-sim: ")
    assert said in line
    assert "Traceback" not in done.stderr


def test_what_a_failing_clean_run_wrote_is_shown() -> None:
    done = sweep(command=python("print('no printer'); raise SystemExit(3)"))
    assert "no printer" in done.stderr.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("pause", [None, 0.02, 0.3], ids=["once", "twice", "twice, later"])
def test_an_interrupt_ends_all_commands_and_tells_what_is_known(
    server: RunningServer, tmp_path: Path, number: signal.Signals, pause: float | None
) -> None:
    file = tmp_path / "pid"
    options = ["--only", "*:500", "--junit", str(tmp_path / "sweep.xml"), "--target", server.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "sweep", *options, "--", *python(HANG, str(file))],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        while not (file.exists() and file.read_text()):
            assert process.poll() is None
        process.send_signal(number)
        if pause is not None:
            time.sleep(pause)
            process.send_signal(signal.SIGINT if number == signal.SIGTERM else signal.SIGTERM)
        told, _ = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert "0 runs: nothing to tell; interrupted: 1 were not made" in told
    assert ends_soon(int(file.read_text()))
    assert 'skipped="1"' in (tmp_path / "sweep.xml").read_text()
    listed = httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]
    assert not [each for each in listed if str(each["name"]).startswith("sweep-")]


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("pause", [0, 0.1, 0.2])
def test_an_interrupt_after_the_last_run_loses_no_report(tmp_path: Path, pause: float) -> None:
    options = ["--only", "*:500", "--junit", str(tmp_path / "sweep.xml")]
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "sweep", *options, "--", *ASKS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        for line in process.stderr or ():
            if line.startswith("[1/1]"):
                break
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=20)
    # At the very end there is nothing more to interrupt.
    assert process.returncode in (130, 1)
    assert "1 run: 1 gave up\n" in told
    assert (tmp_path / "sweep.xml").exists()


def swept_at_a_hung_simulator(
    file: Path, *options: str, sent: signal.Signals | None = None
) -> tuple[int, str, str]:
    """Sweeps a simulator that is stopped once the command runs; returns its end, and what it says.

    Args:
        file: where the command writes that it runs.
        options: those of the sweep.
        sent: the signal that the sweep gets then; without one it ends by itself.
    """
    with Simulator() as simulator:
        command = ["--target", simulator.url, "--", *python(HANG, str(file))]
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "sweep", "--only", "*:500", *options, *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            while not (file.exists() and file.read_text()):
                assert process.poll() is None
            os.kill(simulator.pid, signal.SIGSTOP)
            try:
                if sent is not None:
                    process.send_signal(sent)
                # Without a signal it waits for 30 s first.
                told, said = process.communicate(timeout=20 if sent else 50)
            finally:
                os.kill(simulator.pid, signal.SIGCONT)
    return process.returncode, told, said


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process")
def test_an_interrupted_sweep_waits_for_no_simulator_that_hangs(tmp_path: Path) -> None:
    code, told, said = swept_at_a_hung_simulator(tmp_path / "pid", sent=signal.SIGINT)
    assert code == 130
    assert "interrupted: 1 were not made" in told
    left = r"^The simulator does not answer; sandboxes may be left .* sweep-[0-9a-f]{8}-\.$"
    assert re.search(left, said, re.MULTILINE)


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process")
def test_a_sweep_whose_simulator_hangs_reports_what_was_done(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["--jobs", "1", "--timeout", "1s", "--json", str(report)]
    code, told, said = swept_at_a_hung_simulator(tmp_path / "pid", *options)
    assert code == 2
    assert "interrupted: 1 were not made" in told
    left, problem = said.splitlines()[-2:]
    assert left.startswith("The simulator does not answer; sandboxes may be left there")
    assert re.match(r"mobilepay-sim: no simulator answers at \S+: no answer within ", problem)
    assert json.loads(report.read_text())["interrupted"] is True
