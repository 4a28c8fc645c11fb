"""An app whose time is virtual."""

import pytest
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.settings.settings import Settings

from tests.certification.candidates import BASE, CLIENT_ID, Hall
from tests.certification.reporting import SETTINGS
from tests.certification.wrong_clients import NewKeyOnEachTry


@pytest.fixture(scope="session")
def app() -> SimulatorApp:
    return create_app(Settings(time_scale=0))


@pytest.fixture
def hall(app: SimulatorApp) -> Hall:
    return Hall(app)


@pytest.fixture(scope="session")
def passed() -> Hall:
    """Where the model client was certified."""
    hall = Hall(create_app(SETTINGS))
    hall.open(clientIds=[CLIENT_ID], version="1.0", systemName="Model till")
    hall.go_through()
    hall.ask("POST", f"{BASE}/C1/approve")
    return hall


@pytest.fixture(scope="session")
def failed() -> Hall:
    """Where a client failed a case, and has not come to all."""
    hall = Hall(create_app(SETTINGS), NewKeyOnEachTry)
    hall.open(systemName="Kiosk 7")
    hall.go_through(list(hall.states())[:10])
    return hall
