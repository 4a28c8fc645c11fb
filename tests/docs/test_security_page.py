"""Every threat on the security page names the tests that show what is done about it."""

import ast
import re
from functools import cache

import pytest

from tests.support import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
THREATS = re.compile(r"^\| threat \|.*\n\|---.*\n((?:\|.*\n)+)", re.MULTILINE)


@cache
def named_in(file: str) -> frozenset[str]:
    """The tests in a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
    return frozenset(name for name in functions if name.startswith("test_"))


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(PAGE))))
def test_a_test_that_the_page_names_is_there(file: str, test: str) -> None:
    assert test in named_in(file)


def test_every_threat_names_what_is_done_and_a_test() -> None:
    rows = "".join(THREATS.findall(PAGE)).splitlines()
    assert len(rows) > 40
    for row in rows:
        _, threat, done, tests, _ = row.split("|")
        assert threat.strip()
        assert done.strip(), threat
        assert NAMED.findall(tests), threat
        assert not NAMED.sub("", tests).strip(), threat


def test_every_test_of_an_attack_is_on_the_page() -> None:
    named = set(NAMED.findall(PAGE))
    helping = {("tests/security/test_raw_requests.py", name) for name in HELPING}
    for path in (ROOT / "tests/security").glob("test_*.py"):
        file = path.relative_to(ROOT).as_posix()
        assert {(file, test) for test in named_in(file)} <= named | helping


#: Tests that show how what is on the page is told, and no defence of their own.
HELPING = (
    "test_who_sends_too_large_a_head_is_told",
    "test_requests_in_a_row_are_answered_in_their_order",
    "test_nothing_behind_the_last_request_is_looked_at",
)


def test_the_page_says_what_a_server_listens_on_unless_it_is_told_otherwise() -> None:
    from mobilepay_simulator.settings.settings import Settings

    settings = Settings()
    assert f"`{settings.host}:{settings.port}`" in PAGE
    assert not settings.tls
    assert settings.control_token is None
    assert not settings.allow_remote_control
