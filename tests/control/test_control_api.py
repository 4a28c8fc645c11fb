"""The control API: clock, scenarios, sandboxes, stores, events."""

from typing import Any

import httpx
import pytest
from mobilepay_simulator.control.routes import ROUTES

from tests.support import RunningServer, Till, fresh


def ask(till: Till, method: str, path: str, json: Any = None) -> httpx.Response:
    return till.http.request(method, f"/_simulator{path}", json=json)


def test_health_names_version_seed_and_scenario(server: RunningServer) -> None:
    answer = httpx.get(f"{server.url}/_simulator/health").json()
    assert answer["status"] == "ok"
    assert answer["seed"] == 1
    assert answer["scenario"] == "manual"
    assert answer["version"]


def test_the_clock_stands_still_until_it_is_advanced(till: Till) -> None:
    before = till.control("GET", "/clock")
    assert till.control("GET", "/clock") == before
    after = till.control("POST", "/clock/advance", {"seconds": 90.5})
    assert till.control("GET", "/clock") == after
    assert after["now"] != before["now"]


def test_the_clock_tells_what_is_due_next(till: Till) -> None:
    assert till.control("GET", "/clock")["nextDue"] is None
    till.initiate(till.create_pos())
    assert till.control("GET", "/clock")["nextDue"] is not None


def test_time_can_be_let_run_and_stopped(till: Till) -> None:
    assert till.control("PUT", "/clock", {"scale": 3600})["scale"] == 3600
    assert till.control("PUT", "/clock", {"scale": 0})["scale"] == 0
    assert till.control("GET", "/clock") == till.control("GET", "/clock")


def test_a_reset_gives_back_the_world_as_it_was(till: Till) -> None:
    begun = till.control("GET", "/clock")["scale"]
    first = till.initiate(till.create_pos(merchantPosId="one"))
    till.advance(days=1)
    till.control("POST", "/reset")
    assert till.call("GET", f"/payments/{first}").status_code == 404
    assert till.control("GET", "/clock")["scale"] == begun
    assert till.initiate(till.create_pos(merchantPosId="one")) == first


def test_the_next_payment_on_a_point_of_sale_plays_the_queued_scenario(till: Till) -> None:
    here, elsewhere = till.create_pos(), till.create_pos()
    till.control("POST", "/scenarios/next", {"scenario": "instant", "posId": here})
    assert till.status(till.initiate(elsewhere)) == "Initiated"
    assert till.status(till.initiate(here)) == "Reserved"
    assert till.status(till.initiate(here)) == "Initiated"


def test_a_scenario_can_be_queued_for_several_payments_anywhere(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "instant", "times": 2})
    assert len(till.control("GET", "/scenarios")["queued"]) == 2
    pos_id = till.create_pos()
    assert till.status(till.initiate(pos_id)) == "Reserved"
    assert till.status(till.initiate(pos_id)) == "Reserved"
    assert till.status(till.initiate(pos_id)) == "Initiated"


def test_scenarios_are_listed_with_their_summaries(till: Till) -> None:
    answer = till.control("GET", "/scenarios")
    assert answer["default"] == "manual"
    summaries = {each["name"]: each["summary"] for each in answer["scenarios"]}
    assert "cancels" in summaries["rejection"]


