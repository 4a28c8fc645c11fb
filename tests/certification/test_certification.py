"""A certification: it finds out by itself what a client is at, and keeps what it has seen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.certification.near_misses import STARTERS
from mobilepay_simulator.cli.looking import _run
from mobilepay_simulator.client import Run
from mobilepay_simulator.client.model import decode
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.transport import CallRefused, GaveUp
from mobilepay_simulator.playing.virtual_wire import VirtualWire
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.sandboxes.snapshots import load_snapshot, take_snapshot
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.mcp.showing import run_lines

from tests.certification.candidates import BASE, CLIENT_ID, SECRET, Hall
from tests.certification.wrong_clients import (
    KEY,
    CapturesPartAnyway,
    FixedPolls,
    NeverCaptures,
    Slow,
    Tampering,
)
from tests.support import write_easy_cases

ONBOARDING = ["certify-create-pos", "certify-delete-pos", "certify-create-pos-for-the-rest"]
TERMS = {"amount": 10.0, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"
PAYMENTS = [
    "certify-payment", "certify-payment-cancelled-by-user", "certify-payment-cancelled",
    "certify-active-payment", "certify-full-capture",
]  # fmt: skip


def test_the_model_client_passes_every_section(hall: Hall) -> None:
    hall.open()
    shown = hall.go_through()
    assert set(hall.states().values()) == {"passed"}
    assert shown["state"] == "passed"
    assert shown["isDecided"]
    assert len(hall.states()) >= 30


def test_onboarding_is_always_part_of_it(hall: Hall) -> None:
    hall.open(sections=["refunds"])
    sections = [(each["name"], each["mandatory"]) for each in hall.show()["sections"]]
    assert sections == [("onboarding", True), ("refunds", False)]


def test_single_cases_can_be_chosen(hall: Hall) -> None:
    hall.open(cases=["certify-payment", "certify-refund"])
    assert list(hall.states()) == ["certify-payment", "certify-refund"]


def test_the_client_and_its_version_are_those_that_call(hall: Hall) -> None:
    hall.open(sections=["onboarding"])
    shown = hall.go_through()
    assert (shown["clientIds"], shown["version"]) == ([CLIENT_ID], "1.0")


def test_a_client_that_is_named_twice_is_one(hall: Hall) -> None:
    hall.open(clientIds=[CLIENT_ID, CLIENT_ID.upper()])
    assert hall.show()["clientIds"] == [CLIENT_ID]


class _AnotherKeyOnce(Tampering):
    """Sends its second try of making a point of sale with another key than the others."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if path == "/pos/v10/pointofsales" and method == "POST":
            self.count += 1
            if self.count == 2:
                headers[KEY] = "another"
        return body, timeout


def test_a_case_that_has_failed_does_not_keep_the_next_from_beginning(app: SimulatorApp) -> None:
    hall = Hall(app, _AnotherKeyOnce)
    hall.open(sections=["onboarding"])
    hall.client.create_pos()
    assert hall.states()["certify-create-pos"] == "failed"
    hall.client.delete_pos()
    assert hall.states()["certify-delete-pos"] == "passed"


def test_a_step_is_lit_when_the_client_makes_it(hall: Hall) -> None:
    hall.open(sections=["onboarding"])
    hall.go_through(["certify-create-pos"])
    case = hall.cases()["certify-create-pos"]
    assert [step["state"] for step in case["steps"]] == ["done"] * 5
    assert [step["request"] for step in case["steps"][:3]] == case["requests"]


def test_a_case_that_is_begun_is_in_progress_and_says_what_it_waits_for(hall: Hall) -> None:
    hall.open(sections=["payments"])
    hall.go_through([*ONBOARDING])
    hall.client.create_pos()
    hall.client.initiate(10.0)
    case = hall.cases()["certify-payment"]
    assert case["state"] == "in progress"
    assert [step["state"] for step in case["steps"][:4]] == ["done", "done", "done", "to come"]
    assert hall.show()["current"] == hall.show()["next"] == "certify-payment"


def test_sections_can_be_gone_through_in_any_order(hall: Hall) -> None:
    hall.open(sections=["payments", "prepared-payments", "payments-with-restrictions"])
    names = list(hall.states())
    hall.go_through([*names[8:], *names[:8]])
    assert set(hall.states().values()) == {"passed"}


