"""HTTPS beside HTTP: one server, one world, one certificate; and the wire breaks there as well."""

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from mobilepay_simulator.server.authority import open_authority

from tests.server.test_faults import SCENARIOS
from tests.support import RunningServer, Till, fresh, running_server

#: What ends a connection before the answer is there, or in the middle of it.
CUTS = {name: fault for name, fault in SCENARIOS.items() if fault.startswith("cut: ")}
del CUTS["too-late"]


@dataclass(frozen=True)
class Secure:
    """A server that serves HTTPS, its CA, and where it logs to."""

    server: RunningServer
    ca: Path
    log: Path

    def trusting(self) -> ssl.SSLContext:
        """What a client has that trusts the CA and nobody else."""
        return ssl.create_default_context(cafile=str(self.ca))

    def connect(self, context: ssl.SSLContext | None = None, name: str = "localhost") -> Any:
        """A connection to the port for HTTPS."""
        raw = socket.create_connection(("127.0.0.1", self.server.https_port), timeout=5)
        return (context or self.trusting()).wrap_socket(raw, server_hostname=name)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """A server with one scenario a fault, each striking the first InitiatePayment."""
    folder: Path = tmp_path_factory.mktemp("tls")
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    for name, fault in CUTS.items():
        (scenarios / f"{name}.yaml").write_text(
            f"summary: {name}\nfaults:\n  - call: InitiatePayment\n    first: 1\n    {fault}\n"
        )
    options = ["--tls", "--tls-port", "0", "--tls-dir", str(folder)]
    options += ["--time-scale", "0", "--scenario", "manual", "--scenarios", str(scenarios)]
    options += ["--tls-hosts", "pos.example.test", "--public-url", "https://public.example.test"]
    with running_server(*options, log=folder / "log") as server:
        yield Secure(server, open_authority(folder).path, folder / "log")


@contextmanager
def till_of(secure: Secure, url: str) -> Iterator[Till]:
    base = f"{url}/sandboxes/{fresh('tls')}"
    with httpx.Client(base_url=base, verify=secure.trusting(), timeout=5) as http:
        yield Till(http)


@pytest.fixture
def till(secure: Secure) -> Iterator[Till]:
    with till_of(secure, secure.server.https_url) as till:
        yield till


def test_a_till_pays_over_https(till: Till) -> None:
    assert till.status(till.captured()) == "Captured"


def test_http_and_https_are_doors_to_the_same_world(secure: Secure, till: Till) -> None:
    payment_id = till.reserved()
    till.advance(days=7)
    name = till.http.base_url.path.strip("/").rpartition("/")[2]
    with httpx.Client(base_url=f"{secure.server.url}/sandboxes/{name}", verify=False) as http:
        assert Till(http).status(payment_id) == "ExpiredAndCancelled"


NAMES = [
    "localhost",
    "127.0.0.1",
    "::1",
    "api.mobilepay.dk",
    "api.sandbox.mobilepay.dk",
    "pos.example.test",
    "public.example.test",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_certificate_is_for(secure: Secure, name: str) -> None:
    with secure.connect(name=name) as connection:
        assert connection.getpeercert()


def test_the_certificate_is_for_nobody_else(secure: Secure) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"www\.mobilepay\.dk"):
        secure.connect(name="www.mobilepay.dk")


def test_the_certificate_is_good_for_about_a_year_and_from_yesterday_on(secure: Secure) -> None:
    with secure.connect() as connection:
        shown = connection.getpeercert()
    begins, ends = (ssl.cert_time_to_seconds(shown[each]) for each in ("notBefore", "notAfter"))
    now = datetime.now(UTC).timestamp()
    assert now - 2 * 86400 < begins < now - 3600
    assert 360 < timedelta(seconds=ends - now).days < 398


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
def test_tls_of_this_version_is_spoken(secure: Secure, version: ssl.TLSVersion) -> None:
    context = secure.trusting()
    context.minimum_version = context.maximum_version = version
    with secure.connect(context) as connection:
        assert connection.version() == version.name.replace("_", ".")