def test_a_deactivated_store_takes_no_payments_until_it_is_activated(till: Till) -> None:
    pos_id, store_id = till.create_pos(), till.store_id()
    till.control("PATCH", f"/stores/{store_id}", {"active": False})
    answer = till.call("POST", "/payments", till.payment_body(pos_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "1204")
    till.control("PATCH", f"/stores/{store_id}", {"active": True})
    assert till.initiate(pos_id)


def test_a_drained_store_can_not_refund(till: Till) -> None:
    payment_id = till.captured()
    shown = till.control("PATCH", f"/stores/{till.store_id()}", {"balance": 0.5})
    assert shown["balance"] == 0.5
    body = {
        "paymentId": payment_id,
        "refundOrderId": "r",
        "amount": 1,
        "currencyCode": "DKK",
    }
    answer = till.call("POST", "/refunds", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "1368")


def test_merchants_are_shown_with_their_stores(till: Till) -> None:
    merchants = {each["vat"]: each for each in till.control("GET", "/merchants")["merchants"]}
    store = merchants["DK90000028"]["stores"][0]
    assert store["merchantBrandId"] == "MPPOSCERT1"
    assert store["merchantLocationId"] == "00001"
    assert merchants["FI12345678"]["stores"][0]["currencyCode"] == "EUR"


def test_the_test_users_are_shown(till: Till) -> None:
    phones = [each["phone"] for each in till.control("GET", "/users")["users"]]
    assert "+4520031801" in phones
    assert "+358200318005" in phones


def test_events_tell_what_became_of_a_payment(till: Till) -> None:
    payment_id = till.reserved()
    events = till.control("GET", f"/events?paymentId={payment_id}")["events"]
    states = [each["after"] for each in events if each["event"] == "PaymentChanged"]
    assert states == ["Initiated", "IssuedToUser", "Reserved"]
    assert events[1]["event"] == "ScriptStarted"
    assert events[1]["scenario"] == "instant"


def test_a_script_that_can_not_go_on_says_why(till: Till) -> None:
    pos_id = till.create_pos()
    payment_id = till.initiate(pos_id, scenario="rejection")
    till.ok("DELETE", f"/pointofsales/{pos_id}")
    till.advance(minutes=1)
    events = till.control("GET", f"/events?paymentId={payment_id}")["events"]
    stopped = [each for each in events if each["event"] == "ScriptStopped"]
    assert len(stopped) == 1
    assert "point of sale" in stopped[0]["reason"]


MISTAKES = [
    ("POST", "/clock/advance", {}, "seconds"),
    ("POST", "/clock/advance", {"seconds": -1}, "seconds"),
    ("POST", "/clock/advance", {"seconds": "1"}, "seconds"),
    ("POST", "/clock/advance", {"seconds": True}, "seconds"),
    ("POST", "/clock/advance", {"seconds": 1e30}, "seconds"),
    ("POST", "/clock/advance", {"seconds": 1, "minutes": 1}, "minutes"),
    ("PUT", "/clock", {"scale": -1}, "scale"),
    ("PUT", "/clock", {"scale": 1e9}, "scale"),
    ("POST", "/scenarios/next", {}, "scenario"),
    ("POST", "/scenarios/next", {"scenario": "rejectoin"}, "did you mean 'rejection'"),
    ("POST", "/scenarios/next", {"scenario": "success", "posId": "1"}, "posId"),
    ("POST", "/scenarios/next", {"scenario": "success", "times": 0}, "times"),
    (
        "POST",
        "/scenarios/next",
        {"scenario": "success", "posId": "3974eae6-e36f-4148-b5ee-22689e528c75"},
        "posId",
    ),
    ("PATCH", "/stores/none", {"active": True}, "store id"),
    ("PATCH", "/stores/3974eae6-e36f-4148-b5ee-22689e528c75", {"active": True}, "store"),
    ("PATCH", "/stores/3974eae6-e36f-4148-b5ee-22689e528c75", {"active": "yes"}, "active"),
    ("PATCH", "/stores/3974eae6-e36f-4148-b5ee-22689e528c75", {"balance": 0.001}, "balance"),
    ("PATCH", "/stores/3974eae6-e36f-4148-b5ee-22689e528c75", {"balance": -1}, "balance"),
    ("DELETE", "/sandboxes/defualt", None, "did you mean 'default'"),
    ("DELETE", "/sandboxes/default", None, "reset"),
]


@pytest.mark.parametrize(("method", "path", "body", "named"), MISTAKES)
def test_a_mistake_is_answered_with_what_would_be_right(
    till: Till, method: str, path: str, body: Any, named: str
) -> None:
    answer = ask(till, method, path, body)
    assert 400 <= answer.status_code < 500
    assert named in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"seconds": NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(till: Till, body: bytes) -> None:
    before = till.control("GET", "/clock")
    answer = till.http.post("/_simulator/clock/advance", content=body)
    assert answer.status_code == 400
    assert till.control("GET", "/clock") == before


def test_sandboxes_know_nothing_of_each_other(server: RunningServer, till: Till) -> None:
    other = Till(httpx.Client(base_url=f"{server.url}/sandboxes/{fresh('other')}"))
    payment_id = till.initiate(till.create_pos(merchantPosId="same", beaconId="123456789012345"))
    other.create_pos(merchantPosId="same", beaconId="123456789012345")
    other.advance(minutes=30)
    assert other.call("GET", f"/payments/{payment_id}").status_code == 404
    assert till.status(payment_id) == "Initiated"
    other.http.close()


def test_a_sandbox_is_made_on_first_use_listed_and_dropped(server: RunningServer) -> None:
    name = fresh("short-lived")
    url = f"{server.url}/_simulator/sandboxes"

    def names() -> list[str]:
        return [each["name"] for each in httpx.get(url).json()["sandboxes"]]

    assert name not in names()
    httpx.get(f"{server.url}/sandboxes/{name}/_simulator/clock")
    assert name in names()
    assert httpx.delete(f"{url}/{name}").status_code == 204
    assert name not in names()
    assert httpx.delete(f"{url}/{name}").status_code == 404


def test_stores_are_the_same_in_every_sandbox(server: RunningServer, till: Till) -> None:
    answer = httpx.get(f"{server.url}/_simulator/merchants").json()["merchants"]
    default = next(each for each in answer if each["vat"] == "DK12345678")
    assert till.store_id() == default["stores"][0]["storeId"]


NOBODY = "00000000-0000-4000-8000-000000000000"
#: Calls about what is not there, and what the refusal is to name.
MISSING = [
    ("GET", "/requests/999", "no request 999"),
    ("GET", "/explain/999", "no request 999"),
    ("GET", "/explain/999?format=text", "no request 999"),
    ("GET", "/runs/R99", "no run 'R99'"),
    ("POST", "/runs/R99/wait", "no run 'R99'"),
    ("GET", f"/payments/{NOBODY}", f"no payment {NOBODY}"),
    ("GET", f"/timeline?paymentId={NOBODY}", f"paymentId: no payment {NOBODY}"),
    ("GET", f"/timeline?posId={NOBODY}", f"posId: no point of sale {NOBODY}"),
    ("GET", f"/events?paymentId={NOBODY}", f"paymentId: no payment {NOBODY}"),
    ("GET", f"/payments?posId={NOBODY}", f"posId: no point of sale {NOBODY}"),
    ("GET", f"/payments?before={NOBODY}", f"before: no payment {NOBODY}"),
    ("GET", f"/points-of-sale?before={NOBODY}", f"before: no point of sale {NOBODY}"),
    ("GET", f"/requests?paymentId={NOBODY}", f"paymentId: no payment {NOBODY}"),
    (
        "GET",
        "/requests?paymentId=00000000-0",
        "paymentId: no payment whose id begins with 00000000-0",
    ),
    ("GET", f"/requests?posId={NOBODY}&format=har", f"posId: no point of sale {NOBODY}"),
    ("GET", f"/points-of-sale/{NOBODY}", f"no active point of sale {NOBODY}"),
    ("GET", "/scenarios/sucess", "no scenario 'sucess'"),
    ("DELETE", "/scenarios/next/R99", "no run 'R99' waits for a payment"),
    ("DELETE", "/faults/9", "no fault '9'"),
    ("DELETE", "/sandboxes/nowhere", "no sandbox 'nowhere'"),
    ("DELETE", "/callbacks/nobody", "no callback alias 'nobody'"),
    *(("GET", f"/certifications/C9{path}", "no certification 'C9'") for path in ("", "/report")),
    *(
        ("POST", f"/certifications/C9{path}", "no certification 'C9'")
        for path in ("/approve", "/abandon", "/callback", "/cases/certify-payment/restart")
    ),
]


@pytest.mark.parametrize(("method", "path", "missing"), MISSING)
def test_a_refusal_names_what_is_missing_and_not_the_path(
    till: Till, method: str, path: str, missing: str
) -> None:
    answer = ask(till, method, path)
    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].startswith(missing)


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/clock?scale=2", "scale: unknown parameter; this call takes none)"),
        ("PUT", "/polling?delay=5", "delay: unknown parameter; it is a field of the body)"),
        ("PUT", "/clock?scale=2", "scale: unknown parameter; it is a field of the body)"),
        (
            "POST",
            "/certifications?version=1.2",
            "version: unknown parameter; it is a field of the body)",
        ),
        ("DELETE", "/faults?call=Token", "call: unknown parameter; this call takes none)"),
        ("GET", "/health?foo=1", "foo: unknown parameter; this call takes none)"),
        ("POST", "/verify?x=1", "x: unknown parameter; this call takes none)"),
        ("GET", "/explain/1?x=1", "x: unknown parameter; there is only format)"),
    ],
)
def test_a_parameter_is_never_ignored(till: Till, method: str, path: str, said: str) -> None:
    answer = ask(till, method, path)
    assert answer.status_code == 400
    assert f"({said}" in answer.json()["error"]


