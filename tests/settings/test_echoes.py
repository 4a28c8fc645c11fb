"""What a message says again of the words that somebody has given."""

import pytest
from mobilepay_simulator.settings.echoes import without_long

LONG = "b" * 81
CUT = f"{'b' * 80}..."


@pytest.mark.parametrize(
    "given", [LONG, [LONG], {"name": LONG}, {LONG: 1}, {"list": ["x", {"deep": LONG}]}]
)
def test_a_long_text_is_cut_off_wherever_it_was_given(given: object) -> None:
    assert without_long(f"no case {LONG!r}; there are 3", given) == f"no case '{CUT}'; there are 3"


@pytest.mark.parametrize("given", ["b" * 80, None, 7, ["b"], {"limit": 3}])
def test_a_message_stays_where_nothing_is_long(given: object) -> None:
    message = f"no case {'b' * 80!r}"
    assert without_long(message, given) == message


def test_a_text_with_signs_that_are_written_otherwise_is_cut_off_as_well() -> None:
    odd = "\n" * 200
    assert len(without_long(f"no case {odd!r}", odd)) < 200


def test_what_is_long_may_be_said() -> None:
    assert without_long(LONG, LONG, longest=100) == LONG