def test_http_1_1_is_agreed_on_though_the_client_would_rather_speak_http_2(secure: Secure) -> None:
    context = secure.trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with secure.connect(context) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_discovery_over_https_leads_to_https(till: Till) -> None:
    base = str(till.http.base_url)
    found = till.http.get("/integrator-authentication/.well-known/openid-configuration").json()
    assert found["token_endpoint"].startswith(base)
    assert found["jwks_uri"].startswith(base)
    assert till.http.get(found["jwks_uri"]).status_code == 200
    # --public-url is told for host, port and scheme; the sandbox is the URL's.
    prefix = till.http.base_url.path.rstrip("/")
    assert found["issuer"] == f"https://public.example.test{prefix}/integrator-authentication"


# --- broken wires -----------------------------------------------------------------------------


def start(till: Till, scenario: str, pos_id: str) -> httpx.Response:
    """The call that is struck; called again it is the retry."""
    body = till.payment_body(pos_id) | {"orderId": "the-order"}
    headers = {"X-Simulator-Scenario": scenario}
    return till.call("POST", "/payments", body, key="the-key", headers=headers)


@pytest.mark.parametrize("scenario", CUTS)
def test_a_broken_exchange_is_done_or_not_done_and_the_retry_makes_it_one(
    till: Till, scenario: str
) -> None:
    pos_id, done = till.create_pos(), int("before-work" not in scenario)
    with pytest.raises(httpx.TransportError):
        start(till, scenario, pos_id)
    assert len(till.ok("GET", f"/payments?posId={pos_id}")["paymentIds"]) == done
    assert start(till, scenario, pos_id).status_code == 200
    assert len(till.ok("GET", f"/payments?posId={pos_id}")["paymentIds"]) == 1


END = "the end of TLS, then of TCP"


