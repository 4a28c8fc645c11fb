"""Who may look: the control token is asked for once, and never handed out."""

import html
import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.control.access import SESSION, session_of
from mobilepay_simulator.settings.settings import Settings

from tests.support import RunningServer, running_server

TOKEN = "a-token.of_ours~1+2/3="
PAGES = ["/", "/page/till", "/page/requests", "/page/clock", "/sandboxes/x/", "/page/nothing"]


@pytest.fixture(scope="module")
def guarded() -> Iterator[RunningServer]:
    """A server with a control token."""
    env = {"MOBILEPAY_SIM_CONTROL_TOKEN": TOKEN}
    with running_server("--time-scale", "0", "--scenario", "manual", env=env) as server:
        yield server


@pytest.fixture
def stranger(guarded: RunningServer) -> Iterator[httpx.Client]:
    """A browser that was not let in."""
    with httpx.Client(base_url=guarded.url) as http:
        yield http


def login(http: httpx.Client, token: str, **form: str) -> httpx.Response:
    """Gives a token on the page that asks for it."""
    page = http.get("/page/login")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    return http.post("/page/login", data={"csrf": csrf[1], "token": token, **form})


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_asked_for_the_token(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert "/page/login?next=" in answer.headers["Location"]
    assert not answer.content


def test_the_page_that_asks_tells_nothing_of_the_simulator(stranger: httpx.Client) -> None:
    page = stranger.get("/page/login").text
    assert 'type="password"' in page
    assert "/page/requests" not in page
    assert TOKEN not in page


def test_what_is_open_to_strangers_and_not_there_names_no_sandbox(
    guarded: RunningServer, stranger: httpx.Client
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    made = f"{guarded.url}/sandboxes/secret-name/_simulator/reset"
    assert httpx.post(made, headers=headers).is_success
    for answer in (stranger.get("/page/static/none.js"), stranger.post("/page/login")):
        assert answer.status_code in (403, 404)
        assert "secret-name" not in answer.text
        assert "sandbox-name" not in answer.text


def test_with_the_token_the_browser_is_let_in(stranger: httpx.Client) -> None:
    answer = login(stranger, TOKEN, next="/page/clock")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/page/clock"
    assert stranger.get("/page/clock").status_code == 200
    assert stranger.get("/sandboxes/other/").status_code == 200


def test_after_the_login_the_page_with_its_query_follows(stranger: httpx.Client) -> None:
    wanted = "/page/requests?status=409&request=3&path=%2Fpos%3Fx"
    asked = stranger.get(wanted).headers["Location"]
    form = stranger.get(asked).text.partition("<main")[2]
    (page,) = re.findall(r'name="next" value="([^"]+)"', form)
    answer = login(stranger, TOKEN, next=html.unescape(page))
    assert answer.headers["Location"] == wanted


@pytest.mark.parametrize("wanted", ["//evil.example/page/", "https://evil.example", "/\\evil"])
def test_no_other_site_follows_a_login(stranger: httpx.Client, wanted: str) -> None:
    assert login(stranger, TOKEN, next=wanted).headers["Location"] == "/"


def test_the_cookie_is_strict_and_not_the_token(stranger: httpx.Client) -> None:
    cookie = login(stranger, TOKEN).headers["Set-Cookie"]
    assert cookie.startswith(f"{SESSION}={session_of(TOKEN)};")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert TOKEN not in cookie


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", session_of(TOKEN), "æøå"])
def test_a_wrong_token_lets_nobody_in(stranger: httpx.Client, token: str) -> None:
    led = login(stranger, token, next="/page/clock?x=1")
    assert led.status_code == 303
    answer = stranger.get(led.headers["Location"])
    assert answer.status_code == 401
    assert 'name="next" value="/page/clock?x=1"' in answer.text
    assert "That is not the control token." in answer.text
    assert "Set-Cookie" not in answer.headers
    assert stranger.get("/").status_code == 303


@pytest.mark.parametrize("value", ["", "x", TOKEN, session_of("another"), session_of(TOKEN) + "0"])
def test_a_made_up_cookie_lets_nobody_in(stranger: httpx.Client, value: str) -> None:
    stranger.cookies.set(SESSION, value)
    assert stranger.get("/").status_code == 303
    assert stranger.get("/_simulator/clock").status_code == 401


def test_with_the_cookie_the_control_api_may_be_read_but_nothing_changed(
    stranger: httpx.Client,
) -> None:
    login(stranger, TOKEN)
    assert stranger.get("/_simulator/requests?format=har").status_code == 200
    with stranger.stream("GET", "/_simulator/stream") as answer:
        assert answer.status_code == 200
    for method, path in (("POST", "/reset"), ("PUT", "/clock"), ("DELETE", "/sandboxes/x")):
        assert stranger.request(method, f"/_simulator{path}", json={}).status_code == 401


def test_the_page_works_with_the_cookie(stranger: httpx.Client) -> None:
    login(stranger, TOKEN)
    page = stranger.get("/page/clock").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    form = {"csrf": csrf[1], "seconds": "60"}
    answer = stranger.post("/page/clock", data=form, follow_redirects=True)
    assert "/_simulator/clock/advance" in answer.text
    assert "Authorization: Bearer $MOBILEPAY_SIM_CONTROL_TOKEN" in html.unescape(answer.text)
    assert TOKEN not in answer.text


def test_who_logs_out_is_a_stranger_again(stranger: httpx.Client) -> None:
    login(stranger, TOKEN)
    csrf = re.search(r'name="csrf" value="([^"]+)"', stranger.get("/").text)
    assert csrf
    stranger.post("/page/logout", data={"csrf": csrf[1]})
    assert stranger.get("/").status_code == 303


def test_who_is_logged_in_is_led_on_from_the_login(stranger: httpx.Client) -> None:
    login(stranger, TOKEN)
    answer = stranger.get("/page/login?next=/page/clock&wrong=yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/page/clock")


@pytest.mark.parametrize("name", ["HX-Current-URL", "Referer"])
@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("/page/till?pos=x&y=1", "/page/till?pos=x&y=1"),
        ("/sandboxes/other/page/till", "/"),
        ("/_simulator/reset", "/"),
        ("", "/"),
    ],
)
def test_a_press_of_a_stranger_leads_to_the_login_and_back_to_its_page(
    guarded: RunningServer, stranger: httpx.Client, name: str, page: str, wanted: str
) -> None:
    headers = {name: f"{guarded.url}{page}"} | ({"HX-Request": "true"} if "HX" in name else {})
    answer = stranger.post("/page/till/act", data={"act": "start"}, headers=headers)
    assert answer.status_code == (401 if "HX" in name else 303)
    led = answer.headers["HX-Redirect" if "HX" in name else "Location"]
    assert led == f"/page/login?next={quote(wanted)}"


