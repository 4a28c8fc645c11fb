"""What the control API says of mistakes: the field, what was given, what would be right."""

import json
from urllib.parse import quote

import httpx
import pytest

from tests.support import Till


def sent(till: Till, method: str, path: str, content: str | None = None) -> httpx.Response:
    kind = {"Content-Type": "application/json"}
    return till.http.request(method, f"/_simulator{path}", content=content, headers=kind)


def refusal(till: Till, method: str, path: str, content: str | None = None) -> str:
    """What is said of a mistake, without the words in front that all have in common."""
    answer = sent(till, method, path, content)
    assert answer.status_code == 400, answer.text
    said: str = answer.json()["error"]
    return said.removeprefix("The request is not valid. (").removesuffix(")")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("1.2", "1.2"),
        ("1.50", "1.50"),
        ("-1.5", "-1.5"),
        ("0.0000001", "0.0000001"),
        ("1e-7", "0.0000001"),
        ("12345678901234567890.5", "12345678901234567890.5"),
        # So they are sent; and a few characters may stand for a million digits.
        ("1e30", "1E+30"),
        ("1e-999999", "1E-999999"),
        ('[1.2, {"a": 0.5}]', '[1.2, {"a": 0.5}]'),
        ("5", "5"),
        ("true", "true"),
    ],
)
def test_a_number_is_told_as_it_was_given(till: Till, given: str, shown: str) -> None:
    said = refusal(till, "POST", "/certifications", f'{{"version": {given}}}')
    assert said == f"version: expected a text, got {shown}"


def test_a_fraction_is_no_whole_number(till: Till) -> None:
    said = refusal(till, "POST", "/scenarios/next", '{"scenario": "instant", "times": 1.5}')
    assert said == "times: expected a whole number, got 1.5"


@pytest.mark.parametrize("content", [None, "", " ", "null", "[]", "{}"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/reset"), ("GET", "/requests"), ("HEAD", "/requests"), ("GET", "/ledger")],
)
def test_nothing_can_be_sent_in_several_ways(
    till: Till, method: str, path: str, content: str | None
) -> None:
    assert sent(till, method, path, content).status_code < 300


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("/requests", '{"limit": 1}', "limit: unknown field; it is a parameter of the URL: ?limit="),
        ("/clock/due", '{"limit": 1}', "limit: unknown field; it is a parameter of the URL: ?limit="),
        ("/clock", '{"limit": 1}', "limit: unknown field; this call takes none"),
        ("/payments", "limit=1", "the body is not JSON: "),
        ("/payments", "[1]", "the body is not a JSON object"),
    ],
)  # fmt: skip
def test_the_body_of_a_get_is_never_ignored(till: Till, path: str, content: str, said: str) -> None:
    assert refusal(till, "GET", path, content).startswith(said)
    assert sent(till, "HEAD", path, content).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "content", "field"),
    [
        ("PUT", "/clock", '{"scale": 5, "scale": 0}', "scale"),
        ("POST", "/arrange", '{"what": "payment", "what": "store"}', "what"),
        ("POST", "/verify", '{"operation": "Token", "count": {"atMost": 1, "atMost": 0}}', "atMost"),
        ("POST", "/verify", '{"body": {"b": {"x": null, "y": 1, "x": 2}}}', "x"),
        ("POST", "/reset", '{"a": 1, "a": 1}', "a"),
        ("GET", "/clock", '{"a": 1, "a": 1}', "a"),
    ],
)  # fmt: skip
def test_no_field_may_be_there_twice(
    till: Till, method: str, path: str, content: str, field: str
) -> None:
    assert refusal(till, method, path, content) == f"{field}: is there twice"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("/payments?state=open&state=final", "state"),
        ("/payments?state=open&state=open", "state"),
        ("/events?paymentId=x&paymentId=x", "paymentId"),
        ("/requests?limit=1&limit=2", "limit"),
        ("/requests?search=a&operation=Token&search=b", "search"),
        ("/runs?format=json&format=junit", "format"),
        ("/clock?a=1&a=2", "a"),
    ],
)
def test_no_parameter_may_be_there_twice(till: Till, query: str, name: str) -> None:
    assert refusal(till, "GET", query) == f"{name}: is there twice"


