"""Clock, scenarios and their forms; who may send one."""

import html
import re
from datetime import datetime

import pytest

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till

FORMS = [
    ("/page/till/act", {"act": "create-pos"}),
    ("/page/clock", {"seconds": "60"}),
    ("/page/scenarios/queue", {"scenario": "success"}),
    ("/page/scenarios/save", {"name": "mine", "yaml": "summary: x"}),
    ("/page/scenarios/check", {"yaml": "summary: x"}),
    ("/page/certification", {"sections": "onboarding"}),
    ("/page/certification/C1", {"act": "abandon"}),
    ("/page/sandbox/reset", {}),
    ("/page/theme", {"theme": "dark"}),
    ("/page/login", {"token": "x"}),
    ("/page/logout", {}),
]


@pytest.mark.parametrize(("path", "form"), FORMS)
@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_form_without_the_pages_token_changes_nothing(
    reader: Reader, till: Till, path: str, form: dict[str, str], token: str | None
) -> None:
    before = till.control("GET", "/changes")["id"]
    data = {**form, **({} if token is None else {"csrf": token})}
    answer = till.http.post(path, data=data)
    assert answer.status_code == 403
    assert "The simulator has restarted: nothing was done." in answer.text
    assert till.control("GET", "/changes")["id"] == before


def test_a_form_that_is_too_large_is_told_so(reader: Reader) -> None:
    answer = reader.post("/page/scenarios/save", name="mine", yaml="#" * 1_048_576)
    assert answer.status_code == 413
    assert "too large" in answer.text


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_an_open_page_gets_the_token_of_a_restarted_simulator_and_nothing_is_done(
    reader: Reader, till: Till, path: str, form: dict[str, str]
) -> None:
    before = till.control("GET", "/changes")["id"]
    headers = {**HTMX, "X-CSRF-Token": "of-an-earlier-server", "Sec-Fetch-Site": "same-origin"}
    answer = till.http.post(path, data=form, headers=headers)
    assert answer.status_code == 200
    assert "restarted" in answer.text
    assert answer.headers["X-Form-Refused"] == "true"
    assert answer.headers["X-CSRF-Token"] == reader.csrf
    assert not [each for each in answer.headers if each.startswith("access-control-")]
    assert till.control("GET", "/changes")["id"] == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {**HTMX, "Origin": "https://evil.example"},
        {**HTMX, "Sec-Fetch-Site": "cross-site"},
        {**HTMX, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_the_token_is_given_to_scripts_of_the_page_alone(
    reader: Reader, headers: dict[str, str]
) -> None:
    answer = reader.http.post("/page/clock", data={"seconds": "1"}, headers=headers)
    assert answer.status_code == 403
    assert "X-CSRF-Token" not in answer.headers
    if "Origin" in headers or headers.get("Sec-Fetch-Site") == "cross-site":
        assert reader.csrf not in answer.text


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_a_form_of_another_site_is_refused(reader: Reader, path: str, form: dict[str, str]) -> None:
    data = {**form, "csrf": reader.csrf}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = reader.http.post(path, data=data, headers=headers)
        assert answer.status_code == 403


def test_a_link_from_another_site_may_be_followed(reader: Reader) -> None:
    assert reader.get("/", **{"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_form_can_not_be_sent_by_a_link(reader: Reader) -> None:
    for path, _ in FORMS:
        if not path.startswith(("/page/clock", "/page/login", "/page/certification")):
            assert reader.get(path).status_code in (404, 405)


# --- the clock --------------------------------------------------------------------------------


def now(till: Till) -> str:
    """What time it is."""
    return str(till.control("GET", "/clock")["now"])


def test_the_clock_jumps_and_the_command_for_it_is_shown(reader: Reader, till: Till) -> None:
    before = now(till)
    said = reader.post("/page/clock", headers=HTMX, seconds="60").text
    assert now(till) > before
    assert "/_simulator/clock/advance" in said


def test_the_next_event_is_reached_and_nothing_behind_it(reader: Reader, till: Till) -> None:
    payment_id = till.initiate(till.create_pos(), scenario="success")
    for state in ("IssuedToUser", "Reserved"):
        reader.post("/page/clock", to="next")
        assert till.control("GET", f"/payments/{payment_id}")["state"] == state


def test_past_expiry_the_reservation_is_gone(reader: Reader, till: Till) -> None:
    payment_id = till.reserved()
    reader.post("/page/clock", to="expiry")
    assert till.control("GET", f"/payments/{payment_id}")["state"] == "ExpiredAndCancelled"


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90", 90),
        ("1,5", 1.5),
        ("500ms", 0.5),
        ("2s", 2),
        ("10m", 600),
        ("1,5h", 5400),
        ("7d", 604800),
    ],
)
def test_the_clock_jumps_as_far_as_is_typed_in_the_words_of_the_command(
    reader: Reader, till: Till, typed: str, seconds: float
) -> None:
    reader.post("/page/clock", scale="0")
    before = datetime.fromisoformat(till.control("GET", "/clock")["now"])
    text = reader.post("/page/clock", headers=HTMX, seconds=typed).text
    after = datetime.fromisoformat(till.control("GET", "/clock")["now"])
    assert (after - before).total_seconds() == seconds
    assert f"{seconds}}}" in text


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"to": "next"}, "Nothing is due"),
        ({"to": "expiry"}, "Nothing is going to expire"),
        ({"seconds": "x"}, "How far: expected a time such as 500ms, 2s, 10m, 24h or 7d"),
        ({"seconds": "10 minutes"}, "a number alone is seconds"),
        ({"seconds": "1.000,5"}, "7d, got &#39;1.000,5&#39;"),
        ({"seconds": "1,000"}, "&#39;1,000&#39; may mean two numbers; write 1000, or 1.0"),
        ({"seconds": "inf"}, "How far: expected a time such as"),
        ({"seconds": "99999d"}, "How far: must be at most a hundred years"),
        ({"seconds": "-1"}, "expected a number of at least 0"),
        ({"scale": "inf"}, "Simulated seconds per real one: expected a number"),
        ({"scale": "1e9"}, "expected a number of at most 1000000"),
        ({}, "Nothing is due"),
    ],
)
def test_what_the_clock_can_not_do_is_told(
    reader: Reader, form: dict[str, str], message: str
) -> None:
    for headers in (HTMX, {}):
        answer = reader.post("/page/clock", headers=headers, **form)
        assert answer.status_code == 200
        assert message in answer.text


