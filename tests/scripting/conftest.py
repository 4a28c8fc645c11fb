"""The tests of scripting get a theatre: a shop whose customers are played."""

import pytest

from tests.scripting.theatre import Theatre


@pytest.fixture
def theatre() -> Theatre:
    """A shop in a world without a server, where nobody acts unless a scenario is chosen."""
    return Theatre()
