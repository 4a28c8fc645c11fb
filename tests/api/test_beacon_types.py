"""Beacon types (section 5): those of today, and those that went in September 2020."""

import pytest

from tests.api.calls import KEY_HEADER, VERSION_HEADER, outcome
from tests.support import Till, fresh

OLD = ["BluetoothOther", "BluetoothMP1", "BluetoothMP2", "BluetoothMP3", "BluetoothMP4"]


def types_of(till: Till, pos_id: str) -> list[str]:
    return list(till.ok("GET", f"/pointofsales/{pos_id}")["supportedBeaconTypes"])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["QR", "QR"], ["QR"]),
        (["NFC", "QR", "nfc"], ["NFC", "QR"]),
        (["Bluetooth", "QR", "Bluetooth", "QR", "NFC"], ["Bluetooth", "QR", "NFC"]),
    ],
)
def test_doubled_types_are_dropped(till: Till, sent: list[str], kept: list[str]) -> None:
    assert types_of(till, till.create_pos(supportedBeaconTypes=sent)) == kept


@pytest.mark.parametrize("old", OLD)
def test_clients_of_old_certificates_keep_their_types(till: Till, old: str) -> None:
    assert types_of(till, till.create_pos(supportedBeaconTypes=[old, "QR"])) == [old, "QR"]


@pytest.mark.parametrize("old", OLD)
def test_the_certification_refuses_the_old_types(till: Till, old: str) -> None:
    headers = {
        "Authorization": f"Bearer {till.token()}",
        VERSION_HEADER: "1.2.3",
        KEY_HEADER: fresh("key"),
    }
    path = "/pos-self-certification-api/pos/v10/pointofsales"
    body = till.pos_body(supportedBeaconTypes=["QR", old])
    answer = till.http.post(path, json=body, headers=headers)

    assert outcome(answer) == (400, "1099")
    assert old in answer.json()["message"]


def test_the_message_about_a_wrong_type_names_those_of_today(till: Till) -> None:
    answer = till.call("POST", "/pointofsales", till.pos_body(supportedBeaconTypes=["Smoke"]))

    assert "QR, NFC, Bluetooth" in answer.json()["message"]
    assert "MP1" not in answer.json()["message"]
