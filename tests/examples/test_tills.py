"""The tills of the examples: run as a user would, against a real server."""

import json
import re
import runpy
import signal
import subprocess
from typing import Any

import httpx
import pytest
from mobilepay_simulator.api.routes import OPERATIONS
from mobilepay_simulator.engine import client_rules
from mobilepay_simulator.engine.operations import POS
from mobilepay_simulator.engine.states import PaymentState

from tests.examples.support import EXAMPLES, TILLS, ExampleTill
from tests.support import RunningServer, Till

PAY = (("pay", "10.00"),)
PAY_A_PART = (("pay", "10.00", "--capture", "4.00"),)
REFUND = (*PAY, ("refund", "PAYMENT", "4.00"))

#: What is done in each scenario; PAYMENT is the id that the first command printed.
SCENARIOS = {
    "active-payment-clean-up": (("start", "10.00"), ("pay", "12.00")),
    "cancelled-by-mobilepay": PAY,
    "flaky-network": PAY,
    "half-body-on-poll": PAY,
    "html-error-page": PAY,
    "lost-response-capture": PAY,
    "lost-response-create-pos": PAY,
    "lost-response-initiate": PAY,
    "lost-response-refund": REFUND,
    "loyalty": PAY,
    "malformed-body": PAY,
    "partial-capture": PAY_A_PART,
    "partial-capture-refused": PAY_A_PART,
    "refund": REFUND,
    "refund-cancelled-by-mobilepay": REFUND,
    "rejection": PAY,
    "reset-on-capture": PAY,
    "service-unavailable": PAY,
    "slow-answers": PAY,
    "timeout-then-500-then-success": PAY,
    "token-endpoint-down": PAY,
    "token-revoked": PAY,
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_passes_a_shipped_scenario(example: ExampleTill, scenario: str) -> None:
    run = example.queue(scenario)
    payment = ""
    for words in SCENARIOS[scenario]:
        done = example.run(*(payment if word == "PAYMENT" else word for word in words))
        payment = payment or done.stdout.partition(" ")[0]
    judged = example.world.control("POST", f"/runs/{run}/wait?timeout=10")
    assert judged["verdict"] == "passed", judged


def test_it_takes_a_payment(example: ExampleTill) -> None:
    payment, state = example.ok("pay", "10.50")
    assert state == "Captured"
    assert example.world.payment(payment)["amount"] == 10.5


def test_a_payment_the_customer_cancels_ends_with_1(example: ExampleTill) -> None:
    example.queue("rejection")
    done = example.run("pay", "10.50")
    assert done.returncode == 1
    assert done.stdout.split()[1] == "CancelledByUser"


def test_it_captures_all_where_a_part_is_not_possible(example: ExampleTill) -> None:
    payment, _ = example.ok("pay", "10.50", "--capture", "4")
    (capture,) = example.calls("CapturePayment")
    assert capture["paymentId"] == payment
    assert json.loads(capture["request"]["body"]) == {"amount": 10.5}


def test_a_payment_it_can_not_capture_is_cancelled(example: ExampleTill) -> None:
    done = example.run("pay", "10.50", "--capture", "11")
    assert done.returncode == 1
    assert "409 1305" in done.stderr
    (payment,) = {each["paymentId"] for each in example.calls("QueryPayment")}
    assert example.world.status(payment) == "CancelledByClient"


def test_it_gives_money_back(example: ExampleTill) -> None:
    payment, _ = example.ok("pay", "10.50")
    refund, state = example.ok("refund", payment, "4")
    assert state == "Captured"
    assert example.world.refund_status(refund) == "Captured"


def test_the_audit_finds_nothing_wrong_with_it(example: ExampleTill) -> None:
    payment, _ = example.ok("pay", "10.50")
    example.ok("refund", payment, "4")
    audit = example.world.control("GET", "/audit")
    assert audit["calls"] > 5
    assert audit["findings"] == []


def test_the_audit_finds_nothing_wrong_with_polls_that_fail(example: ExampleTill) -> None:
    example.world.control("PUT", "/clock", {"scale": 1})
    fault = {"call": "QueryPayment", "fault": "500", "times": 2}
    example.world.control("POST", "/faults", fault)
    example.ok("pay", "10.50")
    audit = example.world.control("GET", "/audit")
    assert [each["answer"]["status"] for each in example.calls("QueryPayment")[:3]] == [
        500,
        500,
        200,
    ]
    assert audit["findings"] == []


def test_what_it_starts_can_be_looked_up_captured_and_cancelled(example: ExampleTill) -> None:
    example.queue("instant")
    first, state = example.ok("start", "10.50")
    assert state == "Reserved"
    assert example.ok("capture", first, "10.50") == (first, "Captured")
    second, _ = example.ok("start", "10.50")
    assert example.ok("cancel", second) == (second, "CancelledByClient")
    assert example.ok("status", second) == (second, "CancelledByClient")


def test_it_pays_in_euros_in_finland(example: ExampleTill) -> None:
    payment, _ = example.ok("--merchant", "FI12345678", "pay", "10.50")
    finland = example.world.for_merchant("FI12345678")
    assert finland.payment(payment)["currencyCode"] == "EUR"


def test_it_is_one_point_of_sale_however_often_it_runs(example: ExampleTill) -> None:
    example.ok("pay", "1")
    example.ok("pay", "2")
    assert len(example.calls("CreatePos")) == 1


def test_it_fetches_one_token_for_all_calls(example: ExampleTill) -> None:
    example.ok("pay", "10.50")
    assert len(example.calls("Token")) == 1


def test_only_calls_that_make_something_carry_a_key(example: ExampleTill) -> None:
    payment, _ = example.ok("pay", "10.50")
    example.ok("refund", payment, "4")
    with_key = {
        each["operation"]
        for each in example.world.control("GET", "/requests")["requests"]
        if "x-mobilepay-idempotency-key" in {name.lower() for name, _ in each["request"]["headers"]}
    }
    assert with_key == {"CreatePos", "InitiatePayment", "CreateRefund"}


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pay", "1.234"), "no amount such as 10.50"),
        (("pay", ""), "no amount such as 10.50"),
        (("pay", "0"), "no amount such as 10.50"),
        (("pay", "NaN"), "no amount such as 10.50"),
        (("pay", "10", "--capture", "ten"), "no amount such as 10.50"),
        (("--url", "localhost:8080", "pay", "10"), "no URL such as http://127.0.0.1:8080"),
        (("pay",), "amount"),
        (("spend", "10"), "pay"),
        ((), "pay"),
    ],
)
def test_words_it_does_not_know_are_told_in_the_last_line(
    example: ExampleTill, words: tuple[str, ...], told: str
) -> None:
    done = example.run(*words)
    assert done.returncode == 2
    assert told in (done.stderr.splitlines()[-1] if words else done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--secret", "wrong", "pay", "10"), "401 invalid_client"),
        (("status", "11111111-2222-4333-8444-555555555555"), "404"),
        (("cancel", "nothing"), "400 1099"),
    ],
)
def test_a_refusal_is_one_line(example: ExampleTill, words: tuple[str, ...], told: str) -> None:
    done = example.run(*words)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert told in line


