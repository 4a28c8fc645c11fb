"""Names of fields and query parameters, words of enumerations, and GUIDs: however they are written."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.calls import TERMS, capture, outcome, ready, simulate
from tests.support import CREDIT, Till, fresh

REASON = "X-Simulator-Reason"

#: How tills of other platforms write names.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "PascalCase": lambda name: name[:1].upper() + name[1:],
    "lower": str.lower,
    "UPPER": str.upper,
}
#: How .NET writes a GUID: with dashes, without, and in braces.
GUID_FORMS: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "without dashes": lambda guid: guid.replace("-", ""),
    "without dashes, in capitals": lambda guid: guid.replace("-", "").upper(),
    "in braces": lambda guid: f"{{{guid}}}",
}


def spelled(body: Any, spell: Callable[[str], str]) -> Any:
    """The body with all its names written otherwise."""
    if not isinstance(body, dict):
        return body
    return {spell(name): spelled(value, spell) for name, value in body.items()}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_whole_payment_and_its_refund_may_be_written_in_any_case(
    till: Till, spelling: str
) -> None:
    spell = SPELLINGS[spelling]
    body = till.pos_body(requirePaymentBeforeCheckin=True, beaconId=f"{len(spelling):015}")
    pos_id = till.ok("POST", "/pointofsales", spelled(body, spell))["posId"]
    pos = till.ok("GET", f"/pointofsales/{pos_id}")
    assert pos["requirePaymentBeforeCheckin"] is True
    assert pos["beaconId"] == body["beaconId"]

    restrictions = {"restrictions": {"debitCardDisallowed": True, "creditCardDisallowed": False}}
    started = spelled({"posId": pos_id, "orderId": fresh("order")}, spell)
    payment_id = till.ok("POST", "/payments/prepare", started)["paymentId"]
    terms = TERMS | restrictions | {"merchantPaymentLabel": "label"}
    till.ok("POST", f"/payments/{payment_id}/ready", spelled(terms, spell))
    payment = till.ok("GET", f"/payments/{payment_id}")
    assert payment["restrictions"] == restrictions["restrictions"]
    assert payment["merchantPaymentLabel"] == "label"

    user = {"beaconId": pos["beaconId"], "phoneNumber": CREDIT}
    for action in ("checkin", "acceptpayment"):
        assert simulate(till, action, **spelled(user, spell)).status_code == 200
    till.ok("POST", f"/payments/{payment_id}/capture", spelled({"amount": 10.0}, spell))
    refund = {"paymentId": payment_id, "refundOrderId": "1", "amount": 1, "currencyCode": "DKK"}
    assert till.ok("POST", "/refunds", spelled(refund, spell))["refundId"]


def test_of_one_name_in_two_spellings_the_last_counts(till: Till) -> None:
    body = till.payment_body(till.create_pos()) | {"OrderId": "the last"}
    payment_id = till.ok("POST", "/payments", body)["paymentId"]

    assert till.ok("GET", f"/payments/{payment_id}")["orderId"] == "the last"


def test_a_wrong_value_under_another_spelling_has_the_code_of_its_field(till: Till) -> None:
    body = till.payment_body(till.create_pos())
    body["AMOUNT"] = body.pop("amount") * -1

    assert outcome(till.call("POST", "/payments", body)) == (400, "1102")


@pytest.mark.parametrize("spell", [str.lower, str.upper])
def test_words_of_enumerations_may_be_written_in_any_case(
    till: Till, spell: Callable[[str], str]
) -> None:
    pos_id = till.create_pos(supportedBeaconTypes=[spell("Bluetooth"), spell("QR")])
    types = till.ok("GET", f"/pointofsales/{pos_id}")["supportedBeaconTypes"]
    assert types == ["Bluetooth", "QR"]

    words = {"currencyCode": spell("EUR"), "plannedCaptureDelay": spell("LessThan24Hours")}
    payment_id = till.ok("POST", "/payments", till.payment_body(pos_id, **words))["paymentId"]
    payment = till.ok("GET", f"/payments/{payment_id}")
    assert payment["currencyCode"] == "EUR"
    assert payment["plannedCaptureDelay"] == "LessThan24Hours"


@pytest.mark.parametrize("word", ["", "0", "DKK ", "D\u212aK", "NoSuchWord", 208])
def test_what_is_no_word_in_any_case_is_refused(till: Till, word: object) -> None:
    body = till.payment_body(till.create_pos(), currencyCode=word)

    assert outcome(till.call("POST", "/payments", body)) == (400, "1099")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_query_parameters_may_be_written_in_any_case(till: Till, spelling: str) -> None:
    spell = SPELLINGS[spelling]
    wanted = till.ok("GET", "/stores/detailed")[1]
    query = {name: wanted[name] for name in ("merchantBrandId", "merchantLocationId")}
    assert till.ok("GET", "/stores", params=spelled(query, spell)) == {
        "storeIds": [wanted["storeId"]]
    }

    payment_id = till.captured()
    pos_id = till.ok("GET", f"/payments/{payment_id}")["posId"]
    query = {"posId": pos_id, "state": "Captured"}
    found = till.ok("GET", "/payments", params={spell(k): v for k, v in query.items()})
    assert found == {"paymentIds": [payment_id]}
    found = till.ok("GET", "/payments", params={"posId": pos_id, "state": spell("Captured")})
    assert found == {"paymentIds": [payment_id]}


@pytest.mark.parametrize("form", GUID_FORMS)
def test_guids_are_taken_in_the_forms_of_dotnet(till: Till, form: str) -> None:
    write = GUID_FORMS[form]
    beacon = f"{len(form):08}-aaaa-4bbb-8ccc-0123456789ab"
    pos_id = till.create_pos(storeId=write(till.store_id()), beaconId=write(beacon))
    pos = till.ok("GET", f"/pointofsales/{write(pos_id)}")
    assert (pos["posId"], pos["storeId"], pos["beaconId"]) == (pos_id, till.store_id(), beacon)
    assert till.ok("GET", "/pointofsales", params={"beaconId": write(beacon)})["posIds"] == [pos_id]

    payment_id = till.initiate(write(pos_id))
    assert till.ok("GET", f"/payments/{write(payment_id)}")["posId"] == pos_id
    assert till.ok("GET", "/payments", params={"posId": write(pos_id)})["paymentIds"] == [
        payment_id
    ]
    assert simulate(till, "checkin", beaconId=write(beacon), phoneNumber=CREDIT).status_code == 200
    about = f"paymentId={payment_id}&operation=QueryPayment"
    assert len(till.control("GET", f"/requests?{about}")["requests"]) == 1


@pytest.mark.parametrize(
    "text", ["{}-", "{%s", "%s}", "(%s)", "{%s}}", "-%s", "%s ", "urn:uuid:%s"]
)
def test_what_only_looks_like_a_guid_is_refused(till: Till, text: str) -> None:
    pos_id = till.create_pos()
    body = till.payment_body(text.replace("%s", pos_id))

    assert outcome(till.call("POST", "/payments", body)) == (400, "1099")


def test_a_retry_that_writes_names_words_and_guids_otherwise_is_the_same_request(
    till: Till,
) -> None:
    body = till.payment_body(till.create_pos())
    first = till.ok("POST", "/payments", body, key="key")
    again = spelled(body | {"posId": f"{{{body['posId']}}}", "currencyCode": "dkk"}, str.upper)

    assert till.ok("POST", "/payments", again, key="key") == first


def test_an_unknown_query_parameter_is_told_of_and_otherwise_ignored(till: Till) -> None:
    answer = till.call("GET", "/stores", params={"merchantBrand": "POSDK12345"})

    assert answer.status_code == 200
    assert answer.json() == till.ok("GET", "/stores")
    assert "merchantBrand" in answer.headers[REASON]
    assert "merchantBrandId" in answer.headers[REASON]
    record = till.control("GET", "/requests?operation=GetStores")["requests"][0]
    assert record["hint"] in answer.headers[REASON]


def test_a_call_that_takes_no_query_says_so(till: Till) -> None:
    payment_id = till.initiate(till.create_pos())
    answer = till.call("GET", f"/payments/{payment_id}", params={"orderId": "1"})

    assert answer.status_code == 200
    assert "orderId" in answer.headers[REASON]


def test_a_refusal_without_a_body_tells_its_reason_and_the_unknown_parameter(till: Till) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    answer = till.call("GET", f"/payments/{missing}", params={"verbose": "true"})

    assert answer.status_code == 404
    assert missing in answer.headers[REASON]
    assert "verbose" in answer.headers[REASON]


def test_known_query_parameters_are_answered_without_a_reason(till: Till) -> None:
    params = {"posId": till.create_pos(), "orderId": "1", "state": "captured"}
    assert REASON not in till.call("GET", "/payments", params=params).headers


def test_an_unknown_parameter_of_any_bytes_can_be_told(till: Till) -> None:
    answer = till.call("GET", "/stores?%F0%9F%92%B0%0D%0Aa=1&" + "x" * 3000 + "=2&&=3")

    assert answer.status_code == 200
    assert answer.headers[REASON].isascii()
    assert len(answer.headers[REASON]) < 1000


def test_names_within_a_body_of_another_case_still_find_the_payment_to_prepare(till: Till) -> None:
    pos_id = till.create_pos()
    made = till.ok("POST", "/payments/prepare", {"PosId": pos_id, "OrderId": "1"})["paymentId"]
    assert ready(till, made).status_code == 200
    assert capture(till, made).status_code == 409
    about = f"posId={pos_id}&operation=PreparePayment"
    assert len(till.control("GET", f"/requests?{about}")["requests"]) == 1
