"""The model client comes through all shipped scenarios without a finding.

In some of them the till does wrong on purpose, to show what becomes of it; these are named here, with
all the rules that they break.
"""

import pytest
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.control.audit import audit
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.scripting.files import amounts_folder, shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play

LIBRARY = ScenarioLibrary([shipped_folder(), amounts_folder()])
NAMES = [each.name for each in LIBRARY]

ON_PURPOSE = {
    # the till deletes the point of sale first and captures then
    "deleted-pos-with-reserved-payment": {"pos-deleted-with-reservation"},
    # it forgets the refund
    "refund-captures-itself": {"refund-left-to-capture-itself"},
    # the till captures a day after the reservation has ended
    "capture-after-expiry": {"reservation-left-open"},
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
    assert play(ScenarioCatalog(LIBRARY).get(name), Settings(time_scale=0), app).has_passed
    report = audit(app.context.sandboxes.get(DEFAULT))
    assert report.calls > 0
    found = {each.rule: each.message for each in report.findings}
    assert found.keys() == ON_PURPOSE.get(name, set()), found


def test_the_scenarios_that_are_named_are_shipped() -> None:
    assert set(ON_PURPOSE) <= set(NAMES)
