"""Explanations in process: the past worked out from events, and words for everything there is."""

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.engine import check_ins, payments
from mobilepay_simulator.engine.events import WorldEvent
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.engine.states import PAYMENTS, REFUNDS, PaymentState, RefundState
from mobilepay_simulator.journal.exchanges import ExchangeRecord, Journal
from mobilepay_simulator.journal.explain import explanation, sentences
from mobilepay_simulator.journal.explain.facts import TRIGGERS
from mobilepay_simulator.journal.explain.past import Past
from mobilepay_simulator.journal.explain.refusals import Check, check_of, section_of
from mobilepay_simulator.journal.explain.sentences import Sentence
from mobilepay_simulator.journal.words import DUE, EVENTS, fill, listed, moment, sentence
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario_engine import ScenarioEngine

from tests.support import CREDIT, DEBIT, START, Shop, make_world

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def call_now(shop: Shop) -> ExchangeRecord:
    """A call that changes nothing, and comes at this moment."""
    return ExchangeRecord(
        method="GET",
        path="/",
        query="",
        headers=(),
        real_at=0.0,
        at=shop.world.clock.now,
        mark=shop.world.events.count,
    )


def past(shop: Shop, exchange: ExchangeRecord) -> Past:
    return Past(shop.world, Journal(100), exchange)


def forgetful() -> Shop:
    """A shop whose world keeps one event."""
    return Shop(make_world(journal_size=1))


# --- the past -----------------------------------------------------------------------------------


def test_a_payment_is_in_the_state_it_was_in_then(shop: Shop) -> None:
    pos_id = shop.create_pos()
    early = call_now(shop)
    payment_id = shop.initiate(pos_id)
    middle = call_now(shop)
    shop.check_in(pos_id)
    late = call_now(shop)
    shop.advance(timedelta(minutes=11))
    states = [past(shop, each).state(payment_id) for each in (early, middle, late)]
    assert states == [None, PaymentState.INITIATED, PaymentState.ISSUED_TO_USER]
    assert past(shop, early).state(UNKNOWN) is None


def test_what_a_call_did_itself_is_not_its_past(shop: Shop) -> None:
    pos_id = shop.create_pos()
    payment_id = shop.initiate(pos_id)
    call = call_now(shop)
    call.events = [shop.world.events[-1]]
    assert past(shop, call).state(payment_id) is None
    assert past(shop, call).active_on(pos_id) is None


def test_what_is_not_kept_any_more_is_told_by_what_came_after() -> None:
    shop = forgetful()
    pos_id = shop.create_pos()
    payment_id = shop.initiate(pos_id)
    call = call_now(shop)
    with shop.world as world:
        payments.cancel(world, shop.caller, payment_id)
    assert len(shop.world.events) == 1
    assert past(shop, call).state(payment_id) is PaymentState.INITIATED
    assert past(shop, call).active_on(pos_id) == payment_id


def test_what_has_not_changed_since_is_told_by_how_it_is_now() -> None:
    shop = forgetful()
    pos_id = shop.create_pos()
    payment_id = shop.initiate(pos_id)
    shop.check_in(pos_id)
    shop.create_pos()
    call = call_now(shop)
    assert past(shop, call).state(payment_id) is PaymentState.ISSUED_TO_USER
    assert past(shop, call).active_on(pos_id) == payment_id
    visitor = past(shop, call).check_in(pos_id)
    assert visitor is not None
    assert (visitor.phone, visitor.since) == (CREDIT, START)


def test_what_was_made_later_was_not_there_whether_or_not_that_is_kept() -> None:
    shop = forgetful()
    pos_id = shop.create_pos()
    call = call_now(shop)
    shop.advance(timedelta(seconds=1))
    payment_id = shop.initiate(pos_id)
    shop.check_in(pos_id)
    shop.create_pos()
    assert past(shop, call).state(payment_id) is None
    assert past(shop, call).active_on(pos_id) is None
    assert past(shop, call).check_in(pos_id) is None


def test_who_was_checked_in_is_who_was_there_then(shop: Shop) -> None:
    pos_id = shop.create_pos()
    nobody = call_now(shop)
    shop.check_in(pos_id)
    first = call_now(shop)
    shop.check_in(pos_id, DEBIT)
    second = call_now(shop)
    shop.advance(timedelta(minutes=6))
    left = call_now(shop)
    visits = [past(shop, each).check_in(pos_id) for each in (nobody, first, second, left)]
    assert [each.phone if each else None for each in visits] == [None, CREDIT, DEBIT, None]


def test_who_had_checked_in_is_known_from_their_leaving() -> None:
    shop = forgetful()
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    call = call_now(shop)
    with shop.world as world:
        check_ins.check_out(world, pos_id)
    visitor = past(shop, call).check_in(pos_id)
    assert visitor is not None
    assert (visitor.phone, visitor.since) == (CREDIT, None)


# --- words for everything -------------------------------------------------------------------------


def test_there_are_words_for_every_kind_of_event() -> None:
    # A dataclass with slots leaves a class of the same name behind.
    names = {each.__name__ for each in WorldEvent.__subclasses__()}
    assert names == {each.__name__ for each in EVENTS}


def test_there_are_words_for_everything_that_can_fall_due(shop: Shop) -> None:
    catalog = ScenarioCatalog(ScenarioLibrary([shipped_folder()]))
    ScenarioEngine(shop.world, catalog, "manual")
    assert set(shop.world.handlers) == set(DUE)


