"""A client that has sent all it will, and said so by closing its writing side, gets its answers."""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.security.sockets import HOST, Answered, opened, read
from tests.support import RunningServer, Till, fresh, running_server, until

KEYS = b"/integrator-authentication/.well-known/openid-configuration/jwks"
POST = b"POST /_simulator/clock/advance HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
SECOND = b'{"seconds": 1}'
ADVANCE = POST + b"Content-Length: 14\r\n\r\n" + SECOND
LARGE = POST + b"Content-Length: 300014\r\n\r\n" + SECOND + b" " * 300_000
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\ne\r\n" + SECOND + b"\r\n0\r\n\r\n"


def get(path: bytes, *lines: bytes) -> bytes:
    head = [b"GET " + path + b" HTTP/1.1", HOST.strip(), *lines, b"", b""]
    return b"\r\n".join(head)


def strike(server: RunningServer, fault: str) -> bytes:
    """The path of the key set in a sandbox where a fault strikes it each time."""
    sandbox = fresh("half")
    url = f"{server.url}/sandboxes/{sandbox}/_simulator/faults"
    faults = f"faults:\n  - {{call: KeySet, {fault}}}\n"
    assert httpx.put(url, content=faults).status_code == 200
    return b"/sandboxes/" + sandbox.encode() + KEYS


def said(server: RunningServer, content: bytes) -> Answered:
    """What comes back when this, and the end, are sent."""
    with opened(server.port) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        return read(connection)


