"""A scenario is played and drawn without a till, and nothing in the sandbox changes."""

import threading
from xml.etree import ElementTree

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.scripting.files import certification_folder
from mobilepay_simulator.scripting.schema import scenario_schema
from mobilepay_simulator.settings.settings import Settings

from tests.support import RunningServer, Till

REJECTION = b"""summary: Slow, then no.
steps:
  - after: 1s
    do: check-in
  - when: IssuedToUser
    after: 5m
    do: cancel-by-user
expect:
  - final_state: CancelledByUser
"""
CASE = (certification_folder() / "onboarding" / "certify-create-pos.yaml").read_bytes()


def test_a_scenario_is_played_to_its_verdict(till: Till) -> None:
    played = till.control("GET", "/scenarios/lost-response-capture/preview")
    assert (played["scenario"], played["verdict"]) == ("lost-response-capture", "passed")
    assert {each["verdict"] for each in played["expectations"]} == {"passed"}
    calls = [each.get("operation") for each in played["timeline"]["entries"]]
    assert calls.count("CapturePayment") == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_play_begins_at_the_time_of_the_sandbox(till: Till, method: str) -> None:
    till.control("PUT", "/clock", {"scale": 0})
    till.advance(days=400)
    path, content = ("/rejection/preview", b"") if method == "GET" else ("/preview", REJECTION)
    answer = till.http.request(method, f"/_simulator/scenarios{path}", content=content)
    first = answer.json()["timeline"]["entries"][0]["at"]
    assert first[:19] == till.control("GET", "/clock")["now"][:19]


def test_what_is_written_is_played_before_it_is_saved(till: Till) -> None:
    answer = till.http.post("/_simulator/scenarios/preview", content=REJECTION)
    (end, *_) = answer.json()["timeline"]["entries"][::-1]
    assert answer.json()["verdict"] == "passed"
    assert end["kind"] in ("call", "event")
    assert till.http.get("/_simulator/scenarios/unnamed").status_code == 404


def test_what_is_written_is_played_under_the_name_it_is_to_have(till: Till) -> None:
    path = "/_simulator/scenarios/preview?name=slow-rejection"
    played = till.http.post(path, content=REJECTION).json()
    events = [each["event"] for each in played["timeline"]["entries"] if each.get("event")]
    started = next(each for each in events if each["event"] == "ScriptStarted")
    assert (played["scenario"], started["scenario"]) == ("slow-rejection", "slow-rejection")
    wrong = till.http.post(path, content=b"summary: x\nstep: []\n").json()["error"]
    assert "(line 2: unknown field 'step'" in wrong
    assert "slow-rejection" not in wrong


def test_mistakes_in_what_is_written_name_its_lines_and_no_file(till: Till) -> None:
    text = b"summary: x\nsteps:\n  - do: acept\n  - do: leve\n"
    answer = till.http.post("/_simulator/scenarios/preview", content=text)
    first, second = answer.json()["error"].splitlines()
    assert answer.status_code == 400
    assert "(line 3: steps[0].do: unknown action 'acept'" in first
    assert second.startswith("line 4: steps[1].do: unknown action 'leve'")
    case = till.http.post("/_simulator/scenarios/preview", content=CASE).json()
    assert "unnamed" not in case.get("error", "")


def test_a_play_changes_nothing_in_the_sandbox(till: Till) -> None:
    before = till.control("GET", "/changes")["id"]
    till.control("GET", "/scenarios/refund/preview")
    till.http.post("/_simulator/scenarios/preview", content=REJECTION)
    assert till.control("GET", "/changes")["id"] == before
    assert not till.control("GET", "/payments")["payments"]


@pytest.mark.parametrize("format", ["svg", "mermaid"])
def test_a_play_is_drawn(till: Till, format: str) -> None:
    path = f"/_simulator/scenarios/rejection/preview?format={format}"
    drawn = till.http.get(path).raise_for_status().text
    written = till.http.post(
        f"/_simulator/scenarios/preview?format={format}", content=REJECTION
    ).text
    for each in (drawn, written):
        if format == "mermaid":
            assert each.startswith("sequenceDiagram")
        else:
            assert ElementTree.fromstring(each).tag.endswith("svg")
    assert "Scenario rejection" in drawn


def test_a_play_of_days_is_drawn_from_its_begin(till: Till) -> None:
    path = "/_simulator/scenarios/inactive-too-long/preview?format=mermaid"
    drawn = till.http.get(path).text
    assert "InitiatePayment" in drawn
    assert "more times, answered alike" in drawn


def test_a_scenario_of_the_sandbox_is_played_with_what_it_includes(till: Till) -> None:
    till.http.put("/_simulator/scenarios/first", content=b"summary: x\nsteps: [do: check-in]\n")
    text = b"summary: x\nsteps:\n  - include: first\n  - when: IssuedToUser\n    do: accept\n"
    till.http.put("/_simulator/scenarios/whole", content=text)
    for answer in (
        till.http.get("/_simulator/scenarios/whole/preview"),
        till.http.post("/_simulator/scenarios/preview", content=text),
    ):
        states = [
            (each.get("event") or {}).get("after") for each in answer.json()["timeline"]["entries"]
        ]
        assert "Reserved" in states


