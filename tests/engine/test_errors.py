"""The error catalogue against the codes and kinds of the documentation, by hand."""

import re

import pytest
from mobilepay_simulator.engine.error_rows import ErrorKind
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.refusals import Refusal
from mobilepay_simulator.scripting.value_kinds import CALLS

from tests.support import ROOT

#: Code, kind: sections 3 to 8.
DOCUMENTED = [
    *(("1100", "invalid"), ("1102", "invalid")),
    *(("1109", "invalid"), ("1110", "invalid"), ("1111", "invalid"), ("1112", "invalid")),
    *(("1113", "invalid"), ("1114", "invalid"), ("1116", "invalid"), ("1117", "invalid")),
    *(("1119", "invalid"), ("1120", "invalid"), ("1121", "invalid"), ("1122", "invalid")),
    *(("1151", "invalid"), ("1152", "invalid"), ("1153", "invalid"), ("1155", "invalid")),
    *(("1156", "invalid"), ("1157", "invalid"), ("1159", "invalid"), ("1160", "invalid")),
    *(("1161", "invalid"), ("1162", "invalid"), ("1163", "invalid"), ("1164", "invalid")),
    ("1182", "invalid"),
    *(("1400", "forbidden"), ("1401", "forbidden"), ("1402", "forbidden"), ("1403", "forbidden")),
    *(("1406", "forbidden"), ("1407", "forbidden"), ("1408", "forbidden"), ("1409", "forbidden")),
    *(("1410", "forbidden"), ("1411", "forbidden")),
    ("1004", "not found"),
    *(("1000", "conflict"), ("1001", "conflict"), ("1002", "conflict"), ("1200", "conflict")),
    *(("1202", "conflict"), ("1204", "conflict"), ("1300", "conflict"), ("1301", "conflict")),
    *(("1303", "conflict"), ("1304", "conflict"), ("1305", "conflict"), ("1306", "conflict")),
    *(("1307", "conflict"), ("1308", "conflict"), ("1351", "conflict"), ("1352", "conflict")),
    *(("1354", "conflict"), ("1365", "conflict"), ("1366", "conflict"), ("1367", "conflict")),
    ("1368", "conflict"),
]


def kinds_of(code: str) -> set[ErrorKind]:
    return {refusal.value.kind for refusal in Refusal if refusal.value.code == code}


@pytest.mark.parametrize(("code", "kind"), DOCUMENTED)
def test_a_documented_code_is_there_with_its_kind(code: str, kind: str) -> None:
    assert kinds_of(code) == {kind}


def test_the_code_for_what_has_none_of_its_own_is_there() -> None:
    assert Refusal.BAD_REQUEST.value.code == "1099"
    assert Refusal.BAD_REQUEST.value.kind is ErrorKind.INVALID


def test_there_is_no_code_that_is_not_documented() -> None:
    codes = {refusal.value.code for refusal in Refusal} - {None, "1099"}

    assert codes == {code for code, _ in DOCUMENTED}


@pytest.mark.parametrize("refusal", Refusal)
def test_a_row_has_a_sentence_says_where_it_occurs_and_where_it_comes_from(
    refusal: Refusal,
) -> None:
    row = refusal.value

    assert row.message[0].isupper() or row.message.startswith("merchant")
    assert row.message.endswith(".")
    assert row.where and row.source


#: What the documentation gives no code of its own, or no code at all.
WITHOUT_CODE = {
    "UNAUTHORIZED": "unauthenticated",
    "OTHER_MERCHANT": "forbidden",
    "VERSION_BLOCKED": "forbidden",
    "VERSION_NOT_CERTIFIED": "forbidden",
    "BAD_REQUEST": "invalid",
    "BODY_ENCODED": "encoded",
    "BODY_TOO_LARGE": "too large",
    "NOT_FOUND": "not found",
    "NO_SUCH_PATH": "not found",
    "USER_UNKNOWN": "not found",
    "BEACON_UNKNOWN": "not found",
    "CHECK_IN_REFUSED": "conflict",
    "NOTHING_TO_ACCEPT": "conflict",
    "CARD_NOT_ALLOWED": "conflict",
    "NOTHING_TO_CANCEL": "conflict",
    "POLLED_TOO_SOON": "too early",
}


def test_what_has_no_code_of_its_own_has_its_kind_all_the_same() -> None:
    kinds = {each.name: each.value.kind for each in Refusal if each.value.code in (None, "1099")}
    assert kinds == WITHOUT_CODE
    without = {each.name for each in Refusal if each.value.code is None}
    assert without == {"UNAUTHORIZED", "NOT_FOUND"}


@pytest.mark.parametrize("refusal", Refusal)
def test_a_row_names_operations_that_are_there_each_once(refusal: Refusal) -> None:
    where = refusal.value.where
    assert {*where} <= {"every call", "every PoS call", *CALLS}
    assert len({*where}) == len(where)


@pytest.mark.parametrize("refusal", Refusal)
def test_a_row_says_in_a_sentence_what_the_client_can_do(refusal: Refusal) -> None:
    advice = refusal.value.advice

    assert advice[0].isupper() and advice.endswith(".")
    assert 20 < len(advice) < 180


@pytest.mark.parametrize("refusal", Refusal)
def test_a_row_that_was_decided_leads_to_where_the_decision_stands(refusal: Refusal) -> None:
    leads = re.findall(r"decided[^;]*, see (fidelity\.md)#([\w-]+)", refusal.value.source)
    assert bool(leads) is ("decided" in refusal.value.source)
    for page, heading in leads:
        headings = (ROOT / "docs" / page).read_text(encoding="utf-8").lower().replace(" ", "-")
        assert f"##-{heading}\n" in headings


def test_no_two_rows_are_the_same() -> None:
    # An enum makes an alias of a row that equals an earlier one.
    assert len(Refusal.__members__) == len(list(Refusal))


def test_an_error_carries_its_row_and_says_what_it_was_about() -> None:
    error = SimulatorError(Refusal.CAPTURE_TOO_HIGH, "10.00 is reserved")

    assert error.row.code == "1305"
    assert error.row.kind is ErrorKind.CONFLICT
    assert str(error) == error.message == f"{error.row.message} (10.00 is reserved)"


def test_an_error_without_detail_is_its_rows_sentence() -> None:
    assert str(SimulatorError(Refusal.NOT_FOUND)) == Refusal.NOT_FOUND.value.message
