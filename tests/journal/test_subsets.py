"""What a body is expected to hold at least: what fits, and how a difference is told."""

import json
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.journal.verify.subsets import MISSING, read_body_matcher

GUID = "c67fc370-d770-4725-9992-d77159fd886d"


def differences(wanted: str, got: str) -> list[str]:
    """Of a body from what is wanted, both as JSON; `got` may be empty."""
    sent = json.loads(got, parse_float=Decimal) if got else MISSING
    return list(
        read_body_matcher(json.loads(wanted, parse_float=Decimal)).differences(sent, "body")
    )


FITS = [
    ("{}", '{"amount": 1}'),
    ('{"amount": 10}', '{"amount": 10.0, "orderId": "x"}'),
    ('{"amount": 10.00}', '{"amount": 10}'),
    ('{"amount": 1e1}', '{"amount": 10}'),
    ('{"amount": 0.1}', '{"amount": 0.10}'),
    ('{"amount": 10}', '{"amount": "10.00"}'),
    ('{"amount": "10.00"}', '{"amount": "10.00"}'),
    ('{"restrictions": {"debitCardDisallowed": true}}', '{"restrictions": {"debitCardDisallowed": true, "creditCardDisallowed": null}}'),
    ('{"supportedBeaconTypes": ["QR", "NFC"]}', '{"supportedBeaconTypes": ["QR", "NFC"]}'),
    ('[{"a": 1}, {}]', '[{"a": 1, "b": 2}, {"c": 3}]'),
    ('{"restrictions": null}', '{"restrictions": null}'),
    ("null", "null"),
    (f'{{"posId": "{GUID}"}}', f'{{"posId": "{GUID.upper()}"}}'),
    ('{"orderId": {"matches": "REJECT-*"}}', '{"orderId": "REJECT-12"}'),
    ('{"orderId": {"matches": "a[?]"}}', '{"orderId": "a[1]"}'),
    ('{"merchantPaymentLabel": {"absent": true}}', '{"amount": 1}'),
    ('{"matches": "x", "y": 1}', '{"matches": "x", "y": 1}'),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "got"), FITS)
def test_a_body_fits_that_holds_what_is_wanted(wanted: str, got: str) -> None:
    assert differences(wanted, got) == []


DIFFERS = [
    ('{"amount": 10.0}', '{"amount": 12.5}', "body.amount: expected 10.0, got 12.5"),
    ('{"amount": 10}', "{}", "body.amount: expected 10, but it was not sent"),
    ('{"amount": "10.00"}', '{"amount": 10.00}', 'body.amount: expected "10.00", got 10.00'),
    ('{"amount": 10}', '{"amount": "10,00"}', 'body.amount: expected 10, got "10,00"'),
    ('{"number": 10}', '{"number": "10"}', 'body.number: expected 10, got "10"'),
    ('{"a": true}', '{"a": 1}', "body.a: expected true, got 1"),
    ('{"a": 1}', '{"a": true}', "body.a: expected 1, got true"),
    ('{"a": null}', "{}", "body.a: expected null, but it was not sent"),
    ('{"a": false}', '{"a": null}', "body.a: expected false, got null"),
    ('{"orderId": "a"}', '{"orderId": "A"}', 'body.orderId: expected "a", got "A"'),
    ('{"a": {"b": [1, {"c": 2}]}}', '{"a": {"b": [1, {"c": 3}]}}', "body.a.b[1].c: expected 2, got 3"),
    ('{"a": [1, 2]}', '{"a": [2, 1]}', "body.a[0]: expected 1, got 2"),
    ('{"a": [1]}', '{"a": [1, 2]}', "body.a: expected a list of 1, got a list of 2"),
    ('{"a": {}}', '{"a": [1]}', "body.a: expected an object, got a list of 1"),
    ('{"a": 1}', '[{"a": 1}]', "body: expected an object, got a list of 1"),
    ('{"a": 1}', "", "body: expected an object, but it was not sent"),
    ('{"a": {"matches": "R-*"}}', '{"a": "X-1"}', 'body.a: expected a text that matches "R-*", got "X-1"'),
    ('{"a": {"matches": "1?"}}', '{"a": 12}', 'body.a: expected a text that matches "1?", got 12'),
    ('{"a": {"absent": true}}', '{"a": null}', "body.a: expected nothing, got null"),
    ('"' + "x" * 99 + '"', '"y"', f'body: expected "{"x" * 56}..., got "y"'),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "got", "told"), DIFFERS)
def test_a_difference_is_told_with_its_place(wanted: str, got: str, told: str) -> None:
    assert differences(wanted, got)[0] == told


def test_all_differences_are_told() -> None:
    assert len(differences('{"a": 1, "b": [1, 2], "c": {"d": 1}}', '{"b": [3, 4]}')) == 4


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


BAD = [
    (nested(21), "must not be nested deeper than 20"),
    (list(range(500)), "must not hold more than 500 values"),
    ({"a": {"matches": 1}}, "a.matches: must be a text"),
    ({"a": [{"matches": "x" * 201}]}, r"a\[0\].matches: expected a pattern of 1 to 200"),
    ({"matches": ""}, "matches: expected a pattern of 1 to 200"),
    ({"a": {"absent": False}}, "a.absent: must be true"),
]


@pytest.mark.parametrize(("value", "said"), BAD, ids=[said for _, said in BAD])
def test_what_can_not_be_expected_is_refused_with_its_place(value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        read_body_matcher(value)


def test_a_pattern_of_many_stars_is_decided_at_once() -> None:
    wanted = read_body_matcher({"matches": "*a" * 100})
    assert len(list(wanted.differences("a" * 60_000 + "b", "body"))) == 1