def answered(secure: Secure, till: Till, scenario: str) -> tuple[bytes, object]:
    """What comes over a socket before the connection ends, and how that ends.

    TLS is done in memory: Python's own sockets take a reset for an end of the stream.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = secure.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
    request, received = raw_request(till, scenario), b""
    with socket.create_connection(("127.0.0.1", secure.server.https_port), timeout=5) as raw:

        def until_done(step: Callable[[], Any]) -> Any:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    if outgoing.pending:
                        raw.sendall(outgoing.read())
                    incoming.write(raw.recv(65536))

        try:
            until_done(tls.do_handshake)
            tls.write(request)
            while chunk := until_done(lambda: tls.read(65536)):
                received += chunk
            return received, END if raw.recv(1) == b"" else "more after the end"
        except OSError as error:
            return received, error


def raw_request(till: Till, scenario: str) -> bytes:
    """The call that is struck, byte for byte."""
    body = till.payment_body(till.create_pos())
    headers = {"X-Simulator-Scenario": scenario, "X-MobilePay-Idempotency-Key": "raw"}
    headers |= {"X-MobilePay-Client-System-Version": "1.0.0"}
    headers |= {"Authorization": f"Bearer {till.token()}"}
    request = till.http.build_request("POST", "/pos/v10/payments", json=body, headers=headers)
    lines = [f"POST {request.url.raw_path.decode()} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + request.read()


@pytest.mark.parametrize("scenario", ["reset-before-work", "reset-after-work", "half-body-reset"])
def test_a_reset_is_a_reset_of_the_tcp_connection(
    secure: Secure, till: Till, scenario: str
) -> None:
    received, ending = answered(secure, till, scenario)
    assert isinstance(ending, ConnectionResetError)
    assert bool(received) is (scenario == "half-body-reset")


def test_a_close_is_an_orderly_end_without_an_answer(secure: Secure, till: Till) -> None:
    assert answered(secure, till, "lost-response") == (b"", END)


def test_half_a_body_is_half_a_body(secure: Secure, till: Till) -> None:
    received, ending = answered(secure, till, "half-body")
    head, _, part = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert b"200 OK" in head
    assert 0 < len(part) < length
    assert ending == END


# --- clients that do it wrong -----------------------------------------------------------------


def told(secure: Secure, words: str) -> bool:
    """Whether the log comes to hold some words; it is written beside the calls."""
    for _ in range(200):
        if words in secure.log.read_text():
            return True
        threading.Event().wait(0.025)
    return False


def test_a_client_that_does_not_trust_the_ca_is_refused_and_the_log_says_what_to_do(
    secure: Secure,
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        secure.connect(ssl.create_default_context())
    assert told(secure, "does not trust the certificate; give it the CA: mobilepay-sim ca export")


def test_plain_http_on_the_port_for_https_is_answered_400_and_the_log_says_why(
    secure: Secure,
) -> None:
    with socket.create_connection(("127.0.0.1", secure.server.https_port), 5) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answered = b"".join(iter(lambda: raw.recv(65_536), b""))
    head, _, body = answered.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"HTTPS" in body
    assert told(secure, "speaks plain HTTP on the port for HTTPS")


def test_tls_on_the_port_for_http_ends_at_once_and_the_log_says_why(secure: Secure) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{secure.server.port}/", verify=False, timeout=5)
    assert told(secure, "speaks TLS on the port for plain HTTP; --tls serves HTTPS")


def test_tls_1_1_is_refused_and_the_log_says_why(secure: Secure) -> None:
    old = secure.trusting()
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        secure.connect(old)
    assert told(secure, "speaks TLS 1.1 or older; 1.2 and 1.3 are served")


def test_a_handshake_that_never_ends_is_ended(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path), "--request-timeout", "1s")
    with (
        running_server(*options, log=tmp_path / "log") as server,
        socket.create_connection(("127.0.0.1", server.https_port), timeout=10) as raw,
    ):
        raw.sendall(b"\x16\x03\x01")
        assert raw.recv(100) == b""
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_no_wrong_client_leaves_a_stack_trace(secure: Secure) -> None:
    assert "Traceback" not in secure.log.read_text()


def test_it_stops_at_once_though_connections_are_open(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path))
    with running_server(*options, log=tmp_path / "log") as server:
        secure = Secure(server, open_authority(tmp_path).path, tmp_path / "log")
        with secure.connect() as connection:
            connection.sendall(b"GET /_simulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
            server.process.terminate()
            assert server.process.wait(5) == 0
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert "ERROR" not in said


def test_the_variable_of_the_folder_is_of_no_use_to_a_server_without_https(tmp_path: Path) -> None:
    # `mobilepay-sim ca` reads it, too.
    with running_server(env={"MOBILEPAY_SIM_TLS_DIR": str(tmp_path / "tls")}) as server:
        assert not server.https_url
    assert not (tmp_path / "tls").exists()


# --- certificates of one's own ----------------------------------------------------------------


def own(folder: Path, **options: Any) -> tuple[str, str, trustme.CA]:
    """A certificate for pos.example.test and its key, in files; and who issued it."""
    ca = trustme.CA()
    leaf = ca.issue_cert("pos.example.test", **options)
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    leaf.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    return str(folder / "cert.pem"), str(folder / "key.pem"), ca


@pytest.mark.parametrize("in_one_file", [False, True])
def test_an_own_certificate_is_shown_and_no_ca_is_made(tmp_path: Path, in_one_file: bool) -> None:
    certificate, key, ca = own(tmp_path)
    files = ("--tls-cert", certificate, "--tls-key", key)
    files = ("--tls-cert", str(tmp_path / "both.pem")) if in_one_file else files
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path / "ca"), *files)
    with running_server(*options) as server:
        context = ssl.create_default_context()
        ca.configure_trust(context)
        secure = Secure(server, Path(certificate), Path())
        with secure.connect(context, "pos.example.test") as connection:
            assert connection.version()
    assert not (tmp_path / "ca").exists()


def test_an_expired_certificate_is_shown_all_the_same_and_the_log_says_so(tmp_path: Path) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    certificate, key, ca = own(tmp_path, not_before=past, not_after=past + timedelta(days=1))
    options = ("--tls", "--tls-port", "0", "--tls-cert", certificate, "--tls-key", key)
    with running_server(*options, log=tmp_path / "log") as server:
        context = ssl.create_default_context()
        ca.configure_trust(context)
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            Secure(server, Path(), Path()).connect(context, "pos.example.test")
    assert "expired at 2020-01-02" in (tmp_path / "log").read_text()