def test_a_case_can_be_chosen_and_done_again_and_again(hall: Hall) -> None:
    hall.open(sections=["payments"])
    for count in (1, 2, 3):
        hall.ask("POST", f"{BASE}/C1/cases/certify-full-capture/restart")
        hall.go_through(["certify-full-capture"])
        case = hall.cases()["certify-full-capture"]
        assert (case["state"], case["goes"]) == ("passed", count)


def test_a_failed_case_passes_once_the_client_is_mended(app: SimulatorApp) -> None:
    hall = Hall(app, CapturesPartAnyway)
    hall.open(cases=["certify-full-capture"])
    hall.go_through()
    assert hall.states() == {"certify-full-capture": "failed"}
    hall.client = ModelClient(hall.wire, CLIENT_ID, "sandbox-secret", "DK90000028", name="mended")
    hall.ask("POST", f"{BASE}/C1/cases/certify-full-capture/restart")
    hall.go_through()
    assert hall.states() == {"certify-full-capture": "passed"}


def test_calls_for_another_case_do_not_count_for_one_that_was_chosen(hall: Hall) -> None:
    hall.open(sections=["payments", "refunds"])
    hall.ask("POST", f"{BASE}/C1/cases/certify-refund/restart")
    hall.go_through(["certify-refund"])
    states = hall.states()
    assert states.pop("certify-refund") == "passed"
    assert set(states.values()) == {"not tested"}


def test_a_client_that_goes_on_to_the_next_case_has_failed_the_one_before(
    app: SimulatorApp,
) -> None:
    hall = Hall(app, NeverCaptures)
    hall.open(sections=["payments"])
    hall.client.create_pos()
    hall.client.initiate(10.0)
    assert hall.states()["certify-payment"] == "in progress"
    hall.client.wait_until_decided()
    hall.client.initiate(12.0)
    case = hall.cases()["certify-payment"]
    assert case["state"] == "failed"
    assert "went on to A payment the customer cancels" in case["why"]
    # Its run says the same, also once it was stored.
    run = hall.ask("GET", f"/_simulator/runs/{case['run']}")
    ended = "the client went on to A payment the customer cancels"
    assert (run["verdict"], run["endedBy"]) == ("failed", ended)
    steps = [step for step in case["steps"] if step["state"] == "missed"]
    missed = [each for each in run["expectations"] if each["state"] == "missed"]
    assert [each["seen"] for each in missed] == [step["seen"] for step in steps]
    assert not any("yet" in each["seen"] for each in missed)
    junit = hall.wire.ask("GET", "/_simulator/runs?format=junit", b"").body.decode()
    (message,) = re.findall('<failure message="([^"]*)"', junit)
    assert message.startswith("CapturePayment is called")
    assert message.endswith(f"; {ended}")
    shown = decode(Run, hall.wire.ask("GET", f"/_simulator/runs/{case['run']}", b"").body)
    assert [*_run(shown)][-1] == f"    ended: {ended}"
    assert run_lines(shown)[-1] == f"  ended: {ended}"
    page = hall.wire.ask("GET", "/page/runs?part=list", b"").body.decode()
    assert "is called within" in page and f"Ended: {ended}." in page
    with hall.sandbox.world:
        content = take_snapshot(hall.sandbox)
    fresh = app.context.sandboxes.fresh("default")
    load_snapshot(content, fresh)
    app.context.sandboxes.put(fresh)
    assert hall.ask("GET", f"/_simulator/runs/{case['run']}") == run


def test_a_client_can_still_fail_a_case_it_had_passed(hall: Hall) -> None:
    hall.open(cases=["certify-full-capture"])
    hall.go_through()
    assert hall.states() == {"certify-full-capture": "passed"}
    with pytest.raises(Exception, match="1307"):
        hall.client.capture_exactly(9.0)
    case = hall.cases()["certify-full-capture"]
    assert case["state"] == "failed"
    assert "9.00 was to be captured of 10.00" in case["why"]


def test_calls_of_another_client_do_not_count(hall: Hall) -> None:
    hall.open(sections=["onboarding"], clientIds=["66666666-7777-4888-9999-aaaaaaaaaaaa"])
    hall.go_through(["certify-create-pos"])
    assert set(hall.states().values()) == {"not tested"}


def test_calls_of_another_version_do_not_count(hall: Hall) -> None:
    hall.open(sections=["onboarding"], version="2.1")
    hall.go_through(["certify-create-pos"])
    assert set(hall.states().values()) == {"not tested"}


