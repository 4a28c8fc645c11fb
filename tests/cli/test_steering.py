"""The commands that act on a running simulator: what the page can do, from a shell."""

import json
import re
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import click
import httpx
import pytest
from mobilepay_simulator import Simulator
from mobilepay_simulator.cli.options import URL
from mobilepay_simulator.cli.remote import refuse_unknown

from tests.api.calls import UNKNOWN
from tests.cli.test_cli import refused, run
from tests.support import CREDIT, LOYAL, RunningServer, Till

NOBODY = "http://127.0.0.1:9"


def here(till: Till) -> dict[str, str]:
    """The variable that leads a command to the sandbox of a till, which is made first."""
    till.http.post("/_simulator/reset")
    return {"MOBILEPAY_SIM_URL": str(till.http.base_url).rstrip("/")}


def told(till: Till, *line: str) -> Any:
    """What a command answers as JSON in the sandbox of a till."""
    base = {"MOBILEPAY_SIM_URL": str(till.http.base_url).rstrip("/")}
    done = run(*line, "--json", env=base)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_arranged_is_what_the_control_api_tells(till: Till) -> None:
    here(till)
    made = told(till, "arrange", "payment", "captured", "--age", "91d", "--amount", "12.50")
    seen = till.http.get(f"/_simulator/payments/{made['paymentId']}").json()
    assert (seen["state"], seen["amount"]) == ("Captured", 12.5)
    line = told(till, "timeline", made["paymentId"])
    assert line == till.http.get(f"/_simulator/timeline?paymentId={made['paymentId']}").json()
    mermaid = told(till, "timeline", made["paymentId"], "--format", "mermaid")["content"]
    assert mermaid.startswith("sequenceDiagram")
    svg = told(till, "timeline", made["posId"], "--format", "svg")["content"]
    assert svg.startswith("<svg")
    there = told(till, "timeline", made["posId"])
    assert there["posId"] == made["posId"]


def test_a_fault_of_one_word_strikes_as_often_as_it_says(till: Till) -> None:
    env = here(till)
    done = run("fault", "CreatePos", "503", "--times", "2", env=env)
    assert done.returncode == 0, done.stderr
    statuses = [till.call("POST", "/pointofsales", till.pos_body()).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    (fault,) = told(till, "fault")["faults"]
    assert (fault["call"], fault["calls"]) == (["CreatePos"], 3)
    assert told(till, "fault", "--clear") == {"faults": []}


def test_a_queued_file_is_played_by_the_next_payment(till: Till, tmp_path: Path) -> None:
    env = here(till)
    file = tmp_path / "my-own.yaml"
    file.write_text("summary: Mine.\nsteps:\n  - include: instant\n")
    done = run("queue", str(file), env=env)
    assert done.returncode == 0, done.stderr
    queued = till.http.get("/_simulator/scenarios").json()["queued"]
    assert [each["scenario"] for each in queued] == ["my-own"]
    assert len(told(till, "queue", "rejection", "--times", "2")["runs"]) == 2


def test_a_run_that_has_not_begun_is_told_to_wait(till: Till) -> None:
    env = here(till)
    told(till, "queue", "rejection")
    assert run("runs", env=env).stdout.split() == ["R1", "waiting", "rejection"]
    assert told(till, "runs")["runs"][0]["verdict"] == "unfinished"
    till.initiate(till.create_pos(), scenario="manual")
    till.initiate(till.create_pos())
    assert "waiting" not in run("runs", env=env).stdout


def test_what_the_verdict_of_a_run_hides_is_told_below_it(till: Till) -> None:
    env = here(till)
    payment = till.initiate(till.create_pos(), scenario="instant")
    till.control("POST", "/clock/advance", {"seconds": 20 * 86_400})
    (found,) = told(till, "runs")["runs"]
    assert found["payments"] == [payment]
    assert found["remarks"]
    lines = run("runs", env=env).stdout.splitlines()
    assert [each for each in lines if "note:" in each] == [
        f"    note: {each}" for each in found["remarks"]
    ]


def test_time_moves_by_a_length_and_to_what_is_next(till: Till) -> None:
    here(till)
    before = told(till, "clock")["now"]
    told(till, "arrange", "point-of-sale", "CheckedIn", "--customer", "loyalty")
    told(till, "advance", "2s")
    after = told(till, "advance", "--next")
    assert after["nextDue"] is None
    assert before[:10] <= after["now"][:10]
    assert till.http.get("/_simulator/points-of-sale").json()["pointsOfSale"][0]["checkIn"] is None


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("90", 90), ("1,5", 1.5), ("0.125", 0.125), ("1,5h", 5400), ("7d", 604800)],
)
def test_time_moves_as_far_as_is_typed_in_the_words_of_the_page(
    till: Till, typed: str, seconds: float
) -> None:
    here(till)
    till.control("PUT", "/clock", {"scale": 0})
    before, after = told(till, "clock")["now"], told(till, "advance", typed)["now"]
    passed = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    assert passed.total_seconds() == seconds


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1,000", "TIME: '1,000' may mean two numbers; write 1000, or 1.0"),
        ("12.500", "TIME: '12.500' may mean two numbers; write 12500, or 12.5"),
        ("1.000,5", "got '1.000,5'; a number alone is seconds"),
        ("inf", "TIME: expected a time such as"),
        ("1e300", "at most 36500 days"),
    ],
)
def test_what_is_no_length_of_time_is_refused_as_typed(till: Till, typed: str, words: str) -> None:
    assert words in refused("advance", typed, env=here(till))


