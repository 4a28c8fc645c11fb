"""The guide: the simulator serves the site that was built into it, and no other file."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import ROOT

LASTING = "assets/javascripts/bundle.0a1b2c3d.min.js"


def served(folder: Path) -> Iterator[httpx.Client]:
    """A simulator of the modules in a folder."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "serve", "--port", "0"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            url = json.loads(process.stdout.readline())["url"]
            with httpx.Client(base_url=url) as http:
                yield http
        finally:
            process.terminate()


def copy_into(folder: Path) -> Path:
    """Copies the modules without a guide, and returns where one would be."""
    without = shutil.ignore_patterns("guide", "__pycache__")
    shutil.copytree(ROOT / "simulator", folder / "simulator", ignore=without)
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    return folder / "simulator" / "dashboard" / "guide"


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A simulator with a small guide."""
    folder = tmp_path_factory.mktemp("with")
    guide = copy_into(folder)
    (guide / "assets" / "javascripts").mkdir(parents=True)
    (guide / "how-to").mkdir()
    (guide / "index.html").write_text("<h1>Front</h1>")
    (guide / "rules.html").write_text("<h1>Rules</h1>")
    (guide / "how-to" / "index.html").write_text("<h1>How to</h1>")
    (guide / "till.py.txt").write_text("print(1)")
    (guide / "odd.exe").write_text("odd")
    (guide / LASTING).write_text("1;")
    yield from served(folder)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A simulator without a guide."""
    folder = tmp_path_factory.mktemp("without")
    copy_into(folder)
    yield from served(folder)


def test_the_page_leads_to_a_guide_only_where_there_is_one(
    http: httpx.Client, bare: httpx.Client
) -> None:
    assert ["/guide/" in each.get("/").text for each in (http, bare)] == [True, False]


@pytest.mark.parametrize("prefix", ["", "/sandboxes/any"])
@pytest.mark.parametrize("path", ["/guide", "/guide/", "/guide/index.html"])
def test_its_front_page_is_shown_at_an_address_to_which_its_links_are_relative(
    http: httpx.Client, prefix: str, path: str
) -> None:
    answer = http.get(prefix + path, follow_redirects=True)
    assert answer.url.path == f"{prefix}/guide/index.html"
    assert "Front" in answer.text


@pytest.mark.parametrize(
    "path, kind",
    [
        ("rules.html", "text/html; charset=utf-8"),
        ("till.py.txt", "text/plain; charset=utf-8"),
        (LASTING, "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_is_sent_with_its_type_and_the_headers_of_the_page(
    http: httpx.Client, path: str, kind: str
) -> None:
    answer = http.get(f"/guide/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_only_what_never_changes_may_be_kept(http: httpx.Client) -> None:
    assert "immutable" in http.get(f"/guide/{LASTING}").headers["Cache-Control"]
    assert http.get("/guide/rules.html").headers["Cache-Control"] == "no-store"


def test_a_folder_leads_to_its_page(http: httpx.Client) -> None:
    answer = http.get("/guide/how-to/", follow_redirects=True)
    assert answer.url.path == "/guide/how-to/index.html"
    assert "How to" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "nothing.html",
        "odd.exe",
        "assets",
        "../desk.py",
        "..%2fdesk.py",
        "%2e%2e/desk.py",
        "how-to/%2e%2e/%2e%2e/templates/base.html",
        "%2fetc/passwd.txt",
        "..%5cdesk.py",
        "rules.html%00.txt",
        "x" * 5000 + ".html",
    ],
)
def test_nothing_else_is_sent(http: httpx.Client, path: str) -> None:
    request = http.build_request("GET", "/guide/")
    # As it is written: the client would take the dots out.
    request.extensions["target"] = b"/guide/" + path.encode()
    answer = http.send(request)
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_a_name_that_somebody_may_have_pointed_here_gets_no_page(http: httpx.Client) -> None:
    assert http.get("/guide/rules.html", headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/guide", "/guide/rules.html"])
def test_where_it_was_not_built_a_page_says_what_builds_it(bare: httpx.Client, path: str) -> None:
    answer = bare.get(path)
    assert answer.status_code == 404
    assert "make docs-site" in answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_page_links_to_it(http: httpx.Client) -> None:
    assert 'href="/guide/"' in http.get("/").text
