"""A secret that a client sends in the wrong place is kept nowhere."""

import json
import time
from base64 import b64encode
from collections.abc import Callable

import httpx
import pytest
from mobilepay_simulator.journal.masking import masked_header
from mobilepay_simulator.journal.secret_fields import form_without_secrets, without_secrets

from tests.support import Till

FORM = "application/x-www-form-urlencoded"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; %b\r\n\r\nhidden-9\r\n--b--\r\n"
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
    "in a multipart form of .NET": lambda it: it.post(TOKEN, content=PART % b"name=client_secret", headers=MULTIPART),
    "in a multipart file": lambda it: it.post(TOKEN, content=PART % b'name="client_secret"; filename="a"', headers=MULTIPART),
    "in JSON that is a text in JSON": lambda it: it.post(TOKEN, json={"a": json.dumps({"client_secret": 'hid"hidden-9', "b": 1})}),
    "in a text of a text": lambda it: it.post(TOKEN, json=json.dumps(json.dumps({"client_secret": "hidden-9"}))),
    "in a text as .NET escapes it": lambda it: it.post("/nothing", content=rb'{"a":"{\u0022client_secret\u0022:\u0022hidden-9\u0022}"}'),
    "in JSON in a form": lambda it: it.post(TOKEN, data={"json": json.dumps({"client_secret": 'a"hidden-9', "b": 1})}),
    "in JSON that is a form's name": lambda it: it.post(TOKEN, data={json.dumps({"client_secret": "hidden-9"}): ""}),
    "in a list": lambda it: it.post(TOKEN, json={"client_secret": ["a]", "hidden-9"], "b": 1}),
    "in an object": lambda it: it.post(TOKEN, json={"client_secret": {"value": "hidden-9"}, "b": 1}),
    "as a number": lambda it: it.post(TOKEN, content=b'{"client_secret" : hidden-9 , "b": 1}'),
    "behind many spaces": lambda it: it.post(TOKEN, content=b'{"client_secret"' + b" " * 50 + b':\n"hidden-9"}'),
    "in a line": lambda it: it.post(TOKEN, content=b"a: b\nclient_secret: hidden-9\nc: d"),
    "behind an equals sign with spaces": lambda it: it.post("/nothing", content=b"client_secret = hidden-9"),
    "in an element": lambda it: it.post(TOKEN, content=b"<a><client_secret>hidden-9</client_secret></a>"),
    "in an element with a name": lambda it: it.post(TOKEN, content=b'<n:client_secret a="b"> <![CDATA[hidden-9]]></n:client_secret>'),
    "a token to refresh": lambda it: it.post(TOKEN, json={"refresh_token": "hidden-9"}),
    "in the path": lambda it: it.get("/nothing;client_secret=hidden-9/a"),
    "in the path, encoded": lambda it: it.get("/nothing/client%5Fsecret=%22hidden-9%22"),
    "in a URL of a header": lambda it: it.get("/nothing", headers={"Referer": "http://a/?b=c&client_secret=hidden-9"}),
    "in the place of the scheme": lambda it: it.get("/nothing", headers={"Authorization": "hidden-9 a"}),
    "in the place of the client's id": lambda it: it.get("/nothing", headers={"Authorization": f"Basic {b64encode(b'hidden-9').decode()}"}),
    **{
        f"in the header {name}": lambda it, name=name: it.get("/nothing", headers={name: "hidden-9"})
        for name in ("client_secret", "Client-Secret", "X-Client-Secret", "ClientSecret", "access_token", "X-Access-Token", "refresh_token")
    },
    **{
        f"in the header {name}: {value}": lambda it, name=name, value=value: it.get("/nothing", headers={name: value})
        for name, value in (
            *((name, "Bearer hidden-9") for name in ("X-Authorization", "X-Original-Authorization", "X-Forwarded-Authorization", "Authentication", "X-Whatever")),
            *((name, "hidden-9") for name in ("X-Token", "X-Auth-Token", "X-Auth", "X-Api-Key", "X-ApiKey", "X-Secret", "X-Password", "Credentials")),
            *((name, f"Basic {b64encode(b'till:hidden-9').decode()}") for name in ("X-Wrapped64", "User-Agent", "X-Authorization")),
            ("X-Blob", '{"access_token": "hidden-9"}'),
            ("X-Blob", '{"access_token": "Bearer hidden-9"}'),
            ("X-Blob", "Negotiate hidden-9-of-a-ticket"),
            ("X-Blob", "to=/a?authorization=Bearer%20hidden-9"),
            ("X-Blob", "eyJhbGciOiJSUzI1NiJ9.eyJoaWRkZW4iOiI5In0.hidden-9"),
            ("X-Callback", "https://h/?a=b&client_secret=hidden-9"),
            ("X-Callback", "https://h/?to=http%3A%2F%2Fu%3Ahidden-9%40h%2F"),
            *((name, url) for name in ("Referer", "Origin") for url in ("http://u:hidden-9@h", "http://u:p@hidden-9@h/a", "http://hidden-9@h")),
        )
    },
    "in a proxy's header": lambda it: it.get("/nothing", headers={"Proxy-Authorization": "Basic hidden-9"}),
}  # fmt: skip