def test_nothing_goes_wrong_for_clients_that_nobody_certifies(hall: Hall) -> None:
    hall.open(sections=["onboarding"], version="2.1")
    hall.client.create_pos()
    hall.client.initiate(10.0)
    hall.client.capture(10.0)
    assert hall.client.state() == "Captured"


def test_what_is_left_behind_is_a_real_payment_that_is_really_in_the_way(hall: Hall) -> None:
    hall.open(cases=["certify-active-payment"])
    hall.go_through()
    codes = [exchange.code for exchange in hall.sandbox.journal]
    assert codes.count("1301") == 1
    states = [payment.state for payment in hall.sandbox.world.payments.table.values()]
    assert states == ["CancelledByClient", "Captured"]


def test_a_payment_that_is_active_already_is_the_one_to_be_cleaned_up(hall: Hall) -> None:
    hall.client.create_pos()
    hall.client.initiate(5.0)
    hall.open(cases=["certify-active-payment"])
    hall.client.initiate(10.0)
    hall.client.capture(10.0)
    assert hall.states() == {"certify-active-payment": "passed"}
    assert len(hall.sandbox.world.payments.table) == 2


def test_a_client_that_waits_longer_than_it_should_is_tested_and_warned(
    app: SimulatorApp,
) -> None:
    hall = Hall(app, Slow)
    hall.open(sections=["payments", "prepared-payments", "refunds"])
    shown = hall.go_through()
    warnings = [step["warning"] for step in hall.cases()["certify-payment"]["steps"]]
    assert shown["state"] == "passed"
    assert [each for each in warnings if each] == [
        "the client gave up on attempt 1 after 5.0 s; it should time out after 2 s",
        "the client gave up on attempt 1 after 5.0 s; it should time out after 0.5 s",
        "the client gave up on attempt 1 after 5.0 s; it should time out after 2 s",
    ]


#: How often a shipped client's suite polls the payment of a case.
FIXED_POLLS = {
    "certify-payment": 4,
    "certify-payment-cancelled-by-user": 2,
    "certify-full-capture": 1,
}


@pytest.mark.parametrize("case", FIXED_POLLS)
def test_a_suite_that_polls_a_fixed_number_of_times_passes(app: SimulatorApp, case: str) -> None:
    hall = Hall(app, FixedPolls)
    hall.open(cases=[case])
    hall.client.polls = FIXED_POLLS[case]  # type: ignore[attr-defined]
    hall.go_through()
    assert hall.states() == {case: "passed"}


@pytest.mark.parametrize("case", FIXED_POLLS)
def test_a_case_goes_on_by_time_as_well(hall: Hall, case: str) -> None:
    hall.open(cases=[case])
    hall.client.create_pos()
    hall.client.initiate(10.0)
    hall.wire.sleep(15)
    states = [payment.state for payment in hall.sandbox.world.payments.table.values()]
    assert states == ["CancelledByUser" if "cancelled" in case else "Reserved"]


def test_a_client_that_waits_as_long_as_it_should_is_not_warned(hall: Hall) -> None:
    hall.open(sections=["payments"])
    hall.go_through()
    steps = [step for case in hall.cases().values() for step in case["steps"]]
    assert {step["warning"] for step in steps} == {""}


# --- approval -------------------------------------------------------------------------------------


def test_a_client_that_has_passed_is_certified_in_its_sections(hall: Hall) -> None:
    hall.open(sections=["refunds"], systemName="Till 9")
    hall.go_through()
    assert hall.ask("POST", f"{BASE}/C1/approve")["stage"] == "approved"
    (certificate,) = hall.ask("GET", BASE)["certificates"]
    assert certificate["clientId"] == CLIENT_ID
    assert (certificate["version"], certificate["sections"]) == ("1.0", ["onboarding", "refunds"])


def test_a_section_of_which_cases_are_left_out_is_not_certified_and_that_is_said_before(
    hall: Hall,
) -> None:
    hall.open(sections=["onboarding"], cases=["certify-active-payment", "certify-full-capture"])
    shown = hall.go_through()
    assert (shown["state"], shown["lack"]) == ("passed", "")
    assert "Onboarding, not Payments (2 of 5 cases)" in shown["coverage"]
    left_out = {each["name"]: each["leftOut"] for each in shown["sections"]}
    assert left_out == {"onboarding": [], "payments": PAYMENTS[:3]}
    hall.ask("POST", f"{BASE}/C1/approve")
    (certificate,) = hall.ask("GET", BASE)["certificates"]
    assert certificate["sections"] == ["onboarding"]


