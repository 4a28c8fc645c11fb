"""The lengths and switches of a world, by hand from the documentation, and how they are declared."""

from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from mobilepay_simulator.engine.rules import Rules, setting

DEFAULTS: dict[str, Any] = {
    "reservation_lifetime": timedelta(days=7),
    "inactivity_limit": timedelta(minutes=10),
    "reserving_time": timedelta(0),
    "check_in_lifetime": timedelta(minutes=5),
    "lookup_time": timedelta(0),
    "refund_reserving_time": timedelta(milliseconds=500),
    "refund_auto_capture": timedelta(hours=24),
    "refund_window": timedelta(days=90),
    "idempotency_retention": timedelta(hours=24),
    "poll_delay": timedelta(seconds=1),
    "refund_poll_delay": timedelta(milliseconds=100),
    "enforce_poll_delay": False,
    "opening_balance": Decimal("0.00"),
    "timeout_limit": timedelta(seconds=30),
    "journal_size": 10_000,
}


def test_the_defaults_are_those_of_the_service() -> None:
    rules = Rules()
    assert {each.name: getattr(rules, each.name) for each in fields(Rules)} == DEFAULTS


@pytest.mark.parametrize("rule", fields(Rules), ids=lambda rule: rule.name)
def test_a_rule_is_explained_in_a_sentence(rule: Any) -> None:
    assert rule.metadata["help"]
    assert rule.metadata["is_behaviour"] is False


def test_a_setting_may_be_a_behaviour_or_a_secret() -> None:
    @dataclass
    class Some:
        plain: int = setting(1, "Plain.")
        told: int = setting(2, "Told.", is_behaviour=True)
        hidden: str = setting("word", "Hidden.", is_secret=True)

    assert repr(Some()).endswith("Some(plain=1, told=2)")
    assert [each.metadata for each in fields(Some)] == [
        {"help": "Plain.", "is_behaviour": False},
        {"help": "Told.", "is_behaviour": True},
        {"help": "Hidden.", "is_behaviour": False},
    ]
