"""Whatever is called in whatever order, the simulator answers as its documentation does.

And a simulator that does not is found out: `wrong_engines.py` has some, each wrong in one rule.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from mobilepay_simulator.app import create_app
from mobilepay_simulator.testing.settings import as_settings

from tests.model.shop import AnyShop
from tests.model.wrong_engines import WRONG_ENGINES, WRONG_SETTINGS, WrongEngine
from tests.support import START

#: How many shops are tried; `make model` tries more, and all wrong engines.
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "30"))
IS_THOROUGH = "MODEL_EXAMPLES" in os.environ
#: How many things happen in each.
STEPS = 40
#: After so many shops, a wrong engine that was not found out never is.
PATIENCE = 300


def try_shops(examples: int, *phases: Phase, **changed: str) -> None:
    given = {"start_time": START, "time_scale": 0, "scenario": "manual", "opening_balance": "7.00"}
    given["data"] = str(Path(__file__).parent / "clients.yaml")
    AnyShop.app = create_app(as_settings(given | changed))
    run_state_machine_as_test(
        AnyShop,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_answer_is_one_the_model_allows() -> None:
    try_shops(EXAMPLES, Phase.generate, Phase.shrink)


@pytest.mark.parametrize("engine", WRONG_ENGINES[: None if IS_THOROUGH else 3])
def test_a_wrong_engine_is_found_out(monkeypatch: pytest.MonkeyPatch, engine: WrongEngine) -> None:
    engine(monkeypatch)
    with pytest.raises(AssertionError):
        try_shops(PATIENCE, Phase.generate)


@pytest.mark.parametrize(("setting", "value"), WRONG_SETTINGS[: None if IS_THOROUGH else 1])
def test_a_length_that_is_a_second_too_long_is_found_out(setting: str, value: str) -> None:
    with pytest.raises(AssertionError):
        try_shops(PATIENCE, Phase.generate, **{setting: value})
