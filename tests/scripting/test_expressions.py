"""Regular expressions of scenarios: they mean what Python's do, and none takes for ever."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mobilepay_simulator.scripting.expressions import Expression

from tests.support import Till

ATOMS = ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\.", "^", "$", r"\w", "[]a]", "{", "a{", r"\Z"]
REPEATS = ["*", "+", "?", "{2}", "{1,3}", "{,2}", "{1,}", "*?", "+?", "{0}"]


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = st.one_of(inner.map("({})".format), inner.map("(?:{})".format))
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(group, st.sampled_from(REPEATS)).map("".join),
    )


WRITTEN = st.tuples(
    st.sampled_from(["", "(?i)", "(?s)"]),
    st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=8),
).map("".join)


@settings(max_examples=1500)
@given(text=WRITTEN, tried=st.lists(st.text("abAB1.{\n", max_size=6), min_size=3, max_size=6))
def test_an_expression_means_what_it_means_in_python(text: str, tried: list[str]) -> None:
    in_python, ours = re.compile(text), Expression(text)
    for each in tried:
        # `$` before a last line break is the end in Python; order ids and headers have no line.
        if not each.endswith("\n"):
            assert ours.fits(each) is (in_python.fullmatch(each) is not None), each


FOR_EVER = [
    ("(a+)+b", "a" * 500),
    ("(a|aa)+b", "a" * 500),
    ("(a|a)*b", "a" * 500),
    ("((a*)*)*b", "a" * 500),
    ("(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x", "a" * 500),
    ("(((a?){4}){5}){7}b", "a" * 500),
    ("(a?){99}a{99}b", "a" * 500),
]


@pytest.mark.parametrize(("text", "tried"), FOR_EVER)
def test_what_takes_python_for_ever_is_decided_at_once(text: str, tried: str) -> None:
    expression = Expression(text)
    before = time.process_time()
    assert not expression.fits(tried)
    assert time.process_time() - before < 0.5


REFUSED = [
    ("a{99999999999}", "the repetition number is too large"),
    ("a{5000}", "too large"),
    ("(?:){4294967294}", "too large"),
    ("((((?:){400}){400}){400}){400}", "too large"),
    (r"(a)\1", "at position 3 is not supported"),
    ("(?P<x>a)(?P=x)", "position 8 is not supported"),
    ("(?=a)a", "position 0 is not supported"),
    ("(?<!a)a", "position 0 is not supported"),
    (r"\ba", "position 0 is not supported"),
    ("a++", "possessive repeat at position 2"),
    ("(?x)a", "position 0 is not supported"),
    ("(", "missing \\), unterminated subpattern"),
    ("[z-a]", "bad character range"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_can_not_be_decided_in_bounded_time_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Expression(text)


def test_a_text_longer_than_any_order_id_fits_no_expression() -> None:
    assert Expression(".*").fits("a" * 500)
    assert not Expression(".*").fits("a" * 501)


@pytest.mark.parametrize("field", ["order_id: '/(a|aa)+b/'", "header: {x-branch: '/(a+)+b/'}"])
def test_an_order_id_that_would_take_for_ever_is_answered(till: Till, field: str) -> None:
    text = f"summary: Slow.\napplies_to: {{{field}}}\nsteps:\n  - do: check-in\n"
    answer = till.http.put("/_simulator/scenarios/slow", content=text)
    assert answer.status_code == 200, answer.text
    body = till.payment_body(till.create_pos()) | {"orderId": "a" * 35}
    till.ok("POST", "/payments", body, headers={"X-Branch": "a" * 400})
    fits = body | {"orderId": "a" * 34 + "b"}
    # The first is still open, so the second needs a point of sale of its own.
    fits["posId"] = till.create_pos()
    made = till.ok("POST", "/payments", fits, headers={"X-Branch": "aab"})
    assert till.status(made["paymentId"]) == "IssuedToUser"


def test_a_repeat_beyond_all_bounds_is_refused_when_the_scenario_is_loaded(till: Till) -> None:
    text = "summary: Large.\napplies_to: {order_id: '/a{99999999999}/'}\nsteps: []\n"
    answer = till.http.put("/_simulator/scenarios/large", content=text)
    assert answer.status_code == 400
    assert "order_id" in answer.text
    assert "the repetition number is too large" in answer.text
