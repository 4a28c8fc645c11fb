"""A snapshot is the whole sandbox: what goes on from it can't be told from what went on without."""

import copy
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.playing.play import Played
from mobilepay_simulator.playing.virtual_wire import VirtualWire
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.sandboxes.snapshots import (
    BadSnapshot,
    load_snapshot,
    take_snapshot,
)
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play

from tests.support import RunningServer, Till, fresh, shipped_scenarios, snapshot_checksum


def replace_by_its_snapshot(app: SimulatorApp) -> None:
    sandboxes = app.context.sandboxes
    before = sandboxes.get(DEFAULT)
    with before.world:
        content = take_snapshot(before)
    after = sandboxes.fresh(DEFAULT)
    load_snapshot(content, after)
    with after.world:
        assert take_snapshot(after) == content
    sandboxes.put(after)


def told(played: Played) -> Any:
    begun = played.lines[0].at
    calls = [
        (line.at - begun, line.text, line.status) for line in played.lines if line.kind == "call"
    ]
    return played.verdict, played.gave_up, [each.verdict for each in played.findings], calls


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_scenario_plays_the_same_when_its_sandbox_is_restored_between_calls(
    app: SimulatorApp, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = app.context.library.scenarios[name]
    expected = told(play(scenario, Settings(), app))
    exchange, count = VirtualWire._exchange, itertools.count()

    def exchange_and_restore(self: VirtualWire, *call: Any) -> Any:
        try:
            return exchange(self, *call)
        finally:
            # Long polling is the same all over.
            if (number := next(count)) < 15 or not number % 10:
                replace_by_its_snapshot(app)

    monkeypatch.setattr(VirtualWire, "_exchange", exchange_and_restore)

    assert told(play(scenario, Settings(), app)) == expected


# --- over HTTP ----------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(server: RunningServer) -> Iterator[Till]:
    """A till in another sandbox, with another name."""
    with httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('other')}", verify=False) as http:
        yield Till(http)


def snapshot(till: Till) -> bytes:
    answer = till.http.get("/_simulator/snapshot")
    assert answer.status_code == 200
    return answer.content


def load(till: Till, content: bytes) -> httpx.Response:
    return till.http.put("/_simulator/snapshot", content=content)


def test_payments_and_points_of_sale_are_there_again_elsewhere(till: Till, elsewhere: Till) -> None:
    pos_id = till.create_pos()
    captured, reserved = till.captured(pos_id), till.reserved(pos_id)
    answer = load(elsewhere, snapshot(till))
    assert answer.status_code == 200, answer.text
    assert answer.json()["payments"] == 2
    assert elsewhere.payment(captured) == till.payment(captured)
    assert elsewhere.status(reserved) == "Reserved"
    assert elsewhere.ok("GET", f"/pointofsales/{pos_id}") == till.ok(
        "GET", f"/pointofsales/{pos_id}"
    )


def test_time_goes_on_from_the_snapshots_time(till: Till, elsewhere: Till) -> None:
    reserved = till.reserved()
    till.advance(days=6)
    content = snapshot(till)
    load(elsewhere, content)
    assert elsewhere.control("GET", "/clock") == till.control("GET", "/clock")
    elsewhere.advance(days=2)
    assert elsewhere.status(reserved) == "ExpiredAndCancelled"


def test_queued_scenarios_and_uploads_are_in_it(till: Till, elsewhere: Till) -> None:
    text = "summary: Mine.\nsteps:\n  - include: rejection\n"
    till.http.put("/_simulator/scenarios/mine", content=text)
    till.control("POST", "/scenarios/next", {"scenario": "mine"})
    load(elsewhere, snapshot(till))
    elsewhere.control("GET", "/scenarios")
    payment_id = elsewhere.initiate(elsewhere.create_pos())
    elsewhere.advance(minutes=1)
    assert elsewhere.status(payment_id) == "CancelledByUser"


def test_an_idempotency_key_is_known_there(till: Till, elsewhere: Till) -> None:
    pos_id = till.create_pos()
    body = till.payment_body(pos_id)
    made = till.ok("POST", "/payments", body, key="one")
    load(elsewhere, snapshot(till))
    assert elsewhere.ok("POST", "/payments", body, key="one") == made


def test_the_journal_is_in_it(till: Till, elsewhere: Till) -> None:
    till.captured()
    load(elsewhere, snapshot(till))
    assert elsewhere.control("GET", "/requests") == till.control("GET", "/requests")
    assert elsewhere.control("GET", "/events") == till.control("GET", "/events")


def test_new_ids_there_are_none_that_were_given_before(till: Till, elsewhere: Till) -> None:
    pos_id = till.create_pos()
    first = till.captured(pos_id)
    content = snapshot(till)
    load(elsewhere, content)
    second = elsewhere.captured(pos_id)
    assert second != first
    assert till.captured(pos_id) == second


