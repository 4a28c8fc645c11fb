"""An app whose time is virtual."""

import pytest

from simulator.app import SimulatorApp, create_app
from simulator.config import Settings
from tests.certification.candidates import Hall


@pytest.fixture(scope="session")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0))


@pytest.fixture
def hall(app: SimulatorApp) -> Hall:
    return Hall(app)
