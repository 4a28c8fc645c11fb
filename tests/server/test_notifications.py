"""The notification service, with real receivers: a till is told of each check-in."""

import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import trustme
from mobilepay_simulator.server.notifications import PATIENCE

from tests.support import CREDIT, LOYAL, RunningServer, Till, cli, fresh, running_server


@dataclass
class Receiver:
    """A till's callback endpoint: answers `statuses` one after the other, then 200."""

    statuses: list[int] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    is_slow: bool = False
    url: str = ""


def serve(receiver: Receiver, context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            receiver.bodies.append(json.loads(self.rfile.read(length)))
            if receiver.is_slow:
                receiver.release.wait(20)
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", receiver.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if context else "http"
    receiver.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = serve(receiver)
    yield receiver
    receiver.release.set()
    server.shutdown()
    server.server_close()


def deliveries(till: Till) -> Any:
    return till.control("GET", "/notifications")["notifications"]


def until(till: Till, attempts: int, number: int = 0) -> Any:
    """The notification once it was tried so often; deliveries run beside the calls."""
    for _ in range(400):
        found = deliveries(till)
        if len(found) > number and len(found[number]["attempts"]) >= attempts:
            return found[number]
        threading.Event().wait(0.025)
    raise AssertionError(f"it was not tried {attempts} times: {deliveries(till)}")


@pytest.fixture
def pos_id(till: Till, receiver: Receiver) -> str:
    """A point of sale whose callback alias leads to the receiver."""
    till.control("PUT", "/callbacks/my-till", {"url": receiver.url})
    return till.create_pos(callbackAlias="my-till", merchantPosId="till-7")


def test_a_check_in_is_posted_to_the_url_of_the_alias(
    till: Till, pos_id: str, receiver: Receiver
) -> None:
    till.user("checkin", pos_id)
    letter = until(till, 1)
    assert letter["delivery"] == "delivered"
    store = till.ok("GET", f"/stores/{till.store_id()}")
    assert receiver.bodies == [
        {
            "MerchantId": merchant_id(till),
            "MerchantBrandId": store["merchantBrandId"],
            "MerchantLocationId": store["merchantLocationId"],
            "MerchantPosId": "till-7",
            "PosId": pos_id,
        }
    ]


def merchant_id(till: Till) -> str:
    """The GUID by which the control API tells of the till's merchant."""
    merchants = till.control("GET", "/merchants")["merchants"]
    (found,) = [each["merchantId"] for each in merchants if each["vat"] == till.merchant]
    assert str(UUID(found)) == found
    return str(found)


def test_every_merchant_has_an_id_of_its_own_and_the_same_in_every_sandbox(
    till: Till, server: RunningServer
) -> None:
    def ids(http: httpx.Client) -> dict[str, str]:
        found = http.get("/_simulator/merchants").json()["merchants"]
        return {each["vat"]: each["merchantId"] for each in found}

    here = ids(till.http)
    with httpx.Client(base_url=server.url, verify=False) as http:
        there = ids(http)
    assert len(set(here.values())) == len(here) >= 4
    assert {vat: there[vat] for vat in here} == here


def test_a_plain_http_url_to_another_machine_is_taken_with_a_warning(till: Till) -> None:
    answer = till.control("PUT", "/callbacks/far", {"url": "http://till.example.test/checkin"})
    assert "https" in answer["warning"]
    near = till.control("PUT", "/callbacks/near", {"url": "http://127.0.0.1:9/checkin"})
    assert near["warning"] is None
    assert set(till.control("GET", "/callbacks")["callbacks"]) >= {"far", "near"}


def test_the_data_file_names_a_merchants_id_and_its_plain_url_is_warned_of(tmp_path: Path) -> None:
    guid = "22222222-3333-4444-8555-666666666666"
    data, log = tmp_path / "data.yaml", tmp_path / "log"
    data.write_text(
        f"merchants:\n  - {{vat: DK55555555, name: Mine, id: {guid}, stores: []}}\n"
        "callback_aliases:\n  - {alias: Far Till, url: 'http://till.example.test/'}\n"
    )
    with running_server("--data", str(data), log=log) as running:
        found = httpx.get(f"{running.url}/_simulator/merchants").json()["merchants"]
    assert [each["merchantId"] for each in found if each["vat"] == "DK55555555"] == [guid]
    assert "WARNING callback alias 'Far Till'" in log.read_text()


def test_each_check_in_is_told(till: Till, pos_id: str, receiver: Receiver) -> None:
    till.user("checkin", pos_id)
    till.user("checkin", pos_id, LOYAL)
    until(till, 1, number=1)
    assert len(receiver.bodies) == 2


def test_an_alias_without_url_is_told_nothing(till: Till) -> None:
    till.user("checkin", till.create_pos(callbackAlias="unknown"))
    assert deliveries(till) == []


def test_anything_but_200_is_tried_three_times_more_with_growing_pauses(
    till: Till, pos_id: str, receiver: Receiver
) -> None:
    receiver.statuses = [500, 204, 404, 503]
    till.user("checkin", pos_id)
    until(till, 1)
    for number, pause in ((2, 1), (3, 2), (4, 4)):
        till.advance(seconds=pause)
        until(till, number)
    till.advance(hours=1)
    letter = until(till, 4)
    assert letter["delivery"] == "failed"
    assert [each["status"] for each in letter["attempts"]] == [500, 204, 404, 503]
    assert len(receiver.bodies) == 4


def test_a_retry_that_works_ends_it(till: Till, pos_id: str, receiver: Receiver) -> None:
    receiver.statuses = [500]
    till.user("checkin", pos_id)
    until(till, 1)
    till.advance(seconds=1)
    assert until(till, 2)["delivery"] == "delivered"


def test_redirects_are_not_followed(till: Till, pos_id: str, receiver: Receiver) -> None:
    receiver.statuses = [307]
    till.user("checkin", pos_id)
    letter = until(till, 1)
    assert letter["attempts"][0]["status"] == 307
    assert len(receiver.bodies) == 1


def test_a_dead_receiver_is_an_attempt_with_an_error(till: Till) -> None:
    till.control("PUT", "/callbacks/dead", {"url": "http://127.0.0.1:9/x"})
    till.user("checkin", till.create_pos(callbackAlias="dead"))
    letter = until(till, 1)
    assert letter["attempts"][0]["status"] is None
    assert letter["attempts"][0]["error"]
    assert letter["delivery"] == "waiting"


def test_a_slow_receiver_holds_nothing_up(till: Till, pos_id: str, receiver: Receiver) -> None:
    receiver.is_slow = True
    for _ in range(5):
        till.user("checkin", pos_id)
    begun = time.perf_counter()
    assert till.initiate(till.create_pos())
    assert time.perf_counter() - begun < 3
    receiver.release.set()
    until(till, 1, number=4)


def test_a_receiver_that_is_too_slow_is_told_as_that(
    till: Till, pos_id: str, receiver: Receiver
) -> None:
    receiver.is_slow = True
    till.user("checkin", pos_id)
    letter = until(till, 1)
    assert letter["attempts"][0]["error"] == f"no answer within {PATIENCE:g} s"
    receiver.release.set()


def play(till: Till, pos_id: str, step: str) -> None:
    text = f"summary: x\nsteps:\n  - do: {{set-notifications: {step}}}\n  - do: check-in\n"
    assert till.http.put("/_simulator/scenarios/notify", content=text).status_code == 200
    till.initiate(pos_id, scenario="notify")


def test_a_scenario_can_drop_a_notification(till: Till, pos_id: str, receiver: Receiver) -> None:
    play(till, pos_id, "{copies: 0}")
    assert [each["delivery"] for each in deliveries(till)] == ["dropped"]
    assert receiver.bodies == []


def test_a_scenario_can_duplicate_a_notification(
    till: Till, pos_id: str, receiver: Receiver
) -> None:
    play(till, pos_id, "{copies: 2}")
    until(till, 1, number=1)
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]