def test_the_customer_checks_in_accepts_and_rejects(till: Till) -> None:
    here(till)
    made = told(till, "arrange", "payment", "Initiated")
    there = told(till, "customer", "check-in", "loyalty")
    assert there["pointOfSale"]["checkIn"]["phone"] == LOYAL
    assert there["payment"]["state"] == "IssuedToUser"
    assert told(till, "customer", "card", "debit")["payment"]["card"] == "debit"
    assert told(till, "customer", "accept")["payment"]["state"] == "Reserved"
    told(till, "arrange", "payment", "IssuedToUser")
    assert told(till, "customer", "reject")["payment"]["state"] == "CancelledByUser"
    told(till, "customer", "check-in", CREDIT, "--pos", made["posId"])
    assert [each["state"] for each in told(till, "payments")["payments"]] == [
        "CancelledByUser",
        "Reserved",
    ]


def test_the_card_that_is_taken_is_named(till: Till) -> None:
    env = here(till)
    told(till, "arrange", "payment", "IssuedToUser")
    lines = run("customer", "card", "debit", env=env).stdout.splitlines()
    assert lines[0] == "the customer takes the debit card"


def test_requests_are_listed_as_the_journal_has_them(till: Till) -> None:
    here(till)
    till.call("GET", "/payments")
    found = told(till, "requests", "--status", "4xx", "--operation", "QueryPaymentIds")
    assert [each["code"] for each in found["requests"]] == ["1109"]
    assert told(till, "runs") == {"runs": []}


def test_a_reset_makes_a_sandbox_and_nothing_else_does(server: RunningServer) -> None:
    with Simulator(seed=7) as simulator:
        url = ("--url", simulator.url)
        said = refused("advance", "2s", *url, "--sandbox", "defalt")
        assert "did you mean 'default'" in said
        assert run("reset", *url, "--sandbox", "mine").returncode == 0
        assert run("advance", "2s", *url, "--sandbox", "mine").returncode == 0
        assert [each.name for each in simulator.control.sandboxes()] == ["default", "mine"]


@pytest.mark.parametrize(
    "line",
    [
        "queue success",
        "fault CapturePayment lost",
        "arrange payment Captured",
        "audit",
        "ledger",
        "explain 1",
    ],
)
def test_what_makes_a_sandbox_is_told_where_it_is_not_there(till: Till, line: str) -> None:
    here(till)
    server, _, name = str(till.http.base_url).rstrip("/").partition("/sandboxes/")
    said = refused(*line.split(), "--url", server, "--sandbox", f"fresh-{name}")
    (command,) = re.findall("`mobilepay-sim ([^`]+)`", said)
    assert run(*command.split()).returncode == 0
    assert f"fresh-{name}" in [each["name"] for each in sandboxes(server)]


def sandboxes(server: str) -> Any:
    return httpx.get(f"{server}/_simulator/sandboxes").json()["sandboxes"]


def test_at_the_usual_place_no_url_is_told() -> None:
    with pytest.raises(click.ClickException) as found:
        refuse_unknown("fresh-1", ["default"], URL)
    assert "`mobilepay-sim reset --sandbox fresh-1`" in found.value.message