def test_the_pace_is_set(reader: Reader, till: Till) -> None:
    reader.post("/page/clock", scale="60")
    assert till.control("GET", "/clock")["scale"] == 60
    assert "60</span>" in reader.text("/page/clock?part=now", **HTMX)


# --- scenarios --------------------------------------------------------------------------------


def test_a_scenario_is_queued_for_a_point_of_sale(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    said = reader.post("/page/scenarios/queue", headers=HTMX, scenario="rejection", pos=pos_id)
    assert "R1" in said.text
    queued = till.control("GET", "/scenarios")["queued"]
    assert queued == [{"posId": pos_id, "scenario": "rejection", "run": "R1"}]


@pytest.mark.parametrize(
    "form",
    [
        {"scenario": "rejektion"},
        {"scenario": "rejection", "times": "0"},
        {"scenario": "rejection", "times": "x"},
        {"scenario": "rejection", "pos": "x"},
    ],
)
def test_what_can_not_be_queued_is_told(reader: Reader, form: dict[str, str]) -> None:
    answer = reader.post("/page/scenarios/queue", headers=HTMX, **form)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


def test_a_mistake_is_shown_with_its_line(reader: Reader) -> None:
    text = "summary: x\r\nsteps:\r\n  - do: acept"
    said = reader.post("/page/scenarios/check", headers=HTMX, yaml=text).text
    assert "Line 3" in said
    assert "did you mean &#39;accept&#39;?" in said


def test_a_scenario_is_saved_to_the_sandbox(reader: Reader, till: Till) -> None:
    answer = reader.post("/page/scenarios/save", name="mine", yaml="summary: Mine.\r\n")
    assert answer.url.path.endswith("/page/scenarios/mine")
    assert "The scenario is saved" in answer.text
    assert till.control("GET", "/scenarios/mine")["yaml"] == "summary: Mine.\n"


@pytest.mark.parametrize("name", ["", "a/b", "Ä", "\u2603", "<b>", "../x", "?x"])
def test_a_name_that_is_none_keeps_what_was_written(reader: Reader, name: str) -> None:
    answer = reader.post("/page/scenarios/save", name=name, yaml="summary: Kept words.")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "Kept words." in answer.text
    assert "<b>" not in answer.text.replace("<b>default</b>", "")


def test_a_theme_is_kept_in_a_cookie(reader: Reader) -> None:
    answer = reader.post("/page/theme", theme="dark", next="/page/clock")
    assert answer.headers["Location"].endswith("/page/clock")
    assert 'data-theme="dark"' in reader.text()
    reader.post("/page/theme", theme="neither")
    assert "data-theme=" not in reader.text().partition(">")[2].partition("<body")[0]


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "\\evil", "/docs"])
def test_nobody_is_sent_to_another_site(reader: Reader, wanted: str) -> None:
    answer = reader.post("/page/theme", theme="dark", next=wanted)
    assert answer.headers["Location"].endswith("/")
    assert "evil" not in answer.headers["Location"]


