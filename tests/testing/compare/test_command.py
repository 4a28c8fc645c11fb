"""`mobilepay-sim compare`: exit codes, reports, a target, and input that can't be used."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import html5lib
import pytest

from tests import warm
from tests.support import ROOT, RunningServer, cli
from tests.testing.compare.real_service import (
    CLIENT,
    FIRST,
    POS,
    SECRET,
    TOKEN,
    a_day_at_the_shop,
    payment,
    starting,
    token_call,
)
from tests.testing.compare.recordings import Recorder, written

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


def reports(folder: Path) -> list[str]:
    return [
        part
        for name in ("html", "json", "junit")
        for part in (f"--{name}", str(folder / f"report.{name}"))
    ]


def test_an_equal_recording_ends_with_0(tmp_path: Path) -> None:
    done = cli("compare", str(written(a_day_at_the_shop().archive, tmp_path)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every answer is equal" in done.stdout
    assert "the customer cancels" in done.stdout


def different(folder: Path) -> Path:
    archive = a_day_at_the_shop().archive
    archive["log"]["entries"][-1]["response"]["status"] = 204
    return written(archive, folder)


def test_another_answer_ends_with_1_and_is_in_all_reports(tmp_path: Path) -> None:
    done = cli("compare", "--quiet", str(different(tmp_path)), *reports(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "status: was 204, is 200" in done.stdout
    assert "inferred" not in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["equal"], report["counts"]["different"]) == (False, 1)
    (call,) = [each for each in report["calls"] if each["verdict"] == "differs"]
    assert (call["operation"], call["recordedStatus"], call["status"]) == ("DeletePos", 204, 200)
    assert call["differences"] == [
        {"kind": "status", "place": "status", "recorded": "204", "answered": "200"}
    ]
    assert {each["what"] for each in report["inferred"]} >= {"the customer accepts"}
    suite = ET.parse(tmp_path / "report.junit").getroot()
    failures = suite.findall(".//failure")
    assert [each.get("type") for each in failures] == ["status"]
    page = (tmp_path / "report.html").read_text()
    html5lib.HTMLParser(strict=True).parse(page)
    assert "was 204, is 200" in page


@needs_full
@pytest.mark.parametrize("lost", ["html", "json", "junit"])
def test_a_report_that_can_not_be_written_takes_no_other_with_it(tmp_path: Path, lost: str) -> None:
    given = [each.replace(f"{tmp_path}/report.{lost}", "/dev/full") for each in reports(tmp_path)]
    done = cli("compare", str(different(tmp_path)), *given)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"--{lost}: /dev/full: No space left" in line
    assert "status: was 204, is 200" in done.stdout
    assert len(list(tmp_path.glob("report.*"))) == 2


@needs_full
def test_standard_output_without_room_takes_no_report_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "compare", str(different(tmp_path))]
    with Path("/dev/full").open("w") as full:
        done = warm.run(
            [*command, *reports(tmp_path)], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "standard output" in done.stderr
    assert len(list(tmp_path.glob("report.*"))) == 3


def test_a_running_simulator_is_compared_with(server: RunningServer, tmp_path: Path) -> None:
    file = str(written(a_day_at_the_shop().archive, tmp_path))
    options = ("--target", server.url, "--sandbox", "compared", *reports(tmp_path))
    done = cli("compare", file, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["target"] == server.url
    # Again: what is in the sandbox is replaced.
    assert cli("compare", file, *options).returncode == 0


def test_a_setting_of_the_simulator_can_be_given(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.call("POST", "/payments", 200, {"paymentId": FIRST}, body=starting("o"), key="k")
    recorder.after(minutes=3)
    gone = payment(FIRST, "CancelledByMobilePay", "o")
    recorder.call("GET", f"/payments/{FIRST}", 200, gone)
    file = str(written(recorder.archive, tmp_path))
    done = cli("compare", file, "--option", "inactivity_limit=2m")
    assert done.returncode == 0, done.stderr
    assert "MobilePay cancels" not in done.stdout
    assert "MobilePay cancels" in cli("compare", file).stdout


# --- secrets --------------------------------------------------------------------------------------


def jwt_of(**claims: Any) -> str:
    parts = [{"alg": "RS256", "typ": "JWT"}, claims]
    texts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in parts]
    return ".".join([*(each.rstrip("=") for each in texts), "c2lnbmF0dXJlLW9mLXRoZS1yZWFs"])


def full_of_secrets(folder: Path) -> tuple[Path, list[str]]:
    """A recording with secrets wherever people leave them, and these."""
    token = jwt_of(client_id=CLIENT, merchant_vat="DK12345678")
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    recorder = a_day_at_the_shop()
    headers = {"Authorization": f"Bearer {token}", "X-IBM-Client-Secret": "ibm-very-secret"}
    told = {"echo": token, "note": f"secret {SECRET}", "client_secret": SECRET}
    recorder.call("GET", f"/payments/{FIRST}", 200, told, headers=headers)
    recorder.call("GET", f"/payments/{FIRST}?access_token={token}", 200, token, headers=headers)
    recorder.call("GET", f"/nowhere/{token}", 200, {}, headers={"Authorization": f"Basic {basic}"})
    recorder.call(
        "POST",
        "//integrator-authentication/connect/token",
        400,
        {"error": f"bad {SECRET}"},
        headers={"Authorization": f"Basic {basic}", "Cookie": "session=private-cookie"},
    )
    secrets = [token, basic, SECRET, TOKEN, "ibm-very-secret", "private-cookie"]
    return written(recorder.archive, folder), secrets


def test_no_secret_is_written_anywhere(tmp_path: Path) -> None:
    file, secrets = full_of_secrets(tmp_path)
    done = cli("compare", str(file), *reports(tmp_path))
    assert done.returncode == 1, done.stderr
    texts = [(tmp_path / f"report.{each}").read_text() for each in ("html", "json", "junit")]
    for secret in secrets:
        for text in (done.stdout, done.stderr, *texts):
            assert secret not in text


def test_no_secret_is_in_a_message_about_a_bad_file(tmp_path: Path) -> None:
    file, secrets = full_of_secrets(tmp_path)
    content = file.read_text()
    for cut in range(200, len(content), len(content) // 4):
        file.write_text(content[:cut])
        done = cli("compare", str(file))
        assert done.returncode == 2
        assert not any(each in done.stderr for each in secrets)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", r'{"client\u005fsecret":"hunter2\/hunter2"}'),
        ("application/json", r'{"a":"{\"client_secret\":\"hunter2/hunter2\"}"}'),
        ("application/x-www-form-urlencoded", "a=b&client%5Fsecret=hunter2%2Fhunter2"),
        (
            "application/x-www-form-urlencoded",
            "json=%7B%22refresh_token%22%3A%22hunter2%2Fhunter2%22%7D",
        ),
        ("text/plain", "client_secret : hunter2/hunter2"),
    ],
)
def test_a_secret_is_known_in_an_answer_wherever_a_call_has_it(
    tmp_path: Path, kind: str, body: str
) -> None:
    recorder = Recorder()
    said = {"error": "bad hunter2/hunter2", "error_description": "hunter2%2Fhunter2"}
    recorder.call("POST", "//integrator-authentication/connect/token", 400, said)
    recorder.entries[-1]["request"]["postData"] = {"mimeType": kind, "text": body}
    done = cli("compare", str(written(recorder.archive, tmp_path)), *reports(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "bad ***" in done.stdout
    for each in ("html", "json", "junit"):
        assert "hunter2" not in (tmp_path / f"report.{each}").read_text()
    assert "hunter2" not in done.stdout + done.stderr


def test_a_secret_in_a_header_of_that_name_or_in_the_path_is_written_nowhere(
    tmp_path: Path,
) -> None:
    recorder = Recorder()
    said = {"code": "hunter2hunter2", "message": "hunter3hunter3"}
    recorder.call(
        "GET",
        "/stores/client_secret=hunter3hunter3",
        404,
        said,
        headers={"Client-Secret": "hunter2hunter2"},
    )
    done = cli("compare", str(written(recorder.archive, tmp_path)))
    assert "hunter" not in done.stdout + done.stderr
    assert "***" in done.stdout


# --- input that can't be used ---------------------------------------------------------------------


def har(*entries: Any) -> str:
    return json.dumps({"log": {"entries": entries}})


def entry(**changes: Any) -> Any:
    recorder = Recorder()
    recorder.call("GET", "/stores", 200, {"storeIds": []})
    return recorder.entries[0] | changes


UNUSABLE = [
    ("", "it is empty"),
    ("hello", "it is not JSON, or only a part of a HAR file"),
    (har(entry())[:-40], "it is not JSON, or only a part of a HAR file"),
    ("[]", "it is no HAR file"),
    ('{"log": {}}', "it is no HAR file"),
    ("[" * 100_000, "it is no HAR file"),
    ('{"log": {"x": ' + "[" * 100_000, "it is not JSON"),
    (har(), "it holds no call of the service"),
    (har(entry(startedDateTime="yesterday")), "entry 1: startedDateTime: expected a time"),
    (har(entry(startedDateTime="0001-01-01T00:00:00Z")), "entry 1: startedDateTime"),
    (har(entry(request={"method": "GET"})), "$.log.entries[0].request"),
    (har(entry(request={"method": "GET", "url": "http://[::/x"})), "entry 1: its request.url"),
    (
        har(entry(request={"method": "GET", "url": "https://example.com/a?token=abc"})),
        "it holds no call of the service",
    ),
    (
        har(entry(response={"status": 200, "content": {"text": "~~~a", "encoding": "base64"}})),
        "entry 1: a body is marked as base64",
    ),
    (har(entry(response={"status": 0})), "no answer in it can be compared"),
]


@pytest.mark.parametrize(("content", "said"), UNUSABLE, ids=[said for _, said in UNUSABLE])
def test_a_file_that_can_not_be_used_is_told_in_one_line(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "bad.har"
    file.write_text(content)
    done = cli("compare", "-q", str(file))
    assert done.returncode == 2, done.stdout
    (line,) = done.stderr.splitlines()
    assert f"bad.har: {said}" in line or said in line
    assert "abc" not in line


def test_a_file_that_is_too_large_is_told_without_reading_it(tmp_path: Path) -> None:
    file = tmp_path / "huge.har"
    with file.open("wb") as stream:
        stream.truncate(300 * 1024 * 1024)
    done = cli("compare", str(file))
    assert done.returncode == 2
    assert re.search(r"huge\.har: it is larger than 256 MB; export", done.stderr)


def test_too_many_entries_are_told(tmp_path: Path) -> None:
    file = tmp_path / "many.har"
    file.write_text(har(*[entry()] * 50_001))
    done = cli("compare", str(file))
    assert done.returncode == 2
    assert "50001 entries" in done.stderr


OPTIONS = [
    (["--sandbox", "x"], "--sandbox goes with --target"),
    (["--target", "http://127.0.0.1:9"], "http://127.0.0.1:9"),
    (["--target", "nonsense"], "--target"),
    (["--option", "scenario=success"], "--option scenario: the recording says"),
    (["--option", "port=1"], "--option: port can not be set here"),
    (["--html", "no/report.html"], "--html: no/report.html"),
]


@pytest.mark.parametrize(("options", "said"), OPTIONS, ids=[said for _, said in OPTIONS])
def test_an_option_that_can_not_be_used_is_told_in_one_line(
    tmp_path: Path, options: list[str], said: str
) -> None:
    done = cli("compare", str(written(a_day_at_the_shop().archive, tmp_path)), *options)
    assert done.returncode == 2
    (line,) = [each for each in done.stderr.splitlines() if each]
    assert said in line


def test_odd_calls_are_compared_and_break_nothing(server: RunningServer, tmp_path: Path) -> None:
    recorder = Recorder()
    token_call(recorder)
    odd: list[Any] = [{"posId": 7}, ["posId"], "text", {"posId": "not-a-guid"}, None]
    for body in odd:
        recorder.call("POST", "/payments", 400, {"code": "1099"}, body=body, key="odd")
    recorder.call("GET", f"/payments/{FIRST}", 200, [1, 2])
    recorder.call("GET", "/payments/not-a-guid", 400, {"code": 1099})
    recorder.call("GET", f"/payments/{FIRST}", 200, {"status": 5, "posId": 9})
    recorder.call("POST", "/payments", 200, {"paymentId": None}, body={"posId": POS}, key="o2")
    recorder.call("GET", f"/refunds/{FIRST}", 200, {"status": "Unheard", "paymentId": {}})
    recorder.call("GET", "/paymentz\x00\n", 404)
    recorder.call("GET", "/payments?orderId=\x01 æ%zz", 200, {"paymentIds": []})
    recorder.call("GET", "/stores", 200, {}, headers={"X-Odd": "a\nb", "X-Other": "æ"})
    recorder.call("G\nET", "/stores", 200, {})
    file = str(written(recorder.archive, tmp_path))
    done = cli("compare", file, *reports(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    there = cli("compare", file, "--target", server.url, "--sandbox", "odd")
    assert (there.returncode, there.stdout) == (1, done.stdout), there.stderr
