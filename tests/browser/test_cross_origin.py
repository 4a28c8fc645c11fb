"""A till that is a web page pays in a real browser, where `--allow-origin` names its origin."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.browser.driver import Browser
from tests.support import CLIENT_ID, SECRET, running_server

#: What a till in a page does: it gets a token and asks for the stores; then it tries to control.
TILL = """
const [sim, id, secret, done] = arguments;
(async () => {
  const said = {};
  const app = {'X-IBM-Client-Id': id};
  const form = new URLSearchParams({grant_type: 'client_credentials', merchant_vat: 'DK12345678'});
  const basic = {Authorization: 'Basic ' + btoa(id + ':' + secret)};
  const url = sim + '/integrator-authentication/connect/token';
  const got = await fetch(url, {method: 'POST', body: form, headers: {...app, ...basic}});
  const token = (await got.json()).access_token;
  const headers = {...app, Authorization: 'Bearer ' + token,
                   'X-MobilePay-Client-System-Version': '1.0.0'};
  said.stores = (await (await fetch(sim + '/pos/v10/stores', {headers})).json()).storeIds.length;
  said.control = await fetch(sim + '/_simulator/clock').then(() => 'read', () => 'refused');
  return said;
})().then(done, error => done(String(error)));
"""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The origin of a page of another server."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Till</title>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(browser: Browser, page: str, url: str) -> object:
    browser.driver.get(f"{page}/index.html")
    browser.driver.set_script_timeout(30)
    return browser.driver.execute_async_script(TILL, url, CLIENT_ID, SECRET)


def test_a_page_of_a_named_origin_calls_the_service_and_no_more(
    chromium: Browser, page: str
) -> None:
    with running_server("--allow-origin", page) as server:
        assert ask(chromium, page, server.url) == {"stores": 2, "control": "refused"}
    chromium.driver.get_log("browser")


def test_a_page_of_another_origin_can_not_even_get_a_token(chromium: Browser, page: str) -> None:
    with running_server("--allow-origin", "http://localhost:5173") as server:
        assert "Failed to fetch" in str(ask(chromium, page, server.url))
    chromium.driver.get_log("browser")