def test_a_scenario_can_delay_a_notification(till: Till, pos_id: str, receiver: Receiver) -> None:
    play(till, pos_id, "{after: 30s}")
    assert deliveries(till)[0]["attempts"] == []
    till.advance(seconds=30)
    assert until(till, 1)["delivery"] == "delivered"


def test_callbacks_are_listed_and_dropped(till: Till, receiver: Receiver) -> None:
    till.control("PUT", "/callbacks/mine", {"url": receiver.url})
    assert till.control("GET", "/callbacks")["callbacks"] == {"mine": receiver.url}
    till.control("DELETE", "/callbacks/mine")
    assert till.control("GET", "/callbacks")["callbacks"] == {}
    assert till.http.delete("/_simulator/callbacks/mine").status_code == 404


@pytest.mark.parametrize("url", ["ftp://x", "localhost:1", "http://", "http://x\n", 5, None])
def test_only_http_urls_are_taken(till: Till, url: Any) -> None:
    answer = till.http.put("/_simulator/callbacks/mine", json={"url": url})
    assert answer.status_code == 400
    assert "url" in answer.json()["error"]


def test_an_https_receiver_with_a_ca_of_its_own_is_told(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    receiver = Receiver()
    secure = serve(receiver, context)
    options = ("--callback-ca", str(tmp_path / "ca.pem"), "--time-scale", "0")
    with running_server(*options) as server, httpx.Client(base_url=server.url) as http:
        till = Till(http)
        till.control("PUT", "/callbacks/safe", {"url": receiver.url})
        till.user("checkin", till.create_pos(callbackAlias="safe"))
        assert until(till, 1)["delivery"] == "delivered"
    secure.shutdown()
    secure.server_close()


def test_an_https_receiver_nobody_vouches_for_is_not_told(
    server: RunningServer, till: Till
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    receiver = Receiver()
    secure = serve(receiver, context)
    alias = fresh("alias")
    till.control("PUT", f"/callbacks/{alias}", {"url": receiver.url})
    till.user("checkin", till.create_pos(callbackAlias=alias))
    letter = until(till, 1)
    assert "CERTIFICATE_VERIFY_FAILED" in letter["attempts"][0]["error"].upper()
    assert receiver.bodies == []
    secure.shutdown()
    secure.server_close()


def test_a_receiver_that_hangs_keeps_nobody_elses_notifications_waiting(
    till: Till, server: RunningServer
) -> None:
    hanging, other = Receiver(is_slow=True), Receiver()
    servers = [serve(hanging), serve(other)]
    try:
        till.control("PUT", "/callbacks/hangs", {"url": hanging.url})
        till.control("PUT", "/callbacks/answers", {"url": other.url})
        slow = till.create_pos(callbackAlias="hangs")
        for number in range(400):
            till.user("checkin", slow, LOYAL if number % 2 else CREDIT)
        # Another receiver of the same sandbox, and another sandbox.
        till.user("checkin", till.create_pos(callbackAlias="answers"))
        with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('neighbour')}") as http:
            neighbour = Till(http)
            neighbour.control("PUT", "/callbacks/mine", {"url": other.url})
            begun = time.monotonic()
            neighbour.user("checkin", neighbour.create_pos(callbackAlias="mine"))
            assert until(neighbour, 1)["delivery"] == "delivered"
        assert until(till, 1, number=400)["delivery"] == "delivered"
        assert time.monotonic() - begun < 4
        assert len(hanging.bodies) <= 20
    finally:
        hanging.release.set()
        for each in servers:
            each.shutdown()
            each.server_close()


@pytest.fixture
def no_key_log(tmp_path: Path) -> dict[str, str]:
    """An environment in which the keys of TLS are to be written where they can't be."""
    return {"SSLKEYLOGFILE": str(tmp_path / "none" / "keys")}


def test_a_key_log_that_can_not_be_written_keeps_no_plain_receiver_from_being_told(
    no_key_log: dict[str, str], receiver: Receiver
) -> None:
    with (
        running_server("--time-scale", "0", env=no_key_log) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        till = Till(http)
        till.control("PUT", "/callbacks/plain", {"url": receiver.url})
        till.user("checkin", till.create_pos(callbackAlias="plain"))
        assert until(till, 1)["delivery"] == "delivered"
        till.control("PUT", "/callbacks/safe", {"url": "https://127.0.0.1:9/"})
        till.user("checkin", till.create_pos(callbackAlias="safe"))
        error = until(till, 1, number=1)["attempts"][0]["error"]
        assert error == f"SSLKEYLOGFILE={no_key_log['SSLKEYLOGFILE']}: No such file or directory"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes among files are POSIX")
def test_a_key_log_that_is_a_pipe_without_a_reader_is_named(tmp_path: Path) -> None:
    pipe = tmp_path / "keys"
    os.mkfifo(pipe)
    with (
        running_server("--time-scale", "0", env={"SSLKEYLOGFILE": str(pipe)}) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        till = Till(http)
        till.control("PUT", "/callbacks/safe", {"url": "https://127.0.0.1:9/"})
        till.user("checkin", till.create_pos(callbackAlias="safe"))
        error = until(till, 1)["attempts"][0]["error"]
        assert error.startswith(f"SSLKEYLOGFILE={pipe}: ")


def test_a_key_log_that_can_not_be_written_is_named_and_not_the_files_of_cas(
    no_key_log: dict[str, str], tmp_path: Path
) -> None:
    ca = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(ca)
    commands = (
        ("serve", "--port", "0", "--callback-ca", str(ca)),
        ("audit", "https://127.0.0.1:9"),
    )
    for command in commands:
        done = cli(*command, env={**no_key_log, "SSL_CERT_FILE": str(ca)})
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert f"SSLKEYLOGFILE={no_key_log['SSLKEYLOGFILE']}: No such file" in line
        assert str(ca) not in line


@pytest.mark.parametrize("missing", ["none.pem", "empty.pem"])
def test_a_file_of_cas_that_can_not_be_used_is_named(missing: str, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    done = cli("audit", "https://127.0.0.1:9", env={"SSL_CERT_FILE": str(tmp_path / missing)})
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"SSL_CERT_FILE={tmp_path / missing}" in line
