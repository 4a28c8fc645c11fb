"""Edited snapshots, data dirs and bundles with right checksums: refused in a line, or of use."""

import json
import sqlite3
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mobilepay_simulator.app import create_app
from mobilepay_simulator.sandboxes.background import BackgroundWork
from mobilepay_simulator.sandboxes.bundles import BadBundle, read_bundle, settings_of
from mobilepay_simulator.sandboxes.keeper import Keeper
from mobilepay_simulator.sandboxes.registry import DataDirProblem
from mobilepay_simulator.sandboxes.store import DataDirStore
from mobilepay_simulator.sandboxes.store_file import FILE
from mobilepay_simulator.scripting.library import UnknownScenario
from mobilepay_simulator.settings.documents import ProblemsFound
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.replay import replay
from mobilepay_simulator.testing.replay.stages import ReplayInProcess

from tests.fuzzing.house import House
from tests.fuzzing.stored import Document, changed_by, editable, edited, places, use_loaded
from tests.fuzzing.strategies import thrown

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


@thrown(60)
@given(data=st.data())
def test_an_edited_data_dir_is_refused_in_a_line_or_can_be_started_with(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("data")
    copyfile(KEPT / FILE, folder / FILE)
    _edit_rows(folder / FILE, data)
    app = create_app(Settings(time_scale=0))
    try:
        store = DataDirStore(folder)
        try:
            Keeper(store, app.context.sandboxes, lambda: 1.7e9, BackgroundWork(lambda: 1.7e9))
        finally:
            store.close()
    except DataDirProblem as error:
        assert "\n" not in str(error)
        assert len(app.context.sandboxes) == 1


def _edit_rows(path: Path, data: st.DataObject) -> None:
    connection = sqlite3.connect(path)
    with connection:
        rows = connection.execute("SELECT place, key, value FROM entries").fetchall()
        place, key, value = rows[_chosen(data, len(rows))]
        column = ("key", "value", "part", "sandbox")[_chosen(data, 4)]
        if column in ("part", "sandbox"):
            new: Any = data.draw(
                st.sampled_from(["", "other", b"\xff", 7, 1.5, "position", "x" * 300])
            )
        elif data.draw(st.booleans()):
            new = data.draw(
                st.sampled_from([b"", b"\xff", b"null", b"[]", b"1e308", 7, "text", 1.5])
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
