"""The legs notice what a wrong client does: each of these is one that must not get through."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.legs import LEGS, Shop
from tests.clients.programs import Failed
from tests.clients.skipping import ALL, needed
from tests.clients.tools import Stack, Tool

PROGRAM = """
import http.client
import os
import ssl
import sys
import urllib.parse
import uuid

sys.path.insert(0, os.getcwd())
from walk import NoAnswer, walk

where = urllib.parse.urlsplit(os.environ["TILL_URL"])
kept = {{}}

def connection():
    if where.scheme == "http":
        return http.client.HTTPConnection(where.netloc)
    return http.client.HTTPSConnection(where.netloc, context={context})

def send(call):
    body = call.body
    if call.login:
        call.headers["Authorization"] = call.basic
    {wrong}
    it = kept.setdefault("it", connection())
    try:
        it.request(call.method, call.url, body, call.headers)
        answer = it.getresponse()
        return answer.status, answer.read().decode()
    except ConnectionError as error:
        raise NoAnswer(str(error)) from error

walk(send)
"""

Wrong = Callable[..., Stack]


@pytest.fixture
def till(tmp_path: Path) -> Wrong:
    """Makes a stack of a program with something wrong in it."""

    def make(wrong: str = "", context: str = "ssl.create_default_context()") -> Stack:
        program = tmp_path / "till.py"
        program.write_text(PROGRAM.format(wrong=wrong or "pass", context=context))
        return Stack("A till", "python", (), run=("{python}", str(program)))

    return make


@pytest.mark.parametrize("leg", LEGS)
def test_the_till_without_a_mistake_gets_through(shop: Shop, till: Wrong, leg: str) -> None:
    assert LEGS[leg](shop, till())


@pytest.mark.parametrize(
    ("leg", "wrong", "said"),
    [
        ("keep-alive", "kept.clear()", "connections for 1[0-9] calls, not 1"),
        ("keep-alive", 'call.url = call.url.replace("/capture", "/cancel")', "/cancel"),
        ("keep-alive", 'body = body and body.replace(b"4.0", b"3.0")', "the ledger says"),
        (
            "keep-alive",
            'if call.method == "DELETE": return 200, ""',
            "the calls are not",
        ),
        (
            "lost answer",
            'if "X-MobilePay-Idempotency-Key" in call.headers:'
            ' call.headers["X-MobilePay-Idempotency-Key"] = str(uuid.uuid4())',
            "409",
        ),
    ],
)
def test_a_till_with_a_mistake_does_not(
    shop: Shop, till: Wrong, leg: str, wrong: str, said: str
) -> None:
    with pytest.raises(Failed, match=said):
        LEGS[leg](shop, till(wrong))


def test_a_till_that_trusts_anybody_does_not(shop: Shop, till: Wrong) -> None:
    with pytest.raises(Failed, match="trusts anybody"):
        LEGS["TLS"](shop, till(context="ssl._create_unverified_context()"))


def test_a_program_that_can_not_be_built_says_why(shop: Shop, till: Wrong) -> None:
    stack = Stack("Unbuilt", "python", (), run=("true",), build=("{python}", "-c", "what"))
    with pytest.raises(Failed, match="NameError"):
        LEGS["keep-alive"](shop, stack)


NOTHING = Tool("Nothing", ".", ("no-such-program", "--version"), ("nothing-cli",))


def test_a_tool_that_is_not_there_is_skipped_and_its_package_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(ALL, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"Nothing is not there.*nothing-cli"):
        needed(NOTHING)


def test_where_all_have_to_be_there_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALL, "1")
    with pytest.raises(pytest.fail.Exception, match="Nothing is not there"):
        needed(NOTHING)