def test_of_whole_sections_there_is_nothing_to_say(hall: Hall) -> None:
    hall.open(sections=["refunds"])
    assert hall.show()["coverage"] == ""


@pytest.mark.parametrize(
    ("wanted", "done", "told"),
    [
        ({"sections": ["onboarding"]}, ONBOARDING[:1], "not passed yet: certify-delete-pos"),
        (
            {"cases": ["certify-payment"]},
            ["certify-payment"],
            "a certificate also needs the sections onboarding",
        ),
    ],
)
def test_nobody_is_certified_too_soon(
    hall: Hall, wanted: dict[str, Any], done: list[str], told: str
) -> None:
    hall.open(**wanted)
    hall.go_through(done)
    assert told in hall.ask("POST", f"{BASE}/C1/approve")["error"]
    assert hall.show()["stage"] == "open"


def test_an_abandoned_certification_says_that_it_was_and_is_not_in_progress(hall: Hall) -> None:
    hall.open(cases=["certify-create-pos", "certify-payment"])
    hall.go_through(["certify-create-pos"])
    shown = hall.ask("POST", f"{BASE}/C1/abandon")
    assert shown["state"] == "not tested"

    hall.open(cases=["certify-payment", "certify-full-capture"])
    hall.client.initiate(10.0)
    shown = hall.ask("POST", f"{BASE}/C2/abandon")
    case = hall.cases("C2")["certify-payment"]
    assert (shown["state"], case["state"]) == ("failed", "failed")
    assert case["why"].endswith("; the certification was abandoned")
    run = hall.ask("GET", f"/_simulator/runs/{case['run']}")
    assert run["endedBy"] == "the certification was abandoned"


def test_a_fault_is_not_said_to_have_had_no_call_while_its_case_goes_on(hall: Hall) -> None:
    hall.client.create_pos()
    hall.open(cases=["certify-refund"])
    hall.ask("POST", f"{BASE}/C1/cases/certify-refund/restart")
    run = hall.cases()["certify-refund"]["run"]
    assert hall.ask("GET", f"/_simulator/runs/{run}")["remarks"] == []
    hall.ask("POST", f"{BASE}/C1/abandon")
    assert "CreateRefund was not called" in hall.ask("GET", f"/_simulator/runs/{run}")["remarks"][0]


def test_an_abandoned_certification_takes_no_calls_any_more(hall: Hall) -> None:
    hall.open(sections=["onboarding"])
    assert hall.ask("POST", f"{BASE}/C1/abandon")["stage"] == "abandoned"
    hall.go_through(["certify-create-pos"])
    assert set(hall.states().values()) == {"not tested"}
    assert "is abandoned already" in hall.ask("POST", f"{BASE}/C1/abandon")["error"]


def test_certifications_outlive_a_snapshot(hall: Hall, app: SimulatorApp) -> None:
    hall.open(sections=["refunds"])
    hall.go_through()
    hall.ask("POST", f"{BASE}/C1/approve")
    hall.open(sections=["payments"])
    hall.go_through([*ONBOARDING, "certify-payment"], "C2")
    before = hall.states("C1"), hall.cases("C2"), hall.ask("GET", BASE)["certificates"]
    with hall.sandbox.world:
        content = take_snapshot(hall.sandbox)
    fresh = app.context.sandboxes.fresh("default")
    load_snapshot(content, fresh)
    app.context.sandboxes.put(fresh)
    assert (hall.states("C1"), hall.cases("C2"), hall.ask("GET", BASE)["certificates"]) == before


def test_a_certification_goes_on_after_a_snapshot(hall: Hall, app: SimulatorApp) -> None:
    hall.open(sections=["payments"])
    hall.go_through([*ONBOARDING, "certify-payment"])
    with hall.sandbox.world:
        content = take_snapshot(hall.sandbox)
    fresh = app.context.sandboxes.fresh("default")
    load_snapshot(content, fresh)
    app.context.sandboxes.put(fresh)
    hall.sandbox = fresh
    hall.go_through(PAYMENTS[1:])
    assert set(hall.states().values()) == {"passed"}


