"""`mobilepay-sim certify`, over real HTTP."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.cli.certify_cases import time_of_demo
from mobilepay_simulator.cli.certify_end import end, end_unanswered
from mobilepay_simulator.client import RemoteSimulator, Unreachable
from mobilepay_simulator.scripting.library import CaseCatalog, ScenarioLibrary
from mobilepay_simulator.testing.certification_follower import Follower
from mobilepay_simulator.testing.examinees import seconds_of_demo

from tests import warm
from tests.support import CLIENT_ID, ROOT, RunningServer, Till, cli, fresh

FAST = ("--port", "0", "--settle", "100ms")


def test_the_built_in_client_passes_and_all_reports_are_written(tmp_path: Path) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("html", "json", "junit")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    done = cli("certify", "--demo", "--case", "certify-token-expired", *FAST, *options)
    assert done.returncode == 0, done.stderr
    assert "  + The same is captured again with it" in done.stdout
    assert re.search(r"^The built-in client takes about \d+ seconds", done.stdout, re.MULTILINE)
    assert "passed  Network resilience: 1 of 1, and 6 cases left out" in done.stdout
    # Before it begins, and again before it is approved.
    assert done.stdout.count("does not cover Network resilience (1 of 7 cases).") == 2
    assert files["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads(files["json"].read_text(encoding="utf-8"))["state"] == "passed"
    (case,) = ET.parse(files["junit"]).getroot().iter("testcase")
    assert len(case) == 0 or case.find("failure") is None


def test_the_built_in_client_passes_again_in_a_sandbox_that_it_knows(server: RunningServer) -> None:
    target = f"{server.url}/sandboxes/{fresh('again')}"
    for id in ("C1", "C2"):
        done = cli(
            "certify", "--demo", "--case", "certify-token-expired", "--target", target, *FAST[2:]
        )
        assert done.returncode == 0, done.stdout
        assert f"{id} is open" in done.stdout


def test_the_built_in_client_tells_why_it_gave_up(tmp_path: Path) -> None:
    data = tmp_path / "data.yaml"
    data.write_text("merchants: [{vat: DK90000028, name: T, stores: []}]\n", encoding="utf-8")
    done = cli(
        "certify", "--demo", "--case", "certify-token-expired", *FAST, "--option", f"data={data}"
    )
    assert done.returncode == 1, done.stderr
    (line,) = (each for each in done.stdout.splitlines() if "gave up" in each)
    assert "certify-token-expired" in line
    assert "merchant DK90000028 has no store" in line


def test_a_client_that_never_comes_is_waited_for_only_so_long() -> None:
    done = cli("certify", "--section", "onboarding", "--timeout", "300ms", *FAST)
    assert done.returncode == 1
    assert "Waiting for the client. It begins with: Create a point of sale" in done.stdout
    assert "Not tested yet: 3. The next: Create a point of sale." in done.stdout


def test_a_command_that_fails_is_told_with_its_last_words() -> None:
    command = ("python3", "-c", "import sys; print('no such till at', sys.argv[1]); sys.exit(3)")
    done = cli("certify", "--section", "onboarding", *FAST, "--", *command, "{url}")
    assert done.returncode == 1
    assert "COMMAND ended with 3; its last lines:\nno such till at http://127.0.0.1:" in done.stdout


#: A till that asks for a customer of its own.
MISSES = """
import sys, httpx
from tests.support import Till
with httpx.Client(base_url=sys.argv[1]) as http:
    till = Till(http, merchant="DK90000028")
    till.initiate(till.create_pos(), scenario="manual")
