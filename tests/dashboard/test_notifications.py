"""Notifications on the page: what was posted to whom and when, and where an alias leads."""

import re
from html import unescape
from types import SimpleNamespace

import pytest
from mobilepay_simulator.dashboard.rendering import Templates

from tests.dashboard.conftest import HTMX, Reader
from tests.support import Till

URL = "http://127.0.0.1:9/check-ins"


def words(html: str) -> str:
    """What a page says, without its elements."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_url_of_an_alias_is_set_and_the_command_for_it_is_shown(
    reader: Reader, till: Till, headers: dict[str, str]
) -> None:
    assert 'action="' in reader.text("/page/notifications").partition('id="alias-form"')[2][:200]
    said = reader.post("/page/notifications", headers=headers, alias="my till", url=URL).text
    assert f"Check-ins of the alias my till go to {URL}" in words(said)
    command = words(said.partition('<pre id="alias-curl"')[2].partition("</pre>")[0])
    assert "/_simulator/callbacks/my%20till" in command
    assert f'--data \'{{"url": "{URL}"}}\'' in command
    assert till.control("GET", "/callbacks")["callbacks"] == {"my till": URL}
    assert f"my till {URL}" in words(reader.text("/page/notifications?part=list"))


@pytest.mark.parametrize(
    ("alias", "url", "message"),
    [
        ("", URL, "Alias: expected a name without a slash, got ''"),
        ("a/b", URL, "Alias: expected a name without a slash, got 'a/b'"),
        ("x" * 40, URL, "Alias: at most 36 characters, got 40"),
        ("mine", "127.0.0.1:9", "URL: "),
    ],
)
def test_what_is_no_alias_or_no_url_is_told_by_the_label(
    reader: Reader, till: Till, alias: str, url: str, message: str
) -> None:
    field = message.partition(":")[0].lower()
    answer = reader.post("/page/notifications", headers=HTMX, alias=alias, url=url)
    assert f'role="alert" data-field="{field}">{message}' in unescape(answer.text)
    assert answer.headers["X-Form-Refused"] == "true"
    page = reader.post("/page/notifications", alias=alias, url=url).text
    assert re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true"', page) == [field]
    assert f'value="{url}"' in page
    assert till.control("GET", "/callbacks")["callbacks"] == {}


def test_the_url_of_an_alias_is_forgotten(reader: Reader, till: Till) -> None:
    till.control("PUT", "/callbacks/my till", {"url": URL})
    listed = reader.text("/page/notifications?part=list")
    assert 'aria-label="Forget the URL of the alias my till"' in listed
    said = reader.post("/page/notifications", headers=HTMX, alias="my till", act="forget").text
    assert "The URL of the alias my till is forgotten" in words(said)
    assert re.search(r"-X DELETE .*/_simulator/callbacks/my%20till", words(said))
    assert till.control("GET", "/callbacks")["callbacks"] == {}
    again = reader.post("/page/notifications", headers=HTMX, alias="my till", act="forget")
    assert again.headers["X-Form-Refused"] == "true"


def test_a_notification_has_the_name_of_its_point_of_sale_and_its_body(
    reader: Reader, till: Till
) -> None:
    till.control("PUT", "/callbacks/mine", {"url": URL})
    pos_id = till.create_pos(name="Kiosk North", callbackAlias="mine")
    till.user("checkin", pos_id)
    text = reader.text("/page/notifications?part=list")
    assert f'/page/till?pos={pos_id}">Kiosk North</a>' in text
    body = unescape(text.partition("<summary>Body</summary>")[2].partition("</pre>")[0])
    assert f'"PosId": "{pos_id}"' in body
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    listed = reader.text("/page/notifications?part=list")
    assert f"{pos_id[:8]}, deleted" in words(listed)
    assert f"pos={pos_id}" not in listed


def test_an_attempt_on_another_day_has_its_date() -> None:
    times = ("31T12:00:00", "31T12:00:01", "31T23:59:59")
    attempts = [{"at": f"2024-01-{each}.000Z", "status": 500, "error": None} for each in times]
    attempts += [{**attempts[0], "at": f"2024-02-01T00:00:0{each}.000Z"} for each in (1, 2)]
    of_pos = {"id": "N1", "posId": "p", "alias": "mine", "url": URL, "body": {}, "delivery": "ok"}
    values = {
        "visit": SimpleNamespace(url=lambda path="/": path),
        "notifications": [{**of_pos, "createdAt": attempts[0]["at"], "attempts": attempts}],
        "total": 1,
        "names": {"p": "Till"},
        "callbacks": [],
    }
    said = words(Templates().render("notifications/list.html", values))
    assert said.endswith(
        "12:00:00.000 500 12:00:01.000 500 23:59:59.000 500 "
        "2024-02-01 00:00:01.000 500 00:00:02.000 500"
    )
