"""What the error catalogue calls documented is in the service's file, as far as the file says."""

import pytest
from mobilepay_simulator.api.answers import STATUSES
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.engine.refusals import Refusal

from tests.contract.documents import Document

pytestmark = pytest.mark.contract

NAMES = {each.name for each in OPERATIONS}
#: What a row that is documented for some operations leaves to a decision.
LEFT = {"BAD_REQUEST": "UserSimulation", "POS_OF_ANOTHER_MERCHANT": "GetCheckIn"}


def documented(row: Refusal) -> set[str]:
    """The operations for which a row is called documented."""
    source, where = row.value.source, set(row.value.where)
    if not source.startswith("documented"):
        return set()
    if where & {"every call", "every PoS call"}:
        where = {each for each in NAMES if not each.startswith("UserSimulation")}
    left = LEFT.get(row.name) if "decided" in source else None
    return {each for each in where & NAMES if left is None or not each.startswith(left)}


@pytest.mark.parametrize("row", Refusal, ids=lambda row: row.name)
def test_the_file_declares_the_status_of_what_is_called_documented(
    reference: Document, row: Refusal
) -> None:
    status = STATUSES[row.value.kind]
    missing = {each for each in documented(row) if status not in reference.statuses(each)}
    assert missing == set()


def test_most_rows_are_documented() -> None:
    assert sum(bool(documented(row)) for row in Refusal) > 50


def test_what_no_page_of_the_service_has_is_called_decided() -> None:
    for row in Refusal:
        if STATUSES[row.value.kind] in (413, 415, 429) or "UserSimulation" in str(row.value.where):
            assert "decided" in row.value.source, row
