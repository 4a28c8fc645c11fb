"""X-Simulator-Scenario: a payment asks for the scenario that plays its customer."""

import pytest

from tests.api.calls import AUTHORIZATION, TERMS, events, outcome, ready, shortly
from tests.support import Till

SCENARIO = "X-Simulator-Scenario"


def prepare(till: Till, scenario: str) -> str:
    body = {"posId": till.create_pos(), "orderId": "order"}
    headers = {SCENARIO: scenario}
    return str(till.ok("POST", "/payments/prepare", body, headers=headers)["paymentId"])


@pytest.mark.parametrize(
    ("scenario", "minutes", "status"),
    [
        ("instant", 0, "Reserved"),
        ("success", 1, "Reserved"),
        ("rejection", 1, "CancelledByUser"),
        ("cancelled-by-mobilepay", 1, "CancelledByMobilePay"),
        ("slow-customer", 3, "Reserved"),
        ("expiry", 5, "ExpiredAndCancelled"),
        ("partial-capture", 1, "Reserved"),
        ("platform-sunset", 59, "Initiated"),
        ("manual", 1, "Initiated"),
    ],
)
def test_a_payment_takes_the_course_its_header_names(
    till: Till, scenario: str, minutes: int, status: str
) -> None:
    payment_id = till.initiate(till.create_pos(), scenario=scenario)
    till.advance(minutes=minutes)

    assert till.status(payment_id) == status


def test_a_prepared_payment_may_ask_for_a_scenario_too(till: Till) -> None:
    payment_id = prepare(till, "prepared-success")
    till.advance(seconds=10)
    assert till.status(payment_id) == "Paired"

    ready(till, payment_id)
    till.advance(seconds=10)
    assert till.status(payment_id) == "Reserved"


def test_the_header_is_the_same_in_any_case(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    payment_id = till.ok("POST", "/payments", body, headers={SCENARIO.upper(): "instant"})

    assert till.status(payment_id["paymentId"]) == "Reserved"


@pytest.mark.parametrize("path", ["/payments", "/payments/prepare"])
@pytest.mark.parametrize(
    "name", ["sucess", "", "Success", "../instant", "instant.yaml", "x" * 999], ids=shortly
)
def test_an_unknown_scenario_is_a_bad_request_and_starts_nothing(
    till: Till, path: str, name: str
) -> None:
    body = till.payment_body(till.create_pos())
    before = events(till)
    answer = till.call("POST", path, body, headers={SCENARIO: name})

    assert outcome(answer) == (400, "1099")
    assert SCENARIO in answer.json()["message"]
    assert events(till) == before


def test_the_refusal_names_the_nearest_scenario(till: Till) -> None:
    answer = till.call("POST", "/payments", TERMS, headers={SCENARIO: "sucess"})

    assert "'success'" in answer.json()["message"]


def test_a_scenario_is_looked_up_only_for_known_callers(till: Till) -> None:
    headers = {SCENARIO: "unknown", AUTHORIZATION: None}

    assert till.call("POST", "/payments", TERMS, headers=headers).status_code == 401


def test_other_calls_ignore_the_header(till: Till) -> None:
    headers = {SCENARIO: "unknown"}

    assert till.call("GET", "/stores", headers=headers).status_code == 200
    assert till.call("POST", "/pointofsales", till.pos_body(), headers=headers).status_code == 200


def test_the_scenario_is_no_part_of_what_an_idempotency_key_stands_for(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    first = till.ok("POST", "/payments", body, key="key", headers={SCENARIO: "manual"})
    again = till.ok("POST", "/payments", body, key="key", headers={SCENARIO: "instant"})

    assert again == first
    assert till.status(first["paymentId"]) == "Initiated"


def test_a_queued_scenario_wins_over_the_header(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "instant"})
    first = till.initiate(till.create_pos(), scenario="manual")
    second = till.initiate(till.create_pos(), scenario="manual")

    assert (till.status(first), till.status(second)) == ("Reserved", "Initiated")


def test_each_payment_has_its_own(till: Till) -> None:
    scenarios = ("instant", "manual", "rejection", "success")
    payments = [till.initiate(till.create_pos(), scenario=each) for each in scenarios]
    till.advance(minutes=1)

    assert [till.status(each) for each in payments] == [
        "Reserved",
        "Initiated",
        "CancelledByUser",
        "Reserved",
    ]