# --- what is asked wrongly ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"sections": ["paiments"]}, "sections"),
        (
            {"cases": ["certify-payment", "certify-paymint"]},
            "cases[1]: 'certify-paymint' is not a case; did you mean 'certify-payment'?",
        ),
        ({"version": "one"}, "version: must be a version such as 1.2 or 1.2.3"),
        ({"clientIds": ["me"]}, "clientIds[0]: "),
        (
            {"clientIds": [CLIENT_ID, f"{CLIENT_ID[:-1]}6"]},
            f"clientIds[1]: no client has the id '{CLIENT_ID[:-1]}6'; did you mean '{CLIENT_ID}'?",
        ),
        ({"section": ["payments"]}, "did you mean 'sections'?"),
    ],
)
def test_a_mistake_names_what_would_be_right(hall: Hall, wanted: dict[str, Any], told: str) -> None:
    assert told in hall.ask("POST", BASE, **wanted)["error"]


@pytest.mark.parametrize("act", ["abandon", "approve", "cases/certify-delete-pos/restart"])
def test_a_call_that_takes_no_body_refuses_each_field(hall: Hall, act: str) -> None:
    hall.open(sections=["onboarding"])
    assert (
        "reason: unknown field; this call takes none"
        in hall.ask("POST", f"{BASE}/C1/{act}", reason="x")["error"]
    )
    assert hall.show()["stage"] == "open"
    assert hall.show()["current"] is None


def test_what_is_not_there_is_told(hall: Hall) -> None:
    hall.open(sections=["onboarding"])
    assert "no certification 'C7'; there are: C1" in hall.ask("GET", f"{BASE}/C7")["error"]
    told = hall.ask("POST", f"{BASE}/C1/cases/certify-refund/restart")["error"]
    assert told.startswith("no case 'certify-refund'")


# --- notifications --------------------------------------------------------------------------------


def test_a_callback_can_be_invoked_without_a_check_in(hall: Hall) -> None:
    hall.open(sections=["onboarding"])
    hall.client.create_pos(callback_alias="model-till")
    invoked = hall.ask("POST", f"{BASE}/C1/callback")
    assert invoked == {"posId": hall.client.pos_id, "alias": "model-till"}
    hall.wire.sleep(1)
    assert hall.client.is_notified


def test_without_a_callback_that_is_said(hall: Hall) -> None:
    hall.open(sections=["onboarding"])
    assert "create one with a callbackAlias" in hall.ask("POST", f"{BASE}/C1/callback")["error"]


# --- paths of the self-certification --------------------------------------------------------------


@dataclass(slots=True)
class AtTheCertification(ModelClient):
    """A client that calls the self-certification's copy of the API."""

    def __post_init__(self) -> None:
        call = self.transport.call

        def moved(method: str, path: str, *more: Any) -> Any:
            if path.startswith("/pos/"):
                path = f"/pos-self-certification-api{path}"
            return call(method, path, *more)

        self.transport.call = moved  # type: ignore[method-assign]


def test_the_paths_of_the_self_certification_certify_whoever_calls_them(app: SimulatorApp) -> None:
    hall = Hall(app, AtTheCertification)
    hall.go_through([*ONBOARDING, *PAYMENTS])
    shown = hall.show()
    assert (shown["clientIds"], shown["version"]) == ([CLIENT_ID], "1.0")
    assert {name for name, state in hall.states().items() if state == "passed"} == {
        *ONBOARDING,
        *PAYMENTS,
    }


def test_on_these_paths_the_first_client_that_calls_is_the_one(app: SimulatorApp) -> None:
    hall = Hall(app, AtTheCertification)
    hall.open(sections=["onboarding"], clientIds=[])
    assert hall.show()["usualPaths"] is False
    hall.go_through()
    assert (hall.show()["clientIds"], hall.show()["state"]) == ([CLIENT_ID], "passed")


def test_a_stray_call_there_is_not_noticed_on_the_usual_paths(app: SimulatorApp) -> None:
    hall = Hall(app, AtTheCertification)
    hall.client.create_pos()
    (session,) = hall.ask("GET", BASE)["certifications"]
    assert (session["clientIds"], session["usualPaths"]) == ([CLIENT_ID], False)
    assert not hall.sandbox.scenario_engine.runs.watched
    # The same client goes on at the usual paths.
    usual = ModelClient(VirtualWire(app), CLIENT_ID, SECRET, "DK90000028")
    usual.create_pos()
    usual.initiate(10.0)
    usual.capture(10.0)
    calls = [each for each in hall.sandbox.journal if not each.base.endswith("-api")]
    assert {each.fault for each in calls} == {None}
    assert [each.status for each in calls if each.operation == "CapturePayment"] == [200]


