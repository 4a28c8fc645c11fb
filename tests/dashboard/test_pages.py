"""Every page is there, loads nothing from elsewhere, and shows texts as texts."""

import re
from urllib.parse import quote

import pytest
from mobilepay_simulator.dashboard.navigation import VIEWS
from mobilepay_simulator.dashboard.rendering import break_at_slashes
from mobilepay_simulator.dashboard.sealing import POLICY

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till

NASTY = "<script>alert(1)</script>\"'"
PATHS = [
    *(view.path for view in VIEWS),
    "/page/scenarios/success",
    "/page/new-scenario",
    "/page/scenarios/success/edit",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_view_is_there_in_an_empty_sandbox(reader: Reader, path: str) -> None:
    page = reader.text(path)
    assert 'href="#main"' in page
    assert "<h1>" in page


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_navigation_says_where_one_is(reader: Reader, view: tuple[str, str, str]) -> None:
    (current,) = re.findall(r'href="([^"]+)" aria-current="page"', reader.text(view[2]))
    assert current.endswith(view[2])


@pytest.mark.parametrize("path", PATHS)
def test_a_strict_policy_goes_with_every_page(reader: Reader, path: str) -> None:
    headers = reader.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
def test_no_page_has_a_script_a_style_or_a_handler_in_it(
    reader: Reader, till: Till, path: str
) -> None:
    till.refund(till.captured())
    page = reader.text(path)
    assert not re.findall(r"<script(?![^>]* src=)", page)
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", page)


def test_all_that_is_loaded_comes_from_the_simulator(reader: Reader) -> None:
    page = reader.text()
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 9
    base = str(reader.http.base_url)
    for path in loaded:
        assert path.startswith("/sandboxes/")
        answer = reader.http.get(base.partition("/sandboxes/")[0] + path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_file_that_is_not_asked_for_by_its_version_is_not_kept(reader: Reader) -> None:
    assert reader.get("/page/static/page.js").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    [
        "nothing.css",
        "../desk.py",
        "..%2fdesk.py",
        "vendor/%2e%2e/page.js",
        "%2e%2e/desk.py",
        "vendor",
        "vendor/README.md",
        "..\\desk.py",
        ".",
    ],
)
def test_no_other_file_is_sent(reader: Reader, name: str) -> None:
    assert reader.get(f"/page/static/{name}").status_code in (400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/page/requests/99",
        "/page/certification/C9",
        "/page/runs/R9",
        "/page/runs/%E2%98%83",
        "/page/scenarios/nothing",
    ],
)
def test_what_is_not_there_is_told_on_a_page(reader: Reader, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "That is not there" in answer.text


@pytest.mark.parametrize("path", ["/page", "/page/"])
def test_what_is_above_all_pages_is_the_overview(reader: Reader, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code in (302, 303, 308)
    assert answer.headers["Location"].endswith("/")
    assert "/page" not in answer.headers["Location"]


def test_texts_of_clients_are_shown_as_texts(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos(name=NASTY, merchantPosId=NASTY)
    payment_id = till.captured(pos_id, orderId=NASTY, merchantPaymentLabel=NASTY)
    till.refund(payment_id, refundOrderId=NASTY)
    till.call("GET", f"/payments/{NASTY}")
    requests = till.control("GET", "/requests")["requests"]
    till.control("POST", "/certifications", {"systemName": "<script>alert(1)</script>"})
    paths = (
        "/",
        "/page/certification",
        "/page/certification?version=" + NASTY,
        "/page/certification/C1",
        f"/page/till?pos={pos_id}",
        f"/page/timeline?paymentId={payment_id}",
        f"/page/timeline?posId={pos_id}",
        "/page/requests",
        "/page/requests?path=" + NASTY,
        "/page/till?pos=" + NASTY,
        "/page/scenarios/success",
        "/page/audit",
        *(f"/page/requests/{each['id']}" for each in requests),
    )
    for path in paths:
        page = reader.get(path).text
        assert "<script>alert" not in page, path
    assert "&lt;script&gt;" in reader.text()


def test_a_sandbox_has_a_page_of_its_own(reader: Reader, till: Till) -> None:
    till.captured(orderId="only-here")
    assert "only-here" in reader.text()
    root = str(reader.http.base_url).partition("/sandboxes/")[0]
    assert "only-here" not in reader.http.get(f"{root}/").text
    assert reader.http.get(f"{root}/sandboxes/default/").status_code == 200


def test_one_goes_to_another_sandbox_by_its_name(reader: Reader) -> None:
    answer = reader.get("/page/sandbox?name=another")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sandboxes/another/")
    assert reader.get("/page/sandbox?name=a b").status_code == 400


def test_the_default_sandbox_is_reset_from_its_page(reader: Reader, till: Till) -> None:
    till.captured()
    answer = reader.post("/page/sandbox/reset", asked="script")
    assert answer.status_code == 303
    assert till.control("GET", "/payments")["total"] == 0


PARTS = [
    "/?part=poses",
    "/?part=payments",
    "/?part=scenarios",
    "/?part=time",
    "/?part=sandboxes",
    "/page/clock?part=now",
    "/page/clock?part=due",
    "/page/till?part=counter",
    "/page/till?part=keys",
    "/page/till?part=phone",
    "/page/timeline?part=entries",
    "/page/timeline?part=states",
    "/page/runs?part=list",
    "/page/runs/R1?part=run",
    "/page/requests?part=list",
    "/page/audit?part=findings",
    "/page/certification?part=list",
    "/page/certification/C1?part=stand",
]


@pytest.mark.parametrize("path", PARTS)
def test_a_part_of_a_page_is_sent_alone(reader: Reader, till: Till, path: str) -> None:
    till.control(
        "POST",
        "/certifications",
        {"cases": ["certify-refund"], "clientIds": ["11111111-2222-4333-8444-555555555555"]},
    )
    till.captured()
    part = reader.text(path, **HTMX)
    assert part.strip()
    assert "<html" not in part


def test_the_page_of_a_fresh_sandbox_listens_from_where_it_was_read(
    reader: Reader, till: Till
) -> None:
    till.captured()
    place = till.control("GET", "/changes")["id"]
    assert f"after={place}" in reader.text()


def test_the_api_docs_are_linked(reader: Reader) -> None:
    assert re.search(r'href="/sandboxes/[^/"]+/docs"', reader.text())


def test_what_is_shown_can_be_chosen_however_old_it_is(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos(name="The first")
    payment_id = till.captured(pos_id, orderId="the-first")
    for _ in range(55):
        till.captured(till.create_pos())
    page = reader.text(f"/page/till?pos={pos_id}")
    assert f'<option value="{pos_id}" selected>The first' in page
    page = reader.text(f"/page/timeline?paymentId={payment_id}")
    assert f'<option value="paymentId:{payment_id}" selected>the-first' in page


def test_calls_are_filtered_by_their_path(reader: Reader, till: Till) -> None:
    till.captured()
    shown = reader.text("/page/requests?part=list&path=/pos/v10/stores", **HTMX)
    assert "/pos/v10/stores" in shown
    assert "/capture" not in shown


@pytest.mark.parametrize("name", ["", "/", "a/b", "..", "../requests", " "])
def test_what_is_called_by_an_impossible_name_is_not_there(reader: Reader, name: str) -> None:
    assert reader.post("/page/scenarios/queue", scenario=name).status_code == 404
    assert reader.get(f"/page/till?pos={quote(name)}").status_code == 200
    assert reader.get(f"/page/till?payment={quote(name)}").status_code == 200


def test_what_a_list_of_sandboxes_has_no_room_for_is_unfolded(reader: Reader) -> None:
    root = str(reader.http.base_url).partition("/sandboxes/")[0]
    names = [f"listed-{number}" for number in range(21)]
    try:
        for name in names:
            assert reader.http.post(f"{root}/sandboxes/{name}/_simulator/reset").is_success
        page = reader.text("/")
        assert re.search(r'<details id="sandboxes-more"[^>]*><summary[^>]*>and \d+ more<', page)
        assert all(f'href="/sandboxes/{name}/"' in page for name in names)
    finally:
        for name in names:
            reader.http.delete(f"{root}/_simulator/sandboxes/{name}")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:9/shop-7", ["http://127.0.0.1:9", "/shop-7"]),
        ("https://a.example/b/?c=d&e=<", ["https://a.example", "/b", "/", "?c=d", "&amp;e=&lt;"]),
    ],
)
def test_a_url_breaks_between_its_parts(url: str, parts: list[str]) -> None:
    assert re.findall(r'<span class="part">(.*?)</span>', break_at_slashes(url)) == parts


def test_a_call_with_a_used_key_says_as_well_only_of_the_same_answer(
    reader: Reader, till: Till
) -> None:
    pos_id = till.create_pos()
    body = till.payment_body(pos_id)
    till.ok("POST", "/payments", body, key="used")
    till.ok("POST", "/payments", body, key="used")
    assert re.search(r"first answered 200 as well", reader.text("/page/requests"))
    till.control("POST", "/faults", {"call": "InitiatePayment", "fault": "500"})
    assert till.call("POST", "/payments", body, key="used").status_code == 500
    page = reader.text("/page/requests")
    assert page.count("first answered 200<") == 1