@pytest.mark.parametrize("place", MISPLACED)
def test_a_secret_in_the_wrong_place_is_kept_nowhere(till: Till, place: str) -> None:
    till.token()
    MISPLACED[place](till.http)
    kept = till.control("GET", "/requests")["requests"]
    assert len(kept) == 2
    hidden = [b64encode(each).decode() for each in (b"hidden-9", b"till:hidden-9")]
    assert "***" in json.dumps(kept[-1])
    for path in (
        "/requests",
        "/requests?format=har",
        "/snapshot",
        "/bundle",
        "/explain/2",
        "/audit",
    ):
        text = till.http.get(f"/_simulator{path}").text
        assert "hidden-9" not in text
        assert not any(each in text for each in hidden)
    for path in ("/page/requests", "/page/requests/2"):
        assert "hidden-9" not in till.http.get(path).text


LEFT = {
    b'{"client_secret":"hidden-9","a":1}': b'{"client_secret":"***","a":1}',
    b'{"client_secret":["hidden-9","b]"],"a":1}': b'{"client_secret":["***"],"a":1}',
    b'{"client_secret":{"v":"hidden-9"},"a":1}': b'{"client_secret":"***","a":1}',
    b'{"client_secret":12345678,"a":1}': b'{"client_secret":"***","a":1}',
    b'{"client_secret": null,"a":1}': b'{"client_secret": null,"a":1}',
    rb'{"a":"{\"client_secret\":\"h\\\"9\",\"b\":1}","c":2}': rb'{"a":"{\"client_secret\":\"***\",\"b\":1}","c":2}',
    b"client_secret=\na=b": b"client_secret=***\na=b",
    b"</client_secret>\n<a>b</a>": b"</client_secret>\n<a>b</a>",
    b"the client_secret of the till": b"the client_secret of the till",
    b'{"expectedToken": "a", "secretary": "b"}': b'{"expectedToken": "a", "secretary": "b"}',
}


@pytest.mark.parametrize(("sent", "kept"), LEFT.items())
def test_what_stands_beside_a_secret_is_kept(sent: bytes, kept: bytes) -> None:
    assert without_secrets(sent) == kept


SHAPES = (
    *(
        "client_secret",
        "client_secret:",
        "client_secret ",
        "client_secret= ",
        "client_secret;a",
        "client_secret>",
    ),
    *(
        "client_secret\n",
        'client_secret"\r\na\r\n',
        "client_secret a>",
        "client_secret><",
        "client_secret:[",
    ),
    *(
        'client_secret:{"',
        'client_secret:"\\',
        'client_secret\\"',
        'client_secret\\":\\"',
        "client_secret%22%3a%22",
    ),
    *(
        "%5c",
        "\\",
        '"',
        "'",
        "%",
        "+",
        "%20",
        " ",
        "\\u0022",
        "u00",
        "client_",
        "&client_secret",
        "=client_secret",
    ),
)
BEGINNINGS = (
    "",
    "client_secret:",
    'client_secret:"',
    'client_secret:\\"',
    "client_secret:[",
    "client_secret=%22",
    "%u00",
)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_long_body_of_one_shape_is_looked_through_at_once(beginning: str) -> None:
    for shape in SHAPES:
        body = (beginning + shape * (400 * 1024 // len(shape))).encode()
        begun = time.process_time()
        without_secrets(body)
        form_without_secrets(body)
        # What grew with the square of the length would take minutes.
        assert time.process_time() - begun < 10, shape


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
        assert len(without_secrets(body)) > 0
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
        assert len(form_without_secrets(body)) >= len(body)
        assert len(form_without_secrets(body + b"=")) >= len(body)


@pytest.mark.parametrize("beginning", ["", "Bearer ", "http://", "eyJ"])
def test_a_long_header_of_one_shape_is_looked_through_at_once(beginning: str) -> None:
    for shape in (
        "Bearer ",
        "basic%20",
        " ",
        "+",
        "://",
        "://a@",
        "%3a%2f%2f",
        "%40",
        "eyJ",
        "eyJaaaaaaaa.",
    ):
        value = beginning + shape * (64 * 1024 // len(shape))
        begun = time.process_time()
        masked_header("x-blob", value)
        assert time.process_time() - begun < 2, shape
