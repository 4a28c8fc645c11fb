"""`--data-dir`: a server that is killed goes on where it was."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mobilepay_simulator.api.carried import SOON_READ
from mobilepay_simulator.sandboxes.store import DataDirStore, EntryChange
from mobilepay_simulator.sandboxes.store_file import FILE

from tests import warm
from tests.support import ROOT, Till, running_server, stop, until, write_easy_cases

#: Tokens name the URL, which must not change with the port.
OPTIONS = ("--public-url", "http://simulator.test", "--scenario", "manual")


@contextmanager
def till_at(folder: Path, *options: str, kill: bool = False) -> Iterator[Till]:
    """A till at a server that keeps its sandboxes in a folder, and is killed in the end, or stopped."""
    with running_server("--data-dir", str(folder), *OPTIONS, *options) as server:
        with httpx.Client(base_url=server.url, verify=False) as http:
            yield Till(http)
        if kill:
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait(10)
        else:
            assert stop(server.process) == 0


STILL = ("--time-scale", "0")


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
def test_state_and_tokens_outlive_the_server(tmp_path: Path, kill: bool) -> None:
    with till_at(tmp_path, *STILL, kill=kill) as till:
        pos_id = till.create_pos()
        captured, reserved = till.captured(pos_id), till.reserved(pos_id)
        refund = till.refund(captured)
        before = till.payment(captured)
        token = till._token
    with till_at(tmp_path, *STILL) as till:
        till._token = token
        assert till.payment(captured) == before
        assert till.status(reserved) == "Reserved"
        till.advance(seconds=1)
        assert till.refund_status(refund) == "Reserved"
        assert till.ok("GET", f"/pointofsales/{pos_id}")["posId"] == pos_id


def test_a_payment_made_at_the_end_of_all_time_is_kept(tmp_path: Path) -> None:
    with till_at(tmp_path, *STILL) as till:
        till.control("POST", "/clock/advance", {"to": "8999-12-31T23:59:59Z"})
        till._token = None
        reserved = till.reserved()
        snapshot = till.http.get("/_simulator/snapshot").content
        assert till.http.put("/_simulator/snapshot", content=snapshot).is_success
    with till_at(tmp_path, *STILL) as till:
        assert till.status(reserved) == "Reserved"


def test_the_clock_stands_where_it_stood(tmp_path: Path) -> None:
    with till_at(tmp_path, *STILL, kill=True) as till:
        till.advance(days=3, hours=5)
        before = till.control("GET", "/clock")
    with till_at(tmp_path, *STILL) as till:
        assert till.control("GET", "/clock") == before


def test_time_that_runs_goes_on_while_the_server_is_away(tmp_path: Path) -> None:
    # An hour is over in 4 ms here, and a start takes a hundred times as long.
    fast = ("--time-scale", "1000000", "--reservation-lifetime", "1h")
    with till_at(tmp_path, *fast, kill=True) as till:
        till.control("PUT", "/clock", {"scale": 0})
        reserved = till.reserved()
        till.control("PUT", "/clock", {"scale": 1_000_000})
    with till_at(tmp_path, *fast) as till:
        till.control("PUT", "/clock", {"scale": 0})
        assert till.status(reserved) == "ExpiredAndCancelled"


def test_every_sandbox_its_uploads_and_its_queue_outlive_the_server(tmp_path: Path) -> None:
    with till_at(tmp_path, *STILL, kill=True) as till:
        box = "/sandboxes/mine/_simulator"
        upload = "summary: Mine.\nsteps:\n  - include: rejection\n"
        till.http.put(f"{box}/scenarios/mine", content=upload)
        till.http.post(f"{box}/scenarios/next", json={"scenario": "mine"})
        till.http.post("/sandboxes/dropped/_simulator/reset")
        till.http.delete("/_simulator/sandboxes/dropped")
    with till_at(tmp_path, *STILL) as till:
        names = [each["name"] for each in till.control("GET", "/sandboxes")["sandboxes"]]
        assert names == ["default", "mine"]
        with httpx.Client(base_url=f"{till.http.base_url}/sandboxes/mine", verify=False) as http:
            mine = Till(http)
            payment_id = mine.initiate(mine.create_pos())
            mine.advance(minutes=1)
            assert mine.status(payment_id) == "CancelledByUser"


def test_a_scenario_goes_on_in_the_middle(tmp_path: Path) -> None:
    with till_at(tmp_path, *STILL, kill=True) as till:
        payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
        till.advance(seconds=1)
        assert till.status(payment_id) == "IssuedToUser"
    with till_at(tmp_path, *STILL, kill=True) as till:
        till.advance(seconds=1)
        assert till.status(payment_id) == "Reserved"
        with pytest.raises(httpx.RemoteProtocolError):
            till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    with till_at(tmp_path, *STILL) as till:
        # The fault struck the first capture, and that one is behind us.
        till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
        (cut,) = till.control("GET", "/requests?status=0")["requests"]
        assert cut["paymentId"] == payment_id


def test_a_reset_and_a_loaded_snapshot_outlive_the_server(tmp_path: Path) -> None:
    with till_at(tmp_path, *STILL, kill=True) as till:
        kept = till.captured()
        snapshot = till.http.get("/_simulator/snapshot").content
        lost = till.captured()
        till.control("POST", "/reset")
        till.http.put("/_simulator/snapshot", content=snapshot)
    with till_at(tmp_path, *STILL) as till:
        assert till.status(kept) == "Captured"
        assert till.call("GET", f"/payments/{lost}").status_code == 404


def test_new_settings_count_where_no_scenario_has_changed_them(tmp_path: Path) -> None:
    slow = "summary: x\nsteps:\n  - do: {change: {rule: refund_poll_delay, to: 7s}}\n"
    with till_at(tmp_path, *STILL, kill=True) as till:
        till.http.put("/_simulator/scenarios/slow", content=slow)
        captured = till.captured()
        till.initiate(till.create_pos(), scenario="slow")
        refund = till.refund(captured)
    with till_at(tmp_path, *STILL, "--poll-delay", "3s", "--refund-poll-delay", "1s") as till:
        assert till.payment(captured)["pollDelayInMs"] == 3000
        assert till.ok("GET", f"/refunds/{refund}")["pollDelayInMs"] == 7000


def test_error_ids_are_new_ones_after_a_restart(tmp_path: Path) -> None:
    ids = []
    for _ in range(3):
        with till_at(tmp_path, *STILL, kill=True) as till:
            refused = till.call("POST", "/payments", {})
            ids.append(refused.json()["correlationId"])
    assert len(set(ids)) == 3


def test_a_full_disk_is_answered_500_and_nothing_is_lost_or_made_twice(tmp_path: Path) -> None:
    told = "calls are answered 500 until it can"
    limit = 'ulimit -f 2048; exec "$0" "$@"'
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", "--data-dir"]
    options = [str(tmp_path / "kept"), *OPTIONS, *STILL, "--log-format", "none"]
    options += ["--port-file", str(tmp_path / "port")]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            ["bash", "-c", limit, *command, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            process.stdout.readline()
            port = int((tmp_path / "port").read_text())
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=False) as http:
                till = Till(http)
                pos_id = till.create_pos()
                answered = []
                for number in range(5000):
                    body = {"posId": pos_id, "orderId": f"order-{number}"}
                    made = till.call("POST", "/payments/prepare", body, key=f"own-{number}")
                    if made.status_code != 200:
                        break
                    answered.append(made.json()["paymentId"])
                    cancelled = till.call("POST", f"/payments/{answered[-1]}/cancel")
                    if cancelled.status_code != 200:
                        made = cancelled
                        break
                assert made.status_code == 500, made.text
                assert "sandboxes.sqlite3 can't be written" in made.json()["message"]
                assert http.get("/_simulator/health").is_success
                # It is told by a thread of its own, at times later than the call is answered.
                assert until(lambda: (tmp_path / "said").read_text().count(told) == 1)
        finally:
            os.kill(process.pid, signal.SIGKILL)
    assert "Traceback" not in (tmp_path / "said").read_text()
    with till_at(tmp_path / "kept", *STILL) as till:
        for payment_id in answered[:-1]:
            assert till.status(payment_id) == "CancelledByClient"
        assert till.status(answered[-1]) in ("Prepared", "CancelledByClient")


def clear(till: Till) -> httpx.Response:
    return till.http.post("/_simulator/reset")


def drop(till: Till) -> httpx.Response:
    return till.http.delete("/_simulator/sandboxes/full")


def restore(till: Till) -> httpx.Response:
    url = str(till.http.base_url).replace("full", "empty")
    empty = till.http.get(f"{url}_simulator/snapshot").content
    return till.http.put("/_simulator/snapshot", content=empty)


def restore_large(till: Till) -> httpx.Response:
    """As `restore`, but a thread reads the snapshot before the call's work begins."""
    url = str(till.http.base_url).replace("full", "empty")
    empty = till.http.get(f"{url}_simulator/snapshot").content
    return till.http.put("/_simulator/snapshot", content=empty + b" " * SOON_READ)