def test_the_payment_of_a_case_is_an_ordinary_one_on_the_usual_paths(app: SimulatorApp) -> None:
    hall = Hall(app, AtTheCertification)
    hall.open(cases=["certify-payment-cancelled"], clientIds=[])
    hall.client.create_pos()
    hall.client.initiate(10.0)
    usual = ModelClient(VirtualWire(app), CLIENT_ID, SECRET, "DK90000028")
    usual.payment_id = hall.client.payment_id
    usual.cancel()
    (call,) = [each for each in hall.sandbox.journal if each.operation == "CancelPayment"]
    assert (call.status, call.fault) == (200, None)


def test_to_be_certified_on_the_usual_paths_a_client_has_to_be_named(hall: Hall) -> None:
    assert "clientIds" in hall.ask("POST", BASE, usualPaths=True)["error"]
    assert hall.ask("GET", BASE)["certifications"] == []
    assert hall.ask("POST", BASE, clientIds=[CLIENT_ID])["usualPaths"] is True


def test_a_client_that_is_named_may_still_be_certified_on_the_other_paths_alone(
    hall: Hall,
) -> None:
    hall.open(sections=["onboarding"], usualPaths=False)
    hall.go_through(["certify-create-pos"])
    assert set(hall.states().values()) == {"not tested"}


@pytest.mark.parametrize("is_queued", [True, False])
def test_a_payment_that_another_scenario_was_chosen_for_is_not_taken_over(
    hall: Hall, is_queued: bool
) -> None:
    hall.open(sections=["payments"])
    hall.go_through(ONBOARDING)
    if is_queued:
        hall.ask("POST", "/_simulator/scenarios/next", scenario="rejection")
    else:
        hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    hall.client.initiate(10.0)
    assert hall.client.wait_until_decided() == "CancelledByUser"
    run = hall.sandbox.scenario_engine.runs.of_payment(hall.client.payment_id)
    assert run is not None and run.scenario.name == "rejection"
    assert {hall.states()[name] for name in PAYMENTS} == {"not tested"}


def test_the_newest_call_that_asked_for_a_scenario_is_told_in_the_cases_it_could_have_begun(
    hall: Hall,
) -> None:
    hall.open(sections=["payments"])
    hall.go_through(ONBOARDING)
    assert not any(each["nearMiss"] for each in hall.cases().values())
    hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    for _ in range(2):
        hall.client.initiate(10.0)
        hall.client.wait_until_decided()
    *_, newest = hall.ask("GET", "/_simulator/requests?operation=InitiatePayment")["requests"]
    missed = {name: case["nearMiss"] for name, case in hall.cases().items()}
    told = {"request": newest["id"], "operation": "InitiatePayment", "scenario": "rejection"}
    assert missed[PAYMENTS[0]] == told
    assert [missed[name] for name in ONBOARDING] == [None] * 3
    report = hall.ask("GET", f"{BASE}/C1/report?format=json")
    assert report["sections"] == hall.show()["sections"]
    # What it does rightly afterwards, counts.
    hall.client.headers = {}
    hall.go_through(PAYMENTS[:1])
    assert hall.cases()[PAYMENTS[0]]["nearMiss"] is None
    hall.ask("POST", f"{BASE}/C1/abandon")
    assert not any(each["nearMiss"] for each in hall.cases().values())


def test_calls_before_a_certification_and_of_other_clients_are_told_in_no_case(hall: Hall) -> None:
    def missed(session: str) -> list[str]:
        cases = hall.cases(session).items()
        return [name for name, case in cases if case["nearMiss"] is not None]

    hall.client.create_pos()
    hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    hall.client.initiate(10.0)
    assert hall.client.wait_until_decided() == "CancelledByUser"
    others = hall.open(clientIds=["66666666-7777-4888-9999-aaaaaaaaaaaa"], usualPaths=True)
    mine = hall.open(sections=["payments"])
    assert missed(others) == missed(mine) == []
    hall.client.initiate(10.0)
    assert not missed(others)
    assert set(PAYMENTS) >= set(missed(mine)) >= {PAYMENTS[0]}


def told_in(hall: Hall, session: str = "C1") -> list[str]:
    """The cases that tell a call that did not count."""
    return [name for name, case in hall.cases(session).items() if case["nearMiss"] is not None]


def test_no_call_that_was_refused_is_told_as_one_that_asked_for_a_scenario(hall: Hall) -> None:
    hall.open()
    hall.client.headers = {"X-Simulator-Scenario": "manual"}
    with pytest.raises(CallRefused, match="400"):
        hall.client._post("/pointofsales", {"merchantPosId": "a"})
    hall.client.create_pos()
    with pytest.raises(CallRefused):
        hall.client._post("/payments", {"amount": 10.0})
    hall.client.headers = {"X-Simulator-Scenario": "no-such"}
    with pytest.raises(CallRefused, match="400"):
        hall.client.initiate(10.0)
    assert told_in(hall) == []


