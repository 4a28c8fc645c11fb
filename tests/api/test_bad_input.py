"""Bodies, paths and queries that are no good: refused with a documented status, never a failure of
the server, and nothing is changed (sections 4 and 5). Single fields are in `test_field_formats.py`.
"""

import json
from typing import Any

import pytest

from tests.api.calls import AUTHORIZATION, VERSION_HEADER, events, exchange, outcome, shortly
from tests.support import Till

DEEP = 100_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \n\t",
    "a word": b"payment",
    "null": b"null",
    "a number": b"1",
    "a string": b'"payment"',
    "a list": b"[]",
    "a list of objects": b"[{}]",
    "half an object": b'{"posId":',
    "a trailing comma": b'{"posId": "1",}',
    "single quotes": b"{'posId': 1}",
    "a comment": b"{} // nothing",
    "two objects": b"{}{}",
    "NaN": b'{"amount": NaN}',
    "Infinity": b'{"amount": Infinity}',
    "-Infinity": b'{"amount": -Infinity}',
    "a hexadecimal number": b'{"amount": 0x10}',
    "a leading zero": b'{"amount": 010}',
    "a bare fraction": b'{"amount": .5}',
    "a control character": b'{"orderId": "a\nb"}',
    "a bad escape": b'{"orderId": "\\x41"}',
    "not UTF-8": b'{"orderId": "\xff\xfe"}',
    "UTF-16": '{"posId": "1"}'.encode("utf-16"),
    "a null byte": b"\x00",
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "deep lists that end": b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "10 MB": b'{"orderId": "' + b"x" * 10_000_000 + b'"}',
    "10 MB of space": b" " * 10_000_000,
    "a form": b"posId=1&amount=2",
    "XML": b"<payment/>",
}


def refused(body: str) -> tuple[int, str]:
    """The status and the code that a body of `BODIES` is answered with."""
    return (413 if len(BODIES[body]) > 1_000_000 else 400, "1099")


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", ["/payments", "/pointofsales", "/refunds"])
def test_a_body_that_is_no_json_object_is_a_bad_request(till: Till, path: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = till.call("POST", path, content=BODIES[body], headers=headers)

    assert outcome(answer) == refused(body)
    assert events(till) == []


@pytest.mark.parametrize("body", BODIES)
def test_the_user_simulation_is_as_careful(till: Till, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    path = "/pos/app/usersimulation/checkin"

    assert outcome(till.http.post(path, content=BODIES[body], headers=headers)) == refused(body)


#: Numbers JSON allows and money doesn't.
NUMBERS = [
    "1e999999", "-1e999999", "1e99999999999999999999", "1e-999999", "1e-99999999999999999999",
    "9" * 5000, "0." + "0" * 5000 + "1", "1e400", "-0", "-0.0", "0e5", "1E+30", "0.001",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=shortly)
def test_a_number_beyond_all_bounds_is_an_invalid_amount(till: Till, number: str) -> None:
    body = json.dumps(till.payment_body(till.create_pos(), amount="HERE"))
    before = events(till)
    content = body.replace('"HERE"', number)
    headers = {"Content-Type": "application/json"}
    answer = till.call("POST", "/payments", content=content, headers=headers)

    assert outcome(answer) == (400, "1102")
    assert events(till) == before


@pytest.mark.parametrize("number", ["1e999999", "9" * 5000, "1e99999999999999999999"], ids=shortly)
def test_numbers_in_unknown_fields_do_no_harm(till: Till, number: str) -> None:
    content = json.dumps(till.pos_body(unknown="HERE")).replace('"HERE"', number)
    headers = {"Content-Type": "application/json"}

    assert till.call("POST", "/pointofsales", content=content, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "text/json",
        "application/json-patch+json",
        "application/*+json",
        "application/problem+json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON;charset=UTF-8",
    ],
)
def test_the_documented_media_types_are_taken(till: Till, media_type: str) -> None:
    content = json.dumps(till.pos_body())
    headers = {"Content-Type": media_type}

    assert till.call("POST", "/pointofsales", content=content, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "application/xml", "application/x-www-form-urlencoded", "json", "text/*+json", "application/json5", "multipart/form-data"],
)  # fmt: skip
def test_other_media_types_are_refused(till: Till, media_type: str | None) -> None:
    content = json.dumps(till.pos_body())
    answer = till.call(
        "POST", "/pointofsales", content=content, headers={"Content-Type": media_type}
    )

    assert outcome(answer) == (400, "1099")
    assert "Content-Type" in answer.json()["message"]
    assert events(till) == []


def test_a_byte_order_mark_is_skipped(till: Till) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(till.pos_body()).encode()
    headers = {"Content-Type": "application/json"}

    assert till.call("POST", "/pointofsales", content=content, headers=headers).status_code == 200


