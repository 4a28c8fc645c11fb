"""Files that an earlier version wrote are loaded, and go on from where they were."""

import json
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.engine.events import WorldEvent
from mobilepay_simulator.sandboxes.bundles import read_bundle
from mobilepay_simulator.sandboxes.parts import PARTS
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.sandboxes.snapshots import load_snapshot, take_snapshot
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.replay import replay
from mobilepay_simulator.testing.replay.stages import ReplayInProcess

from tests.support import RunningServer, Till, fresh, running_server

KEPT = Path(__file__).parent / "kept"
SNAPSHOT = (KEPT / "snapshot.json").read_bytes()
IDS: dict[str, str] = json.loads((KEPT / "ids.json").read_bytes())

#: What earlier versions wrote for each kind of event, timer and request with a key.
EVENTS = {
    "events.CheckedIn",
    "events.CheckedOut",
    "events.NotificationTried",
    "events.PaymentChanged",
    "events.PaymentTakenOver",
    "events.PosCreated",
    "events.PosDeleted",
    "events.RefundChanged",
    "events.StoreChanged",
    "playing.ScriptStarted",
    "playing.ScriptStopped",
    "playing.StepBegun",
}
TIMERS = {
    "notifications.Sends",
    "payment_course.Expires",
    "payment_course.GoesStale",
    "payment_course.IsReserved",
    "playing.PlaysStep",
    "points_of_sale.Lapses",
    "refunds.CapturesItself",
    "refunds.IsReserved",
}
REQUESTS = {
    "payments.InitiatePayment",
    "payments.PreparePayment",
    "points_of_sale.CreatePos",
    "refunds.CreateRefund",
}


@pytest.fixture
def parts() -> dict[str, list[tuple[Any, Any]]]:
    found: dict[str, list[tuple[Any, Any]]] = json.loads(SNAPSHOT)["parts"]
    return found


def test_the_kept_snapshot_has_something_in_every_part_and_of_every_type(
    parts: dict[str, list[tuple[Any, Any]]],
) -> None:
    assert {name for name, entries in parts.items() if not entries} == set()
    assert {value[0] for _, value in parts["events"]} == EVENTS
    assert {key[0] for key, _ in parts["timers"]} == TIMERS
    assert {value[0][0] for _, value in parts["keys"]} >= REQUESTS - {"payments.PreparePayment"}


def test_every_stored_type_has_the_tag_it_always_had() -> None:
    def tags(cls: type[WorldEvent]) -> set[str]:
        return {each.tag for each in cls.__subclasses__()}

    assert tags(WorldEvent) >= EVENTS
    app = create_app(Settings(time_scale=0))
    handlers = app.context.sandboxes.get(DEFAULT).world.handlers
    assert {each.tag for each in handlers} >= TIMERS  # type: ignore[attr-defined]


def holds(new: Any, old: Any, where: str = "") -> Iterator[str]:
    """What of an old document a new one does not have; it may have more."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in new:
                yield from holds(new[key], value, f"{where}.{key}")
            else:
                yield f"{where}.{key} is missing"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(new, old, strict=True)):
            yield from holds(*pair, f"{where}[{number}]")
    elif new != old:
        yield f"{where}: {old!r} became {new!r}"


def test_a_kept_snapshot_is_written_again_as_it_was(app: SimulatorApp) -> None:
    sandbox = app.context.sandboxes.fresh("kept")
    load_snapshot(SNAPSHOT, sandbox)
    with sandbox.world:
        again = json.loads(take_snapshot(sandbox))
    old = json.loads(SNAPSHOT)
    assert set(again["parts"]) == {part.name for part in PARTS}
    assert [*holds(again["parts"], old["parts"])] == []
    # What a sandbox began with are the settings of the server it is loaded into.
    del old["position"]["first_rules"]
    assert [*holds(again["position"], old["position"])] == []


@pytest.fixture
def loaded(server: RunningServer) -> Iterator[Till]:
    """A till in a sandbox that holds the kept snapshot."""
    with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('kept')}", verify=False) as http:
        answer = http.put("/_simulator/snapshot", content=SNAPSHOT)
        assert answer.status_code == 200, answer.text
        yield Till(http)


@pytest.fixture
def kept_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(KEPT / "sandboxes.sqlite3", folder)
    return folder


@pytest.fixture
def in_data_dir(kept_folder: Path) -> Iterator[Till]:
    """A till at a server that goes on with the kept data dir."""
    options = ("--time-scale", "0", "--scenario", "manual", "--reserving-time", "2s")
    with (
        running_server("--data-dir", str(kept_folder), *options) as server,
        httpx.Client(base_url=server.url, verify=False) as http,
    ):
        yield Till(http)


@pytest.fixture(params=["loaded", "in_data_dir"])
def kept(request: pytest.FixtureRequest) -> Till:
    till: Till = request.getfixturevalue(request.param)
    return till


def test_a_payment_that_was_captured_has_ended_then(kept: Till) -> None:
    payment = kept.control("GET", f"/payments/{IDS['captured']}")
    assert payment["endedAt"] == payment["capturedAt"] is not None


def test_what_a_kept_file_holds_is_there_and_goes_on(kept: Till) -> None:
    def states() -> list[str]:
        listed = kept.control("GET", "/payments")["payments"]
        found = {payment["paymentId"]: payment["state"] for payment in listed}
        names = ("scripted", "taken", "captured", "prepared", "accepting")
        return [found[IDS[name]] for name in names]

    assert len(kept.control("GET", "/requests?limit=1000")["requests"]) == 50
    assert states() == ["IssuedToUser", "Reserved", "Captured", "Paired", "IssuedToUser"]
    assert kept.refund_status(IDS["refund"]) == "Initiated"
    assert kept.refund_status(IDS["refund_reserved"]) == "Reserved"
    assert kept.control("GET", "/certifications/C1")["stage"] == "approved"
    verdicts = {run["id"]: run["verdict"] for run in kept.control("GET", "/runs")["runs"]}
    assert [verdicts[f"R{number}"] for number in (1, 2, 3, 4)] == ["passed"] * 3 + ["unfinished"]
    queue = [each["scenario"] for each in kept.control("GET", "/scenarios")["queued"]]
    assert queue == ["rejection", "rejection"]

    kept.advance(minutes=1)
    assert states() == ["Reserved", "Reserved", "Captured", "Paired", "Reserved"]
    assert kept.refund_status(IDS["refund"]) == "Reserved"
    kept.advance(days=8)
    kept._token = None
    assert states() == ["ExpiredAndCancelled"] * 2 + ["Captured"] + [
        "CancelledByMobilePay",
        "ExpiredAndCancelled",
    ]
    assert kept.refund_status(IDS["refund_reserved"]) == "ExpiredAndCaptured"


def _amended(raw: msgspec.Raw) -> msgspec.Raw:
    """A kept exchange, with no receipt token: it is now another test user who has one."""
    exchange, events = json.loads(bytes(raw))
    body = b64decode(exchange["answer_body"]).replace(b"01fac02ee0868f0852d1ad2251f7b7fa", b"")
    exchange["answer_body"] = b64encode(body).decode()
    return msgspec.Raw(json.dumps([exchange, events]).encode())


def test_a_kept_bundle_is_answered_as_it_was() -> None:
    bundle = read_bundle((KEPT / "bundle.json").read_bytes())
    bundle.exchanges = [_amended(each) for each in bundle.exchanges]
    replayed = replay(bundle, ReplayInProcess.of_bundle(bundle))
    assert replayed.difference is None
    assert replayed.count == 23
