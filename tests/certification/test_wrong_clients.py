"""Each wrong client fails just the cases that are about what it does wrong, and is told why."""

import pytest
from mobilepay_simulator.app import SimulatorApp

from tests.certification.candidates import Hall
from tests.certification.wrong_clients import WRONG, Wrong

IDS = [f"{each.client.__name__}-{each.section}" for each in WRONG]


def examined(wrong: Wrong, app: SimulatorApp) -> Hall:
    hall = Hall(app, wrong.client)
    hall.open(sections=[wrong.section])
    hall.go_through()
    return hall


@pytest.mark.parametrize("wrong", WRONG, ids=IDS)
def test_a_wrong_client_fails_exactly_the_right_cases(wrong: Wrong, app: SimulatorApp) -> None:
    states = examined(wrong, app).states()
    assert {name for name, state in states.items() if state != "passed"} == set(wrong.fails)


@pytest.mark.parametrize("wrong", WRONG, ids=IDS)
def test_it_is_told_what_it_did_and_what_to_do(wrong: Wrong, app: SimulatorApp) -> None:
    cases = examined(wrong, app).cases()
    for name, words in wrong.fails.items():
        assert words in cases[name]["why"]
        assert cases[name]["advice"].endswith(".")


@pytest.mark.parametrize("wrong", WRONG, ids=IDS)
def test_the_steps_it_got_wrong_name_the_calls(wrong: Wrong, app: SimulatorApp) -> None:
    hall = examined(wrong, app)
    for name in wrong.fails:
        case = hall.cases()[name]
        broken = [step for step in case["steps"] if step["state"] in ("broken", "missed")]
        assert broken
        for step in broken:
            assert step["request"] is None or step["request"] in case["requests"]


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len({each.client for each in WRONG}) >= 20
