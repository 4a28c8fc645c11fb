"""Cases: which call a case begins with, and where it stands among the others."""

import pytest

from simulator.engine.payments import InitiatePayment
from simulator.engine.values import Restrictions
from simulator.scripting.cases import SECTIONS, Opening, as_section, section_named
from simulator.scripting.incoming import Incoming
from simulator.scripting.scenario import case_of, place_of, read_scenario
from tests.scripting.theatre import Theatre
from tests.support import NO_DEBIT


def case(section: str, number: int) -> str:
    opening = "opens_with: {call: GetPos}"
    return (
        "summary: x\n"
        f"case: {{section: {section}, number: {number}, title: x, task: x, {opening}}}\n"
        "payments: []\n"
    )


def starting(theatre: Theatre, restrictions: Restrictions | None = None) -> Incoming:
    request = InitiatePayment("pos", "order", theatre.terms(restrictions=restrictions))
    return Incoming(name="InitiatePayment", fingerprint=request)


def fits(theatre: Theatre, opening: Opening, incoming: Incoming) -> bool:
    with theatre.world as world:
        return opening.fits(incoming, world)


def test_a_case_begins_with_one_of_its_calls(theatre: Theatre) -> None:
    opening = Opening(("CreatePos", "InitiatePayment"))
    assert fits(theatre, opening, Incoming(name="CreatePos"))
    assert fits(theatre, opening, starting(theatre, NO_DEBIT))
    assert not fits(theatre, opening, Incoming(name="DeletePos"))


@pytest.mark.parametrize(
    ("restrictions", "is_restricted"),
    [(None, False), (Restrictions(), False), (NO_DEBIT, True)],
)
def test_a_case_may_ask_whether_a_kind_of_card_is_disallowed(
    theatre: Theatre, restrictions: Restrictions | None, is_restricted: bool
) -> None:
    incoming = starting(theatre, restrictions)
    for wanted in (True, False):
        opening = Opening(("InitiatePayment",), restricted=wanted)
        assert fits(theatre, opening, incoming) is (wanted is is_restricted)


def test_a_call_that_names_no_card_disallows_none(theatre: Theatre) -> None:
    call = Incoming(name="GetPos", fingerprint="anything")
    assert not fits(theatre, Opening(("GetPos",), restricted=True), call)
    assert fits(theatre, Opening(("GetPos",), restricted=False), call)


def test_a_case_may_ask_whether_the_point_of_sale_is_told_of_check_ins(theatre: Theatre) -> None:
    theatre.world.callback_urls["told"] = "http://127.0.0.1:9000/"
    aliases = {"told": True, "nobody": False, None: False}
    for alias, is_told in aliases.items():
        call = Incoming(name="GetPos", pos_id=theatre.create_pos(callback_alias=alias))
        for wanted in (True, False):
            opening = Opening(("GetPos",), notified=wanted)
            assert fits(theatre, opening, call) is (wanted is is_told)
    for pos_id in (None, "nothing"):
        nowhere = Incoming(name="GetPos", pos_id=pos_id)
        assert not fits(theatre, Opening(("GetPos",), notified=True), nowhere)


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
    with pytest.raises(ValueError, match="'money' is no section; there are onboarding, payments"):
        as_section("money")


def test_cases_stand_in_the_order_of_their_sections_and_numbers() -> None:
    places = [("refunds", 1), ("onboarding", 2), ("payments", 3), ("onboarding", 1)]
    read = [read_scenario(case(*place), "x") for place in places]
    ordered = [(case_of(each).section, case_of(each).number) for each in sorted(read, key=place_of)]
    assert ordered == [("onboarding", 1), ("onboarding", 2), ("payments", 3), ("refunds", 1)]


def test_a_scenario_that_is_no_case_has_no_place() -> None:
    with pytest.raises(ValueError, match="mine is no case of a certification"):
        case_of(read_scenario("summary: x", "mine"))
