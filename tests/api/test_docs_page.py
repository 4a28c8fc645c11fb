"""The reader of the documents works offline: all it loads comes from the simulator itself."""

import re

import httpx
from mobilepay_simulator.engine.refusals import Refusal

from tests.support import CLIENT_ID, SECRET, RunningServer, Till, running_server


def test_the_pages_and_all_they_load_come_from_the_simulator(server: RunningServer) -> None:
    for path, files in (("/docs", 5), ("/docs/errors", 2)):
        page = httpx.get(f"{server.url}{path}")
        assert page.headers["Content-Type"].startswith("text/html")
        loaded = re.findall(r'(?:src|<link [^>]*href)="([^"]+)"', page.text)
        assert len(loaded) == files
        for each in loaded:
            assert not each.startswith(("http", "//"))
            assert page.url.join(each).path.startswith(("/docs/", "/page/static/"))
            assert httpx.get(page.url.join(each)).status_code == 200


def test_the_pages_have_the_policy_of_the_page(till: Till) -> None:
    policy = till.http.get("/").headers["Content-Security-Policy"]
    for path in ("/docs", "/docs/errors", "/docs/reader.js"):
        assert till.http.get(path).headers["Content-Security-Policy"] == policy


def test_the_document_is_that_of_the_sandbox_it_is_asked_for_in(server: RunningServer) -> None:
    url = f"{server.url}/sandboxes/pages"
    document = httpx.get(f"{url}/openapi.json").json()
    assert document["servers"] == [{"url": url}]
    assert len(document["paths"]) == 22


def test_other_files_are_not_served(server: RunningServer) -> None:
    for path in ("docs/index.html", "docs/..%2f..%2fsetup.py", "docs/LICENSE", "docs/start.js"):
        assert httpx.get(f"{server.url}/{path}").status_code == 404


def test_each_code_of_the_document_is_explained(till: Till) -> None:
    page = till.http.get("/docs/errors").text
    anchors = re.findall(r' id="([^"]+)"', page)
    assert sorted(anchors) == sorted({each.value.code or "no-body" for each in Refusal})
    described = [
        answer["description"]
        for path in till.http.get("/openapi.json").json()["paths"].values()
        for operation in path.values()
        for answer in operation["responses"].values()
    ]
    told = set(re.findall(r"^(\d{4}|no body): ", "\n".join(described), re.MULTILINE))
    assert len(told) > 50
    assert {each.replace(" ", "-") for each in told} <= set(anchors)


def test_the_credentials_it_holds_are_the_seeded_ones_and_no_others() -> None:
    own = "99999999-2222-4333-8444-555555555555:told-to-nobody"
    with running_server("--integrator", own) as server:
        page = httpx.get(f"{server.url}/docs").text
    assert CLIENT_ID in page
    assert SECRET in page
    assert "told-to-nobody" not in page
