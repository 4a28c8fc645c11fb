"""Messages on the page: code in them, the scenarios they suggest, and what they are about."""

import html
import re

import pytest
from mobilepay_simulator.dashboard import rendering
from mobilepay_simulator.dashboard.rendering import glue_backslashes, shorten_ids, show_code

from tests.browser.screenshots import certify
from tests.dashboard.conftest import Reader
from tests.support import Till

ID = "0a1b2c3d-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("send `posId`, not `PosId`", "send <code>posId</code>, not <code>PosId</code>"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("one ` alone", "one ` alone"),
        ("a < b", "a &lt; b"),
        ("", ""),
    ],
)
def test_code_in_a_message_is_shown_as_code(text: str, shown: str) -> None:
    assert show_code(text) == shown


@pytest.mark.parametrize(
    ("is_there", "shown"),
    [
        (True, 'see <a href="/guide/t.html#a-1">/guide/t.html#a-1</a>; &lt;'),
        (False, "see docs/t.md#a-1; &lt;"),
    ],
)
def test_a_section_of_the_guide_is_a_link_where_there_is_a_guide(
    monkeypatch: pytest.MonkeyPatch, is_there: bool, shown: str
) -> None:
    monkeypatch.setattr(rendering, "is_built", lambda: is_there)
    assert show_code("see /guide/t.html#a-1; <") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"payment {ID} is", "payment 0a1b2c3d is"),
        (f"POST /pos/v10/payments/{ID}/cancel", f"POST /pos/v10/payments/{ID}/cancel"),
        (ID, "0a1b2c3d"),
    ],
)
def test_an_id_is_shortened_but_in_a_call(text: str, shown: str) -> None:
    assert shorten_ids(text) == shown


def test_no_backslash_of_a_command_stands_alone() -> None:
    glued = str(glue_backslashes("curl 'a&b' \\\n  -H x \\\n  --data '\\'"))
    assert glued.count('<span class="nowrap"> \\</span>\n') == 2
    assert html.unescape(re.sub("<[^>]+>", "", glued)) == (
        "curl 'a&b' \\\n  -H x \\\n  --data '\\'"
    )


def test_the_audit_shows_no_backticks(reader: Reader, till: Till) -> None:
    till.call("POST", "/payments", {**till.payment_body(till.create_pos(), 5), "PosId": "x"})
    till.captured(till.create_pos(), 10, plannedCaptureDelay="None")
    text = reader.text("/page/audit")
    assert "<code>" in text
    assert "`" not in text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("path", ["", "/edit", "/preview"])
def test_the_scenarios_that_an_error_suggests_are_links(reader: Reader, path: str) -> None:
    answer = reader.get(f"/page/scenarios/sucess{path}")
    assert answer.status_code == 404
    assert 'page/scenarios/success">success</a>' in answer.text
    assert "scenarios/sucess" not in answer.text.partition("<main")[2]


def test_a_case_names_the_store_and_the_point_of_sale(reader: Reader, till: Till) -> None:
    certify(till)
    pos = till.control("GET", "/points-of-sale")["pointsOfSale"][0]
    for part in ("", "&part=stand"):
        text = reader.text(f"/page/certification/C1?case=certify-full-capture{part}")
        (said,) = re.findall(r'id="case-store">(.*?)</p>', text)
        assert pos["storeName"] in html.unescape(said)
        assert f"?pos={pos['posId']}" in said


def test_calls_of_the_timeline_table_have_their_numbers(reader: Reader, till: Till) -> None:
    payment_id = till.reserved()
    (start,) = till.control("GET", "/requests?operation=InitiatePayment")["requests"]
    text = reader.text(f"/page/timeline?paymentId={payment_id}&view=table")
    link = rf'<a href="[^"]*/page/requests/{start["id"]}"[^>]*>.*?</a>'
    assert f"#{start['id']}" in re.findall(link, text)[0]


@pytest.mark.parametrize(("operation", "names"), [("CapturePayment", True), ("Token", False)])
def test_an_exchange_says_whose_sections_its_explanation_names(
    reader: Reader, till: Till, operation: str, names: bool
) -> None:
    till.captured()
    calls = till.control("GET", f"/requests?operation={operation}")["requests"]
    page = reader.text(f"/page/requests/{calls[-1]['id']}")
    assert ("section 7" in page) is names
    assert ("Sections in brackets are those of the service" in page) is names


def test_a_secret_of_basic_credentials_is_a_variable_of_the_curl_command(
    reader: Reader, till: Till
) -> None:
    form = {"grant_type": "client_credentials", "merchant_vat": "DK12345678"}
    till.http.post("/integrator-authentication/connect/token", data=form, auth=("my till", "key"))
    call = till.control("GET", "/requests?operation=Token")["requests"][-1]
    page = html.unescape(reader.text(f"/page/requests/{call['id']}"))
    assert 'title="my till"' in reader.text("/page/requests?part=list")
    assert "-u 'my till':\"$CLIENT_SECRET\"" in page
    assert "Basic" not in page.partition("As curl")[2]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("PUT", "/pos/v10/payments", "Wrong method"),
        ("GET", "/pos/v10/nowhere", "Unknown path"),
    ],
)
def test_a_call_that_is_no_operation_says_why(
    reader: Reader, till: Till, method: str, path: str, name: str
) -> None:
    till.http.request(method, path, headers=till.headers)
    assert f">{name}</a>" in reader.text("/page/requests?part=list")
