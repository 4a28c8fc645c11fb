"""A bug report is one press on the page."""

import io
import zipfile

import httpx
import pytest

from tests.browser.driver import Browser
from tests.support import Till


@pytest.mark.parametrize("view", ["/", "/page/timeline?paymentId={}"])
def test_a_bug_report_is_one_press(browser: Browser, till: Till, view: str) -> None:
    payment_id = till.captured()
    browser.open(view.format(payment_id))
    link = browser.one("a[href$='/_simulator/report.zip']")
    assert link.is_displayed()
    assert link.get_attribute("download") is not None
    answer = httpx.get(str(link.get_attribute("href")))
    report = zipfile.ZipFile(io.BytesIO(answer.content))
    assert [each for each in report.namelist() if each.endswith(f".{payment_id}.json")]