def test_calls_of_the_control_api_are_shown_with_their_token_by_name(
    guarded: RunningServer, stranger: httpx.Client
) -> None:
    login(stranger, TOKEN)
    csrf = re.search(r'name="csrf" value="([^"]+)"', stranger.get("/").text)
    assert csrf
    for path, form in (("/page/ledger", {"books": "x"}), ("/page/force", {"what": "polling:"})):
        data = {"csrf": csrf[1], **form}
        page = stranger.post(path, data=data, headers={"HX-Request": "true"}).text
        assert "$MOBILEPAY_SIM_CONTROL_TOKEN" in page
        assert TOKEN not in page
    journal = stranger.get("/_simulator/requests?control=true").json()["requests"]
    page = html.unescape(stranger.get(f"/page/requests/{journal[-1]['id']}").text)
    assert page.count("Authorization: Bearer $MOBILEPAY_SIM_CONTROL_TOKEN") == 1
    assert "Bearer $TOKEN" not in page


def test_files_the_login_page_loads_are_sent_to_strangers(stranger: httpx.Client) -> None:
    assert stranger.get("/page/static/tokens.css").status_code == 200


def test_another_machine_is_refused_where_there_is_no_token() -> None:
    client = create_app(Settings(time_scale=0)).test_client()
    peer = {"REMOTE_ADDR": "192.0.2.7"}
    for path in ("/", "/page/till", "/page/nothing"):
        answer = client.get(path, environ_overrides=peer)
        assert answer.status_code == 403
        assert answer.content_type.startswith("text/html")
        assert "--control-token" in answer.text


def test_another_machine_is_let_in_where_that_is_wanted() -> None:
    client = create_app(Settings(time_scale=0, allow_remote_control=True)).test_client()
    assert client.get("/", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_a_name_that_is_none_of_ours_is_refused_and_shown_as_text() -> None:
    client = create_app(Settings(time_scale=0)).test_client()
    answer = client.get("/page/till", headers={"Host": "evil.example<b>"})
    assert answer.status_code == 403
    assert "<b>" not in answer.text
