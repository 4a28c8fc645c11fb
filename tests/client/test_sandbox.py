"""A sandbox as tests use it: shop, customer, clock, scenarios, and what is seen from outside."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.client import (
    ControlError,
    LiveRun,
    Matcher,
    Pos,
    RemoteSimulator,
    Sandbox,
    VerificationFailed,
)
from mobilepay_simulator.client.customer import USERS
from mobilepay_simulator.engine.customers import TEST_USERS, CustomerDirectory
from mobilepay_simulator.sandboxes.bundles import read_bundle
from mobilepay_simulator.testing.replay import replay
from mobilepay_simulator.testing.replay.stages import ReplayInProcess

from tests.support import DEBIT, Till, fresh


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[Till]:
    """A client that is tested in the sandbox."""
    with httpx.Client(base_url=sandbox.base_url, verify=False) as http:
        yield Till(http)


# --- the shop ---------------------------------------------------------------------------------


def test_the_token_is_good_and_kept_as_long_as_it_is(sandbox: Sandbox, shop: Till) -> None:
    token = sandbox.token()
    assert sandbox.token() == token
    shop._token = token
    assert shop.store_id() == sandbox.store_id
    sandbox.clock.advance(hours=2)
    assert sandbox.token() != token
    shop._token = sandbox.token()
    assert shop.store_id()


def test_the_headers_are_all_that_a_call_needs(sandbox: Sandbox) -> None:
    answer = httpx.get(f"{sandbox.base_url}/pos/v10/stores", headers=sandbox.headers())
    assert answer.json()["storeIds"][0] == sandbox.store_id


def test_the_point_of_sale_is_made_once(sandbox: Sandbox, shop: Till) -> None:
    here = f"/pointofsales?storeId={sandbox.store_id}"
    assert shop.ok("GET", here)["posIds"] == []
    pos = sandbox.pos
    assert shop.ok("GET", here)["posIds"] == [pos.id]
    assert sandbox.pos is pos
    assert shop.ok("GET", f"/pointofsales/{pos.id}")["beaconId"] == pos.beacon_id


def test_more_points_of_sale_are_made_as_they_are_wanted(sandbox: Sandbox, shop: Till) -> None:
    pos = sandbox.create_pos(require_payment_before_checkin=True, beaconId="123456789012345")
    assert pos == Pos(pos.id, "123456789012345")
    assert shop.ok("GET", f"/pointofsales/{pos.id}")["requirePaymentBeforeCheckin"] is True
    assert sandbox.create_pos().id != sandbox.create_pos().id


def test_a_point_of_sale_that_can_not_be_made_says_why(sandbox: Sandbox) -> None:
    with pytest.raises(ControlError, match=r"\d{4}: "):
        sandbox.create_pos(beacon_id="1")


def test_what_the_test_does_itself_is_not_the_clients_doing(sandbox: Sandbox) -> None:
    sandbox.customer.check_in(pos=sandbox.pos)
    assert sandbox.requests().requests == ()


def test_the_faults_of_a_scenario_are_left_for_the_client(sandbox: Sandbox, shop: Till) -> None:
    sandbox.scenario("token-endpoint-down")
    assert sandbox.pos.id
    down = shop.http.post("/integrator-authentication/connect/token")
    assert down.status_code == 500


def test_another_merchants_shop_can_be_tested(simulator: RemoteSimulator) -> None:
    with simulator.sandbox(merchant="FI12345678") as sandbox:
        sandbox.customer.check_in("debit-card")
        stores = {each.vat: each.stores for each in sandbox.control.merchants()}
        assert sandbox.store_id == stores["FI12345678"][0].store_id


# --- the customer -----------------------------------------------------------------------------


def test_a_customer_pays(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.initiate(sandbox.pos.id)
    sandbox.customer.check_in()
    assert sandbox.payment(payment_id).state == "IssuedToUser"
    sandbox.customer.accept()
    assert sandbox.payment(payment_id).state == "Reserved"


def test_a_customer_cancels(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.initiate(sandbox.pos.id)
    sandbox.customer.check_in(DEBIT)
    sandbox.customer.cancel()
    assert sandbox.payment(payment_id).state == "CancelledByUser"


def test_who_checked_in_last_accepts(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.initiate(sandbox.pos.id)
    sandbox.customer.check_in("loyalty")
    sandbox.customer.check_in("debit-card")
    sandbox.customer.accept()
    assert sandbox.payment(payment_id).state == "Reserved"


def test_a_customer_goes_where_something_happened_last(sandbox: Sandbox, shop: Till) -> None:
    assert sandbox.pos
    first, second = shop.create_pos(), shop.create_pos()
    payment_id = shop.initiate(first)
    sandbox.customer.check_in()
    sandbox.customer.accept()
    assert sandbox.payment(payment_id).pos_id == first
    assert sandbox.payment(payment_id).state == "Reserved"
    shop.ok("DELETE", f"/pointofsales/{second}")
    sandbox.customer.check_in(pos=first)
    assert shop.ok("GET", f"/pointofsales/{first}/checkin")["isUserCheckedIn"] is True


def test_a_customer_goes_where_they_are_told(sandbox: Sandbox, shop: Till) -> None:
    other = sandbox.create_pos()
    payment_id = shop.initiate(sandbox.pos.id)
    sandbox.customer.check_in(pos=other)
    assert sandbox.payment(payment_id).state == "Initiated"
    sandbox.customer.check_in(pos=sandbox.pos)
    sandbox.customer.accept(user="credit-card", pos=sandbox.pos.id)
    assert sandbox.payment(payment_id).state == "Reserved"


def test_a_customer_with_nothing_to_accept_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ControlError) as error:
        sandbox.customer.accept()
    assert error.value.status == 409


def test_an_unknown_customer_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="credit-card, debit-card"):
        sandbox.customer.check_in("credit")
    with pytest.raises(ControlError, match=r"\+4500000000"):
        sandbox.customer.check_in("+4500000000")


@pytest.mark.parametrize("country", ["DK", "FI"])
def test_the_test_users_are_those_of_the_scenarios(country: str) -> None:
    from mobilepay_simulator.client.customer import STEMS

    customers = CustomerDirectory(1)
    assert list(USERS) == [each.word for each in TEST_USERS]
    for word, ending in USERS.items():
        assert customers.named(word, country).phone == STEMS[country] + ending


# --- scenarios and time -----------------------------------------------------------------------


def test_the_clock_moves_when_it_is_told_to(sandbox: Sandbox) -> None:
    begun = sandbox.clock.now
    sandbox.clock.advance(minutes=1)
    sandbox.clock.advance(timedelta(seconds=1))
    assert sandbox.clock.now == begun + timedelta(seconds=61)
    assert sandbox.clock.next_due is None
    assert sandbox.clock.rescale(10).scale == 10


def test_a_scenario_is_played_for_the_next_payment(sandbox: Sandbox, shop: Till) -> None:
    run = sandbox.scenario("rejection")
    payment_id = shop.initiate(sandbox.pos.id)
    sandbox.clock.advance(seconds=3)
    assert sandbox.payment(payment_id).state == "CancelledByUser"
    assert run.payments == (payment_id,)
    assert run.wait(1).verdict == "passed"
    run.assert_passed()


def test_a_scenario_is_played_on_one_point_of_sale(sandbox: Sandbox, shop: Till) -> None:
    sandbox.scenario("instant", sandbox.pos.id)
    assert sandbox.payment(shop.initiate(shop.create_pos())).state == "Initiated"
    assert sandbox.payment(shop.initiate(sandbox.pos.id)).state == "Reserved"


def test_a_scenario_is_played_several_times(sandbox: Sandbox, shop: Till) -> None:
    run = sandbox.scenario("instant", times=2)
    for _ in range(2):
        assert sandbox.payment(shop.initiate(sandbox.pos.id)).state == "Reserved"
    assert len(run.ids) == len(run.payments) == 2
    assert run.id == run.ids[0]


CANCELS = """
summary: The client must not cancel.
steps: []
expect:
  - not_called: CancelPayment
