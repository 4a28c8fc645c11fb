"""A merchant of a data file may have no store: what needs one says so."""

import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.engine.merchants import MerchantRecord
from mobilepay_simulator.settings.data import Data
from mobilepay_simulator.settings.settings import Settings

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
