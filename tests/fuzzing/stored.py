"""Edits of what is stored, with right checksums, and what is done with what was loaded of them."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mobilepay_simulator.api.answers import Response
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.sandboxes.snapshots import BadSnapshot, load_snapshot

from tests.fuzzing.house import House
from tests.support import CREDIT, LOYAL, snapshot_checksum

Document = dict[str, Any]
Place = tuple[Any, ...]

PAGES = ("/", "/page/till", "/page/timeline", "/page/scenarios", "/page/runs", "/page/clock",
         "/page/requests", "/page/audit", "/page/certification")  # fmt: skip
CONTROL = ("health", "clock", "clock/due", "scenarios", "faults", "runs", "requests", "audit", "ledger", "snapshot",
           "bundle", "certifications", "notifications", "callbacks", "sandboxes", "points-of-sale", "payments",
           "timeline", "changes", "merchants", "events", "requests?format=har")  # fmt: skip
#: What is tried in the place of a value.
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1, 3, 10**9, 10**12, -(10**12), 2**63 - 1, 2**64, 1e308, -1e308, 0.5, "", " ", "0", "-1",
    "1e999999", "NaN", "-0.01", "1E+400", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2024-01-31T12:00:00",
    "P99999999D", "-P1D", "PT1E9S", "Reserved", "Captured", "Prepared", "EUR", "FI12345678", "XX", "DK1", "../../etc/passwd",
    "\x00\n\r", "x" * 3000, [], {}, [1, 2, 3], ["a"], {"a": 1}, "R999999", "C999999999999",
    "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "file:///etc/passwd",
)  # fmt: skip


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Where something stands in a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def editable(document: Mapping[str, Any]) -> list[Place]:
    """Where something can be edited; of numbers without end, such as a generator's, a few."""
    found = {each: document[each] for each in ("position", "parts")}
    return [each for each in places(found) if len(each) > 1 and _is_early(each)]


def _is_early(place: Place) -> bool:
    return not any(isinstance(each, int) and each > 40 for each in place[3:])


Choose = Callable[[int], int]


def edited(document: Document, where: list[Place], choose: Choose) -> Document:
    """Returns a document in which one to three places were edited, with a right checksum.

    Args:
        choose: returns a number below another.
    """
    changed = changed_by({each: document[each] for each in ("position", "parts")}, where, choose)
    contents = [json.dumps(changed[each]).encode() for each in ("position", "parts")]
    return {**document, **changed, "checksum": snapshot_checksum(*contents)}


def changed_by(document: Any, where: list[Place], choose: Choose) -> Any:
    """Returns a JSON value in which one to three places were edited."""
    changed = [copy.deepcopy(document)]
    for _ in range(1 + choose(3)):
        _edit(changed, [(0, *each) for each in where], choose)
    return changed[0] if changed else None


def _edit(changed: list[Any], where: list[Place], choose: Choose) -> None:
    *path, last = where[choose(len(where))]
    target: Any = changed
    try:
        for key in path:
            target = target[key]
        before = target[last]
        way = choose(6)
        if way == 0:
            del target[last]
        elif way == 1 and isinstance(target, list):
            target.insert(choose(len(target) + 1), copy.deepcopy(before))
        elif way == 2 and isinstance(target, list):
            target.insert(choose(len(target)), target.pop(last))
        elif way == 3 and isinstance(before, str) and before:
            target[last] = before[:-1] + "0123456789abcdef"[choose(16)]
        else:
            target[last] = copy.deepcopy(ODD[choose(len(ODD))])
    except (LookupError, TypeError):
        return  # an edit before this one took the place away


def use_loaded(house: House, document: Document) -> str | None:
    """Loads a document and uses what was loaded; returns why it was refused, or None.

    Raises:
        AssertionError: a call failed.
    """
    sandboxes = house.simulator.wsgi.context.sandboxes
    fresh = sandboxes.fresh(DEFAULT)
    try:
        load_snapshot(json.dumps(document).encode(), fresh)
    except BadSnapshot as error:
        return str(error)
    sandboxes.put(fresh)
    _use(house)
    return None


