"""A moment without free files costs what is asked for in it, and nothing afterwards."""

import asyncio
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.server.threads import Prepared

from tests import support
from tests.server.test_notifications import Receiver, serve, until
from tests.support import RunningServer, Till, running_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets limits of other processes")

#: By its environment it is started anew, so that nothing is imported which a server does not.
COLD = {"STARTED_ANEW": "yes"}


@contextmanager
def no_free_files(server: RunningServer) -> Iterator[None]:
    """Lets a server open nothing; what it has open stays so."""
    usual = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (3, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, usual)


def test_notifications_are_sent_after_their_preparation_has_failed(tmp_path: Path) -> None:
    receiver, log = Receiver(), tmp_path / "log"
    receiving = serve(receiver)
    with (
        running_server("--time-scale", "0", env=COLD, log=log) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        till = Till(http)
        pos_id = till.create_pos(callbackAlias="mine")
        # What the call needs itself.
        http.delete("/_simulator/callbacks/none")
        with no_free_files(server):
            # The first URL lets the server prepare what notifications need, and that fails.
            till.control("PUT", "/callbacks/other", {"url": "http://127.0.0.1:9/"})
            time.sleep(1)
        till.control("PUT", "/callbacks/mine", {"url": receiver.url})
        till.user("checkin", pos_id)
        assert until(till, 1)["delivery"] == "delivered"
        # The watch over scenario files looks once a second.
        assert support.until(lambda: not http.get("/_simulator/health").json()["problems"])
    receiving.shutdown()
    receiving.server_close()


def test_a_call_that_needs_a_file_is_answered_503_meanwhile_and_told_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        running_server(env=COLD, log=log) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        http.get("/_simulator/health")
        with no_free_files(server):
            answers = [http.get(path) for path in ("/_simulator/ledger", "/", "/docs")]
        assert [each.status_code for each in answers] == [503] * 3
        assert [each.headers["Retry-After"] for each in answers] == ["1"] * 3
        for path in ("/_simulator/ledger", "/", "/docs"):
            assert http.get(path, follow_redirects=True).status_code == 200
    said = log.read_text()
    assert said.count("Too many open files") == 1
    assert "Traceback" not in said


def test_what_could_not_be_prepared_is_prepared_anew_and_what_could_is_kept() -> None:
    tries: list[int] = []

    def make() -> int:
        tries.append(len(tries))
        if len(tries) < 3:
            raise OSError("not now")
        return len(tries)

    async def ask() -> list[int | str]:
        prepared, got = Prepared(make, "test"), list[int | str]()
        prepared.begin()
        while not tries:
            await asyncio.sleep(0.01)
        for _ in range(5):
            prepared.begin()
            try:
                got.append(await prepared.get())
            except OSError as error:
                got.append(str(error))
            await asyncio.sleep(0.05)
        return got

    got = asyncio.run(ask())
    assert got[-1] == 3
    assert len(tries) == 3
    assert set(got) == {"not now", 3}
