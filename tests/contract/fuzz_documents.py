"""What generated requests are made of: documents that know likely values, and lead from call to call.

The documents say little about what a valid id, amount or key looks like. So that more than refusals are
tested, a copy of each is taught likely values, some of them ids of things that are there.
"""

import copy
from typing import Any

from tests.api.calls import prepared
from tests.contract.documents import Document
from tests.support import CREDIT, LOYAL, MERCHANT, Till

__all__ = [
    "CONFIG",
    "CONTROL_CONFIG",
    "UNTAUGHT",
    "likely_values",
    "link",
    "teach",
    "teach_control",
]

#: The environment variable that says where the document is that was taught nothing.
UNTAUGHT = "UNTAUGHT_OPENAPI_FILE"

#: What the service's file does not document, but the simulator answers; see fidelity.md.
DECIDED_STATUSES = {
    "UserSimulationCheckin": (400, 404, 409),
    "UserSimulationAcceptPayment": (400, 404, 409),
    "UserSimulationCancelPayment": (400, 404, 409),
}

CONFIG = """
[checks.negative_data_rejection]
enabled = false  # knows the taught copy only; see fuzz_checks.py

[[operations]]
# That at least one of them is needed, or both, no OpenAPI document can say.
include-operation-id = [
  "QueryPaymentIds", "QueryRefundIds", "GetPosWithFilter", "GetStores", "GetDetailedStores",
]
checks.positive_data_acceptance.expected-statuses = ["200", "400", "401", "403", "404", "409"]

[[operations]]
# GET of this path is QueryPayment with an id that is none; see fidelity.md.
include-operation-id = ["PreparePayment"]
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false
"""

#: What the document of the control API can not say.
CONTROL_CONFIG = """
[checks.positive_data_acceptance]
# What is in a text: YAML, CSV, a GUID, a URL, the name of something.
expected-statuses = ["200", "204", "400", "404", "409", "422"]

[[operations]]
# What is wrong with the text, or that there is none, is said in an answer with 200.
include-path = "/_simulator/scenarios/check"
checks.negative_data_rejection.enabled = false
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false

[[operations]]
# GET, PUT and DELETE of this path, and of the ones above and below, are about a scenario of that name.
include-path = "/_simulator/scenarios/next"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false

[[operations]]
include-path = "/_simulator/scenarios/preview"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false
"""

Likely = dict[str, dict[str, Any]]

#: How many there are of every kind of thing.
OF_A_KIND = 6


def likely_values(till: Till) -> Likely:
    """Values that often do, by the name of the field or parameter; ids are of new things."""
    idle, to_delete, busy = ([till.create_pos() for _ in range(OF_A_KIND)] for _ in range(3))
    alone = Till(till.http, headers={"X-Simulator-Scenario": "manual"})
    issued = [alone.initiate(pos_id) for pos_id in busy]
    for pos_id in busy:
        till.user("checkin", pos_id, CREDIT)
    captured = [till.captured() for _ in range(OF_A_KIND)]
    payments = [
        *issued,
        *captured,
        *(till.reserved() for _ in range(OF_A_KIND)),
        *(prepared(alone) for _ in range(OF_A_KIND)),
    ]
    refunds = [till.refund(each) for each in captured]
    till.advance(seconds=1)
    refunds += [till.refund(each) for each in captured]
    beacons = [till.ok("GET", f"/pointofsales/{each}")["beaconId"] for each in idle + busy]
    (store, *_) = till.ok("GET", "/stores/detailed")
    new_name = {"type": "string", "pattern": "^[0-9a-zA-Z]{8,36}$"}
    return {
        "DeletePos.posid": one_of(to_delete),
        "posid": one_of(idle + busy),
        "posId": one_of(idle + busy),
        "paymentid": one_of(payments),
        "paymentId": one_of(payments),
        "storeid": one_of([store["storeId"]]),
        "storeId": one_of([store["storeId"]]),
        "merchantBrandId": one_of([store["merchantBrandId"]]),
        "merchantLocationId": one_of([store["merchantLocationId"]]),
        "refundid": one_of(refunds),
        "CreatePosRequest.beaconId": {"type": "string", "pattern": "^[0-9]{15}$"},
        "beaconId": one_of(beacons),
        "phoneNumber": one_of([CREDIT, CREDIT, LOYAL]),
        "amount": {"type": "number", "enum": [1, 2.5, 10]},
        "merchantPaymentLabel": new_name,
        "callbackAlias": new_name,
        "orderId": new_name,
        "merchantPosId": new_name,
        "refundOrderId": new_name,
        "name": new_name,
        "x-mobilepay-idempotency-key": new_name,
        "x-mobilepay-merchant-vat-number": one_of([MERCHANT]),
        "x-mobilepay-client-system-version": one_of(["1.2.3"]),
        "x-mobilepay-client-system-name": one_of(["fuzz"]),
    }


def one_of(values: list[str]) -> dict[str, Any]:
    """The schema of a text that is one of these."""
    return {"type": "string", "enum": values}


def teach(document: Document, likely: Likely) -> Document:
    """Returns a copy of the document that knows likely values in requests."""
    data = copy.deepcopy(document.data)
    # What the fuzzer needs tokens for is the API; the token endpoint has tests of its own.
    for path in [each for each in data["paths"] if each.startswith("/integrator-authentication/")]:
        del data["paths"][path]

    def taught(owner: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        return likely.get(f"{owner}.{name}", likely.get(name, schema))

    for _, _, operation in Document(data).operations():
        for each in operation.get("parameters", ()):
            name = each["name"].lower() if each["in"] == "header" else each["name"]
            each["schema"] = taught(operation["operationId"], name, each["schema"])
        for status in DECIDED_STATUSES.get(operation["operationId"], ()):
            operation["responses"].setdefault(str(status), {"description": "decided"})
    for owner, schema in data["components"]["schemas"].items():
        if owner.endswith("Request"):
            # Unknown fields are ignored (decided), so nothing is gained by sending many.
            schema.pop("additionalProperties", None)
            fields = schema["properties"].items()
            schema["properties"] = {name: taught(owner, name, each) for name, each in fields}
    return Document(data)


def link(document: Document, ours: Document) -> None:
    """Gives a document the links of our own, where it has none: what follows after what."""
    for _, _, operation in document.operations():
        links = ours.operation(operation["operationId"])["responses"]["200"].get("links")
        if links:
            operation["responses"]["200"].setdefault("links", copy.deepcopy(links))


def teach_control(document: Document, till: Till) -> Document:
    """Returns a copy of the control API's document that knows what is there, by its paths."""
    pos_id, payments = till.create_pos(), [till.captured(), till.reserved()]
    runs = till.control("POST", "/scenarios/next", {"scenario": "success", "times": 2})["runs"]
    till.control("POST", "/certifications")
    likely = {
        "paymentId": payments,
        "posId": [pos_id],
        "storeId": [till.store_id()],
        "runId": runs,
        "faultId": ["0", "1"],
        "requestId": ["1", "2", "3"],
        "certificationId": ["C1"],
        "caseName": ["certify-create-pos"],
        "name": ["success", "mine", "other"],
        "alias": ["alias"],
    }
    data = copy.deepcopy(document.data)
    for _, _, operation in Document(data).operations():
        for each in operation["parameters"]:
            if each["in"] == "path":
                each["schema"] = one_of(likely[each["name"]])
    return Document(data)
