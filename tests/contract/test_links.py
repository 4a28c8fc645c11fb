"""The links of the OpenAPI document: where the id of what was created leads."""

import pytest

from tests.contract.documents import Document

LEADING = {
    "InitiatePayment": ["CancelPayment", "CapturePayment", "PaymentReady", "QueryPayment", "QueryRefundIds"],
    "PreparePayment": ["CancelPayment", "CapturePayment", "PaymentReady", "QueryPayment", "QueryRefundIds"],
    "CreatePos": ["DeletePos", "GetCheckIn", "GetPos", "QueryPaymentIds"],
    "CreateRefund": ["CancelRefund", "CaptureRefund", "GetRefund"],
}  # fmt: skip


@pytest.mark.parametrize("operation", LEADING)
def test_what_is_created_leads_to_all_that_can_be_done_with_it(
    ours: Document, operation: str
) -> None:
    links = ours.operation(operation)["responses"]["200"]["links"]
    assert sorted(links) == LEADING[operation]
    assert all(each["operationId"] == name for name, each in links.items())


def test_nothing_else_leads_anywhere(ours: Document) -> None:
    found = {
        each["operationId"]
        for _, _, each in ours.operations()
        if any("links" in answer for answer in each["responses"].values())
    }
    assert found == set(LEADING)


@pytest.mark.parametrize("operation", LEADING)
def test_a_link_takes_the_id_from_the_answer_to_a_parameter_that_is_there(
    ours: Document, operation: str
) -> None:
    answer = ours.answer_schema(operation, 200)
    assert answer is not None
    (key,) = answer["properties"]
    for name, link in ours.operation(operation)["responses"]["200"]["links"].items():
        ((parameter, value),) = link["parameters"].items()
        known = [each["name"] for each in ours.operation(name)["parameters"]]
        assert parameter in known
        assert value == f"$response.body#/{key}"