def test_json_is_a_line_as_shells_show_it(till: Till) -> None:
    for method, path in (("GET", "/clock"), ("GET", "/requests"), ("GET", "/runs/R99")):
        assert ask(till, method, path).text.endswith("}\n")


def test_every_route_about_one_thing_is_asked_for_what_is_not_there() -> None:
    asked = {(method, path.partition("?")[0].split("/")[1]) for method, path, _ in MISSING}
    routes = {(each.method, each.path.split("/")[1]) for each in ROUTES if "<" in each.path}
    # The first make what they name; the others need a body, and are asked where that is tested.
    made = {
        ("PUT", "scenarios"),
        ("PUT", "callbacks"),
        ("PATCH", "stores"),
        ("PUT", "payments"),
        ("POST", "payments"),
    }
    assert routes - made <= asked


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/paymants", 404, "/_simulator/paymants; did you mean '/_simulator/payments'?"),
        ("GET", "/nonsense", 404, "/_simulator/nonsense; GET /_simulator/openapi.json lists all"),
        ("GET", "", 404, "/_simulator; GET /_simulator/openapi.json lists all paths"),
        ("GET", "/", 404, "; GET /_simulator/openapi.json lists all paths, /docs?api=control"),
        ("GET", "/" + "q" * 200, 404, "GET /_simulator/openapi.json lists all paths"),
        ("GET", "/verify", 405, "GET is not allowed on this path; OPTIONS, POST are"),
        ("PUT", "/payments", 405, "PUT is not allowed on this path; GET, HEAD, OPTIONS are"),
    ],
)
def test_a_path_or_method_that_is_not_there_is_told_as_others_and_is_no_clients_call(
    till: Till, method: str, path: str, status: int, said: str
) -> None:
    before = till.control("GET", "/requests?control=true")
    answer = ask(till, method, path)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert said in answer.json()["error"]
    assert ("Allow" in answer.headers) is (status == 405)
    assert till.control("GET", "/requests?control=true") == before


def test_no_more_scenarios_can_wait_than_a_list_can_show(till: Till) -> None:
    till.control("POST", "/scenarios/next", {"scenario": "instant", "times": 1000})
    refused = till.http.post("/_simulator/scenarios/next", json={"scenario": "instant"})
    assert refused.status_code == 400
    assert "times: " in refused.json()["error"]
    assert len(till.control("GET", "/scenarios")["queued"]) == 1000


def test_no_more_faults_can_stand_than_a_call_is_compared_with_at_once(till: Till) -> None:
    fault = "  - {call: GetStores, cut: after_commit}\n"
    text = f"faults:\n{fault * 200}"
    assert till.http.put("/_simulator/faults", content=text).status_code == 200
    more = {"call": "GetStores", "fault": "lost"}
    assert till.http.post("/_simulator/faults", json=more).status_code == 400
    assert till.http.put("/_simulator/faults", content=text + fault).status_code == 400
    wrong = till.http.put("/_simulator/faults", content="faults:\n" + "  - {cal: x}\n" * 201)
    assert wrong.status_code == 400
    assert "200 faults" in wrong.json()["error"]
    assert len(till.control("GET", "/faults")["faults"]) == 200