def test_what_was_in_the_sandbox_before_is_gone(till: Till, elsewhere: Till) -> None:
    mine = elsewhere.captured()
    load(elsewhere, snapshot(till))
    assert elsewhere.call("GET", f"/payments/{mine}").status_code == 404


def test_it_may_be_laid_out_anew(till: Till, elsewhere: Till) -> None:
    payment_id = till.captured()
    pretty = json.dumps(json.loads(snapshot(till)), indent=2, sort_keys=True).encode()
    assert load(elsewhere, pretty).status_code == 200
    assert elsewhere.status(payment_id) == "Captured"


def test_there_is_nothing_secret_in_it(till: Till) -> None:
    token = till.token()
    content = snapshot(till).decode()
    assert token not in content
    assert till.secret not in content


def changed(content: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(content) | changes).encode()


BROKEN = [
    (lambda content: b"", "is not JSON, or only a part of it"),
    (lambda content: content[:-100], "is not JSON, or only a part of it"),
    (lambda content: content.replace(b'"parts":{"', b'"parts":{"\xd0'), "can't be read: 'utf-8' codec"),
    (lambda content: b"[]", "is not a snapshot of the simulator"),
    (lambda content: b"{}", "is not a snapshot of the simulator"),
    (lambda content: changed(content, format="har"), "its format is 'har'"),
    (lambda content: changed(content, version=99), "is of version 99 (simulator 0.1.0)"),
    (lambda content: changed(content, parts={}), "its checksum is another"),
    (lambda content: content.replace(b'"amount":"10.00"', b'"amount":"99.00"'), "its checksum is"),
    (lambda content: changed(content, surprise=1), "unknown field `surprise`"),
    (lambda content: changed(content, position={}), "missing required field"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_spoilt_one_is_refused_in_one_line_and_changes_nothing(
    till: Till, elsewhere: Till, spoil: Any, said: str
) -> None:
    till.captured()
    mine = elsewhere.captured()
    answer = load(elsewhere, spoil(snapshot(till)))
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert "\n" not in answer.json()["error"]
    assert elsewhere.status(mine) == "Captured"


def test_one_that_was_made_up_with_a_right_checksum_is_refused_with_the_place(
    app: SimulatorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(app.context.library.scenarios["success"], Settings(), app)
    sandbox = app.context.sandboxes.get(DEFAULT)
    with sandbox.world:
        document = json.loads(take_snapshot(sandbox))
    document["parts"]["payments"][0][1]["state"] = "Paid"
    monkeypatch.setattr(
        "mobilepay_simulator.sandboxes.snapshots._checksum_of", lambda *parts: document["checksum"]
    )
    with pytest.raises(BadSnapshot, match=r"payments\[0\]: Invalid enum value 'Paid'"):
        load_snapshot(json.dumps(document).encode(), app.context.sandboxes.fresh(DEFAULT))


def test_a_snapshot_may_be_larger_than_other_bodies(till: Till, elsewhere: Till) -> None:
    pos_id = till.create_pos()
    for _ in range(300):
        till.call("POST", "/payments", {"posId": pos_id, "orderId": "x" * 5000})
    content = snapshot(till)
    assert len(content) > 1_048_576
    assert load(elsewhere, content).status_code == 200


# --- whatever is in it --------------------------------------------------------------------------


@dataclass
class Taken:
    """A snapshot as what its JSON says."""

    document: Any = field(repr=False)


@pytest.fixture(scope="module")
def taken(app: SimulatorApp) -> Taken:
    """A snapshot with something in every part that a client and a scenario can fill."""
    play(app.context.library.scenarios["flaky-network"], Settings(), app)
    sandbox = app.context.sandboxes.get(DEFAULT)
    with sandbox.world:
        return Taken(json.loads(take_snapshot(sandbox)))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "9999-12-31T23:59:59Z", "P99999D", "Reserved", "1e9999", "-1"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_in_one_it_is_loaded_or_refused_in_a_line(
    app: SimulatorApp, taken: Taken, data: st.DataObject
) -> None:
    changed = copy.deepcopy({each: taken.document[each] for each in ("position", "parts")})
    where = [each for each in places(changed) if len(each) > 1]
    *path, last = where[data.draw(st.integers(0, len(where) - 1))]
    target: Any = changed
    for key in path:
        target = target[key]
    target[last] = data.draw(ODD)
    contents = [json.dumps(changed[each]).encode() for each in ("position", "parts")]
    whole = {**taken.document, **changed, "checksum": snapshot_checksum(*contents)}
    try:
        load_snapshot(json.dumps(whole).encode(), app.context.sandboxes.fresh("other"))
    except BadSnapshot as error:
        assert "\n" not in str(error)
