"""One scenario in words, and one that is checked before it is there."""

from pathlib import Path

import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.settings.settings import Settings

from tests.support import Till


def test_a_scenario_is_told_in_words_with_its_file(till: Till) -> None:
    told = till.control("GET", "/scenarios/lost-response-capture")
    assert (told["theme"], told["uploaded"]) == ("network", False)
    assert [step["action"] for step in told["scripts"][0]] == ["check-in", "accept"]
    assert told["scripts"][0][1]["when"] == "IssuedToUser"
    assert "its response is lost" in told["faults"][0]
    assert told["expect"][-1] == "the payment ends as Captured"
    assert told["yaml"].startswith("summary: ")


def test_an_upload_belongs_to_the_sandbox(till: Till) -> None:
    till.http.put("/_simulator/scenarios/mine", content=b"summary: Nobody comes.")
    assert till.control("GET", "/scenarios/mine")["theme"] == "sandbox"
    listed = {each["name"]: each for each in till.control("GET", "/scenarios")["scenarios"]}
    assert (listed["mine"]["theme"], listed["success"]["theme"]) == ("sandbox", "payment")


def test_an_upload_is_removed_and_what_it_hid_is_there_again(till: Till) -> None:
    for name in ("mine", "rejection"):
        till.http.put(f"/_simulator/scenarios/{name}", content=b"summary: Nobody comes.")
        assert till.control("GET", f"/scenarios/{name}")["hides"] is (name == "rejection")
        assert till.http.delete(f"/_simulator/scenarios/{name}").status_code == 204
    assert till.http.get("/_simulator/scenarios/mine").status_code == 404
    assert not till.control("GET", "/scenarios/rejection")["uploaded"]


def test_the_hidden_scenario_is_played_again_where_the_default_is_removed(till: Till) -> None:
    till.http.put("/_simulator/scenarios/manual", content=b"summary: Nobody comes.")
    assert till.http.delete("/_simulator/scenarios/manual").status_code == 204
    listed = till.control("GET", "/scenarios")
    assert listed["default"] == "manual"
    assert not till.control("GET", "/scenarios/manual")["uploaded"]


def test_what_is_in_a_file_or_queued_is_not_removed(till: Till) -> None:
    till.http.put("/_simulator/scenarios/mine", content=b"summary: Nobody comes.")
    till.control("POST", "/scenarios/next", {"scenario": "mine"})
    for name, reason in (("success", "in a file"), ("mine", "queued as R1")):
        answer = till.http.delete(f"/_simulator/scenarios/{name}")
        assert (answer.status_code, reason in answer.json()["error"]) == (400, True)
    assert till.http.delete("/_simulator/scenarios/nothing").status_code == 404
    till.control("DELETE", "/scenarios/next")
    assert till.http.delete("/_simulator/scenarios/mine").status_code == 204


def test_an_upload_that_no_call_could_remove_is_refused(till: Till) -> None:
    answer = till.http.put("/_simulator/scenarios/next", content=b"summary: Nobody comes.")
    assert answer.status_code == 400
    assert "choose another name" in answer.json()["error"]
    assert till.http.get("/_simulator/scenarios/next").status_code == 404
    checked = till.http.post("/_simulator/scenarios/check?name=next", content=b"summary: x").json()
    assert [each["field"] for each in checked["problems"]] == ["name"]


def test_a_file_can_have_the_name_that_no_upload_can_have(tmp_path: Path) -> None:
    (tmp_path / "next.yaml").write_text("summary: Of a file.")
    with create_app(Settings(scenarios=tmp_path)).test_client() as http:
        shown = http.get("/_simulator/scenarios/next").get_json()
        assert shown["summary"] == "Of a file."
        queued = http.post("/_simulator/scenarios/next", json={"scenario": "next"})
        assert queued.status_code == 200


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
        (b"summary: x\nsteps:\n  - include: nothing", 3, "no scenario 'nothing'"),
        # What is missing at the end is missing where the text ends.
        (b"steps: [", 1, ""),
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


def queued(till: Till) -> list[tuple[str, str]]:
    """What waits for a payment: scenario and run."""
    listed = till.control("GET", "/scenarios")["queued"]
    return [(each["scenario"], each["run"]) for each in listed]


def test_a_queued_scenario_is_taken_back_by_its_run(till: Till) -> None:
    for name in ("rejection", "instant", "success"):
        till.control("POST", "/scenarios/next", {"scenario": name})
    assert queued(till) == [("rejection", "R1"), ("instant", "R2"), ("success", "R3")]
    till.control("DELETE", "/scenarios/next/R1")
    assert queued(till) == [("instant", "R2"), ("success", "R3")]
    assert till.http.get("/_simulator/runs/R1").status_code == 404
    pos_id = till.create_pos()
    assert till.status(till.initiate(pos_id)) == "Reserved"
    assert queued(till) == [("success", "R3")]


def test_all_queued_scenarios_are_taken_back_at_once(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "rejection", "times": 3})
    till.control("DELETE", "/scenarios/next")
    assert queued(till) == []
    assert till.control("GET", "/runs")["runs"] == []
    till.control("DELETE", "/scenarios/next")


@pytest.mark.parametrize("run", ["R1", "R7", "x%20y"])
def test_what_does_not_wait_can_not_be_taken_back(till: Till, run: str) -> None:
    till.initiate(till.create_pos(), scenario="instant")
    answer = till.http.delete(f"/_simulator/scenarios/next/{run}")
    assert answer.status_code == 404
    assert "waits for a payment" in answer.json()["error"]


def test_a_run_that_wants_another_payment_waits_no_more_once_taken_back(till: Till) -> None:
    text = b"summary: Two.\npayments:\n  - steps: []\n  - steps: []\n"
    answer = till.http.put("/_simulator/scenarios/two", content=text)
    assert answer.is_success, answer.text
    till.control("POST", "/scenarios/next", {"scenario": "two"})
    till.initiate(till.create_pos())
    assert queued(till) == [("two", "R1")]
    till.control("DELETE", "/scenarios/next/R1")
    assert queued(till) == []
    assert len(till.control("GET", "/runs/R1")["payments"]) == 1


def test_faults_of_the_sandbox_and_the_queue_are_told_as_changes(till: Till) -> None:
    place = till.control("GET", "/changes")["id"]
    till.http.put("/_simulator/faults", content=b"faults: [{call: CapturePayment, delay: 1s}]")
    assert "faults" in till.control("GET", f"/changes?after={place}")["changes"]
