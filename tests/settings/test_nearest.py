"""The word that may have been meant: the right one, and for little work whatever was sent."""

import difflib
from collections import Counter

import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.settings.nearest import LIKE, MOST_COMPARED, nearest

PATHS = sorted({rule.rule for rule in create_app().url_map.iter_rules()})


def close(word: str) -> str:
    return nearest(word, PATHS).partition("'")[2].partition("'")[0]


@pytest.mark.parametrize("path", PATHS)
def test_a_slip_in_a_path_is_found_as_by_comparing_all(path: str) -> None:
    at = len(path) * 2 // 3
    slips = (path + "s", path[:at] + path[at + 1 :], path[:at] + "x" + path[at:], path + "/x")
    for slip in slips:
        found = difflib.get_close_matches(slip, PATHS, n=1, cutoff=LIKE)
        assert close(slip) == (found[0] if found else "")


HARD = (
    *("/_simulator/" + piece * 12 for piece in ("requests/", "scenario", "_simulator/", "s", "/")),
    *(path * 2 for path in PATHS),
    *(path[::-1] for path in PATHS),
    "x" * 60_000,
)


def test_few_words_are_compared_in_full_whatever_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: Counter[str] = Counter()
    ratio = difflib.SequenceMatcher.ratio

    def counted(matcher: difflib.SequenceMatcher[str]) -> float:
        compared[str(matcher.b)] += len(matcher.b)
        return ratio(matcher)

    monkeypatch.setattr(difflib.SequenceMatcher, "ratio", counted)
    for word in HARD:
        nearest(word, PATHS)
    assert compared
    assert max(compared.values()) <= MOST_COMPARED


def test_a_word_that_is_too_long_to_be_like_any_is_not_even_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(difflib, "SequenceMatcher", fail)
    longest = max(map(len, PATHS))
    assert nearest("x" * (longest * 3 + 1), PATHS).startswith("there are ")
    assert nearest("x" * 4, ["x"]) == "there is only x"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("op", "did you mean 'operation'? "),
        ("OPE", "did you mean 'operation'? "),
        ("p", "there are "),
        ("pos", "did you mean 'posId'? "),
        ("", "there are "),
    ],
)
def test_the_only_word_that_begins_so_is_meant(word: str, hint: str) -> None:
    assert nearest(word, ["operation", "paymentId", "posId", "code"]).startswith(hint)


def test_of_no_words_none_is_told() -> None:
    assert "did you mean" not in nearest("x", [])
