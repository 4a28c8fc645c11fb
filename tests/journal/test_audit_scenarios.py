"""The model client comes through all shipped scenarios without a finding.

In some of them the till does wrong on purpose, to show what becomes of it; these are named here, with
all the rules that they break.
"""

import pytest

from simulator.app import SimulatorApp, create_app
from simulator.config import Settings
from simulator.control.audit import audit
from simulator.play import play
from simulator.sandboxes import DEFAULT
from simulator.scripting.library import Library, Shelf, amounts_folder, shipped_folder

LIBRARY = Library([shipped_folder(), amounts_folder()])
NAMES = [each.name for each in LIBRARY]

ON_PURPOSE = {
    # the till waits until the reservation has ended, and only looks
    "expiry": {"reservation-left-open"},
    "amount-3-39": {"reservation-left-open"},
    # it captures a day after that
    "capture-after-expiry": {"reservation-left-open"},
    # it waits an hour, so that its token ends, with a capture that it has planned for at once
    "token-expires-before-capture": {"captured-late"},
    # it starts another payment with the key of the last
    "key-reused-with-another-body": {"idempotency-key-reused"},
    # it captures a part all the same
    "partial-capture-refused": {"partial-capture-not-possible"},
}


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0, magic_amounts=True))


@pytest.mark.parametrize("name", NAMES)
def test_the_model_client_breaks_no_rule_but_on_purpose(name: str, app: SimulatorApp) -> None:
    assert play(Shelf(LIBRARY).get(name), Settings(time_scale=0), app).has_passed
    report = audit(app.context.sandboxes.get(DEFAULT))
    assert report.calls > 0
    found = {each.rule.id: each.broken.message for each in report.findings}
    assert found.keys() == ON_PURPOSE.get(name, set()), found


def test_the_scenarios_that_are_named_are_shipped() -> None:
    assert set(ON_PURPOSE) <= set(NAMES)