def delete_late(till: Till) -> httpx.Response:
    """Deletes the point of sale, which a fault delays."""
    (pos,) = till.control("GET", "/points-of-sale")["pointsOfSale"]
    return till.call("DELETE", f"/pointofsales/{pos['posId']}")


LATE = {"call": "DeletePos", "delay": "0.3s", "work": "after"}


@pytest.mark.skipif(sys.platform != "linux", reason="limits the files of another process")
@pytest.mark.parametrize(
    "act", [clear, drop, restore, restore_large, delete_late], ids=lambda it: it.__name__
)
def test_an_answer_tells_what_was_carried_out_although_the_disk_is_full(
    tmp_path: Path, act: Callable[[Till], httpx.Response]
) -> None:
    resource = pytest.importorskip("resource")
    with (
        running_server("--data-dir", str(tmp_path), *STILL) as server,
        httpx.Client(base_url=f"{server.url}/sandboxes/full") as http,
    ):
        till = Till(http)
        till.create_pos()
        assert http.put("/_simulator/faults", json={"faults": [LATE]}).is_success
        limits = server.process.pid, resource.RLIMIT_FSIZE
        before, most = resource.prlimit(*limits)
        resource.prlimit(*limits, (4096, most))
        answer = act(till)
        assert answer.status_code == 500
        assert "can't be written" in answer.json()["message"]
        assert "was carried out" in answer.json()["message"]
        resource.prlimit(*limits, (before, most))
        assert until(lambda: http.get("/_simulator/points-of-sale").is_success)
        assert http.get("/_simulator/points-of-sale").json()["total"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can't be removed there")
def test_a_data_dir_that_is_removed_is_told_and_no_call_is_answered_as_kept(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "kept"
    with (
        running_server("--data-dir", str(folder), *STILL) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        Till(http).create_pos()
        shutil.rmtree(folder)
        made = clear(Till(http))
        assert made.status_code == 500
        assert "was carried out" in made.json()["message"]
        assert "sandboxes.sqlite3 was removed" in made.json()["message"]
        asked = http.get("/_simulator/payments")
        assert asked.status_code == 500
        assert "the call itself changes nothing" in asked.json()["message"]
        health = http.get("/_simulator/health").json()
        assert health["status"] == "degraded"
        assert "was removed" in health["problems"][0]["message"]
        assert stop(server.process) == 1


def refused(*options: str) -> str:
    """What a server says that does not start."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]
    done = warm.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_a_second_server_with_the_same_folder_does_not_start(tmp_path: Path) -> None:
    with till_at(tmp_path):
        said = refused("--data-dir", str(tmp_path))
    assert said == f"mobilepay-sim: --data-dir: {tmp_path} is in use by another simulator"


def refused_and_left(folder: Path) -> str:
    """Returns the line with which a start refuses a data dir, which stays as it is."""
    before = (folder / FILE).read_bytes()
    said = refused("--data-dir", str(folder))
    assert "\n" not in said
    assert (folder / FILE).read_bytes() == before
    return said


def test_two_payments_of_one_id_in_a_data_dir_are_told_and_it_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    with till_at(tmp_path, *STILL) as till:
        first, second = till.captured(), till.captured()
    store = DataDirStore(tmp_path)
    _, (key, value) = store.read()[0].parts["payments"]
    edited = value.replace(second.encode(), first.encode())
    store.write([EntryChange("default", "payments", key, edited)]).result(10)
    store.close()
    said = refused_and_left(tmp_path)
    assert "sandbox 'default': payments[1]: its id is not its key" in said


def test_a_sandbox_that_can_not_be_read_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    with till_at(tmp_path, *STILL) as till:
        till.captured()
    store = DataDirStore(tmp_path)
    ((key, value),) = store.read()[0].parts["payments"]
    store.write(
        [EntryChange("default", "payments", key, value.replace(b"Captured", b"Paid"))]
    ).result(10)
    store.close()
    said = refused_and_left(tmp_path)
    assert "sandbox 'default': payments[0]: Invalid enum value 'Paid'" in said


def test_a_file_of_garbage_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    said = refused("--data-dir", str(tmp_path))
    assert "is damaged" in said
    assert "\n" not in said


def test_the_faults_of_a_sandbox_go_on_counting(tmp_path: Path) -> None:
    third = "faults:\n  - {call: CreatePos, nth: 3, answer: {status: 503}}"
    with till_at(tmp_path, *STILL, kill=True) as till:
        till.http.put("/_simulator/faults", content=third)
        till.create_pos()
        till.create_pos()
    with till_at(tmp_path, *STILL) as till:
        assert till.control("GET", "/faults")["faults"][0]["calls"] == 2
        statuses = [till.call("POST", "/pointofsales", till.pos_body()).status_code for _ in "ab"]
        assert statuses == [503, 200]


def test_certified_versions_are_remembered(tmp_path: Path) -> None:
    write_easy_cases(tmp_path)
    options = (*STILL, "--require-certified", "--scenarios", str(tmp_path))
    kept = tmp_path / "kept"
    with till_at(kept, *options, kill=True) as till:
        assert till.call("GET", "/stores").status_code == 403
        till.control(
            "POST", "/certifications", {"sections": ["onboarding"], "clientIds": [till.client_id]}
        )
        pos_id = till.create_pos()
        till.ok("DELETE", f"/pointofsales/{pos_id}")
        till.create_pos()
        approved = till.control("POST", "/certifications/C1/approve", {})
        assert approved["stage"] == "approved"
    with till_at(kept, *options) as till:
        assert till.control("GET", "/certifications/C1") == approved
        assert till.call("GET", "/stores").status_code == 200
        newer = {"X-MobilePay-Client-System-Version": "99.1.0"}
        assert till.call("GET", "/stores", headers=newer).status_code == 403
