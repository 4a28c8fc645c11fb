"""A secret that a client sends in the wrong place is kept nowhere."""

import json
from collections.abc import Callable

import httpx
import pytest
from mobilepay_simulator.journal.masking import masked_body, masked_text

from tests.support import Till

FORM = "application/x-www-form-urlencoded"
TOKEN = "/integrator-authentication/connect/token"
MISPLACED: dict[str, Callable[[httpx.Client], httpx.Response]] = {
    "in the query": lambda it: it.post(f"{TOKEN}?grant_type=x&client_secret=hidden-9"),
    "in the query, encoded": lambda it: it.get("/nothing?client%5fsecret=hidden-9"),
    "a token in the query": lambda it: it.get("/pos/v10/stores?access_token=hidden-9"),
    "in JSON": lambda it: it.post(TOKEN, json={"client_secret": "hidden-9", "a": 1}),
    "in JSON, with marks in it": lambda it: it.post(TOKEN, json={"client_secret": "&'\"\\hidden-9"}),
    "in what is nearly JSON": lambda it: it.post(TOKEN, content=b"{'client_secret': 'hidden-9'}"),
    "in JSON elsewhere": lambda it: it.post("/nothing", json={"a": {"client_secret": "hidden-9"}}),
    "in a form elsewhere": lambda it: it.post("/connect/token", data={"client_secret": "hidden-9"}),
    "in a multipart form": lambda it: it.post(TOKEN, files={"client_secret": (None, "hidden-9")}),
    "in plain text": lambda it: it.post(TOKEN, content=b"a=b&client_secret=hidden-9&c=d"),
    "in capitals in the query": lambda it: it.get("/nothing?CLIENT_SECRET=hidden-9"),
    "in capitals, encoded": lambda it: it.get("/nothing?Client%5FSecre%54=hidden-9"),
    "in capitals in a form": lambda it: it.post(TOKEN, data={"CLIENT_SECRET": "hidden-9"}),
    "in capitals in JSON": lambda it: it.post("/nothing", json={"Client_Secret": "hidden-9"}),
    "in capitals in plain text": lambda it: it.post(TOKEN, content=b"a=b&Client_Secret=hidden-9"),
    "as one word": lambda it: it.post("/nothing", json={"clientSecret": "hidden-9"}),
    "with a hyphen": lambda it: it.post(TOKEN, data={"client-secret": "hidden-9"}),
    "behind a semicolon": lambda it: it.post(
        TOKEN, content=b"a=b;client_secret=hidden-9;c=d", headers={"Content-Type": FORM}
    ),
    "escaped in JSON": lambda it: it.post(
        TOKEN, content=rb'{"client\u005fsecret": "hidden-9"}', headers={"Content-Type": "application/json"}
    ),
    "a letter escaped in JSON": lambda it: it.post("/nothing", content=rb'{"a": [{"\u0043lient\u005Fsecre\u0074" : "hidden-9"}]}'),
    "a token escaped in JSON": lambda it: it.post("/nothing", content=rb'{"access\u002dtoken":"hidden-9"}'),
    "encoded in a form": lambda it: it.post(
        TOKEN, content=b"client%5Fsecret=hidden-9", headers={"Content-Type": FORM}
    ),
    "encoded in plain text": lambda it: it.post(TOKEN, content=b"a=b&client%5Fsecre%74=hidden-9&c=d"),
    "in JSON that is sent as a form": lambda it: it.post(
        TOKEN, content=b'{"client_secret": "hidden-9"}', headers={"Content-Type": FORM}
    ),
    "in IBM's header": lambda it: it.get("/nothing", headers={"X-IBM-Client-Secret": "hidden-9"}),
    "without a scheme": lambda it: it.get("/nothing", headers={"Authorization": "hidden-9"}),
    "in a cookie": lambda it: it.get("/nothing", headers={"Cookie": "session=hidden-9"}),
    "in a proxy's header": lambda it: it.get("/nothing", headers={"Proxy-Authorization": "Basic hidden-9"}),
}  # fmt: skip


@pytest.mark.parametrize("place", MISPLACED)
def test_a_secret_in_the_wrong_place_is_kept_nowhere(till: Till, place: str) -> None:
    till.token()
    MISPLACED[place](till.http)
    kept = till.control("GET", "/requests")["requests"]
    assert len(kept) == 2
    assert "***" in json.dumps(kept[-1])
    for path in (
        "/requests",
        "/requests?format=har",
        "/snapshot",
        "/bundle",
        "/explain/2",
        "/audit",
    ):
        assert "hidden-9" not in till.http.get(f"/_simulator{path}").text
    for path in ("/page/requests", "/page/requests/2"):
        assert "hidden-9" not in till.http.get(path).text


def test_what_looks_like_many_secrets_is_looked_through_at_once() -> None:
    for text in (
        "client_secret",
        'client_secret"\n',
        'client_secret" : "',
        "client_secret'   ",
        r"\u0063lient\u005f",
        r'client\u005fsecret" : "',
        "%63lient%5fsecre",
    ):
        body = text.encode() * (64 * 1024 // len(text))
        assert len(masked_text(body)) > 0
    for form in (
        "client_secret",
        "%63lient_secret=&",
        "client_secret&",
        "&",
        "=",
        "%63",
        ";",
        "client;",
    ):
        body = form.encode() * (64 * 1024 // len(form))
        assert len(masked_body(body)) >= len(body)
        assert len(masked_body(body + b"=")) >= len(body)