@pytest.mark.parametrize("unknown", [1, None, "x", [], {"a": {"b": [{}]}}, "\ud800", "\x00"])
def test_unknown_fields_are_ignored(till: Till, unknown: Any) -> None:
    content = json.dumps(till.pos_body(unknown=unknown, posID=unknown, store=unknown))
    headers = {"Content-Type": "application/json"}

    assert till.call("POST", "/pointofsales", content=content, headers=headers).status_code == 200


def test_calls_without_a_body_ignore_one(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    path = f"/payments/{payment_id}/cancel"

    assert till.call("POST", path, content=b"\xff{").status_code == 200
    assert till.status(payment_id) == "CancelledByClient"


NO_GUIDS = [
    "1", "0" * 31, "{00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-00000000000",
    "00000000-0000-4000-8000-0000000000000", "00000000-0000-4000-8000-00000000000g",
    "%00", "%FF", "%C3%28", "%ED%A0%80", "%F0%9F%8D%95", "%ZZ", "%", "%0d%0aX:%20y", "..%2f..", "*", "é", "\udcff",
    "00000000-0000-4000-8000-000000000000%00", "00000000-0000-4000-8000-000000000000%0A",
    "%D9%A10000000-0000-4000-8000-000000000000", "x" * 8000,
]  # fmt: skip
BY_ID = [
    ("GET", "/payments/{}"),
    ("POST", "/payments/{}/cancel"),
    ("GET", "/pointofsales/{}"),
    ("DELETE", "/pointofsales/{}"),
    ("GET", "/pointofsales/{}/checkin"),
    ("GET", "/stores/{}"),
    ("GET", "/refunds/{}"),
    ("POST", "/refunds/{}/capture"),
]


@pytest.mark.parametrize("bad", NO_GUIDS, ids=shortly)
def test_an_id_that_is_no_guid_is_a_bad_request(till: Till, bad: str) -> None:
    headers = [(AUTHORIZATION, f"Bearer {till.token()}"), (VERSION_HEADER, "1.2.3")]
    answers = {
        (method, path): exchange(till.http, method, f"/pos/v10{path.format(bad)}", headers)
        for method, path in BY_ID
    }

    # A slash in disguise makes it another path, which is not there.
    expected = 404 if "%2f" in bad else 400
    assert {each.status for each in answers.values()} == {expected}
    assert {json.loads(each.body)["code"] for each in answers.values()} == {"1099"}


QUERIES = [
    ("/payments", "posId={}"),
    ("/payments", "posId=00000000-0000-4000-8000-000000000000&state={}"),
    ("/pointofsales", "storeId={}"),
    ("/refunds", "paymentId={}"),
]


@pytest.mark.parametrize("bad", [*NO_GUIDS, "a&posId=b", "a=b", "+"], ids=shortly)
def test_a_parameter_of_the_wrong_form_is_a_bad_request(till: Till, bad: str) -> None:
    headers = [(AUTHORIZATION, f"Bearer {till.token()}"), (VERSION_HEADER, "1.2.3")]
    answers = [
        exchange(till.http, "GET", f"/pos/v10{path}?{query.format(bad)}", headers)
        for path, query in QUERIES
    ]

    assert [each.status for each in answers] == [400] * len(QUERIES)
    assert {json.loads(each.body)["code"] for each in answers} == {"1099"}


@pytest.mark.parametrize(
    "rubbish", ["%", "%FF", "%00", "%ED%A0%80", "%ZZ", "%C3%28", "x" * 8000], ids=shortly
)
def test_free_text_in_a_query_may_be_anything_and_finds_nothing(till: Till, rubbish: str) -> None:
    headers = [(AUTHORIZATION, f"Bearer {till.token()}"), (VERSION_HEADER, "1.2.3")]

    for query in ("payments?orderId=", "pointofsales?merchantPosId=", "pointofsales?beaconId="):
        answer = exchange(till.http, "GET", f"/pos/v10/{query}{rubbish}", headers)
        assert answer.status == 200
        assert list(json.loads(answer.body).values()) == [[]]


def test_a_body_that_is_said_to_be_sent_as_it_is_is_taken(till: Till) -> None:
    pos_id = till.create_pos()
    for coding in ("identity", "Identity", "", "identity, identity"):
        headers = {"Content-Encoding": coding}
        answer = till.call("POST", "/payments", till.payment_body(pos_id), headers=headers)
        assert answer.status_code == 200
        till.ok("POST", f"/payments/{answer.json()['paymentId']}/cancel")


def test_what_a_call_without_a_body_says_of_its_coding_makes_no_difference(till: Till) -> None:
    assert till.call("GET", "/stores", headers={"Content-Encoding": "gzip"}).status_code == 200


def test_a_compressed_body_without_a_token_is_refused_for_the_token(till: Till) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = till.http.post("/pos/v10/payments", content=b"{}", headers=headers)
    assert answer.status_code == 401
