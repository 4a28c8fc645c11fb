"""Reports on certifications, as the tests get them."""

from mobilepay_simulator.app import SimulatorApp
from mobilepay_simulator.certification.reports import ReportData, gather
from mobilepay_simulator.certification.status import status_of
from mobilepay_simulator.control.audit import TAKES
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.settings.settings import Settings

from tests.certification.candidates import BASE, Hall
from tests.support import START

SETTINGS = Settings(time_scale=0, start_time=START)
PAYMENTS = ["certify-create-pos-for-the-rest", "certify-payment"]


def report(hall: Hall, session: str = "C1") -> ReportData:
    """The report on a certification."""
    sandbox = hall.sandbox
    with sandbox.world as world:
        book = sandbox.certifications
        status = status_of(book, book.get(session))
        given = book.certificates.values()
        return gather(status, world, sandbox.journal, TAKES, given)()


def fetched(hall: Hall, form: str, session: str = "C1") -> str:
    """The report as the control API answers it."""
    path = f"{BASE}/{session}/report?format={form}"
    return hall.wire.ask("GET", path).body.decode()


def examined(app: SimulatorApp, client: type[ModelClient], cases: list[str]) -> Hall:
    """A hall where a client has gone through some cases."""
    hall = Hall(app, client)
    hall.open(cases=cases, systemName="Kiosk 7", version="1.0")
    hall.go_through()
    return hall