def test_of_a_parameter_that_is_there_twice_the_empty_one_is_none(till: Till) -> None:
    till.reserved()
    listed = till.control("GET", "/payments?state=&state=Reserved&state=")
    assert len(listed["payments"]) == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("operation=CreatePos&operation=InitiatePayment", 2),
        ("method=GET&method=POST", 4),
        ("status=4xx&status=200", 4),
        ("code=1301&code=1304", 0),
    ],
)
def test_a_parameter_of_several_values_may_be_there_for_each(
    till: Till, query: str, count: int
) -> None:
    till.initiate(till.create_pos())
    name = query.partition("=")[0]
    listed = till.control("GET", f"/requests?{query}")["requests"]
    together = query.replace(f"&{name}=", ",")
    assert listed == till.control("GET", f"/requests?{together}")["requests"]
    assert len(listed) == count


@pytest.mark.parametrize(
    "path", ["/payments", "/points-of-sale", "/requests", "/runs", "/clock/due", "/timeline"]
)
@pytest.mark.parametrize("text", ["5.0", "1e2", "1E2", "+5", "5.", "1e400", "0x5"])
def test_a_whole_number_is_written_in_digits_alone(till: Till, path: str, text: str) -> None:
    said = refusal(till, "GET", f"{path}?limit={quote(text)}")
    assert said == f"limit: expected a whole number, got {text!r}"


def test_a_fraction_without_a_rest_is_no_whole_number_in_a_body_either(till: Till) -> None:
    said = refusal(till, "POST", "/scenarios/next", '{"scenario": "instant", "times": 5.0}')
    assert said == "times: expected a whole number, got 5.0"


def test_of_a_field_that_a_client_sends_twice_the_last_counts(till: Till) -> None:
    body = json.dumps(till.payment_body(till.create_pos(), 12.5))
    kind = {"Content-Type": "application/json"}
    twice = body.replace('{"', '{"amount": 3, "', 1)
    made = till.ok("POST", "/payments", content=twice, headers=kind)
    assert till.payment(made["paymentId"])["amount"] == 12.5


NO_BODY = "this call takes none"
IN_URL = "it is a parameter of the URL: ?"


@pytest.mark.parametrize(
    ("method", "path", "content", "said"),
    [
        ("POST", "/reset", '{"timeout": 1}', f"timeout: unknown field; {NO_BODY}"),
        ("POST", "/runs/R1/wait", '{"q": 1}', f"q: unknown field; {NO_BODY}"),
        ("POST", "/runs/R1/wait", '{"timeout": 1}', f"timeout: unknown field; {IN_URL}timeout="),
        (
            "POST",
            "/runs/R1/wait",
            '{"timout": 1}',
            "timout: unknown field; did you mean 'timeout'? It is a parameter of the URL: ?timeout=",
        ),
        ("GET", "/runs", '{"format": "junit"}', f"format: unknown field; {IN_URL}format="),
        (
            "GET",
            "/requests",
            '{"limt": 1}',
            "limt: unknown field; did you mean 'limit'? It is a parameter of the URL: ?limit=",
        ),
        (
            "POST",
            "/scenarios/next?scenari=rejection",
            "{}",
            "scenari: unknown parameter; did you mean 'scenario'? It is a field of the body",
        ),
        ("PUT", "/clock", "{}", "scale: is missing"),
        # A shell variable that is not set.
        (
            "PUT",
            "/clock?scale=",
            "",
            "scale: is missing; the URL names it, but it is a field of the body",
        ),
        ("PUT", "/clock?scale=", '{"scal": 1}', "scal: unknown field; did you mean 'scale'?"),
    ],
)
def test_what_is_in_the_wrong_place_is_told_where_it_belongs(
    till: Till, method: str, path: str, content: str, said: str
) -> None:
    assert refusal(till, method, path, content).startswith(said)


def test_an_empty_parameter_counts_as_none(till: Till) -> None:
    assert sent(till, "PUT", "/clock?scale=", '{"scale": 0}').status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content", "said"),
    [
        ("GET", "/requests?count=5", "", "count: unknown parameter; write limit"),
        ("GET", "/requests?op=Token", "", "op: unknown parameter; did you mean 'operation'?"),
        ("GET", "/requests?ope=Token", "", "ope: unknown parameter; did you mean 'operation'?"),
        (
            "POST",
            "/ledger/compare",
            '[{"orderId": "a"}]',
            "the books are JSON; expected CSV with a header line: paymentId or orderId, captured",
        ),
        ("POST", "/arrange", '{"what": "payment", "age": 91}', "age: expected a text such as '91d', got 91"),
        ("POST", "/arrange", '{"what": 5}', "what: "),
    ],
)  # fmt: skip
def test_a_hint_says_what_would_be_right(
    till: Till, method: str, path: str, content: str, said: str
) -> None:
    assert refusal(till, method, path, content).startswith(said)
