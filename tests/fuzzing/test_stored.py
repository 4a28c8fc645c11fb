"""Edited snapshots, data dirs and bundles with right checksums: refused in a line, or of use."""

import json
import re
import sqlite3
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.sandboxes.background import BackgroundWork
from mobilepay_simulator.sandboxes.bundles import BadBundle, read_bundle, settings_of
from mobilepay_simulator.sandboxes.keeper import Keeper
from mobilepay_simulator.sandboxes.registry import DEFAULT, DataDirProblem
from mobilepay_simulator.sandboxes.snapshots import load_snapshot
from mobilepay_simulator.sandboxes.store import DataDirStore
from mobilepay_simulator.sandboxes.store_file import FILE
from mobilepay_simulator.scripting.library import UnknownScenario
from mobilepay_simulator.settings.documents import ProblemsFound
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.replay import replay
from mobilepay_simulator.testing.replay.stages import ReplayInProcess

from tests.control.asking import ask
from tests.fuzzing.house import House
from tests.fuzzing.stored import Document, changed_by, editable, edited, places
from tests.fuzzing.strategies import thrown
from tests.fuzzing.using import Use, use_loaded

KEPT = Path(__file__).parent.parent / "sandboxes" / "kept"


def _chosen(data: st.DataObject, most: int) -> int:
    return data.draw(st.integers(0, most - 1))


@pytest.fixture(scope="module")
def whole() -> Document:
    """A snapshot with something in every part."""
    found: Document = json.loads((KEPT / "snapshot.json").read_bytes())
    return found


@thrown(60)
@given(data=st.data())
def test_an_edited_snapshot_is_refused_in_a_line_or_can_be_used(
    house: House, whole: Document, data: st.DataObject
) -> None:
    house.renew()
    where = editable(whole)
    refused = use_loaded(house, edited(whole, where, lambda most: _chosen(data, most)))
    assert refused is None or "\n" not in refused


def test_what_a_snapshot_holds_is_used_by_calls_that_are_answered(
    house: House, whole: Document
) -> None:
    house.renew()
    sandboxes = house.simulator.wsgi.context.sandboxes
    fresh = sandboxes.fresh(DEFAULT)
    load_snapshot(json.dumps(whole).encode(), fresh)
    sandboxes.put(fresh)
    use = Use(house)
    use.go()
    served = [call for call, status in use.answers if status == 200]
    assert len(served) > 0.95 * len(use.answers)
    operations = {re.sub(r"/[0-9a-f-]{36}", "/ID", call) for call in served}
    assert operations == USED


#: The calls of a till and a phone that are made.
USED = {
    "POST token",
    "GET /stores",
    "GET /pointofsales",
    "GET /pointofsales/ID",
    "GET /pointofsales/ID/checkin",
    "DELETE /pointofsales/ID",
    "POST /payments",
    "GET /payments",
    "GET /payments/ID",
    "POST /payments/ID/capture",
    "POST /payments/ID/cancel",
    "POST /refunds",
    "GET /refunds/ID",
    "POST /refunds/ID/capture",
    "POST /pos/app/usersimulation/checkin",
    "POST /pos/app/usersimulation/acceptpayment",
}


@thrown(60)
@given(data=st.data())
def test_an_edited_data_dir_is_refused_in_a_line_or_can_be_started_with_again_and_again(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("data")
    copyfile(KEPT / FILE, folder / FILE)
    _edit_rows(folder / FILE, data)
    app = create_app(Settings(time_scale=0))
    try:
        exchanges = _go_on(app, folder)
    except DataDirProblem as error:
        assert "\n" not in str(error)
        assert len(app.context.sandboxes) == 1
        return
    again = create_app(Settings(time_scale=0))
    assert _go_on(again, folder) == exchanges + len(CALLS)


#: What is called in the default sandbox in each run of a server, with its body.
CALLS = (
    ("/_simulator/arrange", b'{"what": "payment"}'),
    ("/_simulator/clock/advance", b'{"seconds": 60}'),
)


def _go_on(app: SimulatorApp, folder: Path) -> int:
    """Starts with a data dir, makes some calls, and stops; returns how many there had been.

    Raises:
        DataDirProblem: the data dir is refused.
    """
    store = DataDirStore(folder)
    try:
        background = BackgroundWork(lambda: 1.7e9)
        keeper = Keeper(store, app.context.sandboxes, lambda: 1.7e9, background)
    except DataDirProblem:
        store.close()
        raise
    journal = app.context.sandboxes.get(DEFAULT).journal
    before = journal.count
    for path, body in CALLS:
        assert ask(app, "POST", path, body.decode()).status < 500
    assert journal.count == before + len(CALLS)
    assert keeper.close()
    return before


def _edit_rows(path: Path, data: st.DataObject) -> None:
    connection = sqlite3.connect(path)
    with connection:
        rows = connection.execute("SELECT place, key, value FROM entries").fetchall()
        place, key, value = rows[_chosen(data, len(rows))]
        column = ("key", "value", "part", "sandbox", "place")[_chosen(data, 5)]
        if column == "place":
            new: Any = data.draw(
                st.sampled_from([-(2**63), -1, 0, 10**6, 2**52, 2**63 - 2, 2**63 - 1])
            )
        elif column in ("part", "sandbox"):
            new = data.draw(st.sampled_from(["", "other", b"\xff", 7, 1.5, "position", "x" * 300]))
        elif data.draw(st.booleans()):
            new = data.draw(
                st.sampled_from([b"", b"\xff", b"null", b"[]", b"1e308", 7, "text", 1.5])
            )
        elif data.draw(st.booleans()):
            # The same, written otherwise.
            same: bytes = key if column == "key" else value
            new = data.draw(
                st.sampled_from([same.decode(), same + b" ", same.replace(b":", b": ")])
            )
        else:
            document = json.loads(key if column == "key" else value)
            where = [*places(document)]
            new = json.dumps(changed_by(document, where, lambda most: _chosen(data, most))).encode()
        try:
            connection.execute(f"UPDATE entries SET {column} = ? WHERE place = ?", (new, place))
        except sqlite3.IntegrityError:
            connection.execute("DELETE FROM entries WHERE place = ?", (place,))
    connection.close()


@thrown(60)
@given(data=st.data())
def test_an_edited_bundle_is_refused_in_a_line_or_played(data: st.DataObject) -> None:
    document = json.loads((KEPT / "bundle.json").read_bytes())
    where = [each for each in places(document) if each]
    document = changed_by(document, where, lambda most: _chosen(data, most))
    try:
        bundle = read_bundle(json.dumps(document).encode())
        settings_of(bundle)
        replay(bundle, ReplayInProcess.of_bundle(bundle))
    except (BadBundle, ProblemsFound, UnknownScenario) as error:
        # Mistakes of files are told one a line.
        assert isinstance(error, ProblemsFound) or "\n" not in str(error)
