"""One scenario in words, and one that is checked before it is there."""

import pytest

from tests.support import Till


def test_a_scenario_is_told_in_words_with_its_file(till: Till) -> None:
    told = till.control("GET", "/scenarios/lost-response-capture")
    assert (told["theme"], told["uploaded"]) == ("network", False)
    assert [step["action"] for step in told["scripts"][0]] == ["check-in", "accept"]
    assert told["scripts"][0][1]["when"] == "IssuedToUser"
    assert "connection breaks" in told["faults"][0]
    assert told["expect"][-1] == "the payment ends Captured"
    assert told["yaml"].startswith("summary: ")


def test_an_upload_belongs_to_the_sandbox(till: Till) -> None:
    till.http.put("/_simulator/scenarios/mine", content=b"summary: Nobody comes.")
    assert till.control("GET", "/scenarios/mine")["theme"] == "sandbox"
    listed = {each["name"]: each for each in till.control("GET", "/scenarios")["scenarios"]}
    assert (listed["mine"]["theme"], listed["success"]["theme"]) == ("sandbox", "payment")


def test_a_scenario_that_is_not_there_names_the_nearest(till: Till) -> None:
    answer = till.http.get("/_simulator/scenarios/rejektion")
    assert answer.status_code == 404
    assert "did you mean 'rejection'?" in answer.json()["error"]


def test_a_right_scenario_is_checked_and_told_but_not_taken_in(till: Till) -> None:
    text = b"summary: Nobody comes.\nsteps:\n  - include: success\n"
    found = till.http.post("/_simulator/scenarios/check", content=text).json()
    assert (found["valid"], found["problems"]) == (True, [])
    assert [step["action"] for step in found["scripts"][0]] == ["check-in", "accept"]
    assert till.http.get("/_simulator/scenarios/unnamed").status_code == 404


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"summary: x\nsteps:\n  - do: acept", 3, "did you mean 'accept'?"),
        (b"summary: x\nsteps:\n  - include: nothing", 1, "no scenario 'nothing'"),
        (b"steps: [", 2, ""),
        (b"\xff\xfe", 1, "is not UTF-8 text"),
        (b"", 1, ""),
    ],
)
def test_a_mistake_is_told_with_its_line(till: Till, text: bytes, line: int, message: str) -> None:
    answer = till.http.post("/_simulator/scenarios/check", content=text)
    assert answer.status_code == 200
    (problem, *_) = answer.json()["problems"]
    assert problem["line"] == line
    assert message in problem["message"]


def test_the_newest_runs_are_told_where_so_many_are_asked_for(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "success", "times": 3})
    runs = till.control("GET", "/runs?limit=2")["runs"]
    assert [each["id"] for each in runs] == ["R2", "R3"]
