"""The report of a sweep: text, JSON, JUnit XML and one HTML file."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from mobilepay_simulator.testing.sweep.outcomes import Outcome
from mobilepay_simulator.testing.sweep.pages import as_html
from mobilepay_simulator.testing.sweep.reports import again, as_json, as_junit, as_text, summary

from tests.testing.sweep.shapes import SOLD, finding, outcome, payment, swept

RUNS: dict[str, Outcome] = {
    "InitiatePayment#1:lost-response": outcome(payment("Reserved"), payment(order="order-2")),
    "InitiatePayment#1:500": outcome(exit_code=1, output="no <b>luck</b>\n\ufffd\u00e6"),
    "CapturePayment#1:lost-response": outcome(payment()),
    "CapturePayment#1:500": outcome(payment(), findings=(finding("new-rule"),)),
    "QueryPayment#4:lost-response": outcome(payment(), struck=()),
    "QueryPayment#4:500": outcome(payment("Reserved"), exit_code=-9),
}
SWEPT = swept(RUNS)


def test_the_matrix_has_a_row_for_each_call_and_a_column_for_each_fault() -> None:
    assert as_text(SWEPT).split("\n\n")[0].splitlines() == [
        "                   lost-response   500",
        "InitiatePayment#1  double-charged  gave up",
        "CapturePayment#1   survived        survived, but noisy",
        "QueryPayment#4     not struck      crashed",
    ]


def test_the_last_line_counts_the_worst_first() -> None:
    assert as_text(SWEPT).splitlines()[-1] == (
        "6 runs: 1 double-charged, 1 crashed, 1 gave up, 1 not struck, 1 survived, "
        "1 survived, but noisy"
    )


def test_what_did_not_survive_is_told_in_full() -> None:
    told = as_text(SWEPT).split("\n\n")[2]
    assert told.splitlines() == [
        "gave up: InitiatePayment#1:500",
        "    Here the work is not done, and the answer is 500.",
        "    The command ended with 1; no money was taken too much, and none is stuck.",
        "    What to do: Repeat a call that is not answered, or answered with 5xx: up to five times, with",
        "    growing pauses, the same key and the same body.",
        "    Again: mobilepay-sim sweep --only 'InitiatePayment#1:500' -- till --url '{url}'",
        "    The command's last lines:",
        "      | no <b>luck</b>",
        "      | \ufffd\u00e6",
    ]


def test_what_survived_quietly_is_not_told_again() -> None:
    assert "CapturePayment#1:lost-response" not in as_text(SWEPT)
    assert "The audit: error new-rule: the rule new-rule is broken" in as_text(SWEPT)


def test_the_same_advice_is_given_once() -> None:
    both = swept({f"Token#{n}:500": outcome(exit_code=1) for n in (1, 2)})
    assert as_text(both).count("What to do:") == 1


def test_a_verdict_can_be_coloured() -> None:
    painted = as_text(SWEPT, lambda text, verdict: f"<{verdict.value}>{text}</>")
    assert "<double-charged>double-charged</>  <gave-up>gave up</>" in painted


LEFT_OUT = replace(
    SWEPT,
    cells=SWEPT.cells[:2],
    results=SWEPT.results[:2],
    options=replace(SWEPT.options, max_runs=2, seed=9),
)


def test_what_is_left_out_is_named() -> None:
    text = as_text(LEFT_OUT)
    assert "CapturePayment#1   -               -" in text
    assert (
        "Left out: 4 of 6, since --max-runs is 2 (chosen by --seed 9): "
        "CapturePayment#1:lost-response, CapturePayment#1:500, "
        "QueryPayment#4:lost-response, QueryPayment#4:500"
    ) in text


def test_an_interrupted_sweep_says_so() -> None:
    part = replace(SWEPT, results=SWEPT.results[:1], interrupt=KeyboardInterrupt())
    assert summary(part) == "1 run: 1 double-charged; interrupted: 5 were not made"


def test_one_run_is_made_again_by_its_command() -> None:
    options = replace(SWEPT.options, again=("--scenario", "rejection"))
    line = again(replace(SWEPT, options=options), SWEPT.cells[0])
    assert line == (
        "mobilepay-sim sweep --only 'InitiatePayment#1:lost-response' --scenario rejection "
        "-- till --url '{url}'"
    )


def test_as_json_it_has_all_runs() -> None:
    document = json.loads(as_json(SWEPT))
    assert document["command"] == ["till", "--url", "{url}"]
    assert document["counts"]["double-charged"] == 1
    assert document["counts"]["survived"] == 2
    assert document["calls"] == ["InitiatePayment#1", "CapturePayment#1", "QueryPayment#4"]
    assert document["clean"]["payments"][0]["captured"] == 10.0
    first, second, *_ = document["runs"]
    assert (first["id"], first["verdict"], first["fault"]) == (
        "InitiatePayment#1:lost-response",
        "double-charged",
        "lost-response",
    )
    assert [each["state"] for each in first["payments"]] == ["Reserved", "Captured"]
    assert (second["exitCode"], second["requests"]) == (1, [7])
    assert [each["noisy"] for each in document["runs"]].count(True) == 1


def cases(xml: str) -> dict[str, ET.Element]:
    return {f"{each.get('classname')} {each.get('name')}": each for each in ET.fromstring(xml)}


def test_as_junit_each_run_is_a_case() -> None:
    suite = ET.fromstring(as_junit(SWEPT))
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["6", "3", "1"]
    failure = cases(as_junit(SWEPT))["sweep.InitiatePayment#1 lost-response"].find("failure")
    assert failure is not None
    assert failure.get("type") == "double-charged"
    assert "2 payments took" in (failure.get("message") or "")
    assert "Again: mobilepay-sim sweep --only" in (failure.text or "")


def test_in_junit_what_fails_can_be_chosen() -> None:
    found = cases(as_junit(SWEPT, ["noisy"]))
    failed = [name for name, case in found.items() if case.find("failure") is not None]
    assert failed == ["sweep.CapturePayment#1 500"]


def test_in_junit_what_was_not_run_is_skipped() -> None:
    found = cases(as_junit(LEFT_OUT))
    skipped = found["sweep.QueryPayment#4 500"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "left out: see --max-runs"


class Page(HTMLParser):
    """A page's text, links and ids, and whether its tags match."""

    VOID = ("meta", "br", "link", "!doctype")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.links += [values["href"] or ""] if "href" in values else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_well_formed_and_its_links_lead_to_its_own_parts() -> None:
    page = Page(as_html(SWEPT))
    assert page.open == []
    assert len(page.links) == 6
    assert {each.removeprefix("#") for each in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_the_page_needs_nothing_from_elsewhere_and_no_script() -> None:
    text = as_html(SWEPT)
    assert "<script" not in text
    assert not re.search(r"https?://|@import|url\(", text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_what_the_command_wrote_is_shown_as_text() -> None:
    text = as_html(SWEPT)
    assert "no &lt;b&gt;luck&lt;/b&gt;" in text
    assert "<b>luck" not in text


@pytest.mark.parametrize(
    "told",
    ["2 payments took", "What to do:", "10.00 DKK", "new-rule", "--only 'InitiatePayment#1:500'"],
)
def test_the_page_tells(told: str) -> None:
    assert told in " ".join(Page(as_html(SWEPT)).text.split())


def test_a_page_of_nothing_but_survivors_can_be_made() -> None:
    assert "1 run: 1 survived." in as_html(swept({"Token#1:500": SOLD}))
    assert "What did not survive" not in as_html(swept({"Token#1:500": SOLD}))