@pytest.mark.parametrize(
    ("name", "there", "meant"),
    [
        ("cli-14478", "w-14979", False),
        ("shop", "workshop-of-others", False),
        ("defalt", "default", True),
        ("till-north", "till-nroth", True),
    ],
)
def test_of_many_sandboxes_only_one_that_is_near_is_named(
    name: str, there: str, *, meant: bool
) -> None:
    names = [there, *(f"{number}-{number}-{number}" for number in range(20))]
    with pytest.raises(click.ClickException) as found:
        refuse_unknown(name, names, URL)
    assert (there in found.value.message) is meant


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("fault", "CapturePaymnt", "lost"), "'CapturePayment'"),
        (("fault", "CapturePayment", "losd"), "'lost'"),
        (("queue", "succes"), "'success'"),
        (("arrange", "payment", "Captred"), "'Captured'"),
        (("arrange", "paymnt", "Captured"), "'payment'"),
        (("customer", "accept"), "no point of sale"),
        (("customer", "pay"), "reject"),
        (("queue", "certify-payment"), "certify --case certify-payment"),
        (("timeline", "7"), "order id"),
        (("timeline", UNKNOWN), f"there is no payment and no point of sale {UNKNOWN}"),
        (("requests", "--payment", UNKNOWN), f"paymentId: no payment {UNKNOWN}"),
        (("payments", "--state", "Captred"), "'Captured'"),
        (("advace", "2s"), "'advance'"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(
    till: Till, line: tuple[str, ...], words: str
) -> None:
    assert words in refused(*line, env=here(till))


def test_where_nothing_runs_nothing_is_started() -> None:
    said = refused("advance", "2s", "--url", NOBODY)
    assert NOBODY in said
    assert "MOBILEPAY_SIM_URL" in said


def test_no_start_of_the_server_imports_these_commands() -> None:
    import subprocess
    import sys

    from tests.support import ROOT

    code = "import sys; from simulator.cli import main; print([m for m in sys.modules if m.endswith(('cli.acting', 'cli.arranging', 'cli.looking'))])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


class _Hostile(BaseHTTPRequestHandler):
    """Answers whatever it is asked with a text that a terminal would obey, or that can't be read."""

    answers: ClassVar[dict[str, tuple[int, bytes, dict[str, str]]]] = {
        "/refuses": (
            400,
            b'{"error": "no\\u001b]0;mine\\u0007\\nmobilepay-sim: all is well"}',
            {},
        ),
        "/deep": (200, b"[" * 100_000, {}),
        "/refuses-deep": (500, b'{"error":' + b"[" * 100_000, {}),
        "/zipped": (200, b"rubbish", {"Content-Encoding": "gzip"}),
        "/charset": (400, b"<p>no", {"Content-Type": "text/html; charset=zlib_codec"}),
    }

    def do_GET(self) -> None:
        status, body, headers = self.answers["/" + self.path.split("/")[1]]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.mark.parametrize("path", ["refuses", "deep", "refuses-deep", "zipped", "charset"])
@pytest.mark.parametrize("command", ["requests", "payments", "audit"])
def test_what_a_strange_server_answers_is_told_in_one_plain_line(path: str, command: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hostile) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{path}"
        done = run(command, env={"MOBILEPAY_SIM_URL": url})
        server.shutdown()
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("mobilepay-sim: ")
    assert line.isprintable()


@pytest.mark.parametrize(
    "line",
    [
        "arrange payment Captured --amount nan",
        "arrange store --balance inf",
        "clock --scale nan",
        "clock --scale much",
    ],
)
def test_what_is_no_number_is_refused_by_the_name_of_its_option(line: str) -> None:
    done = run(*line.split(), env={"MOBILEPAY_SIM_URL": NOBODY})
    assert done.returncode == 2
    assert line.split()[-2] in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- which payment ----------------------------------------------------------------------------


def test_a_payment_is_found_by_its_order_id_too(till: Till) -> None:
    env = here(till)
    told(till, "arrange", "payment", "Captured", "--order", "order-1")
    made = told(till, "arrange", "payment", "Captured", "--order", "order-7")
    till.status(made["paymentId"])
    assert told(till, "timeline", "order-7")["paymentId"] == made["paymentId"]
    assert "order-7" in refused("timeline", "order-7x", env=env)
    found = told(till, "requests", "--payment", "order-7")["requests"]
    assert {each["paymentId"] for each in found} == {made["paymentId"]}
    assert "'order-8'" in refused("requests", "--payment", "order-8", env=env)


def test_an_order_id_that_is_a_guid_is_an_order_id_all_the_same(till: Till) -> None:
    here(till)
    order = "0a1b2c3d-0000-4000-8000-000000000001"
    made = told(till, "arrange", "payment", "Captured", "--order", order)
    assert told(till, "timeline", order)["paymentId"] == made["paymentId"]


@pytest.mark.parametrize("line", [("timeline",), ("requests", "--payment")])
def test_an_order_with_several_payments_is_refused_with_all_of_them(
    till: Till, line: tuple[str, ...]
) -> None:
    env = here(till)
    made = [told(till, "arrange", "payment", "Captured", "--order", "twice") for _ in range(2)]
    said = refused(*line, "twice", env=env)
    assert all(each["paymentId"] in said for each in made)


# --- how it is said ---------------------------------------------------------------------------


def test_amounts_are_shown_in_cents(till: Till) -> None:
    env = here(till)
    shown = run("arrange", "payment", "Captured", "--amount", "20", env=env).stdout.split()
    assert shown[shown.index("amount:") + 1] == "20.00"
    assert shown[shown.index("captured:") + 1] == "20.00"


def test_a_refunded_payment_is_listed_with_what_was_refunded(till: Till) -> None:
    env = here(till)
    for order, amount in (("part", 4), ("all", 10)):
        refund_id = till.refund(till.captured(amount=10, orderId=order), amount)
        till.advance(seconds=1)
        till.ok("POST", f"/refunds/{refund_id}/capture")
    till.captured(amount=10, orderId="none")
    ends = [line.split("DKK  ")[1] for line in run("payments", env=env).stdout.splitlines()]
    assert ends == ["none", "all  refunded 10.00", "part  refunded 4.00"]


def test_without_an_amount_what_is_captured_is_the_whole_payment(till: Till) -> None:
    env = here(till)
    whole = told(till, "arrange", "payment", "Captured", "--captured", "20")
    assert (whole["amount"], whole["capturedAmount"]) == (20, 20)
    part = told(till, "arrange", "payment", "Captured", "--captured", "20", "--amount", "30")
    assert (part["amount"], part["capturedAmount"]) == (30, 20)
    line = ("arrange", "payment", "Captured", "--captured", "20", "--amount", "10")
    assert "captured" in refused(*line, env=env)


@pytest.mark.parametrize(
    ("scale", "words"), [("1", "1 second in"), ("60", "60 seconds in"), ("0", "stands still")]
)
def test_one_second_is_no_seconds(till: Till, scale: str, words: str) -> None:
    env = here(till)
    assert words in run("clock", "--scale", scale, env=env).stdout


# --- what is not there ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nosuch", "/nosuch/sandboxes/default", "/sandboxes/default/page"]
)
@pytest.mark.parametrize(
    "line", ["clock --url", "clock --sandbox default --url", "audit", "ledger"]
)
def test_a_path_that_is_no_sandbox_is_told_with_what_would_be_right(
    server: RunningServer, line: str, path: str
) -> None:
    said = refused(*line.split(), server.url + path)
    assert path.partition("/sandboxes/default")[0] in said
    assert f"{server.url}/sandboxes/NAME" in said


def test_a_part_of_a_name_is_answered_with_all_that_have_it(till: Till) -> None:
    said = refused("fault", "Capture", "lost", env=here(till))
    assert "'CapturePayment'" in said
    assert "'CaptureRefund'" in said


@pytest.mark.parametrize("line", ["queue", "scenario explain", "scenario play"])
def test_a_file_that_is_no_scenarios_is_told_with_what_would_be_right(
    till: Till, tmp_path: Path, line: str
) -> None:
    file = tmp_path / "README.md"
    file.write_text("# A page\n")
    for wrong in (str(file), str(tmp_path), "no/such"):
        said = refused(*line.split(), wrong, env=here(till))
        assert wrong in said
        assert ".yaml" in said


def test_a_scenario_file_that_can_not_be_queued_is_named_and_the_url_is_not(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    assert refused("queue", str(file)) == f"mobilepay-sim: {file}: no such file\n"
