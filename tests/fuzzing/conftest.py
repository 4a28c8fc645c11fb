"""Fixtures: one house for all that is thrown."""

import pytest

from tests.fuzzing.house import House, furnished


@pytest.fixture(scope="session")
def house() -> House:
    """A furnished sandbox without a server; whoever changes it renews it first."""
    return furnished()
