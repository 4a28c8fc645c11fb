"""Fixtures: a machine where nobody listens, one where a simulator runs already, and a clone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.defaults.machine import Leavings, Machine, clone, free_machine, left_by


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what takes longer where nobody asks for it by its marker."""
    if "longer" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("longer"):
            item.add_marker(pytest.mark.skip(reason="takes longer; see `make defaults`"))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine where nobody listens."""
    with free_machine(tmp_path_factory.mktemp("home")) as machine:
        yield machine


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone that is set up, for commands that write nothing into it."""
    return clone(tmp_path_factory.mktemp("clone") / "mobilepay-sim")


@pytest.fixture
def leavings(tmp_path: Path) -> Iterator[Leavings]:
    """Variables to run commands with, of which nothing must be left."""
    with left_by(tmp_path / "left") as leavings:
        yield leavings
