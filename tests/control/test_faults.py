"""Faults of a whole sandbox: what goes wrong whatever scenario is at work."""

import json

import httpx
import pytest
from mobilepay_simulator import Simulator

from tests.support import RunningServer, Till, fresh

SECOND_POS = """
faults:
  - call: CreatePos
    nth: 2
    answer: {status: 503, code: "1"}
"""


def put(till: Till, text: str) -> httpx.Response:
    return till.http.put("/_simulator/faults", content=text)


def posts(till: Till, count: int) -> list[int]:
    """The statuses of so many points of sale that are made."""
    return [till.call("POST", "/pointofsales", till.pos_body()).status_code for _ in range(count)]


def test_a_fault_strikes_before_there_is_any_payment(till: Till) -> None:
    assert put(till, SECOND_POS).status_code == 200
    assert posts(till, 3) == [200, 503, 200]


def add(till: Till, **body: object) -> httpx.Response:
    return till.http.post("/_simulator/faults", json=body)


def test_a_word_adds_a_fault_to_those_there_are(till: Till) -> None:
    put(till, SECOND_POS)
    assert add(till, call="CreatePos", fault="500").status_code == 200
    shown = add(till, call="CreateRefund", fault="lost", times=None).json()["faults"]
    assert [each["call"] for each in shown] == [["CreatePos"], ["CreatePos"], ["CreateRefund"]]
    assert posts(till, 3) == [500, 503, 200]


def test_work_is_done_where_an_answer_is_lost_and_not_where_the_connection_is_reset(
    till: Till,
) -> None:
    for fault, made in (("lost", 1), ("reset", 1), ("timeout", 2)):
        add(till, call="CreatePos", fault=fault)
        with pytest.raises(httpx.TransportError):
            till.call("POST", "/pointofsales", till.pos_body(), timeout=1)
        till.http.delete("/_simulator/faults")
        assert till.http.get("/_simulator/points-of-sale").json()["total"] == made


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"call": "CreatPos", "fault": "lost"}, ("call", "'CreatePos'")),
        ({"call": "CreatePos", "fault": "losd"}, ("fault", "'lost'")),
        ({"call": "CreatePos", "fault": "200"}, ("fault", "400 to 599")),
        ({"call": "CreatePos", "fault": "lost", "times": 0}, ("times",)),
        ({"call": "CreatePos"}, ("fault", "missing")),
    ],
)
def test_a_fault_that_is_none_is_refused(
    till: Till, body: dict[str, object], words: tuple[str, ...]
) -> None:
    answer = add(till, **body)
    assert answer.status_code == 400
    for word in words:
        assert word in answer.json()["error"]


def test_a_token_can_be_struck(till: Till) -> None:
    put(till, "faults:\n  - {call: Token, first: 1, answer: {status: 500}}")
    form = {"grant_type": "client_credentials"}
    path = "/integrator-authentication/connect/token"
    auth = (till.client_id, till.secret)
    statuses = [till.http.post(path, data=form, auth=auth).status_code for _ in range(2)]
    assert statuses == [500, 200]


def test_calls_are_counted_across_payments_and_scenarios(till: Till) -> None:
    put(till, "faults:\n  - {call: CapturePayment, nth: 2, answer: {status: 500}}")
    for scenario, expected in (("instant", 200), ("instant", 500), ("instant", 200)):
        payment_id = till.initiate(till.create_pos(), scenario=scenario)
        answer = till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
        assert answer.status_code == expected


def test_a_fault_of_the_scenario_gives_way_but_counts_the_call(till: Till) -> None:
    text = "summary: x\nfaults:\n  - {call: InitiatePayment, first: 1, answer: {status: 501}}"
    till.http.put("/_simulator/scenarios/odd", content=text)
    till.control("POST", "/scenarios/next", {"scenario": "odd"})
    put(till, "faults:\n  - {call: InitiatePayment, first: 1, answer: {status: 502}}")
    body = till.payment_body(till.create_pos())
    statuses = [till.call("POST", "/payments", body, key="k").status_code for _ in range(2)]
    assert statuses == [502, 200]


def test_calls_that_are_refused_before_any_work_are_not_counted(till: Till) -> None:
    put(till, SECOND_POS)
    assert till.call("POST", "/pointofsales", {}).status_code == 400
    assert posts(till, 2) == [200, 503]


def test_what_a_test_does_aside_is_not_counted(till: Till) -> None:
    put(till, SECOND_POS)
    aside = {"X-Simulator-Aside": "true"}
    for _ in range(2):
        till.ok("POST", "/pointofsales", till.pos_body(), headers=aside)
    assert posts(till, 2) == [200, 503]


def test_a_new_list_begins_to_count_anew(till: Till) -> None:
    put(till, SECOND_POS)
    posts(till, 1)
    put(till, SECOND_POS)
    assert posts(till, 2) == [200, 503]


