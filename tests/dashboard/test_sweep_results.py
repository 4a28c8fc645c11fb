"""The results of a sweep: a file is shown as a table, or what is wrong in it is told."""

import json
import re
from typing import Any

import httpx
import msgspec
import pytest
from mobilepay_simulator.dashboard.kept_files import MOST_BYTES, MOST_FILES, KeptFiles, sent_file
from mobilepay_simulator.dashboard.views.sweep import report_of
from mobilepay_simulator.journal.sweeps import SweepReport
from mobilepay_simulator.testing.sweep.reports import as_json

from tests.dashboard.conftest import HTMX, Reader, followed
from tests.testing.sweep.test_reports import SWEPT

WRITTEN = as_json(SWEPT)


def with_value(where: str, value: Any) -> str:
    """The results with another value at a place."""
    document = json.loads(WRITTEN)
    *path, last = [int(each) if each.isdigit() else each for each in where.split(".")]
    target = document
    for each in path:
        target = target[each]
    target[last] = value
    return json.dumps(document)


def sent(
    reader: Reader, content: str | bytes, name: str = "sweep.json", **headers: str
) -> httpx.Response:
    """What the page answers to a file."""
    files = {"file": (name, content, "application/json")}
    data = {"csrf": reader.csrf}
    answer = reader.http.post("/page/sweep", data=data, files=files, headers=headers)
    return followed(reader.http, answer)


def place(reader: Reader, content: str | bytes, name: str = "sweep.json") -> str:
    """The path at which the results in a file are shown."""
    answer = sent(reader, content, name)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"]).removeprefix(reader.http.base_url.path.rstrip("/"))


def shown(reader: Reader, content: str | bytes) -> str:
    """The page of the results in a file."""
    return reader.text(place(reader, content))


def test_what_a_sweep_writes_is_read_again() -> None:
    report = report_of(WRITTEN.encode())
    assert json.loads(msgspec.json.encode(report)) == json.loads(WRITTEN)
    assert report == msgspec.json.decode(WRITTEN, type=SweepReport)


def test_each_run_has_a_row_with_its_verdict(reader: Reader) -> None:
    text = shown(reader, with_value("scenario", "instant"))
    rows = re.findall(
        r'<tr id="run-[0-9]+" tabindex="-1" class="(failing|fine)">(.*?)</tr>', text, re.DOTALL
    )
    assert len(rows) == len(SWEPT.results)
    assert [kind for kind, _ in rows].count("failing") == 3
    assert "double-charged" in rows[0][1]
    assert "InitiatePayment#1" in rows[0][1]
    assert "lost-response" in rows[0][1]
    assert '/page/scenarios/instant">instant</a>' in text


