"""How long clients are told to wait between two polls is changed in a running sandbox."""

import pytest

from tests.support import Till


def test_a_poll_delay_is_told_and_enforced_until_it_is_restored(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    changed = till.control("PUT", "/polling", {"delay": 2.5, "enforce": True})
    assert changed == {"delay": 2.5, "enforce": True, "changed": True}
    assert till.payment(payment_id)["pollDelayInMs"] == 2500
    assert till.call("GET", f"/payments/{payment_id}").status_code == 429
    till.http.delete("/_simulator/polling")
    assert till.control("GET", "/polling") == {"delay": 1, "enforce": False, "changed": False}
    assert till.payment(payment_id)["pollDelayInMs"] == 1000


def test_what_is_left_out_stays(till: Till) -> None:
    till.control("PUT", "/polling", {"delay": 3})
    assert till.control("PUT", "/polling", {"enforce": True})["delay"] == 3


@pytest.mark.parametrize("body", [{"delay": -1}, {"delay": "5"}, {"delay": 3601}, {"enforce": 1}])
def test_a_delay_that_is_none_is_refused(till: Till, body: dict[str, object]) -> None:
    answer = till.http.put("/_simulator/polling", json=body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.json()["error"]


def test_it_is_kept_in_a_snapshot(till: Till) -> None:
    till.control("PUT", "/polling", {"delay": 3})
    kept = till.http.get("/_simulator/snapshot").content
    till.control("POST", "/reset")
    assert till.http.put("/_simulator/snapshot", content=kept).status_code == 200
    assert till.control("GET", "/polling") == {"delay": 3, "enforce": False, "changed": True}


def test_the_stores_that_were_seen_are_listed(till: Till) -> None:
    till.control("POST", "/reset")
    assert till.control("GET", "/stores")["stores"] == []
    till.create_pos()
    stores = till.control("GET", "/stores")["stores"]
    assert till.store_id() in [each["storeId"] for each in stores]
    till.control("PATCH", f"/stores/{till.store_id()}", {"active": False})
    inactive = [e["storeId"] for e in till.control("GET", "/stores")["stores"] if not e["active"]]
    assert inactive == [till.store_id()]