def test_there_is_a_next_step_for_every_state() -> None:
    assert all(state.next_step.endswith(".") for state in (*PaymentState, *RefundState))


def test_every_trigger_of_an_operation_has_its_ways_and_its_refusal() -> None:
    assert set(TRIGGERS) < {each.name for each in OPERATIONS}
    for machine, trigger in TRIGGERS.values():
        assert machine in (PAYMENTS, REFUNDS)
        assert machine.states_for(trigger)
        assert trigger in machine.refusals


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_is_in_a_section_of_the_documentation(operation: Any) -> None:
    assert section_of(operation.path).startswith("section ")


#: By hand, where the kind of a refusal does not tell which check it comes from.
CHECKS = {
    Refusal.NO_SUCH_PATH: Check.PATH,
    Refusal.UNAUTHORIZED: Check.AUTHENTICATION,
    Refusal.VAT_MISSING: Check.HEADERS,
    Refusal.SYSTEM_NAME_INVALID: Check.HEADERS,
    Refusal.KEY_MISSING: Check.HEADERS,
    Refusal.KEY_INVALID: Check.HEADERS,
    Refusal.VAT_CLAIM_INVALID: Check.HEADERS,
    Refusal.OTHER_MERCHANT: Check.HEADERS,
    Refusal.VERSION_BLOCKED: Check.HEADERS,
    Refusal.BAD_REQUEST: Check.CONTENT,
    Refusal.AMOUNT_INVALID: Check.CONTENT,
    Refusal.ORDER_ID_INVALID: Check.CONTENT,
    Refusal.REFUND_FILTER_MISSING: Check.CONTENT,
    Refusal.KEY_USED_FOR_ANOTHER_REQUEST: Check.KEY,
    Refusal.POS_OF_ANOTHER_INTEGRATOR: Check.STATE,
    Refusal.NOT_FOUND: Check.STATE,
    Refusal.USER_UNKNOWN: Check.STATE,
    Refusal.PAYMENT_ACTIVE: Check.STATE,
    Refusal.POLLED_TOO_SOON: Check.STATE,
}


@pytest.mark.parametrize(("refusal", "check"), CHECKS.items(), ids=lambda each: each.name)
def test_a_refusal_comes_from_its_check(refusal: Refusal, check: Check) -> None:
    assert check_of(refusal) is check


# --- sentences ----------------------------------------------------------------------------------


def gaps_filled() -> dict[str, list[set[str]]]:
    """The names of the values that each sentence is given, wherever a fact is made in the code."""
    found: dict[str, list[set[str]]] = {}
    for path in Path(sentences.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                names = {each.arg for each in node.keywords if each.arg}
                if isinstance(node.func.value, ast.Name) and node.func.value.id == "Sentence":
                    found.setdefault(node.func.attr, []).append(names)
    return found


@pytest.mark.parametrize("told", Sentence, ids=lambda each: each.name)
def test_every_sentence_is_told_and_has_a_value_for_each_gap(told: Sentence) -> None:
    if told in (Sentence.FAILED, Sentence.UNREADABLE):
        return  # chosen by a variable: what is said of a failure needs a message alone
    gaps = set(re.findall(r"\{(\w+)", told.value[1]))
    given = gaps_filled()[told.name]
    assert given
    assert all(each == gaps for each in given)


@pytest.mark.parametrize("text", [each.value[1] for each in Sentence] + [*EVENTS.values()])
def test_a_sentence_whose_optional_parts_are_left_out_is_still_one(text: str) -> None:
    shortest = text
    while "[" in shortest:  # of several options the last
        shortest = re.sub(r"\[(?:[^\[\]|]*|[^\[\]]*\|([^\[\]|]*))\]", r"\1", shortest)
    gaps: dict[str, Any] = dict.fromkeys(re.findall(r"\{(\w+)", text))
    needed = dict.fromkeys(re.findall(r"\{(\w+)", shortest), "x")
    for each in (fill(text, gaps | needed), fill(text, dict.fromkeys(gaps, "x"))):
        assert not re.search(r"[\[\]{}|]|  | [,.;]|,,|\(\)|None", each), each


def test_an_optional_part_stays_only_where_all_its_gaps_have_values() -> None:
    template = "a[ of {b}[ by {c}]|, alone]."
    assert fill(template, {"b": 1, "c": 2}) == "a of 1 by 2."
    assert fill(template, {"b": 0, "c": None}) == "a of 0."
    assert fill(template, {"b": "", "c": 2}) == "a, alone."


def test_what_a_client_sent_is_never_taken_for_a_gap_or_an_optional_part() -> None:
    assert fill("sent[ {body}]", {"body": "[{key}|x]"}) == "sent [{key}|x]"


def test_the_last_kind_of_answers_fits_all_that_others_do_not(shop: Shop) -> None:
    assert explanation.ANSWER_KINDS[-1].fits(call_now(shop))


def test_lists_times_and_sentences_read_well() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")] == [
        "",
        "a",
        "a and b",
        "a, b or c",
    ]
    assert moment(START) == "2024-01-31 12:00:00.000"
    assert moment(START, beside=START) == "12:00:00.000"
    assert moment(START, beside=START + timedelta(days=1)) == "2024-01-31 12:00:00.000"
    assert [sentence("it is"), sentence("Is it?"), sentence("it is", capital=False)] == [
        "It is.",
        "Is it?",
        "it is.",
    ]
