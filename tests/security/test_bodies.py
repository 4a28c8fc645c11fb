"""Bodies that want to be more than they are, and callers that want all there is."""

import gzip
import json

import httpx
import pytest

from tests.support import RunningServer, Till, fresh, running_server

#: Some kilobytes that want to be twenty megabytes.
BOMB = gzip.compress(b"[" * 20_000_000)


TAKES_BODIES = [
    ("POST", "/pos/v10/payments"),
    ("POST", "/pos/app/usersimulation/checkin"),
    ("POST", "/integrator-authentication/connect/token"),
    ("POST", "/_simulator/clock/advance"),
    ("POST", "/_simulator/ledger/compare"),
    ("POST", "/_simulator/scenarios/check"),
    ("POST", "/_simulator/scenarios/preview"),
    ("PUT", "/_simulator/scenarios/mine"),
    ("PUT", "/_simulator/faults"),
    ("PUT", "/_simulator/snapshot"),
]


def sent(till: Till, method: str, path: str, content: bytes, coding: str) -> httpx.Response:
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    if path.startswith("/pos/v10"):
        path = path.removeprefix("/pos/v10")
        return till.call(method, path, content=content, headers=headers, key="key")
    return till.http.request(method, path, content=content, headers=headers)


#: What is told, by the beginning of the path.
SHAPES = {
    "/pos": {"code", "message", "correlationId"},
    "/integrator-authentication": {"error", "error_description"},
    "/_simulator": {"error"},
}


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "deflate, gzip", "identity, gzip"])
@pytest.mark.parametrize(("method", "path"), TAKES_BODIES)
def test_a_compressed_body_is_not_unpacked_but_refused_and_told_why(
    till: Till, method: str, path: str, coding: str
) -> None:
    answer = sent(till, method, path, BOMB, coding)
    assert answer.status_code == 415
    assert answer.headers["Accept-Encoding"] == "identity"
    (shape,) = (keys for start, keys in SHAPES.items() if path.startswith(start))
    assert answer.json().keys() == shape
    assert "Content-Encoding" in answer.text
    assert "identity" in answer.text


def nested(pair: str, depth: int = 100_000) -> str:
    return pair[0] * depth + pair[1] * depth


@pytest.mark.parametrize(
    "yaml",
    [
        "summary: x\nsteps: " + nested("[]"),
        "summary: x\nsteps: " + nested("{}"),
        "\n".join(f"{' ' * depth}a:" for depth in range(600)),
        "- " * 100_000 + "a",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "summary: !!python/object/apply:os.system ['true']",
        "summary: x\nsteps:\n  - {after: " + "9" * 100_000 + "s, do: accept}",
        "summary: x\napplies_to: {amount: 1e999999999}",
        "summary: x\npayments: [" + "{}, " * 50_000 + "]",
        "? " * 50_000,
        "\0",
    ],
    ids=range(11),
)  # fmt: skip
def test_a_yaml_bomb_is_refused_in_a_line(till: Till, yaml: str) -> None:
    answer = till.http.put("/_simulator/scenarios/bomb", content=yaml, timeout=10)
    assert answer.status_code == 400
    assert "bomb.yaml:" in answer.json()["error"]


@pytest.mark.parametrize("body", [nested("[]"), '{"a":' * 100_000])
@pytest.mark.parametrize("path", ["/clock/advance", "/verify", "/scenarios/next", "/snapshot"])
def test_json_that_is_nested_without_end_is_refused(till: Till, path: str, body: str) -> None:
    method = "PUT" if path == "/snapshot" else "POST"
    answer = till.http.request(method, f"/_simulator{path}", content=body)
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [nested("[]"), '{"amount": "\\ud800"}'])
def test_whatever_body_came_the_page_shows_it(till: Till, body: str) -> None:
    till.call("POST", "/payments", content=body, headers={"Content-Type": "application/json"})
    (*_, kept) = till.control("GET", "/requests")["requests"]
    answer = till.http.get(f"/page/requests/{kept['id']}")
    assert answer.status_code == 200
    assert "\\ud800" in answer.text or "[[[[" in answer.text


def test_half_a_surrogate_is_told_as_it_was_sent(till: Till) -> None:
    answer = till.http.post("/_simulator/scenarios/next", content='{"\\ud800": 1}')
    assert answer.status_code == 400
    assert "\ud800: contains an unpaired surrogate" in answer.json()["error"]
    within = {"operation": "Token", "inOrder": [{"method": "GET"}, {"\ud800": "x"}]}
    answer = till.http.post("/_simulator/verify", content=json.dumps(within))
    assert answer.status_code == 400
    assert "inOrder[1].\ud800: contains an unpaired surrogate" in answer.json()["error"]


def test_what_is_not_there_is_not_told_at_full_length(till: Till) -> None:
    answer = till.http.post("/_simulator/scenarios/next", json={"scenario": "x" * 900_000})
    assert answer.status_code == 400
    assert len(answer.content) < 5_000


def test_no_more_sandboxes_are_made_than_there_may_be() -> None:
    with running_server("--max-sandboxes", "5") as server:
        answers = [
            httpx.post(f"{server.url}/sandboxes/s{number}/pos/app/usersimulation/checkin")
            for number in range(10)
        ]
        assert {each.status_code for each in answers} == {400, 503}
        assert "--max-sandboxes" in answers[-1].text
        assert len(httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]) == 5


def test_no_sandbox_is_made_for_whoever_has_no_token(server: RunningServer) -> None:
    name = fresh("nobody")
    for path in ("/pos/v10/stores", "/pos/v10/payments", "/nothing"):
        httpx.get(f"{server.url}/sandboxes/{name}{path}")
    names = [
        each["name"] for each in httpx.get(f"{server.url}/_simulator/sandboxes").json()["sandboxes"]
    ]
    assert name not in names
