"""Faults at the token endpoint are told as RFC 6749, section 5.2, has it: clients read `error`."""

from collections.abc import Iterator

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.settings.settings import Settings

from tests.support import CLIENT_ID, SECRET, Till

TOKEN = "/integrator-authentication/connect/token"
GRANT = {"grant_type": "client_credentials"}


def ask(http: httpx.Client) -> httpx.Response:
    return http.post(TOKEN, data=GRANT, auth=(CLIENT_ID, SECRET))


def fail(till: Till, answer: str) -> httpx.Response:
    """Asks for a token that a fault refuses."""
    text = f"faults:\n  - {{call: Token, first: 1, answer: {answer}}}"
    assert till.http.put("/_simulator/faults", content=text).status_code == 200
    return ask(till.http)


FAILURES = {
    "{status: 500}": (500, "server_error"),
    "{status: 502}": (502, "server_error"),
    "{status: 503}": (503, "temporarily_unavailable"),
    "{status: 429}": (429, "temporarily_unavailable"),
    "{status: 401}": (401, "invalid_client"),
    "{status: 400}": (400, "invalid_request"),
    "{status: 403, code: 1099}": (403, "invalid_request"),
    "{status: 400, code: invalid_scope}": (400, "invalid_scope"),
    "{status: 400, code: unauthorized_client}": (400, "unauthorized_client"),
}


@pytest.mark.parametrize("answer", FAILURES)
def test_an_error_of_a_scenario_has_oauths_shape(till: Till, answer: str) -> None:
    refused = fail(till, answer)
    body = refused.json()

    assert (refused.status_code, body.pop("error")) == FAILURES[answer]
    assert body.keys() == {"error_description"}
    assert refused.headers["Cache-Control"] == "no-store"
    asked = refused.headers.get_list("WWW-Authenticate")
    assert asked == (['Basic realm="mobilepay"'] if refused.status_code == 401 else [])


@pytest.mark.parametrize("body", ["empty", "malformed", "truncated", "html"])
def test_a_body_that_is_none_of_json_stays_so(till: Till, body: str) -> None:
    refused = fail(till, f"{{status: 500, body: {body}}}")

    with pytest.raises(ValueError):
        refused.json()


def test_the_other_calls_keep_the_services_shape(till: Till) -> None:
    for call, path in (("Discovery", ""), ("KeySet", "/jwks")):
        till.http.put("/_simulator/faults", content=f"faults:\n  - {{call: {call}, answer: {{}}}}")
        answer = till.http.get(f"/integrator-authentication/.well-known/openid-configuration{path}")
        assert answer.json().keys() == {"code", "message", "correlationId"}


def test_the_name_of_a_sandbox_that_is_none_is_told_in_oauths_shape(till: Till) -> None:
    answer = httpx.post(f"{_root(till)}/sandboxes/no%20name{TOKEN}", data=GRANT)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def _root(till: Till) -> str:
    url = till.http.base_url
    return f"{url.scheme}://{url.netloc.decode()}"


@pytest.fixture
def in_process() -> Iterator[httpx.Client]:
    """A client of a WSGI application, which can't break a connection."""
    app = create_app(Settings(time_scale=0))
    transport = httpx.WSGITransport(app=app.wsgi_app)
    with httpx.Client(transport=transport, base_url="http://simulator") as http:
        yield http


def test_a_fault_that_needs_a_wire_is_refused_in_oauths_shape(in_process: httpx.Client) -> None:
    text = "faults:\n  - {call: Token, cut: before_commit}"
    assert in_process.put("/_simulator/faults", content=text).status_code == 200
    answer = ask(in_process)

    assert (answer.status_code, answer.json()["error"]) == (501, "server_error")