def test_ctrl_c_cancels_the_payment(quick_server: RunningServer) -> None:
    url = f"{quick_server.url}/sandboxes/interrupted"
    with httpx.Client(base_url=url) as http:
        world = Till(http)
        world.control("POST", "/scenarios/next", {"scenario": "manual"})
        command = [*TILLS["python"], "--url", url, "pay", "10.50"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as paying:
            payment = _first_polled(world, paying)
            paying.send_signal(signal.SIGINT)
            assert paying.wait(10) == 130
        assert world.status(payment) == "CancelledByClient"


def _first_polled(world: Till, paying: "subprocess.Popen[bytes]") -> str:
    """The id of the payment that a till polls, once it does."""
    while not (polls := world.control("GET", "/requests?operation=QueryPayment")["requests"]):
        assert paying.poll() is None, paying.communicate()
    return str(polls[0]["paymentId"])


# --- agreement with the model client --------------------------------------------------------------


def constants(language: str) -> dict[str, Any]:
    """Time-outs and pauses in seconds, the creating paths and the active states of a till."""
    if language == "python":
        till = runpy.run_path(str(EXAMPLES / "python" / "till.py"))
        return {name: till[name] for name in ("READING", "WRITING", "PAUSES", "CREATING", "ACTIVE")}
    text = (EXAMPLES / "node" / "till.mjs").read_text(encoding="utf-8")
    found = dict(re.findall(r"^const ([A-Z]+) = ([^;]+);", text, re.MULTILINE))
    return {
        "READING": int(found["READING"]) / 1000,
        "WRITING": int(found["WRITING"]) / 1000,
        "PAUSES": tuple(int(each) / 1000 for each in re.findall(r"\d+", found["PAUSES"])),
        "CREATING": tuple(re.findall(r'"([^"]+)"', found["CREATING"])),
        "ACTIVE": tuple(re.findall(r'"([^"]+)"', found["ACTIVE"])),
    }


@pytest.mark.parametrize("language", TILLS)
def test_it_is_as_patient_as_the_model_client(language: str) -> None:
    till = constants(language)
    assert till["READING"] == client_rules.READ_TIMEOUT.total_seconds()
    assert till["WRITING"] == client_rules.WRITE_TIMEOUT.total_seconds()
    first = client_rules.FIRST_PAUSE.total_seconds()
    pauses = [first * 2**number for number in range(client_rules.MOST_RETRIES)]
    assert list(till["PAUSES"]) == pauses


@pytest.mark.parametrize("language", TILLS)
def test_it_waits_in_the_states_that_are_active(language: str) -> None:
    assert set(constants(language)["ACTIVE"]) == {each for each in PaymentState if each.is_active}


@pytest.mark.parametrize("language", TILLS)
def test_it_knows_which_calls_make_something(language: str) -> None:
    creating = {each.path.removeprefix(POS) for each in OPERATIONS if each.creates}
    assert set(constants(language)["CREATING"]) == creating
