"""A bug report holds all that happened, can be played again, and tells no secret."""

import io
import json
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests import warm
from tests.support import ROOT, RunningServer, Till, cli, running_server


def report_of(till: Till) -> zipfile.ZipFile:
    answer = till.http.get("/_simulator/report.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.content))


@pytest.fixture
def paid(till: Till) -> Till:
    till.captured(till.create_pos(), 12.5)
    return till


def test_a_report_has_everything_by_its_name(paid: Till) -> None:
    report = report_of(paid)
    (payment,) = paid.control("GET", "/payments")["payments"]
    names = set(report.namelist())
    timeline = f"timelines/{payment['orderId']}.{payment['paymentId']}"
    assert names == {
        *("README.md", "calls.json", "requests.har", "audit.txt", "audit.json", "ledger.txt"),
        "settings.json",
        f"{timeline}.json",
        f"{timeline}.txt",
        f"{timeline}.svg",
        f"{timeline}.mmd",
    }
    entries = json.loads(report.read("requests.har"))["log"]["entries"]
    assert len(entries) == len(paid.control("GET", "/requests")["requests"])
    assert json.loads(report.read(f"{timeline}.json"))["entries"]
    assert json.loads(report.read("audit.json"))["calls"] > 0
    assert json.loads(report.read("settings.json"))["settings"]["reservation_lifetime"] == "7d"
    assert "12.50" in report.read("ledger.txt").decode()


def test_the_text_of_a_time_line_tells_what_the_command_prints(till: Till) -> None:
    body = till.payment_body(till.create_pos(), orderId="A/7 (b)")
    for fault in ("500", "lost"):
        till.control("POST", "/faults", {"call": "InitiatePayment", "fault": fault})
    till.call("POST", "/payments", body, key="one")
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", "/payments", body, key="one")
    till.call("POST", "/payments", body, key="one")
    first, *_ = numbers = [each["id"] for each in till.control("GET", "/requests")["requests"]][-3:]
    report = report_of(till)
    (name,) = (each for each in report.namelist() if each.endswith(".txt") and "timelines" in each)
    payment_id = till.control("GET", "/payments")["payments"][0]["paymentId"]
    assert name == f"timelines/A-7-b-.{payment_id}.txt"
    title, _, *lines = report.read(name).decode().splitlines()
    assert title == f"Order A/7 (b), payment {payment_id}"
    calls = [line for line in lines if "POST /pos/v10/payments" in line]
    expected = ("-> 500 2000", "-> cut off (", "-> 200")
    for number, call, words in zip(numbers, calls, expected, strict=True):
        assert f"#{number} POST" in call
        assert words in call
        assert (f"(same key as #{first})" in call) == (number != first)
    printed = cli("timeline", payment_id, "--url", str(till.http.base_url)).stdout
    assert printed.splitlines() == lines


def test_what_its_readme_says_plays_it_again(paid: Till, tmp_path: Path) -> None:
    report = report_of(paid)
    assert "mobilepay-sim replay calls.json" in report.read("README.md").decode()
    report.extract("calls.json", tmp_path)
    done = warm.run(
        [sys.executable, "-m", "simulator", "replay", str(tmp_path / "calls.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "every answer is the same" in done.stdout) == (0, True), done.stdout


def test_no_secret_is_in_it(tmp_path: Path) -> None:
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": "a-control-token"}
    with running_server("--time-scale", "0", env=env) as server:
        headers = {"Authorization": "Bearer a-control-token"}
        with httpx.Client(base_url=server.url) as http:
            till = Till(http)
            token = till.token()
            till.ok("GET", "/stores")
            answer = http.get("/_simulator/report.zip", headers=headers)
            assert http.get("/_simulator/report.zip").status_code == 401
    report = zipfile.ZipFile(io.BytesIO(answer.content))
    whole = b"".join(report.read(each) for each in report.namelist())
    for secret in ("a-control-token", till.secret, str(token)):
        assert secret.encode() not in whole
    assert json.loads(report.read("settings.json"))["settings"]["control_token"] == "***"


def test_one_without_its_first_calls_says_that_it_cannot_be_replayed() -> None:
    with (
        running_server("--time-scale", "0", "--journal-size", "2") as server,
        httpx.Client(base_url=server.url) as http,
    ):
        till = Till(http)
        till.create_pos()
        till.create_pos()
        report = report_of(till)
    assert "calls.json" not in report.namelist()
    assert "dropped" in report.read("README.md").decode()


def test_the_command_writes_it(server: RunningServer, paid: Till, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "report", "--url", str(paid.http.base_url)]
    file = tmp_path / "bug.zip"
    done = warm.run([*command, "--output", str(file)], cwd=ROOT, check=False)
    assert done.returncode == 0
    assert "README.md" in zipfile.ZipFile(file).namelist()
    for replaced in (", in place of an earlier file", ""):
        again = warm.run(
            [*command, "--output", str(file)], cwd=ROOT, capture_output=True, text=True
        )
        assert f" bytes{replaced}; its README.md" in again.stdout
        file.unlink()
    missing = tmp_path / "missing" / "bug.zip"
    refused = warm.run(
        [*command, "--output", str(missing)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "--output" in refused.stderr
