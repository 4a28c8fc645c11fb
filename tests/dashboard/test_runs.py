"""The pages of runs: what waits, what has begun, and the calls."""

import re

from tests.dashboard.conftest import Reader
from tests.support import Till

RULES = """
summary: The customer accepts at once.
steps:
  - do: check-in
expect:
  - not_called: CancelPayment
"""


def queued(till: Till) -> str:
    """A run that waits for its payment."""
    till.http.put("/_simulator/scenarios/mine", content=RULES)
    return str(till.control("POST", "/scenarios/next", {"scenario": "mine"})["runs"][0])


def lights(text: str) -> list[str]:
    """The words of the lights in a text."""
    found = re.findall(r'<span class="light [^"]*">(.*?)</span>', text, re.DOTALL)
    return [re.sub("<svg.*?</svg>|<[^>]+>", "", each, flags=re.DOTALL).strip() for each in found]


def test_a_queued_scenario_waits_and_has_not_begun(reader: Reader, till: Till) -> None:
    run_id = queued(till)
    listed = reader.text("/page/runs?part=list")
    assert lights(listed) == ["waiting"]
    assert f'datetime="{till.control("GET", f"/runs/{run_id}")["begunAt"]}"' in listed
    assert lights(reader.text("/?part=scenarios")) == ["waiting"]
    assert lights(reader.text(f"/page/runs/{run_id}?part=run"))[0] == "waiting"


def test_a_scenario_that_is_queued_for_a_point_of_sale_names_it(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos(name="Till 7")
    queued = till.control("POST", "/scenarios/next", {"scenario": "success", "posId": pos_id})
    run = reader.text(f"/page/runs/{queued['runs'][0]}?part=run")
    assert "It waits for the next payment on Till 7." in run
    assert "1. success, next payment on Till 7" in reader.text("/?part=scenarios")


def test_a_run_without_calls_says_why(reader: Reader, till: Till) -> None:
    run_id = queued(till)
    waiting = reader.text(f"/page/runs/{run_id}?part=run")
    assert "The client has made none of its calls yet." in waiting
    till.http.put("/_simulator/scenarios/free", content="summary: Nothing is expected.")
    (free,) = till.control("POST", "/scenarios/next", {"scenario": "free"})["runs"]
    assert "Calls are kept where something is expected" in reader.text(f"/page/runs/{free}")


def test_a_run_leads_to_the_order_of_its_payment(reader: Reader, till: Till) -> None:
    queued(till)
    assert "/page/timeline" not in reader.text("/page/runs?part=list")
    payment_id = till.initiate(till.create_pos(), orderId="receipt-7")
    listed = reader.text("/page/runs?part=list")
    assert f'/page/timeline?paymentId={payment_id}">receipt-7</a>' in listed


def test_a_run_has_begun_with_its_payment(reader: Reader, till: Till) -> None:
    run_id = queued(till)
    till.initiate(till.create_pos())
    started = till.control("GET", f"/runs/{run_id}")["startedAt"]
    listed = reader.text("/page/runs?part=list")
    assert lights(listed) == ["unfinished"]
    assert f'datetime="{started}"' in listed


def test_a_call_that_started_no_payment_is_not_passed_over_in_silence(
    reader: Reader, till: Till
) -> None:
    run_id = queued(till)
    till.create_pos()
    text = reader.text(f"/page/runs/{run_id}?part=run")
    assert "None of its calls has started a payment yet." in text
    assert "It waits for its payment." not in text


def test_the_calls_of_a_run_lead_to_their_requests(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    run_id = queued(till)
    payment_id = till.initiate(pos_id)
    till.call("POST", f"/payments/{payment_id}/cancel")
    start, cancel = (each["request"] for each in till.control("GET", f"/runs/{run_id}")["calls"])
    text = reader.text(f"/page/runs/{run_id}?part=run")
    for request in (start, cancel):
        assert f'/page/requests?request={request}">#{request}</a>' in text
    seen = text.partition("seen: ")[2].partition("</li>")[0]
    assert f'/page/requests?request={cancel}">call 2</a>' in seen


def test_a_scenario_that_was_deleted_is_plain_text(reader: Reader, till: Till) -> None:
    run_id = queued(till)
    assert "/page/scenarios/mine" in reader.text("/page/runs")
    till.initiate(till.create_pos())
    till.control("DELETE", "/scenarios/mine")
    for path in ("/page/runs?part=list", f"/page/runs/{run_id}"):
        text = reader.text(path)
        assert "mine" in text
        assert "/page/scenarios/mine" not in text


def test_the_last_runs_have_a_heading_of_their_own(reader: Reader, till: Till) -> None:
    queued(till)
    text = reader.text("/?part=scenarios")
    assert text.index("Default scenario") < text.index("<h3>Last runs</h3>") < text.rindex("R1")


JUDGED = """
summary: The customer accepts at once.
steps:
  - do: check-in
expect:
  - call: InitiatePayment
  - call: CapturePayment
  - not_called: CancelPayment
  - not_called: CreateRefund
"""


def test_expectations_have_the_words_of_a_certification(reader: Reader, till: Till) -> None:
    till.http.put("/_simulator/scenarios/mine", content=JUDGED)
    run_id = till.control("POST", "/scenarios/next", {"scenario": "mine"})["runs"][0]
    path = f"/page/runs/{run_id}?part=run"
    payment_id = till.initiate(till.create_pos())
    assert lights(reader.text(path))[:5] == ["unfinished", "done", "to come", "kept", "kept"]
    till.call("POST", f"/payments/{payment_id}/cancel")
    assert lights(reader.text(path))[:5] == ["failed", "done", "missed", "broken", "kept"]
