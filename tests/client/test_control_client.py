"""The typed client against a real server: every call, its values, and what goes wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from mobilepay_simulator.client import ClientError, ControlClient, ControlError, Verdict

from tests.support import CREDIT, RunningServer, Till, fresh


def test_health_tells_version_seed_and_scenario(control: ControlClient) -> None:
    health = control.health()
    assert (health.status, health.seed, health.scenario) == ("ok", 1, "manual")
    assert health.version


def test_times_are_aware(control: ControlClient) -> None:
    assert control.clock().now.utcoffset() == timedelta(0)


def test_the_clock_is_advanced_by_units_or_by_a_length(control: ControlClient) -> None:
    begun = control.clock().now
    assert control.advance(minutes=1, seconds=30).now == begun + timedelta(seconds=90)
    assert control.advance(timedelta(days=1)).now == begun + timedelta(days=1, seconds=90)


def test_an_advance_without_a_length_is_a_mistake(control: ControlClient) -> None:
    with pytest.raises(TypeError, match="seconds=2"):
        control.advance()
    with pytest.raises(TypeError, match="seconds=2"):
        control.advance(timedelta(1), seconds=1)


@pytest.mark.parametrize("length", [1e300, float("inf"), float("nan"), 10**400])
def test_an_advance_by_no_length_of_time_is_told_with_its_field(
    control: ControlClient, length: float
) -> None:
    with pytest.raises(ClientError, match=r"^seconds: expected a length of time of at most 36500"):
        control.advance(seconds=length)


@pytest.mark.parametrize("scale", [float("inf"), float("nan")])
def test_a_number_that_json_has_not_is_told_with_its_field(
    control: ControlClient, scale: float
) -> None:
    with pytest.raises(ClientError, match=r"^scale: JSON has no such number$"):
        control.rescale(scale)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda control, text: control.compare_ledger(text), "books"),
        (lambda control, text: control.check(text), "yaml"),
        (lambda control, text: control.preview_text(text), "yaml"),
        (lambda control, text: control.upload(text, "mine"), "source"),
        (lambda control, text: control.put_faults(text), "source"),
    ],
    ids=["books", "check", "preview", "upload", "faults"],
)
def test_a_text_with_half_a_character_is_told_with_its_name(
    control: ControlClient, call: Callable[[ControlClient, str], object], name: str
) -> None:
    with pytest.raises(ClientError, match=f"^{name}: it has half a character, which is no text$"):
        call(control, "orderId,captured\n\ud800,1\n")


def test_time_is_let_run_and_stopped(control: ControlClient) -> None:
    assert control.rescale(60).scale == 60
    assert control.rescale(0).scale == 0


def test_a_reset_takes_everything_back(control: ControlClient, till: Till) -> None:
    till.initiate(till.create_pos())
    assert control.clock().next_due is not None
    assert control.reset().next_due is None
    assert control.events() == ()


def test_queued_scenarios_are_taken_back(control: ControlClient) -> None:
    first, second = control.queue("instant", times=2)
    control.unqueue(first)
    assert [each.run for each in control.scenarios().queued] == [second]
    control.unqueue()
    assert control.scenarios().queued == ()


def test_scenarios_are_listed_and_queued(control: ControlClient, till: Till) -> None:
    pos_id = till.create_pos()
    runs = control.queue("instant", pos_id=pos_id, times=2)
    scenarios = control.scenarios()
    assert len(runs) == 2
    assert scenarios.default == "manual"
    assert [each.scenario for each in scenarios.queued] == ["instant", "instant"]
    assert scenarios.queued[0].pos_id == pos_id
    assert "cancels" in {each.name: each.summary for each in scenarios.scenarios}["rejection"]


def test_a_scenario_is_uploaded_as_text_or_from_its_file(
    control: ControlClient, tmp_path: Path
) -> None:
    assert control.upload("summary: mine", "mine").summary == "mine"
    (tmp_path / "yours.yaml").write_text("summary: yours")
    assert control.upload(tmp_path / "yours.yaml").name == "yours"
    assert control.upload(tmp_path / "yours.yaml", "theirs").name == "theirs"


def test_a_text_without_a_name_is_a_mistake(control: ControlClient) -> None:
    with pytest.raises(TypeError, match="name"):
        control.upload("summary: mine")


def test_a_run_tells_its_verdict_calls_and_states(control: ControlClient, till: Till) -> None:
    (run_id,) = control.queue("rejection")
    payment_id = till.initiate(till.create_pos())
    assert control.run(run_id).verdict is Verdict.UNFINISHED
    till.advance(seconds=10)
    run = control.wait(run_id, timeout=5)
    assert (run.scenario, run.verdict, run.payments) == ("rejection", "passed", (payment_id,))
    assert run.expectations[0].expected == "CapturePayment is not called"
    assert run.calls[-1].call == "InitiatePayment"
    assert run.calls[-1].amount == Decimal(10)
    assert run.states[-1].state == "CancelledByUser"
    assert run.now
    assert [each.verdict for each in control.runs()] == ["passed"]


def test_a_run_tells_which_expectations_are_broken(control: ControlClient, till: Till) -> None:
    (run_id,) = control.queue("rejection")
    payment_id = till.initiate(till.create_pos())
    till.ok("POST", f"/payments/{payment_id}/cancel")
    (broken,) = control.run(run_id).broken
    assert "CancelledByUser" in broken.expected
    assert "CancelledByClient" in broken.seen


def test_runs_are_exported_as_junit_xml(control: ControlClient) -> None:
    control.queue("rejection")
    assert ET.fromstring(control.runs_as_junit()).attrib["tests"] == "1"


def test_waiting_ends_with_its_timeout(control: ControlClient) -> None:
    (run_id,) = control.queue("rejection")
    assert control.wait(run_id, timeout=0.05).verdict == "unfinished"


def test_merchants_have_stores_whose_balance_can_be_set(control: ControlClient) -> None:
    merchant = next(each for each in control.merchants() if each.vat == "DK12345678")
    changed = control.change_store(
        merchant.stores[0].store_id, active=False, balance=Decimal("0.5")
    )
    assert (changed.active, changed.balance, changed.currency_code) == (
        False,
        Decimal("0.5"),
        "DKK",
    )
    assert control.change_store(changed.store_id, active=True).balance == Decimal("0.5")


def test_users_are_told(control: ControlClient) -> None:
    user = next(each for each in control.users() if each.phone == CREDIT)
    assert (user.card, user.partial_capture) == ("credit", False)


def test_events_tell_what_happened_to_a_payment(control: ControlClient, till: Till) -> None:
    payment_id = till.reserved()
    events = control.events(payment_id)
    changed = [each for each in events if each.event == "PaymentChanged"]
    assert [(each.before, each.after) for each in changed] == [
        (None, "Initiated"),
        ("Initiated", "IssuedToUser"),
        ("IssuedToUser", "Reserved"),
    ]
    assert next(e.scenario for e in events if e.event == "ScriptStarted") == "instant"
    assert len(control.events()) > len(events)


def test_callbacks_are_set_listed_and_forgotten(control: ControlClient) -> None:
    control.set_callback("my till", "http://127.0.0.1:9000/")
    assert control.callbacks() == {"my till": "http://127.0.0.1:9000/"}
    control.drop_callback("my till")
    assert control.callbacks() == {}


def test_notifications_are_told(control: ControlClient, till: Till) -> None:
    control.set_callback("till", "http://127.0.0.1:1/")
    till.user("checkin", till.create_pos(callbackAlias="till"))
    (letter,) = control.notifications()
    assert (letter.alias, letter.url) == ("till", "http://127.0.0.1:1/")
    ids = {each.vat: each.merchant_id for each in control.merchants()}
    assert letter.body["MerchantId"] == ids["DK12345678"]


def test_a_client_goes_to_another_sandbox_over_the_same_connections(
    server: RunningServer, control: ControlClient
) -> None:
    other = control.within(fresh("other"))
    other.advance(days=1)
    assert other.clock().now - control.clock().now > timedelta(hours=23)
    assert other.base_url == f"{server.url}/sandboxes/{other.sandbox}"
    names = [each.name for each in control.sandboxes()]
    assert other.sandbox in names and control.sandbox in names
    other.drop()
    control.within(None).drop(control.sandbox)
    assert not {other.sandbox, control.sandbox} & {each.name for each in control.sandboxes()}


def test_the_calls_of_a_client_are_told_by_filters(control: ControlClient, till: Till) -> None:
    payment_id = till.captured(amount=12.5)
    requests = control.requests(payment_id=payment_id)
    assert [each.operation for each in requests] == ["InitiatePayment", "CapturePayment"]
    start, capture = requests
    assert start.request.json()["amount"] == Decimal("12.5")
    assert start.request.header("Content-Type") == "application/json"
    assert start.answer.json() == {"paymentId": payment_id}
    assert [each.after for each in capture.changes] == ["Captured"]
    assert str(capture).endswith("/capture -> 200  [Reserved -> Captured]")
    assert control.request(capture.id) == capture
    assert control.requests(since=start.id, path="*/capture", method="post", limit=5)[:] == (
        capture,
    )
    assert control.requests(since=datetime(2999, 1, 1, tzinfo=UTC)).requests == ()
    assert control.requests(status="4xx", operation="CapturePayment").dropped == 0


def test_the_calls_of_the_control_api_are_shown_where_that_is_wanted(
    control: ControlClient,
) -> None:
    control.advance(seconds=1)
    assert len(control.requests()) == 0
    (advance,) = control.requests(control=True)
    assert advance.operation == "Control"


def test_a_filter_that_there_is_not_is_a_mistake(control: ControlClient) -> None:
    with pytest.raises(TypeError, match="paymnt_id"):
        control.requests(paymnt_id="x")  # type: ignore[call-arg]


MISTAKES = [
    (lambda c: c.queue("sucess"), 400, "did you mean 'success'"),
    (lambda c: c.request(99), 404, "no request 99"),
    (lambda c: c.run("R99"), 404, "no run 'R99'"),
    (lambda c: c.advance(seconds=-1), 400, "seconds"),
    (lambda c: c.upload("summary: x\nstep: []", "mine"), 400, "mine.yaml:2:1"),
    (lambda c: c.drop("defualt"), 404, "did you mean 'default'"),
    (lambda c: c.within("bad name").clock(), 400, "sandbox name"),
    (lambda c: c.within("a/b").clock(), 404, ""),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_a_refusal_tells_what_would_be_right(control: ControlClient, number: int) -> None:
    call, status, said = MISTAKES[number]
    with pytest.raises(ControlError) as error:
        call(control)
    assert error.value.status == status
    assert said in error.value.message
    assert error.value.details
    assert str(error.value).count("\n") == 0
