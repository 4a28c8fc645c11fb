"""The host a request is for, and the form of its target: what is taken, and what is told if not."""

import json
from collections.abc import Iterator

import pytest
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.settings.settings import Settings

from tests.security.sockets import HOST, Answered, ask
from tests.support import RunningServer, running_server

DISCOVERY = b"/integrator-authentication/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server("--time-scale", "0") as running:
        yield running


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0))


def asked(
    server: RunningServer, target: bytes, *lines: bytes, method: bytes = b"GET", minor: int = 1
) -> Answered:
    head = [b"%b %b HTTP/1.%d" % (method, target, minor), *lines, b"Connection: close", b"", b""]
    return ask(server.port, b"\r\n".join(head))


def body_of(answered: Answered) -> dict[str, str]:
    found: dict[str, str] = json.loads(answered.content.partition(b"\r\n\r\n")[2])
    return found


HOSTS = (
    *("localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"),
    *("the_till:80", "a.b.", "xn--bcher-kva.test", "a%20b", "a!$&'()*+,;=b", "host:"),
)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", [DISCOVERY, b"/openapi.json", b"/"])
def test_a_host_and_a_port_are_taken(server: RunningServer, host: str, path: bytes) -> None:
    answered = asked(server, path, f"Host: \t{host} ".encode())
    assert len(answered.statuses) == 1
    # Under the name of somebody else pages are not shown.
    assert answered.statuses[0] == 200 or (answered.statuses[0] == 403 and path != DISCOVERY)
    if path == DISCOVERY:
        assert body_of(answered)["token_endpoint"].startswith(f"http://{host}/")


NO_HOSTS = (
    *('a"<b>', "a/b", "a?b", "a#b", "user@a", "a b", "a, b", "[", "]", "[::1", "[::1]x", "[:::]"),
    *("[127.0.0.1]", "::1", "a:b", "a:65536", "a:-1", "a:1:2", ":80", "%", "%zz", "\\", "\xe6"),
    *("http://a", "a" * 300, "[fe80::1%25eth0]", "a\tb", "{a}", "a|b", "^", "`"),
)


@pytest.mark.parametrize("host", NO_HOSTS)
@pytest.mark.parametrize("minor", [0, 1])
def test_what_is_no_host_is_refused_and_told_nowhere(
    server: RunningServer, host: str, minor: int
) -> None:
    answered = asked(server, DISCOVERY, f"Host: {host}".encode(), minor=minor)
    assert (answered.statuses, answered.is_closed) == ([400], True)
    assert "Host" in body_of(answered)["message"]
    assert b"token_endpoint" not in answered.content


@pytest.mark.parametrize("path", [DISCOVERY.decode(), "/openapi.json", "/page/requests/1"])
@pytest.mark.parametrize("host", ['a"<b>', "evil/path", "user@evil", "[evil"])
def test_a_host_that_the_server_of_somebody_else_lets_pass_is_told_nowhere(
    app: SimulatorApp, path: str, host: str
) -> None:
    client = app.test_client()
    # The page shows how to make this call again.
    client.get(DISCOVERY.decode(), headers={"Host": "localhost"})
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code in (200, 403)
    assert f"http://{host}" not in answer.text.replace("\\", "")
    if answer.status_code == 200:
        assert "http://localhost:80" in answer.text


def test_an_ipv6_address_is_told_in_brackets() -> None:
    request = Request(method="GET", path="/", headers=Headers(()), server=("::1", "8080"))
    assert request.root == "http://[::1]:8080"


@pytest.mark.parametrize("lines", [(), (HOST.strip(), HOST.strip())], ids=["none", "two"])
def test_http_1_1_needs_one_host(server: RunningServer, lines: tuple[bytes, ...]) -> None:
    answered = asked(server, DISCOVERY, *lines)
    assert (answered.statuses, answered.is_closed) == ([400], True)
    assert "Host" in body_of(answered)["message"]


def test_another_host_is_looked_at_on_a_connection_that_has_told_a_good_one(
    server: RunningServer,
) -> None:
    good = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % DISCOVERY
    for bad in (b"Host: a/b\r\n", b"", b"Host: localhost\r\nHost: localhost\r\n"):
        second = b"GET %b HTTP/1.1\r\n%b\r\n" % (DISCOVERY, bad)
        answered = ask(server.port, good + second + good)
        assert (answered.statuses, answered.is_closed) == ([200, 400], True)


@pytest.mark.parametrize("lines", [(), (b"Host:",)], ids=["none", "empty"])
def test_without_a_name_the_address_is_told(
    server: RunningServer, lines: tuple[bytes, ...]
) -> None:
    answered = asked(server, DISCOVERY, *lines, minor=0)
    assert answered.statuses == [200]
    assert body_of(answered)["token_endpoint"].startswith(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize("minor", [0, 1])
def test_of_an_address_in_the_request_line_the_host_counts(
    server: RunningServer, minor: int
) -> None:
    answered = asked(server, b"HTTP://the_till:99" + DISCOVERY, HOST.strip(), minor=minor)
    assert answered.statuses == [200]
    assert body_of(answered)["token_endpoint"].startswith("http://the_till:99/")


def test_an_address_without_a_path_may_have_a_query(server: RunningServer) -> None:
    answered = asked(server, b"http://localhost?a=b", HOST.strip())
    assert answered.statuses == [200]


NO_TARGETS = {
    b"http:///x": "host",
    b"http://": "host",
    b"https://:80/x": "host",
    b"http://[::1/x": "host",
    b"http://a:99999/x": "host",
    b"http://a:b/x": "host",
    b"http://user:secret@a/x": "user",
    b"ftp://a/x": "http",
    b"*": "OPTIONS",
}


@pytest.mark.parametrize("target", NO_TARGETS)
def test_a_target_that_is_none_is_refused_and_told_why(
    server: RunningServer, target: bytes
) -> None:
    answered = asked(server, target, HOST.strip())
    assert (answered.statuses, answered.is_closed) == ([400], True)
    message = body_of(answered)["message"]
    assert NO_TARGETS[target] in message
    assert "callback" not in message
    assert "secret" not in message


@pytest.mark.parametrize("method", [b"PROPFIND", b"TRACE", b"PATCH", b"SOURCE", b"QUERY"])
def test_a_method_of_http_that_a_path_does_not_take_is_told_which_it_takes(
    server: RunningServer, method: bytes
) -> None:
    answered = asked(server, b"/pos/v10/payments", HOST.strip(), method=method)
    assert answered.statuses == [405]
    assert b"\r\nAllow: GET, HEAD, OPTIONS, POST\r\n" in answered.content


@pytest.mark.parametrize(
    ("coding", "status"),
    [
        (b"gzip, chunked", 501),
        (b"deflate,chunked", 501),
        (b"compress", 501),
        (b"chunked, gzip", 400),
        (b"chunked, chunked", 400),
        (b"gzip;q=1, chunked", 400),
        (b", chunked", 400),
    ],
)
def test_a_coding_that_is_not_known_is_named_and_its_body_not_looked_at(
    server: RunningServer, coding: bytes, status: int
) -> None:
    line = b"Transfer-Encoding: " + coding
    answered = asked(server, b"/pos/v10/payments", HOST.strip(), line, method=b"POST")
    assert (answered.statuses, answered.is_closed) == ([status], True)
    assert "Transfer-Encoding" in body_of(answered)["message"]
