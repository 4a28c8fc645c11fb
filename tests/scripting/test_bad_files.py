"""Files that are refused when they are read, with what would be right."""

import pytest

from simulator.documents import ProblemsFound
from simulator.scripting.library import Library, Shelf, shipped_folder
from simulator.scripting.scenario import read_scenario
from tests.scripting.bad_files import BAD_FILES

LIBRARY = Library([shipped_folder()])


@pytest.mark.parametrize(("text", "said"), BAD_FILES)
def test_a_file_with_a_mistake_is_refused(text: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        Shelf(LIBRARY).put(read_scenario(text, "bad"))
    assert said in str(found.value)
    assert str(found.value).startswith("bad.yaml:")
