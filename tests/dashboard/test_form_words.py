"""Refusals on the page name the label of the form, and all in one way."""

import pytest
from mobilepay_simulator.dashboard.form_words import in_words_of_form

from tests.dashboard.conftest import HTMX, Reader


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "The request is not valid. (scale: expected a number of at least 0, got -1)",
            "Simulated seconds per real one: expected a number of at least 0, got -1",
        ),
        ("delay: expected a number, got 'x'", "Poll delay (s): expected a number, got 'x'"),
        (
            "The request is not valid. (the clock stops at 9000-01-01)",
            "the clock stops at 9000-01-01",
        ),
        ("no run 'R9'", "no run 'R9'"),
        ("other: is missing", "other: is missing"),
    ],
)
def test_a_refusal_has_the_label_of_the_form(said: str, shown: str) -> None:
    assert in_words_of_form(said) == shown


@pytest.mark.parametrize(
    ("path", "form", "label"),
    [
        ("/page/clock", {"scale": "-1"}, "Simulated seconds per real one: "),
        ("/page/clock", {"scale": "x"}, "Simulated seconds per real one: "),
        ("/page/till/faults", {"change": "polling", "pollDelay": "-1"}, "Poll delay (s): "),
        ("/page/till/faults", {"change": "balance", "balance": "x"}, "Balance: "),
        ("/page/scenarios/queue", {"scenario": "success", "times": "0"}, "How many payments: "),
    ],
)
def test_each_form_says_what_is_wrong_by_its_label(
    reader: Reader, path: str, form: dict[str, str], label: str
) -> None:
    text = reader.post(path, headers=HTMX, **form).text
    assert f'role="alert">{label}' in text
    assert "The request is not valid" not in text
