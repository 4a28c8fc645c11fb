"""Every rule of the audit is broken by a client made to break it, and kept by its twin."""

from collections.abc import Callable

import pytest
from mobilepay_simulator.journal.audit.judging import RULES

from tests.journal.clients import (
    flows,
    lost_answers,
    names,
    payments,
    polling,
    refusals,
    requests,
    retries,
)
from tests.journal.clients.registry import BREAKING, KEEPING, Client

#: Their import lists the clients.
CLIENTS = (flows, lost_answers, names, payments, polling, refusals, requests, retries)


def name_of(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("rule", "do"), BREAKING, ids=name_of)
def test_a_client_that_breaks_a_rule_is_found_out(
    client: Client, rule: str, do: Callable[[Client], None]
) -> None:
    do(client)
    (finding,) = client.findings()
    assert finding["rule"] == rule
    assert finding["severity"] == RULES[rule].severity
    kept = {each["id"] for each in client.control("GET", "/requests")["requests"]}
    assert finding["requests"]
    assert set(finding["requests"]) <= kept


@pytest.mark.parametrize(("rule", "do"), KEEPING, ids=name_of)
def test_a_client_that_keeps_the_rule_is_blamed_for_nothing(
    client: Client, rule: str, do: Callable[[Client], None]
) -> None:
    do(client)
    assert client.findings() == []


def test_every_rule_has_a_client_that_breaks_it_and_one_that_keeps_it() -> None:
    assert {rule for rule, _ in BREAKING} == set(RULES)
    assert {rule for rule, _ in KEEPING} == set(RULES)


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("10.50", "Send the amount without quotes."),
        ("12,50", "Send a JSON number, such as 10.50."),
        ("ten", "Send a JSON number, such as 10.50."),
    ],
)
def test_an_amount_in_a_string_is_told_how_it_becomes_a_number(
    client: Client, amount: str, told: str
) -> None:
    client.call("POST", "/payments", client.payment_body(client.create_pos(), amount=amount))
    (finding,) = (each for each in client.findings() if each["rule"] == "amount-as-string")
    assert finding["message"].endswith(told)
