"""The Swagger UI page works offline: all it loads comes from the simulator itself."""

import re

import httpx

from tests.support import RunningServer


def test_the_page_and_all_it_loads_come_from_the_simulator(server: RunningServer) -> None:
    page = httpx.get(f"{server.url}/docs", verify=False)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for path in loaded:
        assert not path.startswith(("http", "//"))
        assert httpx.get(f"{server.url}/{path}", verify=False).status_code == 200


def test_the_page_shows_the_document_of_the_sandbox_it_is_opened_in(server: RunningServer) -> None:
    url = f"{server.url}/sandboxes/pages"
    assert "openapi.json" in httpx.get(f"{url}/docs/start.js", verify=False).text
    document = httpx.get(f"{url}/openapi.json", verify=False).json()
    assert document["servers"] == [{"url": url}]
    assert len(document["paths"]) == 19


def test_other_files_are_not_served(server: RunningServer) -> None:
    for path in ("docs/index.html", "docs/..%2f..%2fsetup.py", "docs/swagger-ui.css.map"):
        assert httpx.get(f"{server.url}/{path}", verify=False).status_code == 404
