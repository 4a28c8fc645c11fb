"""Scenarios that include each other stay small, however they do it."""

import time
from pathlib import Path

import pytest
from mobilepay_simulator.scripting.includes import MAX_DEPTH, with_includes
from mobilepay_simulator.scripting.scenario import Scenario, read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.support import cli

#: Each of these includes the one before four times: the last stands for 67 million of the first.
LAYERS = 14


def layer(number: int) -> str:
    includes = ", ".join([f"{{include: layer-{number - 1}}}"] * 4) if number else ""
    return f"summary: Many.\nsteps: [{includes}]\n"


def layers(count: int) -> dict[str, Scenario]:
    return {f"layer-{each}": read_scenario(layer(each), f"layer-{each}") for each in range(count)}


def test_includes_that_multiply_are_refused_at_once() -> None:
    scenarios = layers(LAYERS)
    began = time.perf_counter()
    with pytest.raises(ProblemsFound, match="more than 1000 steps"):
        with_includes(scenarios[f"layer-{LAYERS - 1}"], scenarios)
    assert time.perf_counter() - began < 1


def test_as_many_includes_as_steps_are_taken() -> None:
    scenarios = layers(6)
    assert with_includes(scenarios["layer-5"], scenarios).scripts == ((),)


def test_a_chain_of_includes_is_as_long_as_it_may_be_and_no_longer() -> None:
    texts = {"link-0": "summary: x\nsteps: [{do: check-in}]\n"} | {
        f"link-{each}": f"summary: x\nsteps: [{{include: link-{each - 1}}}]\n"
        for each in range(1, 3000)
    }
    scenarios = {name: read_scenario(text, name) for name, text in texts.items()}
    assert len(with_includes(scenarios[f"link-{MAX_DEPTH}"], scenarios).scripts[0]) == 1
    for number in (MAX_DEPTH + 1, 2999):
        with pytest.raises(ProblemsFound, match="scenarios deep"):
            with_includes(scenarios[f"link-{number}"], scenarios)


def test_a_folder_of_such_files_is_refused_in_time(tmp_path: Path) -> None:
    for each in range(LAYERS):
        (tmp_path / f"layer-{each}.yaml").write_text(layer(each))
    done = cli("scenario", "check", str(tmp_path))
    assert done.returncode != 0
    assert "more than 1000 steps" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