"""


def test_a_scenario_is_given_as_text(sandbox: Sandbox, shop: Till) -> None:
    first, second = sandbox.scenario(CANCELS), sandbox.scenario("summary: Nobody comes.")
    payment_id = shop.initiate(sandbox.pos.id)
    shop.ok("POST", f"/payments/{payment_id}/cancel")
    assert (first.verdict, second.verdict) == ("failed", "unfinished")
    assert first.expectations[0].expected == "CancelPayment is not called"


def test_a_scenario_is_given_as_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(CANCELS)
    (run,) = sandbox.scenario(tmp_path / "mine.yaml").runs
    assert run.scenario == "mine"


def test_a_run_that_failed_says_what_was_wrong(sandbox: Sandbox, shop: Till) -> None:
    run = sandbox.scenario(CANCELS, times=2)
    payment_id = shop.initiate(sandbox.pos.id)
    shop.ok("POST", f"/payments/{payment_id}/cancel")
    with pytest.raises(AssertionError) as error:
        run.assert_passed()
    said = str(error.value).splitlines()
    assert said[0].endswith(": failed")
    assert said[1].startswith("  failed: CancelPayment is not called; ")
    assert said[2].endswith(": unfinished")
    assert run.verdict == "failed"


def test_a_script_that_stopped_is_told(sandbox: Sandbox, shop: Till) -> None:
    run: LiveRun = sandbox.scenario("rejection")
    payment_id = shop.initiate(sandbox.pos.id)
    sandbox.customer.check_in()
    shop.ok("POST", f"/payments/{payment_id}/cancel")
    with pytest.raises(AssertionError, match="stopped early: a simulated user took over"):
        run.assert_passed()


@pytest.mark.parametrize("text", ["sucess", "summary: x\nstep: []"])
def test_a_scenario_that_is_none_is_refused(sandbox: Sandbox, text: str) -> None:
    with pytest.raises(ControlError, match="did you mean"):
        sandbox.scenario(text)


# --- what is seen from outside ----------------------------------------------------------------


def test_payments_are_seen_without_calling_the_api(sandbox: Sandbox, shop: Till) -> None:
    first = shop.captured(sandbox.pos.id)
    second = shop.initiate(sandbox.pos.id)
    calls = len(sandbox.requests())
    assert [each.id for each in sandbox.payments] == [first, second]
    assert sandbox.payment(first).states == ("Initiated", "IssuedToUser", "Reserved", "Captured")
    assert sandbox.payment(second).pos_id == sandbox.pos.id
    assert len(sandbox.requests()) == calls


def test_a_payment_that_is_not_there_is_told_with_those_that_are(
    sandbox: Sandbox, shop: Till
) -> None:
    with pytest.raises(LookupError, match="there are: none"):
        sandbox.payment("x")
    payment_id = shop.initiate(sandbox.pos.id)
    with pytest.raises(LookupError, match=payment_id):
        sandbox.payment("x")


def test_a_payment_is_found_whatever_the_case_of_its_id(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.initiate(sandbox.pos.id)
    assert sandbox.payment(payment_id.upper()).id == payment_id


# --- the sandbox itself -----------------------------------------------------------------------


def test_a_reset_leaves_nothing_behind(sandbox: Sandbox, shop: Till) -> None:
    shop.initiate(sandbox.pos.id)
    sandbox.clock.advance(days=400)
    sandbox.reset()
    assert sandbox.payments == ()
    sandbox.customer.check_in()
    assert sandbox.pos.id in [each.pos_id for each in sandbox.control.events()]


def test_a_sandbox_is_fresh_whoever_used_its_name_before(simulator: RemoteSimulator) -> None:
    name = fresh("reused")
    simulator.control.within(name).queue("rejection")
    with simulator.sandbox(name) as sandbox:
        assert sandbox.control.scenarios().queued == ()


def test_a_sandbox_is_dropped_in_the_end(simulator: RemoteSimulator) -> None:
    with simulator.sandbox() as sandbox:
        assert sandbox.name in [each.name for each in simulator.control.sandboxes()]
    assert sandbox.name not in [each.name for each in simulator.control.sandboxes()]
    sandbox.close()


def test_a_sandbox_that_somebody_dropped_is_no_trouble(simulator: RemoteSimulator) -> None:
    with simulator.sandbox() as sandbox:
        simulator.control.drop(sandbox.name)


def test_sandboxes_without_a_name_never_meet(simulator: RemoteSimulator) -> None:
    with simulator.sandbox() as one, simulator.sandbox() as another:
        assert one.name != another.name
        one.clock.advance(days=1)
        assert one.clock.now - another.clock.now > timedelta(hours=23)


def test_a_snapshot_takes_the_sandbox_back(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.initiate(sandbox.pos.id, 12.34)
    sandbox.scenario("rejection")
    snapshot = sandbox.snapshot()
    calls = sandbox.requests(control=True)
    sandbox.customer.check_in()
    sandbox.clock.advance(days=400)
    sandbox.restore(snapshot)
    assert sandbox.payment(payment_id).state == "Initiated"
    assert sandbox.requests(control=True) == calls
    assert sandbox.control.scenarios().queued[0].scenario == "rejection"
    sandbox.customer.check_in()
    sandbox.customer.accept()
    assert sandbox.payment(payment_id).state == "Reserved"


def test_a_snapshot_is_loaded_elsewhere(
    simulator: RemoteSimulator, sandbox: Sandbox, shop: Till
) -> None:
    payment_id = shop.reserved(sandbox.pos.id)
    with simulator.sandbox() as other:
        other.restore(sandbox.snapshot())
        other.clock.advance(days=8)
        assert other.payment(payment_id).state == "ExpiredAndCancelled"
    assert sandbox.payment(payment_id).state == "Reserved"


def test_a_snapshot_that_is_none_leaves_everything_as_it_was(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.initiate(sandbox.pos.id)
    with pytest.raises(ControlError, match="snapshot"):
        sandbox.restore({"version": 0})
    assert sandbox.payment(payment_id).state == "Initiated"


def test_a_bundle_plays_again_what_the_test_did_itself(sandbox: Sandbox, shop: Till) -> None:
    shop.initiate(sandbox.pos.id)
    sandbox.customer.check_in()
    sandbox.customer.accept()
    bundle = read_bundle(json.dumps(sandbox.control.bundle()).encode())
    replayed = replay(bundle, ReplayInProcess.of_bundle(bundle))
    assert replayed.difference is None
    assert replayed.left_out == []
    assert replayed.count == len(sandbox.requests(control=True))


# --- what the client did ----------------------------------------------------------------------


def test_what_the_client_did_is_verified(sandbox: Sandbox, shop: Till) -> None:
    shop.captured(sandbox.pos.id, 12.5)
    assert sandbox.verify("CapturePayment", count=1).matched == 1
    body = {"amount": 12.5, "posId": sandbox.pos.id}
    assert sandbox.verify(Matcher("InitiatePayment", body=body), at_least=1, at_most=2).requests
    assert sandbox.verify(Matcher(path="/pos/v10/*", headers={"authorization": "Bearer *"}))
    sandbox.verify("CreatePos", count=0)
    sandbox.verify_in_order("InitiatePayment", Matcher("CapturePayment", status=200))


def test_what_the_client_did_not_do_is_told_with_what_came_near(
    sandbox: Sandbox, shop: Till
) -> None:
    payment_id = shop.initiate(sandbox.pos.id)
    shop.call("POST", f"/payments/{payment_id}/capture", {"amount": 10})
    with pytest.raises(VerificationFailed) as failed:
        sandbox.verify(Matcher("CapturePayment", status=200))
    first, near, difference, *_ = str(failed.value).splitlines()
    assert first.startswith("expected CapturePayment")
    assert near.startswith("  near: #") and "/capture -> 409 13" in near
    assert "409" in difference
    with pytest.raises(VerificationFailed, match="InitiatePayment"):
        sandbox.verify_in_order("CapturePayment", "InitiatePayment")


def test_what_the_client_did_too_often_is_shown(sandbox: Sandbox, shop: Till) -> None:
    for _ in range(2):
        shop.ok("GET", "/stores")
    with pytest.raises(VerificationFailed) as failed:
        sandbox.verify("GetStores", at_most=1)
    assert failed.value.matched == 2
    assert [line[:8] for line in str(failed.value).splitlines()[1:]] == ["  was: #", "  was: #"]


def test_a_matcher_that_makes_no_sense_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ControlError, match="did you mean 'CapturePayment'"):
        sandbox.verify("CapturePaymnt")


def test_what_the_client_did_is_given_as_an_archive(sandbox: Sandbox, shop: Till) -> None:
    payment_id = shop.captured(sandbox.pos.id)
    entries = sandbox.control.har(payment_id=payment_id, status=200)["log"]["entries"]
    assert [each["request"]["method"] for each in entries] == ["POST", "POST"]


def test_a_url_that_names_a_sandbox_lends_it(sandbox: Sandbox) -> None:
    pos = sandbox.pos
    with RemoteSimulator(sandbox.base_url) as simulator:
        with simulator.sandbox("whatever") as first, simulator.sandbox() as second:
            assert first.base_url == second.base_url == simulator.url == sandbox.base_url
            assert len({pos.id, first.pos.id, second.pos.id}) == 3
        assert simulator.control.clock().scale == 0
    names = [each.name for each in sandbox.control.sandboxes()]
    assert sandbox.name in names
    assert "whatever" not in names
