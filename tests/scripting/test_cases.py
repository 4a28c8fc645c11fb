"""Cases: which call a case begins with, and where it stands among the others."""

import re

import pytest
from mobilepay_simulator.engine.payments import InitiatePayment
from mobilepay_simulator.engine.values import Restrictions
from mobilepay_simulator.scripting.call import Call
from mobilepay_simulator.scripting.cases import SECTIONS, OpeningCall, as_section, section_named
from mobilepay_simulator.scripting.library import shipped_cases
from mobilepay_simulator.scripting.scenario import case_of, place_of, read_scenario

from tests.scripting.scenario_shop import ScenarioShop
from tests.support import NO_DEBIT


def case(section: str, number: int) -> str:
    opening = "opens_with: {call: GetPos}"
    return (
        "summary: x\n"
        f"case: {{section: {section}, number: {number}, title: x, task: x, {opening}}}\n"
        "payments: []\n"
    )


def starting(shop: ScenarioShop, restrictions: Restrictions | None = None) -> Call:
    request = InitiatePayment("pos", "order", shop.terms(restrictions=restrictions))
    return Call(name="InitiatePayment", body=request)


def fits(shop: ScenarioShop, opening: OpeningCall, incoming: Call) -> bool:
    with shop.world as world:
        return opening.begins_with(incoming, world)


def test_a_case_begins_with_one_of_its_calls(shop: ScenarioShop) -> None:
    opening = OpeningCall(("CreatePos", "InitiatePayment"))
    assert fits(shop, opening, Call(name="CreatePos"))
    assert fits(shop, opening, starting(shop, NO_DEBIT))
    assert not fits(shop, opening, Call(name="DeletePos"))


@pytest.mark.parametrize(
    ("restrictions", "is_restricted"),
    [(None, False), (Restrictions(), False), (NO_DEBIT, True)],
)
def test_a_case_may_ask_whether_a_kind_of_card_is_disallowed(
    shop: ScenarioShop, restrictions: Restrictions | None, is_restricted: bool
) -> None:
    incoming = starting(shop, restrictions)
    for wanted in (True, False):
        opening = OpeningCall(("InitiatePayment",), restricted=wanted)
        assert fits(shop, opening, incoming) is (wanted is is_restricted)


def test_a_call_that_names_no_card_disallows_none(shop: ScenarioShop) -> None:
    call = Call(name="GetPos", body="anything")
    assert not fits(shop, OpeningCall(("GetPos",), restricted=True), call)
    assert fits(shop, OpeningCall(("GetPos",), restricted=False), call)


def test_a_case_may_ask_whether_the_point_of_sale_is_told_of_check_ins(shop: ScenarioShop) -> None:
    shop.world.callback_urls["told"] = "http://127.0.0.1:9000/"
    aliases = {"told": True, "nobody": False, None: False}
    for alias, is_told in aliases.items():
        call = Call(name="GetPos", pos_id=shop.create_pos(callback_alias=alias))
        for wanted in (True, False):
            opening = OpeningCall(("GetPos",), notified=wanted)
            assert fits(shop, opening, call) is (wanted is is_told)
    for pos_id in (None, "nothing"):
        nowhere = Call(name="GetPos", pos_id=pos_id)
        assert not fits(shop, OpeningCall(("GetPos",), notified=True), nowhere)


def test_the_sections_are_those_of_the_certification_in_their_order() -> None:
    names = [each.name for each in SECTIONS]
    assert names == [
        "onboarding",
        "payments",
        "prepared-payments",
        "payments-with-restrictions",
        "prepared-payments-with-restrictions",
        "network-resilience",
        "notifications",
        "refunds",
    ]
    assert [each.name for each in SECTIONS if each.is_mandatory] == ["onboarding"]
    assert [section_named(as_section(name)).name for name in names] == names


def test_an_unknown_section_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ValueError, match="'money' is not a section; there are network-resilience, "
    ):
        as_section("money")


def test_cases_stand_in_the_order_of_their_sections_and_numbers() -> None:
    places = [("refunds", 1), ("onboarding", 2), ("payments", 3), ("onboarding", 1)]
    read = [read_scenario(case(*place), "x") for place in places]
    ordered = [(case_of(each).section, case_of(each).number) for each in sorted(read, key=place_of)]
    assert ordered == [("onboarding", 1), ("onboarding", 2), ("payments", 3), ("refunds", 1)]


def test_a_scenario_that_is_no_case_has_no_place() -> None:
    with pytest.raises(ValueError, match="mine is not a case of a certification"):
        case_of(read_scenario("summary: x", "mine"))


#: The verb of a task for each call that a case may begin with.
BEGUN_BY = {
    "CreatePos": "create",
    "DeletePos": "delete",
    "InitiatePayment": "start",
    "PreparePayment": "prepare",
    "CreateRefund": "refund",
}


@pytest.mark.parametrize("name", shipped_cases())
def test_the_task_of_a_case_begins_with_its_first_step(name: str) -> None:
    case = case_of(shipped_cases()[name])
    first = re.split(r"[.;]", case.task.lower())[0].split()
    assert first[0] in {BEGUN_BY[each] for each in case.opens_with.call}
    assert "again" not in first