@pytest.mark.parametrize(
    ("method", "path", "text", "status", "message"),
    [
        ("GET", "/scenarios/rejektion/preview", b"", 404, "did you mean 'rejection'?"),
        ("GET", "/scenarios/rejection/preview?format=png", b"", 400, "format: "),
        ("POST", "/scenarios/preview", b"summary: x\nsteps: [do: acept]", 400, "did you mean"),
        ("POST", "/scenarios/preview", b"\xff", 400, "is not UTF-8 text"),
        ("POST", "/scenarios/preview?name=No+Name", b"summary: x", 400, "name: "),
        ("POST", "/scenarios/preview", CASE, 400, "only certifications run it"),
        (
            "POST",
            "/scenarios/preview?format=svg",
            b"summary: x\ntill: [create-pos]\n",
            400,
            "nothing to draw",
        ),
    ],
)
def test_what_can_not_be_played_is_told(
    till: Till, method: str, path: str, text: bytes, status: int, message: str
) -> None:
    answer = till.http.request(method, f"/_simulator{path}", content=text)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_a_play_that_takes_too_long_is_ended() -> None:
    app = create_app(Settings())
    moments = iter(range(0, 10**6, 3))
    app.context.wall_time = lambda: float(next(moments))
    answer = app.test_client().get("/_simulator/scenarios/inactive-too-long/preview")
    assert answer.status_code == 400
    assert "longer than 10 real seconds" in (answer.json or {})["error"]


def test_a_play_ends_where_the_server_stops() -> None:
    app = create_app(Settings())
    app.context.stopping.set()
    answer = app.test_client().get("/_simulator/scenarios/inactive-too-long/preview")
    assert (answer.status_code, (answer.json or {})["error"]) == (503, "the simulator stops")


def test_a_play_beyond_the_end_of_time_says_where_the_clock_stops(till: Till) -> None:
    text = f"summary: x\ntill: [{', '.join(['{wait: 36500d}'] * 100)}]"
    played = till.http.post("/_simulator/scenarios/preview", content=text).json()
    assert played["verdict"] == "failed"
    assert "the clock stops at 9000-01-01" in played["gaveUp"]


def test_others_are_answered_while_a_play_is_made(server: RunningServer) -> None:
    done, answers, count = threading.Event(), [], 0

    def play() -> None:
        url = f"{server.url}/_simulator/scenarios/inactive-too-long/preview"
        answers.append(httpx.get(url, timeout=60))
        done.set()

    playing = threading.Thread(target=play)
    playing.start()
    with httpx.Client(base_url=server.url, timeout=60) as http:
        while not done.is_set():
            assert http.get("/_simulator/health").is_success
            count += 1
    playing.join()
    assert answers[0].json()["verdict"] == "passed"
    assert count >= 5


def test_a_server_that_refuses_uncertified_clients_plays_all_the_same() -> None:
    http = create_app(Settings(require_certified=True)).test_client()
    answer = http.get("/_simulator/scenarios/success/preview")
    assert (answer.json or {})["verdict"] == "passed"


@pytest.mark.parametrize(("name", "wrong"), [("Mine", "lower case"), ("a b", ""), ("a/b", "")])
def test_a_wrong_name_is_told_beside_the_mistakes_of_the_text(
    till: Till, name: str, wrong: str
) -> None:
    path = "/_simulator/scenarios/check"
    answer = till.http.post(path, params={"name": name}, content=b"summary: x\nstep: []")
    first, second = answer.json()["problems"]
    assert first["field"] == "name"
    assert wrong in first["message"]
    assert second["line"] == 2
    right = till.http.post(path, params={"name": "mine"}, content=b"summary: x").json()
    assert (right["valid"], right["name"]) == (True, "mine")


@pytest.mark.parametrize(
    ("text", "column", "field"),
    [
        ("summary: x\nsteps: [{after: 1s, do: jump}]", 25, "steps[0].do"),
        ("summary: x\nexpect: [{calls_in_order: []}]", 27, "expect[0].calls_in_order"),
        ("summary: x\nfaults: [{call: GetPos, delay: 1s, chance: NaN}]", 44, "faults[0].chance"),
    ],
)
def test_what_is_left_empty_or_is_no_number_is_a_mistake_with_its_place(
    till: Till, text: str, column: int, field: str
) -> None:
    checked = till.http.post("/_simulator/scenarios/check", content=text).json()
    (mistake,) = checked["problems"]
    assert (mistake["line"], mistake["column"], mistake["field"]) == (2, column, field)
    put = till.http.put("/_simulator/scenarios/mine", content=text)
    assert put.status_code == 400
    assert f"mine.yaml:2:{column}: {field}" in put.json()["error"]
    assert "mine" not in till.http.get("/_simulator/scenarios").text


def test_the_schema_of_scenario_files_is_there_for_editors(till: Till) -> None:
    assert till.control("GET", "/scenario.schema.json") == scenario_schema()
