"""`X-Simulator-Aside`: calls a test makes itself, beside the client it tests."""

from typing import Any

import httpx

from tests.support import SECRET, Till

ASIDE = {"X-Simulator-Aside": "true"}


def shown(till: Till, **filters: str) -> list[Any]:
    answer = till.http.get("/_simulator/requests", params=filters)
    return list(answer.json()["requests"])


def paths(exchanges: list[Any]) -> list[str]:
    return [each["request"]["path"] for each in exchanges]


def test_an_aside_is_answered_as_any_call_is(till: Till) -> None:
    pos_id = till.ok("POST", "/pointofsales", till.pos_body(), headers=ASIDE)["posId"]
    assert till.ok("GET", f"/pointofsales/{pos_id}", headers=ASIDE)["posId"] == pos_id
    assert till.call("GET", "/pointofsales/none", headers=ASIDE).status_code == 400


def test_an_aside_is_kept_apart_from_what_the_client_did(till: Till) -> None:
    till.ok("GET", "/stores", headers=ASIDE)
    till.ok("GET", "/stores/detailed")
    assert "/pos/v10/stores" not in paths(shown(till))
    (kept,) = shown(till, control="true", path="/pos/v10/stores")
    assert kept["operation"] == "GetStores"


def test_an_aside_is_not_taken_for_a_call_of_the_client(till: Till) -> None:
    till.ok("GET", "/stores", headers=ASIDE)
    never = till.http.post("/_simulator/verify", json={"operation": "GetStores", "count": 0})
    assert never.json()["matched"] == 0
    in_order = till.http.post("/_simulator/verify", json={"inOrder": [{"operation": "GetStores"}]})
    assert in_order.status_code == 422


def test_no_fault_strikes_an_aside_nor_is_it_counted(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "lost-response-create-pos"})
    body = till.pos_body()
    till.ok("POST", "/pointofsales", body, headers=ASIDE)
    try:
        till.call("POST", "/pointofsales", till.pos_body())
    except httpx.RemoteProtocolError:
        return
    raise AssertionError("the client's own call should have been struck")


def test_no_run_sees_an_aside(till: Till) -> None:
    text = "summary: x\nexpect:\n  - not_called: CancelPayment\n"
    till.http.put("/_simulator/scenarios/watching", content=text)
    till.control("POST", "/scenarios/next", {"scenario": "watching"})
    payment_id = till.initiate(till.create_pos())
    till.ok("POST", f"/payments/{payment_id}/cancel", headers=ASIDE)
    (run,) = till.control("GET", "/runs")["runs"]
    assert run["verdict"] == "passed"


def test_the_token_of_an_aside_is_masked_too(till: Till) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": till.client_id,
        "client_secret": SECRET,
    }
    answer = till.http.post("/integrator-authentication/connect/token", data=form, headers=ASIDE)
    token = answer.json()["access_token"]
    kept = till.http.get("/_simulator/requests", params={"control": "true"}).text
    assert token not in kept
    assert SECRET not in kept


def test_another_value_makes_no_aside(till: Till) -> None:
    till.ok("GET", "/stores", headers={"X-Simulator-Aside": "false"})
    assert "/pos/v10/stores" in paths(shown(till))
