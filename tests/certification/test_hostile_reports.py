"""Whatever a client sends, its report is sound and keeps secrets."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.certification.reports import ReportData, as_html, as_junit
from mobilepay_simulator.certification.status import CaseStatus
from mobilepay_simulator.journal.exchanges import ExchangeRecord
from mobilepay_simulator.journal.junit import printable
from msgspec import structs

from tests.certification.candidates import SECRET, Hall
from tests.certification.markup import parsed, text_of, what_bars_readers, what_is_active
from tests.certification.reporting import PAYMENTS, SETTINGS, examined, fetched, report
from tests.certification.wrong_clients import Tampering

SCRIPT = "<script>alert('&\"')</script>"


class Hostile(Tampering):
    """Sends markup and a very long text with each payment, and an amount of its own with each try."""

    def tamper(
        self, method: str, path: str, headers: dict[str, str], body: bytes, timeout: float
    ) -> tuple[bytes, float]:
        if method == "POST" and path == "/pos/v10/payments":
            self.count += 1
            headers["X-Note"] = SCRIPT
            headers["X-Long"] = "y" * 5000
            headers["X-MobilePay-Idempotency-Key"] = f"</pre>&amp;{self.count}"
            more = {"note": SCRIPT, "long": "z" * 20_000}
            return json.dumps({**json.loads(body), **more}).encode(), timeout
        return body, timeout


@pytest.fixture(scope="module")
def hostile() -> Hall:
    return examined(create_app(SETTINGS), Hostile, PAYMENTS)


def test_markup_that_a_client_sends_is_text(hostile: Hall) -> None:
    page = fetched(hostile, "html")
    assert "<script" not in page
    assert "&lt;script&gt;alert(" in page
    tree = parsed(page)
    assert what_is_active(tree) == []
    assert SCRIPT in text_of(tree)


def test_a_long_text_is_cut_and_of_a_body_it_is_said_where(hostile: Hall) -> None:
    page = fetched(hostile, "html")
    assert re.search(r"The first 4000 of 20\d\d\d bytes\.", page)
    assert "z" * 4001 not in page
    assert "y" * 301 not in page


def spoilt(made: ReportData, text: str) -> ReportData:
    """A report in which every text that a client could have a hand in is another."""

    def exchange(each: ExchangeRecord) -> ExchangeRecord:
        pairs = ((text, text),)
        content = text.encode("utf-8", "surrogatepass")
        return replace(
            each,
            **dict.fromkeys(("method", "path", "query", "operation", "fault", "sandbox"), text),
            headers=pairs,
            answer_headers=pairs,
            body=content,
            answer_body=content,
        )

    def case(each: CaseStatus) -> CaseStatus:
        steps = tuple(replace(step, seen=text, advice=text) for step in each.steps)
        return replace(each, why=text, advice=text, steps=steps)

    status = made.status
    sections = tuple(
        replace(each, cases=tuple(case(one) for one in each.cases)) for each in status.sections
    )
    session = replace(status.session, client_ids=(text,), version=text, system_name=text)
    findings = tuple(
        structs.replace(each, message=text, payment_id=text) for each in made.audit.findings
    )
    return replace(
        made,
        status=replace(status, session=session, sections=sections),
        exchanges={number: exchange(each) for number, each in made.exchanges.items()},
        audit=replace(made.audit, findings=findings),
        certificates=tuple(replace(each, client_id=text) for each in made.certificates),
    )


@pytest.mark.parametrize(
    "text",
    [SCRIPT, "\"'><img src=x onerror=y>", "</style><b>", "\0\x1b[1m\ud800\ufffe", "{{ 7*7 }}"],
)
@pytest.mark.parametrize("name", ["passed", "failed"])
def test_no_text_whatever_breaks_the_page_or_the_junit(
    name: str, text: str, request: pytest.FixtureRequest
) -> None:
    made = spoilt(report(request.getfixturevalue(name)), text)
    tree = parsed(as_html(made))
    assert what_is_active(tree) == []
    assert what_bars_readers(tree) == []
    assert printable(text) in "".join(tree.itertext())
    assert ET.fromstring(as_junit(made)).tag == "testsuites"


def test_no_secret_and_no_token_is_in_a_report(passed: Hall) -> None:
    token = passed.client._token
    assert len(token) > 100
    for form in ("html", "json", "junit"):
        text = fetched(passed, form)
        assert token not in text
        assert token.rpartition(".")[2] not in text
        assert SECRET not in text
    assert "authorization: Bearer ***1" in text_of(parsed(fetched(passed, "html")))