"""


def test_a_call_that_asked_for_a_scenario_is_told_not_to_count() -> None:
    command = (sys.executable, "-c", MISSES, "{url}")
    done = cli("certify", "--case", "certify-payment", *FAST, "--", *command)
    assert done.returncode == 1, done.stderr
    line = r"  ! InitiatePayment did not count: it asked for the scenario manual with .*\[request \d+\]"
    (told,) = re.findall(f"^{line}$", done.stdout, re.MULTILINE)
    # Once while it goes on, and once behind what is to be done next.
    assert done.stdout.count(told.removeprefix("  ! ")) == 2


def test_a_simulator_that_runs_is_used_in_the_sandbox_of_its_url(server: RunningServer) -> None:
    target = f"{server.url}/sandboxes/certified"
    done = cli("certify", "--target", target, "--timeout", "200ms", *FAST[2:])
    assert (
        f"C1 is open at {target} for 11111111-2222-4333-8444-555555555555: 32 cases" in done.stdout
    )


def test_one_that_is_interrupted_is_not_left_open_in_a_simulator_that_goes_on(
    server: RunningServer,
) -> None:
    target = f"{server.url}/sandboxes/{fresh('interrupted')}"
    command = [sys.executable, "-m", "simulator", "certify", "--target", target]
    with warm.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if line.startswith("Waiting for the client"):
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    listed = httpx.get(f"{target}/_simulator/certifications").json()["certifications"]
    assert [each["stage"] for each in listed] == ["abandoned"]


@pytest.mark.parametrize("ends_by", [signal.SIGINT, signal.SIGTERM, None])
def test_the_report_of_one_that_did_not_end_by_itself_says_what_the_simulator_says(
    server: RunningServer, ends_by: signal.Signals | None, tmp_path: Path
) -> None:
    target, junit = f"{server.url}/sandboxes/{fresh('cut-short')}", tmp_path / "report.xml"
    options = ["--case", "certify-payment", "--junit", str(junit), "--timeout", "2s"]
    command = [sys.executable, "-m", "simulator", "certify", "--target", target, *options]
    session = f"{target}/_simulator/certifications/C1"
    with warm.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if line.startswith("Waiting for the client"):
                httpx.post(f"{session}/cases/certify-payment/restart").raise_for_status()
                if ends_by is not None:
                    process.send_signal(ends_by)
    assert process.returncode == (1 if ends_by is None else 128 + ends_by)
    shown = httpx.get(session).json()
    assert (shown["stage"], shown["state"]) == ("abandoned", "failed")
    (case,) = ET.parse(junit).getroot().iter("testcase")
    assert [each.tag for each in case if each.tag in ("failure", "skipped")] == ["failure"]


def test_one_that_is_interrupted_twice_tells_and_reports_what_was_done(
    server: RunningServer, tmp_path: Path
) -> None:
    target, junit = f"{server.url}/sandboxes/{fresh('twice')}", tmp_path / "report.xml"
    options = ["--case", "certify-payment", "--junit", str(junit)]
    command = [sys.executable, "-m", "simulator", "certify", "--target", target, *options]
    session = f"{target}/_simulator/certifications/C1"
    said = []
    with warm.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            said.append(line.strip())
            if line.startswith("Waiting for the client"):
                httpx.post(f"{session}/cases/certify-payment/restart").raise_for_status()
                process.send_signal(signal.SIGINT)
            elif not line.strip():
                process.send_signal(signal.SIGTERM)
    assert process.returncode == 130
    assert said[-1] == "It was interrupted. C1 is abandoned."
    assert [each for each in said if each.startswith("failed ")]
    assert [each for each in said if each.endswith("the certification was abandoned")]
    assert not [each for each in said if "in progress" in each.lower()]
    (case,) = ET.parse(junit).getroot().iter("testcase")
    assert [each.tag for each in case if each.tag in ("failure", "skipped")] == ["failure"]


def test_one_that_is_interrupted_while_it_ends_is_reported(
    server: RunningServer, tmp_path: Path
) -> None:
    target, junit = f"{server.url}/sandboxes/{fresh('ending')}", tmp_path / "report.xml"
    options = ["--section", "onboarding", "--timeout", "100ms", "--junit", str(junit)]
    command = [sys.executable, "-m", "simulator", "certify", "--target", target, *options]
    with warm.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if "Onboarding: 0 of 3" in line:
                process.send_signal(signal.SIGINT)
                break
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert len(list(ET.parse(junit).getroot().iter("testcase"))) == 3


def test_one_that_is_interrupted_names_the_payment_that_it_leaves_open(
    server: RunningServer,
) -> None:
    target = f"{server.url}/sandboxes/{fresh('left')}"
    options = ["--section", "onboarding", "--case", "certify-token-expired"]
    command = [sys.executable, "-m", "simulator", "certify", "--target", target, *options]
    said, payment = [], ""
    with (
        httpx.Client(base_url=target) as http,
        warm.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
    ):
        for line in process.stdout or ():
            said.append(line.strip())
            if line.startswith("Waiting for the client"):
                session = f"{target}/_simulator/certifications/C1"
                httpx.post(f"{session}/cases/certify-token-expired/restart").raise_for_status()
                till = Till(http, merchant="DK90000028")
                payment = till.initiate(till.create_pos())
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    steps = [each for each in said if each.startswith("+ The payment is started")]
    # What came since it last looked is told, too; and nobody is told to go on.
    assert len(steps) == 1
    assert "Not tested: 3." in said
    assert not [each for each in said if "The next:" in each]
    advice = f"cancel it, or mobilepay-sim reset --url {target}"
    assert said[-2].startswith(f"Payment {payment} is still open (")
    assert said[-2].endswith(advice)
    assert said[-1] == "It was interrupted. C1 is abandoned."


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process")
def test_one_that_is_interrupted_waits_for_no_simulator_that_hangs(tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    with Simulator() as simulator:
        command = [sys.executable, "-m", "simulator", "certify", "--target", simulator.url]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with warm.Popen([*command, "--junit", str(junit)], cwd=ROOT, **streams) as process:
            for line in process.stdout or ():
                if line.startswith("Waiting for the client"):
                    break
            os.kill(simulator.pid, signal.SIGSTOP)
            try:
                for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
                    process.send_signal(number)
                    time.sleep(0.3)
                _, said = process.communicate(timeout=15)
            finally:
                os.kill(simulator.pid, signal.SIGCONT)
        assert process.returncode == 130
        assert said.strip().splitlines() == [
            "It was interrupted. The simulator does not answer: no answer within 4 s.",
            f"C1 stays open at {simulator.url}.",
            f"Not written: --junit {junit}.",
        ]
        assert simulator.control.certification("C1").stage == "open"


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process")
def test_one_whose_simulator_hangs_says_what_is_left(tmp_path: Path) -> None:
    files = [f"--json {tmp_path / 'report.json'}", f"--junit {tmp_path / 'report.xml'}"]
    options = " ".join(files).split()
    with Simulator() as simulator:
        command = [sys.executable, "-m", "simulator", "certify", "--target", simulator.url]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with warm.Popen([*command, *options], cwd=ROOT, **streams) as process:
            for line in process.stdout or ():
                if line.startswith("Waiting for the client"):
                    break
            os.kill(simulator.pid, signal.SIGSTOP)
            try:
                # It waits for 30 s first.
                told, said = process.communicate(timeout=50)
            finally:
                os.kill(simulator.pid, signal.SIGCONT)
        assert process.returncode == 2
        assert "not tested  Onboarding: 0 of 3" in told
        assert said.splitlines() == [
            f"C1 stays open at {simulator.url}.",
            f"Not written: {', '.join(files)}.",
            f"mobilepay-sim: no simulator answers at {simulator.url}: no answer within 30 s",
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process")
def test_one_whose_simulator_answers_again_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    with Simulator() as simulator, RemoteSimulator(simulator.url, timeout=1) as remote:
        control = remote.control
        session = control.certify(client_ids=(CLIENT_ID,))
        follower = Follower(control, session.id, lambda _: None)
        given = {"json": file, "html": None, "junit": None, "target": simulator.url}
        os.kill(simulator.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unreachable):
                end(follower, given)
        finally:
            os.kill(simulator.pid, signal.SIGCONT)
        end_unanswered(follower, given)
    assert json.loads(file.read_text())["stage"] == "abandoned"


def test_one_that_the_simulator_does_not_know_any_more_says_what_is_not_written(
    server: RunningServer, tmp_path: Path
) -> None:
    target, file = f"{server.url}/sandboxes/{fresh('gone')}", tmp_path / "report.json"
    command = [sys.executable, "-m", "simulator", "certify", "--target", target]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with warm.Popen([*command, "--json", str(file)], cwd=ROOT, **streams) as process:
        for line in process.stdout or ():
            if line.startswith("Waiting for the client"):
                break
        httpx.post(f"{target}/_simulator/reset").raise_for_status()
        _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert said.splitlines()[0] == f"Not written: --json {file}."
    assert "no certification 'C1'" in said


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--timeout", "200ms", *FAST[2:]), 1),
        (("--timeout", "200ms", "--html", "/dev/full", *FAST[2:]), 2),
        (FAST[2:], 2),
    ],
    ids=["nobody came", "no report", "no output"],
)
def test_one_that_ends_otherwise_is_not_left_open_either(
    server: RunningServer, options: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    target = f"{server.url}/sandboxes/{fresh('ended')}"
    command = [sys.executable, "-m", "simulator", "certify", "--target", target, *options]
    is_full = options == FAST[2:]
    with Path("/dev/full" if is_full else tmp_path / "output").open("w") as output:
        done = warm.run(command, cwd=ROOT, stdout=output, stderr=subprocess.PIPE, text=True)
    assert done.returncode == code, done.stderr
    listed = httpx.get(f"{target}/_simulator/certifications").json()["certifications"]
    assert [each["stage"] for each in listed] == ["abandoned"]


def test_what_there_is_can_be_listed() -> None:
    lines = cli("certify", "--list").stdout.splitlines()
    assert lines[0].startswith("onboarding, mandatory: ")
    assert "  1. Create a point of sale (certify-create-pos)" in lines


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--section", "paiments"), "--section: 'paiments' is not a section; did you mean 'pay"),
        (("--case", "certify-paymint"), "--case: 'certify-paymint' is not a case; did you mean"),
        (("--client-id", "me"), "clientIds"),
        (("--client-version", "new"), "version: must be a version such as 1.2"),
        (("--timeout", "soon"), "--timeout"),
        (("--option", "speed"), "--option: expected NAME=VALUE"),
        (("--option", "sede=1"), "did you mean 'seed'?"),
        (("--html", "nowhere/report.html"), "there is no folder nowhere"),
        (("--target", "ftp://x"), "--target"),
        (("--target", "http://127.0.0.1:1"), "no simulator answers"),
        (("--demo", "--", "true"), "--demo and COMMAND exclude each other"),
        (("--", "no-such-program"), "there is no program 'no-such-program'"),
    ],
)
def test_a_mistake_is_told_in_one_line(options: tuple[str, ...], told: str) -> None:
    # The simulator of a target has its port already.
    free = () if "--target" in options else ("--port", "0")
    done = cli("certify", *free, *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_that_is_near_none_is_not_answered_with_all_names() -> None:
    done = cli("certify", "--port", "0", "--case", "nosuch")
    assert done.returncode == 2
    assert "--case: 'nosuch' is not a case" in done.stderr
    assert "--list" in done.stderr
    assert done.stderr.count("certify-") == 3


def test_how_long_the_built_in_client_takes_follows_from_the_cases() -> None:
    names = list(CaseCatalog(ScenarioLibrary([]))())
    some, every = seconds_of_demo(["certify-create-pos"]), seconds_of_demo(names)
    # A lost answer is given up after 2 s, and the failed call is made again after pauses.
    assert 2 < some < 10
    # What help and docs say.
    assert 120 < every < 180
    assert "2 to 3 minutes" in " ".join(cli("certify", "--help").stdout.split())
    told = list(time_of_demo(names))
    assert "minutes" in told[0]
    assert "scenario play" in told[1]
    assert len(list(time_of_demo(["certify-create-pos"]))) == 1


@pytest.mark.parametrize("client", [(), ("--demo",), ("--", "true")], ids=" ".join)
def test_at_a_port_in_use_the_simulator_that_runs_there_is_offered(client: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = cli("certify", "--port", str(port), *client)
    assert done.returncode == 2
    assert f"127.0.0.1:{port} is in use" in done.stderr
    assert f"--target http://127.0.0.1:{port}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_another_failure_to_start_offers_no_simulator() -> None:
    done = cli("certify", "--host", "no.such.host.invalid", "--port", "0")
    assert done.returncode == 2
    assert "--target" not in done.stderr
