"""Patterns with * and ?: what they match, and that no text takes them long."""

import random
import time
from functools import cache

import pytest
from mobilepay_simulator.journal.patterns import pattern

#: As long as a path can nearly be.
LONG = "b" * 50_000
COSTLY = [
    "*" + "?" * 197 + "b",
    "*" + "b" * 197 + "c",
    "*" + "b" * 197 + "c*",
    "*" + "?b" * 99 + "c",
]


def means(wanted: str, text: str) -> bool:
    """What a pattern means, letter by letter."""

    @cache
    def fits(at: int, to: int) -> bool:
        if at == len(wanted):
            return to == len(text)
        if wanted[at] == "*":
            return fits(at + 1, to) or (to < len(text) and fits(at, to + 1))
        return to < len(text) and wanted[at] in ("?", text[to]) and fits(at + 1, to + 1)

    return fits(0, 0)


def test_a_pattern_matches_what_it_means() -> None:
    chance = random.Random(1)
    for _ in range(20_000):
        wanted = "".join(chance.choices("ab*?[.\n", k=chance.randint(1, 9)))
        text = "".join(chance.choices("ab[.\n", k=chance.randint(0, 12)))
        assert pattern(wanted)(text) is means(wanted, text), (wanted, text)


@pytest.mark.parametrize("wanted", COSTLY)
def test_a_long_text_takes_no_time_that_grows_with_the_pattern(wanted: str) -> None:
    fits = pattern(wanted)
    began = time.thread_time()
    for _ in range(20):
        fits(LONG)
    # Looking at each letter of the pattern for each of the text takes ten times as long.
    assert time.thread_time() - began < 0.1
