"""Many workers: each with a server of its own, or all on one without meeting there."""

import sys

import pytest
from mobilepay_simulator.testing.process import Simulator

from tests.testing.plugin.conftest import Run

XDIST = ("-p", "xdist")

FOUR_HUNDRED = """
    import httpx
    import pytest

    @pytest.mark.parametrize("number", range(400))
    def test_pays(mobilepay, number):
        begun, amount = mobilepay.clock.now, round(1 + number / 100, 2)
        with httpx.Client(base_url=f"{mobilepay.base_url}/pos/v10", verify=False) as till:
            def post(path, body, key):
                headers = {**mobilepay.headers(), "X-MobilePay-Idempotency-Key": key}
                answer = till.post(path, json=body, headers=headers)
                assert answer.status_code == 200, answer.text
                return answer.json() if answer.content else None

            pos_id = post("/pointofsales", {
                "merchantPosId": "till", "storeId": mobilepay.store_id, "name": "Till",
                "supportedBeaconTypes": ["QR"], "beaconId": "123456789012345",
            }, "pos")["posId"]
            payment_id = post("/payments", {
                "posId": pos_id, "orderId": "order", "amount": amount, "currencyCode": "DKK",
                "plannedCaptureDelay": "None",
            }, "payment")["paymentId"]
            mobilepay.clock.advance(seconds=2)
            post(f"/payments/{payment_id}/capture", {"amount": amount}, "capture")

        assert (mobilepay.clock.now - begun).total_seconds() == 2
        (payment,) = mobilepay.payments
        assert (payment.id, payment.state, payment.pos_id) == (payment_id, "Captured", pos_id)
        calls = mobilepay.requests()
        assert [each.operation for each in calls] == [
            "CreatePos", "InitiatePayment", "CapturePayment",
        ]
        assert {each.pos_id for each in calls} == {pos_id}
        assert float(calls[1].request.json()["amount"]) == amount
        (run,) = mobilepay.control.runs()
        assert (run.id, run.payments) == ("R1", (payment_id,))
"""


@pytest.mark.xdist_group("many")
def test_eight_workers_run_four_hundred_tests_on_one_server_and_never_meet(run: Run) -> None:
    with Simulator() as simulator:
        result = run(FOUR_HUNDRED, *XDIST, "-n", "8", f"--mobilepay-url={simulator.url}")
        result.assert_outcomes(passed=400)
        assert [each.name for each in simulator.control.sandboxes()] == ["default"]


def test_each_worker_starts_a_server_of_its_own(run: Run, pytester: pytest.Pytester) -> None:
    run(
        """
    import os
    from pathlib import Path

    import pytest

    @pytest.mark.parametrize("number", range(6))
    def test_it(mobilepay, mobilepay_server, number):
        worker = os.environ["PYTEST_XDIST_WORKER"]
        Path(f"{worker}-{number}").write_text(mobilepay_server.url)
        assert mobilepay.clock.now
    """,
        *XDIST,
        "-n",
        "2",
    ).assert_outcomes(passed=6)
    urls: dict[str, set[str]] = {}
    for file in pytester.path.glob("gw*"):
        urls.setdefault(file.name.partition("-")[0], set()).add(file.read_text())
    assert {len(each) for each in urls.values()} == {1}
    assert len(set.union(*urls.values())) == len(urls)


def test_wrong_settings_are_said_once_and_not_by_each_worker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(mobilepay): pass")
    command = (sys.executable, "-m", "pytest", "-p", "mobilepay", *XDIST, "-n", "2")
    result = pytester.run(*command, "--mobilepay-option", "sede=7")
    said = "mobilepay: unknown setting 'sede'; did you mean 'seed'?"
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sum(said in line for line in (*result.outlines, *result.errlines)) == 1


def test_the_exchange_log_comes_through_xdist(run: Run) -> None:
    result = run(
        """
    def test_it(mobilepay):
        mobilepay.clock.advance(seconds=1)
        assert "the test's own" == "reason"
    """,
        *XDIST,
        "-n",
        "1",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["#1 * POST /_simulator/clock/advance -> 200"])
