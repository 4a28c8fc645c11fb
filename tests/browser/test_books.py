"""The books of a till: a verdict stands below the text it is about, and a refusal beside its file."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.driver import Browser
from tests.support import Till

RIGHT = b"orderId,captured\nbooked-1,10\n"
WRONG = b"orderId,captured\nbooked-1,11\n"
AGREES = "The books agree with the ledger"


@pytest.fixture
def books(browser: Browser, till: Till) -> Browser:
    """The ledger of one captured payment of 10."""
    till.captured(orderId="booked-1")
    browser.open("/page/ledger")
    return browser


def choose(browser: Browser, folder: Path, content: bytes, name: str = "books.csv") -> None:
    """Chooses a file of the till's books."""
    file = folder / name
    file.write_bytes(content)
    browser.one("#books-file").send_keys(str(file))


def text_of(browser: Browser) -> bytes:
    """The text that is compared."""
    return str(browser.one("#books").get_attribute("value")).encode()


def compare(browser: Browser, verdict: str) -> None:
    """Compares the books, and waits for their verdict."""
    browser.press("#compare")
    browser.sees("#compared #verdict", verdict)


@pytest.mark.parametrize(
    ("first", "verdict", "second"),
    [(RIGHT, AGREES, WRONG), (WRONG, "1 difference", RIGHT)],
    ids=["right then wrong", "wrong then right"],
)
def test_the_verdict_on_a_file_goes_once_another_is_read(
    books: Browser, tmp_path: Path, first: bytes, verdict: str, second: bytes
) -> None:
    choose(books, tmp_path, first)
    books.until(lambda: text_of(books) == first)
    compare(books, verdict)
    choose(books, tmp_path, second, "next.csv")
    books.until(lambda: text_of(books) == second)
    assert books.text("#compared") == " "
    compare(books, AGREES if second is RIGHT else "1 difference")


def test_the_verdict_on_a_text_goes_once_that_is_changed(books: Browser) -> None:
    books.fill("#books", RIGHT.decode())
    compare(books, AGREES)
    books.one("#books").send_keys("x")
    books.until(lambda: books.text("#compared") == " ")


def test_a_verdict_that_is_on_its_way_comes_under_no_other_text(books: Browser) -> None:
    books.fill("#books", RIGHT.decode())
    books.script(
        """
        const field = document.getElementById("books");
        window.isAnswered = false;
        field.form.addEventListener("htmx:afterOnLoad", () => { isAnswered = true; });
        field.form.requestSubmit();
        field.value = arguments[0];
        field.dispatchEvent(new Event("input", { bubbles: true }));
        """,
        WRONG.decode(),
    )
    books.until(lambda: books.script("return isAnswered"))
    assert books.text("#compared") == " "
    compare(books, "1 difference")


@pytest.mark.parametrize(
    "content",
    ["orderId,captured\nkøb-1,10\n".encode(each) for each in ("latin-1", "utf-16", "utf-16-le")],
    ids=["latin-1", "utf-16", "utf-16 without a mark"],
)
def test_a_file_that_is_not_utf_8_is_refused_beside_its_field(
    books: Browser, tmp_path: Path, content: bytes
) -> None:
    choose(books, tmp_path, RIGHT)
    books.until(lambda: text_of(books) == RIGHT)
    compare(books, AGREES)
    choose(books, tmp_path, content, "other.csv")
    books.sees("#books-refusal [role=alert]", "other.csv is not UTF-8 text")
    assert books.text("#compared") == " "
    assert text_of(books) == RIGHT
    assert books.one("#books-file").get_attribute("aria-invalid") == "true"
    # It stays for as long as the text below is that of another file.
    compare(books, AGREES)
    assert books.one("#books-refusal [role=alert]").is_displayed()
    choose(books, tmp_path, WRONG)
    books.until(lambda: text_of(books) == WRONG)
    assert books.text("#books-refusal") == " "
    assert books.one("#books-file").get_attribute("aria-invalid") is None


def test_the_field_names_the_file_that_was_read_or_dropped(books: Browser, tmp_path: Path) -> None:
    name = "return document.getElementById('books-file').files[0]?.name"
    choose(books, tmp_path, RIGHT)
    books.until(lambda: text_of(books) == RIGHT)
    assert books.script(name) == "books.csv"
    # The same one is read again once it has changed.
    choose(books, tmp_path, WRONG)
    books.until(lambda: text_of(books) == WRONG)
    (tmp_path / "dropped.csv").write_bytes(RIGHT)
    place = books.one("#books-file").rect
    data = {"items": [], "files": [str(tmp_path / "dropped.csv")], "dragOperationsMask": 1}
    top = books.script("return scrollY")
    at = {"x": place["x"] + 20, "y": place["y"] + 20 - top, "data": data}
    for step in ("dragEnter", "dragOver", "drop"):
        books.driver.execute_cdp_cmd("Input.dispatchDragEvent", {"type": step, **at})
    books.until(lambda: text_of(books) == RIGHT)
    assert books.script(name) == "dropped.csv"
    choose(books, tmp_path, b"\xff", "other.csv")
    books.one("#books-refusal [role=alert]")
    assert books.script(name) is None


def test_a_refusal_goes_once_the_text_is_typed(books: Browser, tmp_path: Path) -> None:
    choose(books, tmp_path, b"\xff")
    books.one("#books-refusal [role=alert]")
    books.one("#books").send_keys("orderId" + Keys.ENTER)
    books.until(lambda: not books.all("#books-refusal [role=alert]"))
