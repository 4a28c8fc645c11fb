"""The ledger: what became of the money, and where a till's own books differ from it."""

from typing import Any

from flask import Response

from ...engine.states import Phase, RefundState
from ..api import ApiError
from ..curl import ledger_as_curl
from ..desk import Visit

SHOWN = 200
_CAPTURED = {each.value for each in RefundState if each.phase is Phase.CAPTURED}
_CANCELLED = {each.value for each in RefundState if each.is_cancelled}


def show(visit: Visit) -> Response:
    """Shows what became of the money of each payment."""
    if visit.arg("part") == "entries":
        return visit.render("ledger/entries.html", **_read(visit))
    return _page(visit, None)


def _page(visit: Visit, result: dict[str, Any] | None) -> Response:
    return visit.page("ledger", "ledger/page.html", lambda: {"result": result, **_read(visit)})


def _read(visit: Visit) -> dict[str, Any]:
    ledger = visit.api.get("/ledger")
    entries = ledger["payments"]
    return {
        "entries": [_with_refunds(each) for each in entries[: -SHOWN - 1 : -1]],
        "total": len(entries),
        "stores": ledger["stores"],
        "names": {each["storeId"]: each["name"] for each in visit.api.get("/stores")["stores"]},
    }


def _with_refunds(entry: dict[str, Any]) -> dict[str, Any]:
    """Returns an entry with its refunds by what became of them; cancelled ones moved no money."""
    captured = [each for each in entry["refunds"] if each["state"] in _CAPTURED]
    pending = [each for each in entry["refunds"] if each["state"] not in _CAPTURED | _CANCELLED]
    return {**entry, "captured_refunds": captured, "pending_refunds": pending}


def compare(visit: Visit) -> Response:
    """Compares a till's books with the ledger."""
    books = visit.request.form.get("books", "")
    result: dict[str, Any]
    try:
        result = {"comparison": visit.api.do("POST", "/ledger/compare", books)}
        result["times"] = {
            each["paymentId"]: each["createdAt"] for each in visit.api.get("/ledger")["payments"]
        }
    except ApiError as error:
        result = visit.refuse(error.message)
    result["curl"] = ledger_as_curl(visit.server)
    if visit.is_partial:
        return visit.render("ledger/compared.html", result=result)
    return visit.tell("/page/ledger", lambda visit: _page(visit, result))
