"""Throws generated requests at a running simulator and checks every answer: by its own OpenAPI document,
and by the service's where that is at hand. `python -m tests.contract.fuzz`; about a minute.

The documents say little about what a valid id, amount or key looks like. So that more than refusals are
tested, a copy of each is taught likely values, some of them ids of things that are there.
"""

import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from tests.api.calls import prepared
from tests.contract.documents import REFERENCE, Document, read_reference
from tests.support import CREDIT, LOYAL, MERCHANT, Till, running_server

SECONDS = 25
EXAMPLES = 40
SEED = 20240131

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

#: What the service's file does not document, but the simulator answers; see fidelity.md.
DECIDED_STATUSES = {
    "UserSimulationCheckin": (400, 404, 409),
    "UserSimulationAcceptPayment": (400, 404, 409),
    "UserSimulationCancelPayment": (400, 404, 409),
}

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
    new_name = {"type": "string", "pattern": "^[0-9a-zA-Z]{8,36}$"}
    return {
        "DeletePos.posid": {"enum": to_delete},
        "posid": {"enum": idle + busy},
        "posId": {"enum": idle + busy},
        "paymentid": {"enum": payments},
        "paymentId": {"enum": payments},
        "storeid": {"enum": [till.store_id()]},
        "storeId": {"enum": [till.store_id()]},
        "refundid": {"enum": refunds},
        "CreatePosRequest.beaconId": {"type": "string", "pattern": "^[0-9]{15}$"},
        "beaconId": {"enum": beacons},
        "phoneNumber": {"enum": [CREDIT, CREDIT, LOYAL]},
        "amount": {"enum": [1, 2.5, 10]},
        "merchantPaymentLabel": new_name,
        "callbackAlias": new_name,
        "orderId": new_name,
        "merchantPosId": new_name,
        "refundOrderId": new_name,
        "name": new_name,
        "x-mobilepay-idempotency-key": new_name,
        "x-mobilepay-merchant-vat-number": {"enum": [MERCHANT]},
        "x-mobilepay-client-system-version": {"enum": ["1.2.3"]},
        "x-mobilepay-client-system-name": {"enum": ["fuzz"]},
    }


def teach(document: Document, likely: Likely) -> dict[str, Any]:
    """Returns a copy of the document that knows likely values in requests."""
    data = copy.deepcopy(document.data)

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
            fields = schema["properties"].items()
            schema["properties"] = {name: taught(owner, name, each) for name, each in fields}
    return data


def run(data: dict[str, Any], url: str, token: str, folder: Path) -> int:
    """Runs schemathesis on a document; returns its exit code."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    program = Path(sys.executable).with_name("st")
    options = {
        "--url": url,
        "--header": f"Authorization: Bearer {token}",
        "--checks": ",".join(CHECKS),
        "--phases": "examples,coverage,fuzzing",
        "--max-examples": str(EXAMPLES),
        "--max-time": str(SECONDS),
        "--seed": str(SEED),
        "--generation-database": "none",
        "--suppress-health-check": "all",
    }
    words = [word for pair in options.items() for word in pair]
    return subprocess.run(
        [program, "run", path, *words, "--no-color"], cwd=folder, check=False
    ).returncode


def main() -> int:
    """Runs all documents there are; returns 0 where nothing was found."""
    codes = []
    with (
        running_server("--time-scale", "0", "--scenario", "instant") as server,
        httpx.Client(base_url=server.url) as http,
        tempfile.TemporaryDirectory() as folder,
    ):
        documents = {"the simulator's own": Document(http.get("/openapi.json").json())}
        if REFERENCE.is_file():
            documents["the service's"] = read_reference()
        for name, document in documents.items():
            till = Till(http)
            sys.stdout.write(f"\n--- {name} OpenAPI document\n")
            sys.stdout.flush()
            data = teach(document, likely_values(till))
            codes.append(run(data, server.url, till.token(), Path(folder)))
        assert http.get("/_simulator/health").is_success
        if len(documents) == 1:
            sys.stdout.write(f"\nskipped: the service's OpenAPI file is not at {REFERENCE}\n")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
