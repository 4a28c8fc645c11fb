"""Fixtures: a simulator for the whole session, where other people's programs pay."""

from collections.abc import Iterator

import pytest

from tests.clients.legs import Shop, open_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A simulator with HTTPS, and a folder for what is built."""
    with open_shop(tmp_path_factory.mktemp("clients")) as shop:
        yield shop