@pytest.fixture(scope="module", params=["in memory", "on disk"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    options = ["--time-scale", "0", "--scenario", "manual"]
    if request.param == "on disk":
        options += ["--data-dir", str(tmp_path_factory.mktemp("data"))]
    with running_server(*options) as running:
        yield running


#: What is asked, and how many answers there must be.
ASKED = {
    "a look": (get(b"/_simulator/clock"), 1),
    "a change": (ADVANCE, 1),
    "three requests in one packet": (ADVANCE * 3, 3),
    "a hundred requests in one packet": (ADVANCE * 100, 100),
    "a large body": (LARGE, 1),
    "a large body between small ones": (ADVANCE + LARGE + ADVANCE, 3),
    "chunks": (CHUNKED * 2, 2),
    "an offer of HTTP/2": (
        ADVANCE.replace(HOST, HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n") * 2,
        2,
    ),
    "large answers": (get(b"/openapi.json") * 30, 30),
    "a last request": (get(b"/_simulator/clock", b"Connection: close"), 1),
    "HTTP/1.0": (get(b"/_simulator/clock").replace(b"/1.1", b"/1.0"), 1),
}


@pytest.mark.parametrize("what", ASKED)
def test_it_gets_all_its_answers_and_the_end(server: RunningServer, what: str) -> None:
    content, count = ASKED[what]
    answered = said(server, content)
    assert answered.statuses == [200] * count
    assert answered.is_closed


@pytest.mark.parametrize("what", ["three requests in one packet", "a large body"])
def test_what_it_asks_byte_by_byte_is_answered_as_well(server: RunningServer, what: str) -> None:
    content, count = ASKED[what]
    with opened(server.port) as connection:
        for byte in content[:400]:
            connection.sendall(bytes([byte]))
        connection.sendall(content[400:])
        connection.shutdown(socket.SHUT_WR)
        assert read(connection).statuses == [200] * count


FAULTS = ["delay: 300ms", "delay: 300ms, work: after", "dribble: 300ms"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_scenario_may_delay_its_answer(server: RunningServer, fault: str) -> None:
    path = strike(server, fault)
    answered = said(server, get(path) + get(path) + get(b"/_simulator/clock"))
    assert answered.statuses == [200] * 3
    assert answered.content.count(b'"keys":') == 2
    assert b'"now":' in answered.content
    base = f"{server.url}{path.removesuffix(KEYS).decode()}/_simulator"
    kept = httpx.get(f"{base}/requests?operation=KeySet").json()["requests"]
    assert [each["delivery"] for each in kept] == ["whole", "whole"]


@pytest.mark.parametrize("by", ["close", "reset"])
def test_a_scenario_may_cut_its_answer(server: RunningServer, by: str) -> None:
    path = strike(server, f"cut: mid_body, by: {by}, delay: 100ms")
    answered = said(server, get(path))
    assert answered.statuses == [200]
    head, _, body = answered.content.partition(b"\r\n\r\n")
    told = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
    assert 0 < len(body) < told


def test_who_is_gone_before_a_late_answer_is_told_as_gone(server: RunningServer) -> None:
    path = strike(server, "delay: 200ms")
    with opened(server.port) as connection:
        connection.sendall(get(path))
    base = f"{server.url}{path.removesuffix(KEYS).decode()}/_simulator"
    kept = {"delivery": "pending"}
    while kept["delivery"] == "pending":
        (kept,) = httpx.get(f"{base}/requests?operation=KeySet").json()["requests"] or [kept]
    assert kept["delivery"] == "abandoned"


#: What ends before it is whole, and what is answered.
UNFINISHED = {
    "half a request line": (b"GET /_simul", [400]),
    "half a head": (get(b"/_simulator/clock")[:-2], [400]),
    "half a body": (ADVANCE[:-3], [400]),
    "half a large body": (LARGE[:-3], [400]),
    "no last chunk": (CHUNKED[:-5], [400]),
    "a body that was to be asked for": (
        ADVANCE.replace(HOST, HOST + b"Expect: 100-continue\r\n")[:-14],
        [100, 400],
    ),
    "half a head behind others": (ADVANCE + get(b"/_simulator/clock")[:-2], [200, 400]),
    "nothing": (b"", []),
    "empty lines": (b"\r\n\r\n", []),
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_what_it_has_not_finished_is_refused(server: RunningServer, what: str) -> None:
    content, statuses = UNFINISHED[what]
    answered = said(server, content)
    # What came before may still be at work: then it is answered, and nothing else.
    assert answered.statuses in (statuses, statuses[:1] if len(statuses) > 1 else statuses)
    assert answered.is_closed


@pytest.mark.parametrize("rest", [get(b"/")[:-2], LARGE[:-3], ADVANCE[:-3], CHUNKED[:-5]])
def test_what_was_asked_before_is_answered_though_the_last_request_is_not_whole(
    server: RunningServer, rest: bytes
) -> None:
    path = strike(server, "delay: 200ms")
    answered = said(server, get(path) + get(b"/_simulator/clock") + rest)
    assert answered.statuses[:2] == [200, 200]
    # A large body is only read on once the others are answered; then it can be refused.
    assert answered.statuses[2:] in ([], [400])
    assert answered.is_closed


def test_it_hears_a_stream_to_its_end(server: RunningServer) -> None:
    sandbox = fresh("half")
    url = f"{server.url}/sandboxes/{sandbox}"
    with opened(server.port) as connection, httpx.Client(base_url=url) as http:
        connection.sendall(get(f"/sandboxes/{sandbox}/_simulator/stream".encode()))
        heard = connection.recv(65536)
        connection.shutdown(socket.SHUT_WR)
        for _ in range(2):
            # Each once the one before was heard: it listens on.
            before = heard.count(b"event: points-of-sale")
            Till(http).create_pos()
            while heard.count(b"event: points-of-sale") == before:
                heard += connection.recv(65536)
    assert heard.startswith(b"HTTP/1.1 200 ")


PREVIEW = b"POST /_simulator/scenarios/preview HTTP/1.1\r\n" + HOST
PREVIEW += b"Content-Type: application/yaml\r\n"
#: Played until it is ended, after ten seconds.
ENDLESS = b"summary: x\ntill: [create-pos" + b", {initiate: 10.00}, wait-until-decided" * 90
ENDLESS += b"]\npayments:\n" + b"  - steps: []\n" * 90


def preview(text: bytes) -> bytes:
    return PREVIEW + b"Content-Length: %d\r\n\r\n" % len(text) + text


@pytest.mark.parametrize("size", [100, 250_000])
def test_it_waits_for_no_long_answer_behind_others(server: RunningServer, size: int) -> None:
    with contextlib.ExitStack() as crowd:
        first = crowd.enter_context(opened(server.port))
        first.sendall(preview(ENDLESS))
        request = preview(b"summary: x\n#".ljust(size))
        waiting = crowd.enter_context(opened(server.port))
        # A large piece at the end, which stops the reading of others for a moment.
        waiting.sendall(request[: size // 2])
        time.sleep(0.1)
        waiting.sendall(request[size // 2 :])
        time.sleep(0.1)
        waiting.shutdown(socket.SHUT_WR)
        answered = read(waiting)
        first.setblocking(False)
        with pytest.raises(BlockingIOError):
            first.recv(1)
    assert answered.statuses == [503]
    assert b"has closed its side of the connection" in answered.content
    assert answered.is_closed


def wait_for_a_run(server: RunningServer) -> bytes:
    """Asks for the verdict of a run that nobody ever starts."""
    base = f"/sandboxes/{fresh('half')}/_simulator"
    queued = {"scenario": "instant"}
    (run,) = httpx.post(f"{server.url}{base}/scenarios/next", json=queued).json()["runs"]
    return f"POST {base}/runs/{run}/wait?timeout=600 HTTP/1.1\r\n".encode() + HOST + b"\r\n"


def test_it_gets_a_run_that_it_waits_for_as_the_run_is(server: RunningServer) -> None:
    answered = said(server, wait_for_a_run(server))
    assert answered.statuses == [200]
    assert b'"verdict":"unfinished"' in answered.content
    assert answered.is_closed


SOCKETS = Path("/proc/net/tcp")
#: What the kernel calls a connection that the other side has closed or not: ESTABLISHED, CLOSE_WAIT.
OPEN = ("01", "08")


def connections(server: RunningServer) -> int:
    """How many connections the server holds open."""
    rows = [line.split() for line in SOCKETS.read_text().splitlines()[1:]]
    ours = f":{server.port:04X}"
    return sum(1 for row in rows if row[1].endswith(ours) and row[3] in OPEN)


needs_proc = pytest.mark.skipif(not SOCKETS.exists(), reason="there is no /proc/net")


@needs_proc
def test_a_stream_that_nobody_hears_any_more_ends(server: RunningServer) -> None:
    assert until(lambda: connections(server) == 0)
    with contextlib.ExitStack() as crowd:
        for _ in range(20):
            listener = crowd.enter_context(opened(server.port))
            listener.sendall(get(b"/_simulator/stream"))
            # Nothing is left unread, which would make the end a reset.
            while not listener.recv(65536).endswith(b"\n\n\r\n"):
                pass
            listener.shutdown(socket.SHUT_WR)
        assert connections(server) == 20
    assert until(lambda: connections(server) == 0)


@needs_proc
def test_who_says_the_end_leaves_no_connection_behind(server: RunningServer) -> None:
    assert until(lambda: connections(server) == 0)
    idle = [opened(server.port) for _ in range(20)]
    for number, connection in enumerate(idle):
        if number % 2:
            connection.sendall(get(b"/_simulator/clock"))
            assert read(connection, 1).statuses == [200]
        connection.shutdown(socket.SHUT_WR)
    for connection in idle:
        assert read(connection).is_closed
    assert until(lambda: connections(server) == 0)
    for connection in idle:
        connection.close()


def test_over_tls_what_was_asked_before_the_goodbye_is_answered(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path), "--time-scale", "0")
    with running_server(*options) as running, opened(running.https_port) as raw:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=str(next(tmp_path.rglob("*.pem"))))
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_bio(incoming, outgoing)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                incoming.write(raw.recv(65536))
        client.write(get(b"/_simulator/clock"))
        with contextlib.suppress(ssl.SSLWantReadError):
            client.unwrap()
        raw.sendall(outgoing.read())
        raw.shutdown(socket.SHUT_WR)
        content = b""
        while piece := raw.recv(65536):
            incoming.write(piece)
        with contextlib.suppress(ssl.SSLZeroReturnError, ssl.SSLWantReadError, ssl.SSLError):
            content = client.read(65536)
    assert content.startswith(b"HTTP/1.1 200 ")


@needs_proc
def test_nobody_waits_for_a_run_for_a_client_that_has_hung_up(server: RunningServer) -> None:
    request = wait_for_a_run(server)
    assert until(lambda: connections(server) == 0)
    with contextlib.ExitStack() as crowd:
        for _ in range(50):
            crowd.enter_context(opened(server.port)).sendall(request)
        assert until(lambda: connections(server) == 50)
    assert until(lambda: connections(server) == 0)
