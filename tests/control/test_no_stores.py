"""A merchant of a data file may have no store: what needs one says so."""

import json
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.client import ClientError, RemoteSimulator
from mobilepay_simulator.engine.merchants import SEEDED_VATS, MerchantRecord
from mobilepay_simulator.playing.model_client import ModelClient
from mobilepay_simulator.playing.transport import GaveUp
from mobilepay_simulator.settings.data import Data
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.http_wire import HttpWire

from tests.dashboard.conftest import Reader
from tests.support import CLIENT_ID, SECRET, running_server

DATA = Data(merchants=(MerchantRecord("DK12345678", "Mine", ()),))


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("point-of-sale", "CheckedIn"),
        ("payment", "Reserved"),
        ("refund", "Reserved"),
        ("store", "Inactive"),
    ],
)
def test_nothing_is_arranged_at_a_merchant_without_a_store(what: str, state: str) -> None:
    client = create_app(Settings(), DATA).test_client()
    body = {"what": what, "state": state}
    answer = client.post("/_simulator/arrange", json=body)
    assert 400 <= answer.status_code < 500
    assert "merchant DK12345678 has no store" in answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server all of whose merchants have no store."""
    path = tmp_path_factory.mktemp("data") / "data.yaml"
    merchants = [{"vat": vat, "name": "Mine", "stores": []} for vat in SEEDED_VATS]
    path.write_text(json.dumps({"merchants": merchants}), encoding="utf-8")
    with running_server("--data", str(path)) as running:
        yield running.url


def test_the_python_client_says_so(server: str) -> None:
    with RemoteSimulator(server) as simulator, simulator.sandbox() as sandbox:
        for use in (sandbox.create_pos, sandbox.customer.check_in):
            with pytest.raises(ClientError, match="merchant DK12345678 has no store"):
                use()


def test_the_model_client_gives_up_for_that(server: str) -> None:
    with closing(HttpWire(server)) as wire:
        client = ModelClient(wire, CLIENT_ID, SECRET, "DK12345678")
        with pytest.raises(GaveUp, match="merchant DK12345678 has no store"):
            client.create_pos()


def test_the_demo_payment_says_so_on_the_page(server: str) -> None:
    with httpx.Client(base_url=server) as http:
        answer = Reader(http).post("/page/demo")
    assert answer.status_code == 409
    assert "No merchant has a store" in answer.text
