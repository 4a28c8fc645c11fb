"""The rules for clients: the documented values, written by hand, and one place for them."""

from datetime import timedelta

from mobilepay_simulator.engine import client_rules
from mobilepay_simulator.engine.client_rules import in_seconds, timeout_of
from mobilepay_simulator.journal.audit.judging import RULES
from mobilepay_simulator.scripting.client_expectations import GivesUp
from mobilepay_simulator.scripting.expectations import RetriedWithSameKey
from mobilepay_simulator.scripting.retry_expectations import Tries


def test_the_documented_values_are_those_of_section_9() -> None:
    assert [timeout_of(each) for each in ("GET", "POST", "PUT", "DELETE")] == [
        timedelta(milliseconds=500),
        timedelta(seconds=2),
        timedelta(seconds=2),
        timedelta(seconds=2),
    ]
    assert (client_rules.MOST_RETRIES, client_rules.ADVISED_RETRIES) == (5, 2)
    assert timedelta(seconds=1) == client_rules.POLL_DELAY


def test_expectations_and_audit_name_the_same_number_of_retries() -> None:
    assert GivesUp(gives_up="GetStores").at_most == 5
    assert RetriedWithSameKey(retried_with_same_key="CreatePos").at_most == 5
    assert "up to 5 times" in Tries.remedy
    assert "at most 5 times" in RULES["too-many-retries"].principle


def test_lengths_are_written_in_seconds() -> None:
    assert [in_seconds(each) for each in (timedelta(seconds=2), timedelta(milliseconds=500))] == [
        "2 s",
        "0.5 s",
    ]
