"""The engine's tests get a shop that can do everything."""

import pytest

from tests.engine.full_shop import FullShop


@pytest.fixture
def shop() -> FullShop:
    """A till, its customers and MobilePay, in a world without a server."""
    return FullShop()