def test_they_are_shown_with_their_counts(till: Till) -> None:
    put(till, SECOND_POS)
    posts(till, 1)
    (shown,) = till.control("GET", "/faults")["faults"]
    assert shown == {
        "id": 0,
        "fault": "the second CreatePos returns 503 with code 1",
        "call": ["CreatePos"],
        "calls": 1,
        "left": 1,
    }


def test_one_is_removed_by_its_id_and_the_others_keep_their_counts(till: Till) -> None:
    put(till, SECOND_POS)
    add(till, call="CreatePos", fault="500", times=2)
    posts(till, 1)
    assert till.http.delete("/_simulator/faults/1").status_code == 204
    (left,) = till.control("GET", "/faults")["faults"]
    assert (left["id"], left["calls"], left["left"]) == (0, 1, 1)
    assert posts(till, 2) == [503, 200]


def test_each_call_uses_up_one_of_two_faults_that_were_posted(till: Till) -> None:
    add(till, call="CreatePos", fault="500")
    add(till, call="CreatePos", fault="503")
    assert posts(till, 1) == [500]
    assert [each["left"] for each in till.control("GET", "/faults")["faults"]] == [0, 1]
    assert posts(till, 2) == [503, 200]


def test_a_fault_that_is_posted_is_told_by_how_many_calls_it_is_for(till: Till) -> None:
    add(till, call="CreatePos", fault="reset")
    shown = add(till, call="CreatePos", fault="lost", times=3).json()["faults"]
    assert [each["fault"].partition(" CreatePos")[0] for each in shown] == ["one", "each of 3"]


def test_an_id_of_a_fault_that_is_gone_is_never_that_of_another(till: Till) -> None:
    add(till, call="CreatePos", fault="500")
    till.http.delete("/_simulator/faults")
    add(till, call="CreatePos", fault="503")
    assert till.http.delete("/_simulator/faults/0").status_code == 404
    assert posts(till, 1) == [503]


def test_ids_are_not_given_out_anew_after_a_snapshot_is_loaded(till: Till) -> None:
    add(till, call="CreatePos", fault="500")
    till.http.delete("/_simulator/faults")
    snapshot = till.http.get("/_simulator/snapshot").content
    assert till.http.put("/_simulator/snapshot", content=snapshot).status_code == 200
    shown = add(till, call="CreatePos", fault="503").json()["faults"]
    assert [each["id"] for each in shown] == [1]


WORDS_OF_TOKEN_FAULTS = {
    ("Token", "500"): "server_error",
    ("Token", "503"): "temporarily_unavailable",
}


@pytest.mark.parametrize(("call", "status"), WORDS_OF_TOKEN_FAULTS)
def test_a_fault_of_the_token_endpoint_is_told_by_oauths_word(
    till: Till, call: str, status: str
) -> None:
    (shown,) = add(till, call=call, fault=status).json()["faults"]
    assert WORDS_OF_TOKEN_FAULTS[call, status] in shown["fault"]
    assert "2000" not in shown["fault"]


def test_a_fault_of_the_token_endpoint_and_another_call_is_told_by_both_words(till: Till) -> None:
    put(till, "faults:\n  - {call: [Token, CreatePos], answer: {status: 500}}")
    (shown,) = till.control("GET", "/faults")["faults"]
    assert "2000" in shown["fault"] and "server_error" in shown["fault"]


def test_a_list_that_is_too_long_is_answered_413(till: Till) -> None:
    answer = put(till, "faults: []\n" + "#" * 300_000)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]


@pytest.mark.parametrize("fault_id", ["7", "-1", "x"])
def test_a_fault_that_is_not_there_is_not_removed(till: Till, fault_id: str) -> None:
    put(till, SECOND_POS)
    answer = till.http.delete(f"/_simulator/faults/{fault_id}")
    assert answer.status_code == 404
    assert "there are: 0" in answer.json()["error"]
    assert len(till.control("GET", "/faults")["faults"]) == 1


def test_how_many_calls_a_fault_has_left_is_told(till: Till) -> None:
    add(till, call="CreatePos", fault="500", times=2)
    add(till, call="GetPos", fault="500", times=None)
    assert [each["left"] for each in till.control("GET", "/faults")["faults"]] == [2, None]
    posts(till, 3)
    assert [each["left"] for each in till.control("GET", "/faults")["faults"]] == [0, None]


@pytest.mark.parametrize(
    "way",
    [
        lambda till: till.http.delete("/_simulator/faults"),
        lambda till: put(till, "faults: []"),
        lambda till: till.http.post("/_simulator/reset"),
    ],
    ids=["DELETE", "an empty list", "a reset"],
)
def test_they_can_be_taken_away(till: Till, way: "type[Till]") -> None:
    put(till, SECOND_POS)
    way(till)
    assert till.control("GET", "/faults")["faults"] == []
    assert posts(till, 2) == [200, 200]


