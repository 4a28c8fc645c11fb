"""A page that is open while the simulator restarts: a press says so, and nothing typed is lost."""

from pathlib import Path

import httpx
import pytest

from tests.browser.driver import Browser
from tests.browser.editing import Editor
from tests.browser.test_gone import Restartable, looking, place
from tests.support import Till

__all__ = ["looking", "place"]

WRITTEN = "summary: Written before the restart.\n"


def mark(browser: Browser) -> None:
    """Marks the page, which a reload would take away."""
    browser.script("window.isTheSame = true")


def is_the_same(browser: Browser) -> bool:
    return bool(browser.script("return window.isTheSame === true"))


def value(browser: Browser, field: str) -> str:
    return str(browser.one(field).get_attribute("value"))


def is_live(browser: Browser) -> bool:
    return browser.one("#link").text == "Live"


def scenario(place: Restartable) -> httpx.Response:
    return httpx.get(f"{place.url}/_simulator/scenarios/mine")


def written(browser: Browser, place: Restartable) -> Editor:
    """The editor of a saved scenario, in which something else is written since."""
    httpx.put(f"{place.url}/_simulator/scenarios/mine", content=b"summary: Before.")
    editor = Editor(browser, "/page/scenarios/mine/edit")
    editor.write(WRITTEN)
    return editor


def test_what_is_written_in_the_editor_is_saved_after_a_restart_by_the_second_press(
    looking: Browser, place: Restartable
) -> None:
    looking.base = place.url
    with place.running():
        editor = written(looking, place)
        looking.sees("#checked", "Written before the restart.")
        mark(looking)
    with place.running():
        looking.press("#save")
        looking.sees("#said", "restarted")
        assert is_the_same(looking)
        assert editor.text == WRITTEN
        assert scenario(place).status_code == 404
        looking.press("#save")
        looking.until(lambda: scenario(place).status_code == 200)
        assert scenario(place).json()["yaml"] == WRITTEN


def test_what_is_written_comes_back_where_the_page_is_reloaded_after_a_restart(
    looking: Browser, place: Restartable
) -> None:
    looking.base = place.url
    with place.running():
        editor = written(looking, place)
        looking.until(lambda: editor.text == WRITTEN)
    with place.running():
        looking.driver.get("about:blank")
        editor = Editor(looking, "/page/scenarios/mine/edit")
        looking.sees("#gone", "no scenario 'mine'")
        looking.sees("#checked", "Written before the restart.")
        assert (editor.text, value(looking, "#name")) == (WRITTEN, "mine")
        looking.press("#save")
        looking.until(lambda: scenario(place).status_code == 200)
        assert scenario(place).json()["yaml"] == WRITTEN


def test_a_press_at_the_till_after_a_restart_keeps_what_was_typed_and_the_second_one_pays(
    looking: Browser, place: Restartable, tmp_path: Path
) -> None:
    looking.base = place.url
    kept = ("--data-dir", str(tmp_path))
    with place.running(*kept), httpx.Client(base_url=place.url) as http:
        looking.open(f"/page/till?pos={Till(http).create_pos()}")
        mark(looking)
    with place.running(*kept):
        looking.until(lambda: is_live(looking))
        looking.fill("#amount", "7.25")
        looking.fill("#order", "after-a-restart")
        looking.press("#act-start")
        looking.sees("#said", "restarted")
        assert is_the_same(looking)
        assert value(looking, "#amount") == "7.25"
        assert value(looking, "#order") == "after-a-restart"
        assert looking.script("return document.activeElement.id") == "act-start"
        assert not looking.all("[aria-invalid]")
        looking.press("#act-start")
        looking.sees("#counter", "7.25")
        assert "restarted" not in looking.one("#said").text
        found = httpx.get(f"{place.url}/_simulator/payments").json()["payments"]
        assert [each["orderId"] for each in found] == ["after-a-restart"]


def test_a_point_of_sale_is_made_after_a_restart_by_the_second_press(
    looking: Browser, place: Restartable
) -> None:
    looking.base = place.url
    with place.running():
        looking.open("/page/till")
        mark(looking)
    with place.running():
        looking.fill("#new-name", "Till 7")
        looking.press("#create-pos")
        looking.sees("#said", "restarted")
        # Its answer would take the place of all that is shown.
        assert value(looking, "#new-name") == "Till 7"
        looking.press("#create-pos")
        looking.sees("#till-title", "Till 7")
        assert is_the_same(looking)


@pytest.mark.parametrize("is_reloaded", [True, False])
def test_what_was_typed_at_the_till_is_there_at_the_first_point_of_sale_after_a_restart(
    looking: Browser, place: Restartable, is_reloaded: bool
) -> None:
    looking.base = place.url
    typed = {"#amount": "7.25", "#order": "before-a-restart", "#label": "Coffee"}
    with place.running(), httpx.Client(base_url=place.url) as http:
        looking.open(f"/page/till?pos={Till(http).create_pos()}")
        for field, text in typed.items():
            looking.fill(field, text)
    with place.running():
        if is_reloaded:
            looking.driver.refresh()
            looking.one("#main")
        looking.driver.get(f"{place.url}/page/till")
        looking.press("#create-pos")
        looking.sees("#till-result", "Create point of sale 200")
        looking.until(lambda: value(looking, "#amount") == "7.25")
        assert {field: value(looking, field) for field in typed} == typed
        looking.press("#act-start")
        looking.sees("#till-result", "Start 200")
        looking.until(lambda: not value(looking, "#order"))
        # The order id of a payment is not offered to the next one.
        looking.press("#new-till summary")
        looking.press("#create-pos")
        looking.sees("#till-result", "Create point of sale 200")
        assert (value(looking, "#amount"), value(looking, "#order")) == ("7.25", "")
    looking.script("sessionStorage.clear()")


def test_a_press_during_a_restart_keeps_no_button_of_a_point_of_sale_that_is_gone(
    looking: Browser, place: Restartable
) -> None:
    looking.base = place.url
    with place.running(), httpx.Client(base_url=place.url) as http:
        pos_id = Till(http).create_pos(name="Till 9")
        looking.open(f"/page/till?pos={pos_id}")
        # The press is awaited while the parts of the page are fetched again.
        looking.script(
            "document.body.addEventListener('htmx:beforeSend', ({ detail }) => {"
            "  const { xhr, requestConfig: { verb } } = detail; if (verb !== 'post') return;"
            "  const send = xhr.send.bind(xhr); xhr.send = (body) => setTimeout(() => send(body), 6000);"
            "})"
        )
    with place.running():
        looking.press("#act-start")
        looking.sees("#pos-gone", "This point of sale is gone.")
        assert looking.all("#act-start")
        looking.sees("#said", "restarted")
        looking.until(lambda: not looking.all("#act-start"))