def test_a_file_has_a_url_that_a_reload_shows_again(reader: Reader) -> None:
    path = place(reader, WRITTEN)
    assert re.fullmatch("/page/sweep/[0-9a-f]{20}", path)
    for _ in range(2):
        text = reader.text(path)
        assert text.count('<tr id="run-') == len(SWEPT.results)
        assert "sweep.json" in text
    assert place(reader, WRITTEN, "again.json") == path
    assert "again.json" in reader.text(path)
    answer = sent(reader, WRITTEN, **HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["HX-Redirect"].endswith(path)


def test_kept_results_are_listed_newest_first_with_how_they_ended(reader: Reader) -> None:
    first = place(reader, WRITTEN, "first.json")
    second = place(reader, with_value("interrupted", True), "second <b>.json")
    for path in ("/page/sweep", first):
        listed = reader.text(path).split('id="kept-sweeps"')[1].split("</ul>")[0]
        rows = [each for each in listed.split("<li>") if "href=" in each][:2]
        for row, leads_to, name in zip(
            rows, (second, first), ("second &lt;b&gt;.json", "first.json"), strict=True
        ):
            assert leads_to in row
            assert name in row
            assert "6 runs: 1 double-charged, 1 crashed" in row
            assert re.search('datetime="20', row)
        assert ["interrupted" in each for each in rows] == [True, False]
    place(reader, WRITTEN, "first.json")
    assert reader.text("/page/sweep").split('id="kept-sweeps"')[1].index(first) < 200


def test_a_file_that_is_not_kept_any_more_is_asked_for_again(reader: Reader) -> None:
    first, *others = (place(reader, with_value("seed", seed)) for seed in range(MOST_FILES + 1))
    answer = reader.get(first)
    assert answer.status_code == 404
    assert "Choose the file again." in answer.text
    assert 'id="sweep-file"' in answer.text
    for path in others:
        assert "sweep-title" in reader.text(path)
    assert reader.get("/page/sweep/nothing").status_code == 404


def test_the_bytes_of_kept_files_are_bounded_and_the_newest_is_kept_in_any_case() -> None:
    kept = KeptFiles()
    half = MOST_BYTES // 2
    sizes = (half, half, half, MOST_BYTES + 1)
    files = [sent_file("x", bytes([number]) * size) for number, size in enumerate(sizes)]
    found = []
    for each in files:
        kept.keep(each)
        found.append([kept.find(file.digest) is not None for file in files])
    assert found == [
        [True, False, False, False],
        [True, True, False, False],
        [False, True, True, False],
        [False, False, False, True],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        ("[" * 100_000, "it is nested too deep"),
        ("[]", "expected an object, got []"),
        ("{}", "simulator: is missing"),
        (with_value("runs.1.fault", 5), "runs[1].fault: expected a text, got 5"),
        (with_value("runs.0.verdict", "fine"), "runs[0].verdict: there is no 'fine'"),
        (with_value("clean.payments.0.captured", "much"), "clean.payments[0].captured: expected a"),
        (with_value("runs", {}), "runs: expected a list, got {}"),
        (with_value("summary", "\ud800"), "summary: it has half a character"),
        ("1" * 5_000, "it has a whole number of more than 4300 digits"),
        (with_value("runs.0.advice", "`a " * 6_667), "runs[0].advice: expected a text of at most"),
        (with_value("runs.0.newErrors", [""] * 1_001), "runs[0].newErrors: expected a list of at"),
        (with_value("clean.requestLog", [""] * 20_001), "clean.requestLog: expected a list of at"),
    ],
)
def test_what_is_no_result_of_a_sweep_is_told_with_its_place(
    reader: Reader, content: str | bytes, message: str
) -> None:
    for headers in (HTMX, {}):
        answer = sent(reader, content, **headers)
        assert answer.status_code == 200
        (said,) = re.findall(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
        said = said.replace("&#39;", "'")
        assert said.startswith(f"sweep.json: {message}")
        assert "\n" not in said


LOG = ["#9 2024-01-31 POST /pos/v10/payments -> 200", "#10 2024-01-31 GET /pos/v10/payments -> 200"]


def with_evidence() -> str:
    """The results with calls that the message of the first run names."""
    document = json.loads(with_value("runs.0.requestLog", LOG))
    run = document["runs"][0]
    run["requests"], run["message"] = [10], "InitiatePayment#1 was sent twice (#9, #10, #11)."
    run["advice"], run["output"] = "See request 9.", "Traceback <x>\nlast line"
    return json.dumps(document)


def test_the_matrix_has_the_verdict_on_each_call_and_fault(reader: Reader) -> None:
    text = shown(reader, WRITTEN)
    matrix = re.findall(r'<table class="stacks" id="sweep-matrix">(.*?)</table>', text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", matrix[0], re.DOTALL)
    words = [re.sub(r"<svg.*?</svg>|<[^>]+>", "|", row, flags=re.DOTALL) for row in rows]
    assert [[each for each in row.split("|") if each.strip()] for row in words] == [
        ["Call", "lost-response", "500"],
        ["InitiatePayment#1", "double-charged", "gave up"],
        ["CapturePayment#1", "survived", "survived, but noisy"],
        ["QueryPayment#4", "not struck", "crashed"],
    ]
    targets = re.findall(r'href="#(run-[0-9]+)"', matrix[0])
    assert len(targets) == 6
    assert all(f'<tr id="{each}"' in text for each in targets)


def test_a_matrix_with_more_cells_than_runs_may_be_is_left_out(reader: Reader) -> None:
    document = json.loads(WRITTEN)
    document["calls"] = [f"Call#{each}" for each in range(5001)]
    assert "sweep-matrix" not in shown(reader, json.dumps(document))


def test_each_run_has_its_calls_and_the_last_lines_of_its_output(reader: Reader) -> None:
    text = shown(reader, with_evidence())
    row = text.partition('<tr id="run-1"')[2].partition("</tr>")[0]
    assert "2 calls, exit code" in row
    assert '<li id="run-1-call-9" tabindex="-1">#9 2024-01-31' in row
    assert '<li id="run-1-call-10" tabindex="-1"><strong>#10 2024-01-31' in row
    assert "Traceback &lt;x&gt;\nlast line</pre>" in row


def test_the_number_of_a_call_in_a_text_leads_to_the_call(reader: Reader) -> None:
    text = shown(reader, with_evidence())
    assert (
        'InitiatePayment#1 was sent twice (<a href="#run-1-call-9">#9</a>, '
        '<a href="#run-1-call-10">#10</a>, #11).'
    ) in text
    assert 'See <a href="#run-1-call-9">request 9</a>.' in text


def test_a_scenario_that_the_sandbox_has_not_is_plain_text(reader: Reader) -> None:
    text = shown(reader, with_value("scenario", "not-here"))
    assert "<dd>not-here</dd>" in text


def test_without_a_file_one_is_asked_for(reader: Reader) -> None:
    assert "Choose a file" in reader.post("/page/sweep").text


@pytest.mark.parametrize(("headers", "status"), [(HTMX, 200), ({}, 413)])
def test_a_file_that_is_too_large_is_refused(
    reader: Reader, headers: dict[str, str], status: int
) -> None:
    content = " " * 1_100_000 + WRITTEN
    answer = sent(reader, content, **headers, **{"X-File-Name": "my%20sweep.json"})
    assert answer.status_code == status
    assert re.search(r"my sweep\.json is too large: 1,1\d\d,\d{3} bytes were sent", answer.text)
    assert "reads at most 1,048,576" in answer.text
    assert "--max-body" in answer.text


def test_any_form_that_is_too_large_is_told_how_much_is_read(reader: Reader) -> None:
    answer = reader.post("/page/ledger", headers=HTMX, books="x" * 1_100_000)
    assert "This form is too large: 1,100," in answer.text
    assert "reads at most 1,048,576" in answer.text


def test_what_a_file_says_is_no_html(reader: Reader) -> None:
    text = shown(reader, with_value("runs.0.message", "<script>x</script>"))
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_the_view_is_in_the_navigation_and_the_palette(reader: Reader) -> None:
    assert "/page/sweep" in reader.text("/")
    assert "/page/sweep" in reader.text("/page/find?find=sweep", **HTMX)
