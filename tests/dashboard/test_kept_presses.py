"""Which press counts at a point of sale."""

import pytest
from mobilepay_simulator.dashboard.kept_presses import AT_NONE, KEPT, KeptPresses, Press

SANDBOX = "default"


def kept(*presses: tuple[str, bool | None]) -> KeptPresses:
    """Presses by their places, a second after the other; None is one that is not over."""
    found = KeptPresses()
    for at, (place, is_repeated) in enumerate(presses):
        found.begin(SANDBOX, Press(place, at, "start"))
        if is_repeated is not None:
            found.end(SANDBOX, place, f"{at} then", is_repeated=is_repeated)
    return found


@pytest.mark.parametrize(
    ("presses", "at"),
    [
        ([], None),
        ([("B", True)], None),
        ([("A", True), ("B", True)], 0),
        ([("A", True), ("A", False)], 1),
        ([("A", True), (AT_NONE, True)], 1),
        ([("A", True), (AT_NONE, None)], 1),
        ([("A", True), (AT_NONE, False)], 0),
        ([(AT_NONE, True), ("A", True)], 1),
        ([(AT_NONE, True), ("B", True)], 0),
    ],
)
def test_the_newest_press_there_or_of_a_whole_point_of_sale_counts(
    presses: list[tuple[str, bool | None]], at: int | None
) -> None:
    found = kept(*presses).newest(SANDBOX, "A")
    assert (found.at if found else None) == at


def test_a_press_of_another_sandbox_does_not_count() -> None:
    assert kept(("A", True)).newest("other", "A") is None


def test_only_the_newest_are_kept() -> None:
    found = kept(*((str(number), True) for number in range(KEPT + 1)))
    assert [found.newest(SANDBOX, each) is None for each in ("0", "1", str(KEPT))] == [
        True,
        False,
        False,
    ]