def test_no_call_that_cannot_ask_for_a_scenario_is_told(hall: Hall) -> None:
    hall.open()
    hall.client.headers = {"X-Simulator-Scenario": "manual"}
    for _ in range(2):
        hall.client.create_pos()
    assert told_in(hall) == []
    assert {each.name for each in OPERATIONS if each.starts_payment} == STARTERS


def test_calls_before_a_case_was_begun_again_are_told_no_more(hall: Hall) -> None:
    hall.open(sections=["payments"])
    hall.go_through([*ONBOARDING, PAYMENTS[0]])
    hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    hall.client.initiate(10.0)
    hall.client.wait_until_decided()
    assert PAYMENTS[1] in told_in(hall)
    hall.ask("POST", f"{BASE}/C1/cases/{PAYMENTS[0]}/restart")
    assert told_in(hall) == []
    hall.client.initiate(10.0)
    hall.client.wait_until_decided()
    assert PAYMENTS[0] in told_in(hall)


def test_a_call_in_the_instant_in_which_a_case_was_begun_again_is_told_no_more(hall: Hall) -> None:
    hall.open(sections=["payments"])
    hall.go_through([*ONBOARDING, PAYMENTS[0]])
    hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    hall.client.initiate(10.0)
    assert PAYMENTS[1] in told_in(hall)
    hall.ask("POST", f"{BASE}/C1/cases/{PAYMENTS[0]}/restart")
    newest = hall.ask("GET", "/_simulator/requests?operation=InitiatePayment")["requests"][-1]
    assert newest["at"] == hall.cases()[PAYMENTS[0]]["beganAt"]
    assert told_in(hall) == []


def test_no_call_is_told_once_a_right_one_has_counted(hall: Hall) -> None:
    hall.open(sections=["payments"])
    hall.go_through(ONBOARDING)
    hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    hall.client.initiate(10.0)
    hall.client.wait_until_decided()
    assert set(PAYMENTS) >= set(told_in(hall)) >= {PAYMENTS[0]}
    hall.client.headers = {}
    hall.go_through(PAYMENTS[:1])
    assert told_in(hall) == []


def test_no_call_of_a_version_that_does_not_count_is_told(hall: Hall) -> None:
    hall.open(sections=["payments"], version="9.9")
    hall.client.create_pos()
    hall.client.headers = {"X-Simulator-Scenario": "rejection"}
    hall.client.initiate(10.0)
    hall.client.wait_until_decided()
    assert told_in(hall) == []


def test_an_active_payment_of_another_scenario_stays_that_scenarios(hall: Hall) -> None:
    hall.client.create_pos()
    hall.ask("POST", "/_simulator/scenarios/next", scenario="slow-customer")
    hall.client.initiate(5.0)
    theirs = hall.client.payment_id
    hall.open(cases=["certify-active-payment"])
    with pytest.raises(CallRefused, match="1301"):
        hall.client._post("/payments", hall.client._order() | TERMS)
    run = hall.sandbox.scenario_engine.runs.of_payment(theirs)
    assert run is not None and run.scenario.name == "slow-customer"
    assert hall.states() == {"certify-active-payment": "not tested"}


def test_their_exchanges_tell_where_they_came(app: SimulatorApp) -> None:
    hall = Hall(app, AtTheCertification)
    hall.client.create_pos()
    bases = {each.base for each in hall.sandbox.journal if each.operation == "CreatePos"}
    assert bases == {"http://localhost:80/pos-self-certification-api"}


# --- production -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def production() -> SimulatorApp:
    return create_app(Settings(time_scale=0, require_certified=True))


def test_a_case_whose_file_has_changed_since_stands_by_what_it_was(tmp_path: Path) -> None:
    write_easy_cases(tmp_path)
    app = create_app(Settings(time_scale=0, scenarios=tmp_path))
    hall = Hall(app)
    hall.open(cases=["certify-create-pos"])
    hall.client.create_pos()
    file = tmp_path / "certify-create-pos.yaml"
    file.write_text(f"{file.read_text().rstrip()[:-1]}, {{call: DeletePos}}]\n")
    assert app.context.library.refresh()
    now = hall.show()
    assert now["state"] == "passed"
    assert len(now["sections"][0]["cases"][0]["steps"]) == 1