def _use(house: House) -> None:
    world = house.sandbox.world
    payments, points = [*world.payments.table][:8], [*world.points_of_sale.table][:5]
    refunds, runs = [*world.refunds.table][:3], [*house.sandbox.scenario_engine.runs.table][:5]
    for path in PAGES:
        _get(house, path)
    for name in CONTROL:
        path, _, query = f"/_simulator/{name}".partition("?")
        _get(house, path, query)
    for each in runs:
        _get(house, f"/_simulator/runs/{each}")
        _get(house, f"/page/runs/{each}")
    for each in [*house.sandbox.journal.table][-6:]:
        _get(house, f"/_simulator/explain/{each}")
        _get(house, f"/page/requests/{each}")
    for each in house.sandbox.certifications.sessions:
        _get(house, f"/_simulator/certifications/{each}/report", "format=html")
        _get(house, f"/page/certification/{each}")
    for each in payments:
        _get(house, f"/_simulator/payments/{each}")
        _get(house, "/page/timeline", f"paymentId={each}")
        _call(house, "GET", f"/payments/{each}")
    for each in points:
        _call(house, "GET", f"/pointofsales/{each}/checkin")
        beacon = (
            world.points_of_sale.table[each].beacon_id if each in world.points_of_sale.table else ""
        )
        _call(house, "POST", "/usersimulation/checkin", {"beaconId": beacon, "phoneNumber": LOYAL})
        _call(house, "POST", "/payments", _terms({"posId": each, "orderId": f"o-{each[:8]}"}))
        _call(
            house,
            "POST",
            "/usersimulation/acceptpayment",
            {"beaconId": beacon, "phoneNumber": CREDIT},
        )
    for seconds in (1, 60, 3600, 10 * 86400):
        for each in payments:
            _call(house, "POST", f"/payments/{each}/capture", {"amount": 10.0})
            _call(house, "POST", f"/payments/{each}/cancel")
            _call(
                house,
                "POST",
                "/refunds",
                _terms({"paymentId": each, "refundOrderId": "r", "amount": 1.0}),
            )
        for each in refunds:
            _call(house, "POST", f"/refunds/{each}/capture")
        body = json.dumps({"seconds": seconds}).encode()
        _ok(house.ask("POST", "/_simulator/clock/advance", JSON, body), f"advance {seconds}")
    for each in points:
        _call(house, "DELETE", f"/pointofsales/{each}")
    for path in (
        "/_simulator/snapshot",
        "/_simulator/runs",
        "/page/timeline",
        "/_simulator/ledger",
    ):
        _get(house, path)


JSON = [("content-type", "application/json"), ("host", "localhost")]


def _terms(more: Document) -> Document:
    terms = {"amount": 10.0, "currencyCode": "DKK", "plannedCaptureDelay": "None"}
    return terms | more


def _get(house: House, path: str, query: str = "") -> None:
    _ok(house.ask("GET", path, [("host", "localhost")], query=query), f"GET {path}?{query}")


def _call(house: House, method: str, path: str, body: Document | None = None) -> None:
    house.keys += 1
    headers = [
        *JSON,
        ("authorization", f"Bearer {house.token}"),
        ("x-mobilepay-client-version", "1.0.0"),
        ("x-mobilepay-idempotency-key", f"key-{house.keys}"),
        ("x-mobilepay-merchant-vat-number", "DK12345678"),
        ("x-mobilepay-client-system-name", "till"),
    ]
    content = json.dumps(body).encode() if body is not None else b""
    _ok(house.ask(method, f"/pos/v10{path}", headers, content), f"{method} {path}")


def _ok(answer: Response, what: str) -> None:
    assert answer.status < 500, f"{what}: {answer.status} {answer.content[:300]!r}"
