"""What is stored may be edited by anybody: it is refused with the place, and nothing is changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.engine.ids import IdPosition, Ids
from mobilepay_simulator.sandboxes.bundles import BadBundle, read_bundle
from mobilepay_simulator.sandboxes.parts import LATER_PARTS, PARTS

from tests.support import Till, snapshot_checksum

KEPT = Path(__file__).parent / "kept"
Edit = Callable[[Any, Any], None]


def edited(edit: Edit) -> bytes:
    """The kept snapshot after an edit of its position and parts, with a right checksum."""
    document = json.loads((KEPT / "snapshot.json").read_bytes())
    edit(document["position"], document["parts"])
    contents = [json.dumps(document[each]).encode() for each in ("position", "parts")]
    return json.dumps({**document, "checksum": snapshot_checksum(*contents)}).encode()


def _set(part: str, **changes: Any) -> Edit:
    def edit(_: Any, parts: Any) -> None:
        value = parts[part][0][1]
        (value[0] if isinstance(value, list) else value).update(changes)

    return edit


def _key(part: str, key: Any) -> Edit:
    return lambda _, parts: parts[part][0].__setitem__(0, key)


def _place(*path: Any, value: Any) -> Edit:
    def edit(position: Any, _: Any) -> None:
        for each in path[:-1]:
            position = position[each]
        position[path[-1]] = value

    return edit


def _amount_gone(_: Any, parts: Any) -> None:
    captured = next(each for _, each in parts["payments"] if each["state"] == "Captured")
    captured["captured_amount"] = None


def _ids_begin_again(position: Any, parts: Any) -> None:
    ids = Ids(*position["world"]["ids"]["parts"])
    taken = {key for key, _ in parts["payments"]}
    while ids.guid() not in taken:
        pass
    position["world"]["ids"]["count"] = ids.position.count - 1


def _same_id(part: str) -> Edit:
    """The second entry has the id of the first, and its own key."""

    def edit(_: Any, parts: Any) -> None:
        (key, _), (_, value) = parts[part][:2]
        value["id"] = key

    return edit


def _other_run(_: Any, parts: Any) -> None:
    parts["runs"][0][0] = parts["runs"][0][1]["id"] = "R9999"


def _swapped_ids(_: Any, parts: Any) -> None:
    """Each of two runs has the id of the other."""
    (key, run), (other_key, other) = parts["runs"][:2]
    run["id"], other["id"] = other_key, key


def _twice(part: str) -> Edit:
    return lambda _, parts: parts[part].append(parts[part][0])


EDITS: list[tuple[str, Edit, str]] = [
    ("copies", _place("habit", "copies", value=10**9), "position.habit.copies: must be 0 to 3"),
    ("negative count", _place("world", "ids", "count", value=-1), "position.world.ids.count"),
    ("ids begin again", _ids_begin_again, "the next id is taken"),
    ("scale", _place("world", "scale", value=1e300), "world.scale: is beyond all bounds"),
    ("year 1", _place("world", "start", value="0001-01-01T00:00:00Z"), "must be from 1970 to 9099"),
    ("no zone", _place("world", "now", value="2024-01-31T12:00:00"), "needs a zone"),
    ("durations", _place("rules", "poll_delay", value="-P1D"), "poll_delay: must be from 0"),
    ("journal", _place("rules", "journal_size", value=-1), "rules.journal_size: must be from 0"),
    ("waiting", _key("waiting", "R77"), "waiting[R77]: there is no such run"),
    ("run of a PoS", _other_run, "runs[R9999]: must be R1 to R"),
    ("ids of two runs", _swapped_ids, "runs[0]: its id is not its key"),
    ("duration", _set("exchanges", duration=1e308), "duration: is beyond all bounds"),
    ("status", _set("exchanges", status=99999), "status: is no HTTP status"),
    ("refusal", _set("exchanges", refusal="NONE"), "there is no refusal of this name"),
    ("merchant key", _key("merchants", "Nobody"), "merchants[Nobody]: expected DK or FI"),
    ("store id", _set("stores", id="../x"), "is not its key"),
    ("merchant of a store", _set("stores", merchant="XX"), "merchant: expected DK or FI"),
    ("store of a PoS", _set("pointsOfSale", store_id="x"), "store_id: there is no such store"),
    ("amount", _set("payments", amount="1E+400"), "is beyond all bounds"),
    ("fine amount", _set("payments", amount="10.001"), "at most two decimals"),
    ("captured nothing", _amount_gone, "captured_amount: must be there: it is Captured"),
    ("gap in the journal", _key("exchanges", 10**6), "exchanges["),
    ("long state", _set("payments", state="x" * 50_000), "payments[0]: "),
    ("text of lines", _set("payments", state="a\nb"), "payments[0]: "),
    ("fault of no call", _set("faults", call=[]), "faults[0].call: must name operations"),
    (
        "fault of any call",
        _set("faults", call=["GetPos", "x"]),
        "faults[0].call: must name operations",
    ),
    ("payment of another id", _same_id("payments"), "payments[1]: its id is not its key"),
    ("refund of another id", _same_id("refunds"), "refunds[1]: its id is not its key"),
    ("PoS of another id", _same_id("pointsOfSale"), "pointsOfSale[1]: its id is not its key"),
    *(
        (f"{part.name} twice", _twice(part.name), "an entry before it has the same key")
        for part in PARTS
        if part.name not in LATER_PARTS
    ),
    ("paid by nobody", _set("refunds", payment_id="x"), "there is no captured payment of this id"),
]


@pytest.mark.parametrize(
    ("edit", "said"), [row[1:] for row in EDITS], ids=[row[0] for row in EDITS]
)
def test_an_edited_snapshot_is_refused_with_the_place_and_changes_nothing(
    till: Till, edit: Edit, said: str
) -> None:
    mine = till.captured()
    answer = till.http.put("/_simulator/snapshot", content=edited(edit))
    assert answer.status_code == 400, answer.text
    assert said in answer.json()["error"]
    assert "\n" not in answer.json()["error"]
    assert len(answer.json()["error"]) < 1000
    assert till.status(mine) == "Captured"


def test_a_position_of_ids_is_reached_without_counting(till: Till) -> None:
    content = edited(_place("world", "ids", "count", value=10**12))
    assert till.http.put("/_simulator/snapshot", content=content, timeout=5).status_code == 200
    assert till.create_pos()


@pytest.mark.parametrize("count", [0, 1, 5, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20, 10**15])
def test_ids_go_on_from_any_position(count: int) -> None:
    ids = Ids.at(IdPosition((1, "sandbox"), count))
    following = [ids.guid() for _ in range(3)]
    assert ids.position.count == count + 3
    assert Ids.at(IdPosition((1, "sandbox"), count + 1)).guid() == following[1]
    assert Ids.at(IdPosition((1, "sandbox"), count + 2)).guid() == following[2]
    assert len(set(following)) == 3


BUNDLES: list[tuple[tuple[Any, ...], Any, str]] = [
    (("start",), "2024-01-31T12:00:00", "needs a zone"),
    (("start",), "9999-12-31T23:59:59Z", "must be from 1970 to 9099"),
    (("exchanges", 0, 0, "duration"), 1e308, "exchanges[0].duration: is beyond all bounds"),
    (("exchanges", 0, 0, "status"), -1, "exchanges[0].status: is no HTTP status"),
    (("data", "merchants"), [{"vat": "X", "name": "n", "stores": []}], "data.merchants[X].vat"),
    (("exchanges", 1, 0, "id"), 1, "exchanges[1].id: a call before it has the same id"),
    (("data", "callback_urls"), {"a": "file:///x"}, "data.callback_urls[a]: expected an http"),
]


@pytest.mark.parametrize(("path", "value", "said"), BUNDLES, ids=[row[2] for row in BUNDLES])
def test_an_edited_bundle_is_refused_with_the_place(
    path: tuple[Any, ...], value: Any, said: str
) -> None:
    document: Any = json.loads((KEPT / "bundle.json").read_bytes())
    target = document
    for each in path[:-1]:
        target = target[each]
    target[path[-1]] = value
    with pytest.raises(BadBundle) as error:
        read_bundle(json.dumps(document).encode()).calls()
    assert said in str(error.value)
    assert "\n" not in str(error.value)
