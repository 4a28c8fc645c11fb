"""An agent with a script finds out what is wrong with a till, by the tools alone."""

import re
import sys

from tests.support import ROOT
from tests.testing.agents.support import APART, connected, over_stdio

TILL = [
    sys.executable,
    str(ROOT / "examples/sweep/wrong_tills.py"),
    "starts-over",
    "--url",
    "{url}",
]


def test_the_lost_response_bug_of_a_till_is_found_and_explained() -> None:
    with connected(over_stdio(*APART, "--option", "scenario=instant")) as agent:
        agent.do("simulator", start=True)

        # What goes wrong with the money?
        swept = agent.do("sweep", command=TILL, only=["*:lost-response"], wait=120).text
        told = r"double-charged: CapturePayment#1:lost-response.*\n(?:.*\n)*?\s+see (.*)"
        found = re.search(told, swept)
        assert found, swept
        assert "same idempotency key" in swept
        sandbox = found[1].rpartition(" ")[2]

        # Which calls were made there?
        listed = agent.do("requests", sandbox=sandbox).text
        captures = agent.do("requests", operation="CapturePayment", sandbox=sandbox).text
        lost = re.findall(r"^#(\d+) .*cut off", captures, re.MULTILINE)
        starts = agent.do("requests", operation="InitiatePayment", sandbox=sandbox).text
        payments = re.findall(r"^#(\d+) ", starts, re.MULTILINE)
        assert len(lost) == 1, listed
        assert len(payments) == 2, listed

        # Why was that one not answered, and what had happened already?
        explained = agent.do("explain", request_id=int(lost[0]), sandbox=sandbox).text
        payment = re.findall(r"timeline\(payment_id='([-0-9a-f]+)'", explained)[0]
        told = agent.do("timeline", payment_id=payment, sandbox=sandbox).text
        assert "Captured" in told

        # The proof: the till sold once, and was paid twice.
        ledger = agent.do("review", parts=["ledger"], sandbox=sandbox).text
        assert ledger.count("captured 10.5") == 2
        sold = agent.do("verify", operation="InitiatePayment", count=1, sandbox=sandbox).text
        assert sold.startswith("NOT VERIFIED")
        kept = agent.do("sandbox", name=sandbox, action="drop").text
        assert sandbox in kept


def test_a_till_without_that_mistake_survives_the_same_sweep() -> None:
    right = [
        sys.executable,
        str(ROOT / "examples/python/till.py"),
        "--url",
        "{url}",
        "pay",
        "10.50",
    ]
    with connected(over_stdio(*APART, "--option", "scenario=instant")) as agent:
        agent.do("simulator", start=True)
        only = ["CapturePayment#1:lost-response"]
        swept = agent.do("sweep", command=right, only=only, wait=120).text
    assert "1 run: 1 survived" in swept
    assert "double-charged" not in swept