def test_a_version_that_is_not_certified_gets_403(production: SimulatorApp) -> None:
    hall = Hall(production)
    with pytest.raises(Exception, match="403 1099"):
        hall.client.create_pos()


def test_it_may_call_while_it_is_being_certified(production: SimulatorApp) -> None:
    hall = Hall(production)
    hall.open(sections=["onboarding"])
    hall.go_through()
    assert hall.show()["state"] == "passed"


def test_once_it_is_certified_it_may_call(production: SimulatorApp) -> None:
    hall = Hall(production)
    hall.open(sections=["onboarding"])
    hall.go_through()
    hall.ask("POST", f"{BASE}/C1/approve")
    hall.client.create_pos()
    assert hall.client.pos_id


def certified(production: SimulatorApp, *sections: str) -> Hall:
    """A client that has a certificate for some sections, and a point of sale."""
    hall = Hall(production)
    with hall.sandbox.world:
        hall.sandbox.certifications.certify(CLIENT_ID, "1.0", ("onboarding", *sections))
    hall.client.create_pos()
    return hall


NO_DEBIT = {"debitCardDisallowed": True}
OPENED: list[tuple[str, Callable[[ModelClient], object]]] = [
    ("payments", lambda client: client.initiate(10.0)),
    ("payments-with-restrictions", lambda client: client.initiate(10.0, NO_DEBIT)),
    ("refunds", lambda client: client._get(f"/refunds?paymentId={UNKNOWN}", "refundIds")),
    ("prepared-payments", lambda client: (client.prepare(), client.ready(10.0))),
    (
        "prepared-payments-with-restrictions",
        lambda client: (client.prepare(), client.ready(10.0, NO_DEBIT)),
    ),
]
_ALL = [section for section, _ in OPENED]


@pytest.mark.parametrize(("section", "act"), OPENED, ids=_ALL)
def test_a_certificate_opens_its_sections(
    production: SimulatorApp, section: str, act: Callable[[ModelClient], object]
) -> None:
    act(certified(production, section).client)


@pytest.mark.parametrize(("section", "act"), OPENED, ids=_ALL)
def test_a_certificate_opens_its_sections_only(
    production: SimulatorApp, section: str, act: Callable[[ModelClient], object]
) -> None:
    others = [each for each in _ALL if each != section]
    with pytest.raises(CallRefused, match="403 1099"):
        act(certified(production, *others).client)


def test_with_onboarding_alone_no_payment_can_be_looked_up(production: SimulatorApp) -> None:
    client = certified(production).client
    with pytest.raises(CallRefused, match="403 1099"):
        client._get(f"/payments?posId={client.pos_id}", "paymentIds")


def test_what_is_certified_later_is_added(production: SimulatorApp) -> None:
    hall = certified(production, "payments")
    with hall.sandbox.world:
        hall.sandbox.certifications.certify(CLIENT_ID, "1.0.7", ("refunds",))
    (certificate,) = hall.ask("GET", BASE)["certificates"]
    assert certificate["sections"] == ["onboarding", "payments", "refunds"]
    hall.client.initiate(10.0)


def test_a_call_on_those_paths_opens_nothing_on_the_usual_ones(production: SimulatorApp) -> None:
    Hall(production, AtTheCertification).client.create_pos()
    hall = Hall(production)
    with pytest.raises(Exception, match="403 1099"):
        hall.client.create_pos()


def test_it_can_certify_itself_by_path(production: SimulatorApp) -> None:
    hall = Hall(production, AtTheCertification)
    hall.go_through(ONBOARDING)
    assert [hall.states()[name] for name in ONBOARDING] == ["passed"] * 3


def test_the_newest_hundred_certifications_are_kept(app: SimulatorApp) -> None:
    sandbox = app.context.sandboxes.reset(DEFAULT)
    with sandbox.world:
        made = []
        for _ in range(101):
            session = sandbox.certifications.open()
            sandbox.certifications.start(session, session.cases[0])
            made.append(session.id)
    assert [*sandbox.certifications.sessions] == made[1:]
    assert len(sandbox.scenario_engine.runs.table) == 100


def test_a_client_whose_secret_is_wrong_says_what_it_was_answered(app: SimulatorApp) -> None:
    client = ModelClient(VirtualWire(app), CLIENT_ID, "not-the-secret", "DK90000028")
    with pytest.raises(GaveUp, match=r"token.*401"):
        client.create_pos()
