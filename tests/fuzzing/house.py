"""A sandbox with something of everything in it, to throw things at without a server."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.sandboxes.parts import PARTS
from mobilepay_simulator.sandboxes.registry import DEFAULT, HostedSandbox
from mobilepay_simulator.sandboxes.snapshots import load_snapshot, take_snapshot
from mobilepay_simulator.testing.in_process import InProcess

from tests.api.calls import prepared
from tests.support import CREDIT, START, Till

__all__ = ["House", "furnished"]

#: What a refused call may leave behind: itself, in the journal.
JOURNAL = "exchanges"
UPLOAD = "summary: Mine.\napplies_to: {amount: {at_least: 7777}}\nsteps:\n  - include: rejection\n"


@dataclass
class House:
    """A furnished sandbox, its ids, and how it was furnished, so that it can be so again."""

    simulator: InProcess
    ids: dict[str, str] = field(default_factory=dict)
    snapshot: bytes = b""
    token: str = ""
    keys: int = 0

    def renew(self) -> None:
        """Furnishes the sandbox anew; there are no others then."""
        sandboxes = self.simulator.wsgi.context.sandboxes
        for each in sandboxes:
            if each.name != DEFAULT:
                sandboxes.drop(each.name)
        fresh = sandboxes.fresh(DEFAULT)
        load_snapshot(self.snapshot, fresh)
        sandboxes.put(fresh)

    @property
    def sandbox(self) -> HostedSandbox:
        """The sandbox as it is now."""
        return self.simulator.wsgi.context.sandboxes.get(DEFAULT)

    def state(self) -> dict[str, Any]:
        """Everything the sandbox holds but its journal, and which other sandboxes there are."""
        sandboxes = self.simulator.wsgi.context.sandboxes
        found: dict[str, Any] = {"sandboxes": sorted(each.name for each in sandboxes)}
        with self.sandbox.world:
            document = json.loads(take_snapshot(self.sandbox))
        found.update({part.name: document["parts"][part.name] for part in PARTS})
        found["position"] = document["position"]
        del found[JOURNAL], found["position"]["exchanges"]
        return found

    def ask(
        self,
        method: str,
        path: str,
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
        query: str = "",
    ) -> Response:
        """Makes a call, as a server would hand it on; the path is percent-encoded where need be."""
        decoded = unquote_to_bytes(path.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
        asked = Headers(headers or [])
        request = Request(method=method, path=decoded, query=query, headers=asked, body=body)
        return self.simulator.wsgi.respond(request)


def furnished() -> House:
    """Returns a house with points of sale, payments and refunds in many states, and what else there is."""
    house = House(InProcess(start_time=START, scenario="manual", time_scale=0))
    with httpx.Client(transport=house.simulator.transport(), base_url="http://localhost") as http:
        till = Till(http)
        idle, busy, third = (till.create_pos() for _ in range(3))
        checked_in = till.create_pos(callbackAlias="alias")
        till.user("checkin", checked_in)
        issued = till.initiate(busy)
        till.user("checkin", busy)
        reserved, captured = till.reserved(idle), till.captured(idle)
        refund = till.refund(captured)
        till.control("PUT", "/callbacks/alias", {"url": "http://localhost:9/"})
        till.control("POST", "/scenarios/next", {"scenario": "rejection", "posId": third})
        assert http.put("/_simulator/scenarios/mine", content=UPLOAD).is_success
        till.advance(seconds=2)
        house.ids = {
            "idle": idle,
            "checkedIn": checked_in,
            "beacon": till.ok("GET", f"/pointofsales/{checked_in}")["beaconId"],
            "store": till.store_id(),
            "issued": issued,
            "reserved": reserved,
            "captured": captured,
            "prepared": prepared(till),
            "refund": refund,
            "run": till.control("GET", "/runs")["runs"][0]["id"],
            "phone": CREDIT,
        }
        house.token = till.token()
    with house.sandbox.world:
        house.snapshot = take_snapshot(house.sandbox)
    return house
