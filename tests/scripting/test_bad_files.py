"""Files that are refused when they are read, with what would be right."""

import pytest
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.documents import ProblemsFound

from tests.scripting.bad_files import BAD_FILES

LIBRARY = ScenarioLibrary([shipped_folder()])


@pytest.mark.parametrize(("text", "said"), BAD_FILES)
def test_a_file_with_a_mistake_is_refused(text: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        ScenarioCatalog(LIBRARY).put(read_scenario(text, "bad"))
    assert said in str(found.value)
    assert str(found.value).startswith("bad.yaml:")