WRONG = [
    ("", "faults.yaml:1:1: "),
    ("[]", "faults.yaml:1:1: "),
    ("faults:\n  - {call: CapturePayment}", "faults.yaml:2:5: "),
    ("faults:\n  - {call: CaptureRefunds, cut: mid_body}", "did you mean 'CaptureRefund'"),
    ("fault: []", "did you mean 'faults'"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_mistake_is_told_with_its_place(till: Till, text: str, said: str) -> None:
    put(till, SECOND_POS)
    answer = put(till, text)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert len(till.control("GET", "/faults")["faults"]) == 1


def test_bytes_that_are_no_text_are_refused(till: Till) -> None:
    answer = till.http.put("/_simulator/faults", content=b"\xff")
    assert answer.status_code == 400
    assert "faults.yaml: is not UTF-8 text" in answer.json()["error"]


def test_they_go_on_counting_in_a_snapshot(server: RunningServer, till: Till) -> None:
    put(till, SECOND_POS + "  - {call: GetStores, nth: 900, delay: 1ms}\n")
    posts(till, 1)
    content = till.http.get("/_simulator/snapshot").content
    with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('elsewhere')}") as http:
        elsewhere = Till(http)
        assert http.put("/_simulator/snapshot", content=content).status_code == 200
        assert posts(elsewhere, 2) == [503, 200]
        assert elsewhere.control("GET", "/faults") == till.control("GET", "/faults") | {
            "faults": [
                each | {"calls": each["calls"] + 2, "left": int(each["call"] == ["GetStores"])}
                for each in till.control("GET", "/faults")["faults"]
            ]
        }
    assert json.loads(content)["version"] == 2


def test_a_call_can_be_held_until_the_payment_it_makes_is_reserved(till: Till) -> None:
    put(till, "faults:\n  - {call: InitiatePayment, hold: {until: Reserved, at_most: 5s}}")
    assert till.status(till.initiate(till.create_pos(), scenario="instant")) == "Reserved"


def test_the_explanation_says_that_no_scenario_did_it(till: Till) -> None:
    put(till, SECOND_POS)
    posts(till, 2)
    (struck,) = (each for each in till.control("GET", "/requests")["requests"] if each["fault"])
    said = "\n".join(till.control("GET", f"/explain/{struck['id']}")["paragraphs"])
    assert "A fault of the whole sandbox applied: the second CreatePos" in said


def test_it_says_so_too_where_a_scenario_plays_the_customer(till: Till) -> None:
    put(till, "faults:\n  - {call: CapturePayment, nth: 1, answer: {status: 500}}")
    payment_id = till.reserved()
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    (struck,) = (each for each in till.control("GET", "/requests")["requests"] if each["fault"])
    said = "\n".join(till.control("GET", f"/explain/{struck['id']}")["paragraphs"])
    assert "the scenario instant (run" in said
    assert "A fault of the whole sandbox applied" in said


def test_the_journal_says_which_calls_are_counted_and_which_are_struck(till: Till) -> None:
    till.create_pos()
    put(till, "faults:\n  - {call: [GetStores, InitiatePayment], nth: 2, answer: {status: 500}}")
    payment = till.payment_body(till.create_pos())
    till.call("POST", "/payments", payment, key=None, headers={"X-Simulator-Aside": "true"})
    till.call("GET", "/stores", headers={"Authorization": None})
    for _ in range(2):
        till.call("GET", "/stores")
    found = till.control("GET", "/requests?operation=GetStores")["requests"][-3:]
    assert [(each["answer"]["status"], each["counted"], each["struck"]) for each in found] == [
        (401, False, False),
        (500, True, True),
        (200, True, False),
    ]
    struck = till.control("GET", "/requests?struck=true")["requests"]
    assert [each["id"] for each in struck] == [found[1]["id"]]


def test_a_fault_that_never_strikes_leaves_the_scenarios_own_at_work(till: Till) -> None:
    put(till, "faults:\n  - {call: InitiatePayment, nth: 1000000, delay: 0ms}")
    pos_id = till.create_pos()
    lost = {"X-Simulator-Scenario": "lost-response-initiate"}
    with pytest.raises(httpx.TransportError):
        till.call("POST", "/payments", till.payment_body(pos_id), headers=lost)
    (call,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    assert (call["counted"], call["struck"]) == (True, False)
    assert call["fault"]


def test_a_chance_follows_from_the_seed(till: Till) -> None:
    def struck() -> list[int]:
        till.control("POST", "/reset")
        till._token = None
        put(till, "faults:\n  - {call: GetStores, chance: 0.5, answer: {status: 500}}")
        return [till.call("GET", "/stores").status_code for _ in range(20)]

    first = struck()
    assert set(first) == {200, 500}
    assert struck() == first


def test_the_typed_client_puts_and_drops_them() -> None:
    with Simulator() as simulator, simulator.sandbox() as sandbox:
        sandbox.control.put_faults(SECOND_POS)
        (shown,) = sandbox.control.faults()
        assert (shown.call, shown.calls) == (("CreatePos",), 0)
        sandbox.control.drop_faults()
        assert sandbox.control.faults() == ()
