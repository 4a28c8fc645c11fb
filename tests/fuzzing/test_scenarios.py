"""Whatever a scenario file holds: it is a scenario, or every mistake in it is told with its place."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.scripting.explain import in_words
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.includes import scenario_of
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import Scenario, read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.play import play

from tests.fuzzing.strategies import TEXTS, documents, places, texts, thrown

LIBRARY = ScenarioLibrary([shipped_folder()])
FILES = sorted(shipped_folder().rglob("*.yaml"))
#: A mistake is told with file, line and column, in one line.
_PLACE = re.compile(r"thrown\.yaml:[1-9][0-9]*:[1-9][0-9]*: [^\n]+")


@cache
def shipped() -> dict[Path, str]:
    """The texts of the shipped scenarios."""
    return {path: path.read_text(encoding="utf-8") for path in FILES}


@cache
def pieces() -> list[Any]:
    """Everything that stands anywhere in a shipped scenario."""
    found = {}
    for text in shipped().values():
        document = yaml.safe_load(text)
        for where in places(document):
            piece = document
            for key in where:
                piece = piece[key]
            found[repr(piece)] = piece
    return [found[each] for each in sorted(found)]


#: What may stand in a place: a piece of a scenario, a text, a length of time, a number.
_LENGTHS = st.sampled_from(
    ["1s", "90d", "9" * 30 + "d", "0.0000001s", "5m", "1e3s", "36500d", "٣s"]
)
_PIECES = st.deferred(lambda: st.integers(0, len(pieces()) - 1)).map(lambda it: pieces()[it])
_VALUES = _PIECES | _PIECES | _PIECES | _LENGTHS | TEXTS | st.integers() | st.floats()
SHIPPED = st.integers(0, len(FILES) - 1).map(lambda number: shipped()[FILES[number]])
MIXED = SHIPPED.flatmap(lambda text: documents(yaml.safe_load(text), _VALUES)).map(
    lambda document: yaml.safe_dump(document, allow_unicode=True)
)


def taken(text: str) -> Scenario | None:
    """Returns the scenario a text is, with what it includes; None where mistakes were told."""
    try:
        scenario = read_scenario(text, "thrown")
        ScenarioCatalog(LIBRARY).put(scenario)
    except ProblemsFound as found:
        assert found.problems
        for line in str(found).splitlines():
            assert _PLACE.fullmatch(line), line
        return None
    return scenario


def check(text: str) -> None:
    scenario = taken(text)
    if scenario is None:
        return
    catalog = ScenarioCatalog(LIBRARY)
    catalog.put(scenario)
    whole = catalog.get("thrown")
    assert "".join(in_words(whole))
    assert scenario_of(whole.texts).digest == whole.digest


@thrown(150)
@given(SHIPPED.flatmap(texts))
def test_a_shipped_scenario_with_changed_lines_is_taken_or_its_mistakes_are_told(
    content: bytes,
) -> None:
    check(content.decode("utf-8", "replace"))


@thrown(250)
@given(MIXED)
def test_a_scenario_of_mixed_pieces_is_taken_or_its_mistakes_are_told(text: str) -> None:
    check(text)


@thrown(150)
@given(st.text() | st.binary().map(lambda each: each.decode("latin-1")))
@example("")
@example("\ufeffsummary: x")
@example("%YAML 1.2\n---\nsummary: x")
@example("summary: x\n---\nsummary: y")
@example("? [a]\n: b")
@example("summary: |\n  x\n...")
def test_any_text_is_taken_or_its_mistakes_are_told(text: str) -> None:
    check(text)


@thrown(25)
@given(text=MIXED)
def test_whatever_is_taken_can_be_played_to_its_end(app: SimulatorApp, text: str) -> None:
    scenario = taken(text)
    if scenario is not None and scenario.case is None:
        catalog = ScenarioCatalog(LIBRARY)
        catalog.put(scenario)
        assert play(catalog.get("thrown"), Settings(), app).lines
