"""The tests of scripting get a shop: a shop whose customers are played."""

import pytest

from tests.scripting.scenario_shop import ScenarioShop


@pytest.fixture
def shop() -> ScenarioShop:
    """A shop in a world without a server, where nobody acts unless a scenario is chosen."""
    return ScenarioShop()