# --- what was typed -----------------------------------------------------------------------------


def value_of(text: str, name: str) -> str:
    """What a field of a page says."""
    (field,) = re.findall(rf'<input[^>]* name="{name}"[^>]*>', text)
    return str(html.unescape(re.findall(r' value="([^"]*)"', field)[0]))


@pytest.mark.parametrize(
    ("path", "form", "field"),
    [
        ("/page/clock", {"scale": "quick"}, "scale"),
        ("/page/clock", {"seconds": "soon"}, "seconds"),
        ("/page/till/faults", {"change": "balance", "balance": "much"}, "balance"),
        ("/page/till/faults", {"change": "polling", "pollDelay": "<long>"}, "pollDelay"),
        ("/page/till/act", {"act": "start", "amount": "1.005"}, "amount"),
        ("/page/till/act", {"act": "start", "amount": "-1", "orderId": "mine"}, "orderId"),
        ("/page/till/act", {"act": "capture", "captureAmount": "999"}, "captureAmount"),
        ("/page/till/act", {"act": "refund", "refundAmount": "998"}, "refundAmount"),
        ("/page/till/act", {"act": "create-pos", "callbackAlias": "?"}, "callbackAlias"),
        ("/page/scenarios/queue", {"scenario": "rejection", "times": "many"}, "times"),
        ("/page/certification", {"sections": "none", "otherClient": "a,b"}, "otherClient"),
    ],
)
def test_what_was_refused_stays_in_its_field(
    reader: Reader, till: Till, path: str, form: dict[str, str], field: str
) -> None:
    payment_id = till.reserved()
    pos_id = till.control("GET", f"/payments/{payment_id}")["posId"]
    store = till.control("GET", f"/points-of-sale/{pos_id}")["storeId"]
    answer = reader.post(path, **{"pos": pos_id, "store": store} | form)
    assert answer.headers["X-Form-Refused"] == "true"
    assert 'class="notice bad' in answer.text
    assert value_of(answer.text, field) == form[field]
    marked = re.findall(r'<input[^>]* name="(\w+)"[^>]* aria-invalid="true"', answer.text)
    is_of_the_form = path != "/page/till/act" and path != "/page/certification"
    assert marked == ([field] if is_of_the_form else [])


def test_what_was_taken_does_not_stay(reader: Reader) -> None:
    answer = reader.post("/page/clock", seconds="60")
    assert "X-Form-Refused" not in answer.headers
    assert value_of(answer.text, "seconds") == "1"


def test_books_stay_beside_what_is_wrong_with_them(reader: Reader) -> None:
    assert "order,money" in reader.post("/page/ledger", books="order,money\n").text


def test_the_pace_that_is_set_is_marked(reader: Reader) -> None:
    for scale, button in (("0", "pause"), ("60", "faster"), ("1", "run")):
        reader.post("/page/clock", scale=scale)
        for path in ("/page/clock", "/page/clock?part=pace"):
            pressed = re.findall(r'<button id="(\w+)"[^>]* aria-pressed="true"', reader.text(path))
            assert pressed == [button]
    reader.post("/page/clock", scale="7")
    assert 'aria-pressed="true"' not in reader.text("/page/clock")


def test_the_theme_goes_from_system_to_light_to_dark_and_back(reader: Reader) -> None:
    for shown, following in (("system", "light"), ("light", "dark"), ("dark", "system")):
        text = reader.text()
        assert f'value="{following}" data-theme-switch' in text
        assert f"Theme: {shown}. Change to {following}" in text
        reader.post("/page/theme", theme=following)
    assert "Theme: system." in reader.text()
