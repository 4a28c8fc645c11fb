"""What was there before the recording began, as far as its answers show: clients and stores.

Tokens that it doesn't show anybody fetching, or whose header was removed from the file, are given
to the recording's first client.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from ...app import create_app
from ...engine.merchants import MerchantRecord, StoreRecord
from ...engine.values import as_brand_id, as_guid, as_location_id, as_vat
from ...journal.exchanges import ExchangeRecord
from ...journal.secret_fields import MASK
from ...settings.data import SEEDED_INTEGRATORS, Data, Integrator
from ...settings.settings import Settings, settings_table
from ...settings.settings_values import parse_value, settings_from
from ..replay.stages import ReplayInProcess
from .har import HttpRecording, RecordedCall
from .lengths import lengths_shown
from .outlook import SHOW_THE_STORE

VAT_HEADER = "x-mobilepay-merchant-vat-number"
#: What a store can refund from where the recording does not tell.
PLENTY = 999_999_999.99
_DEFAULT_VAT = "DK12345678"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom calls of our own are made for."""

    client_id: str
    merchant: str


def first_holder(recording: HttpRecording) -> Holder:
    """Returns the recording's first client and merchant; the seeded ones where it shows none."""
    clients = (each.exchange.client_id for each in recording.calls)
    vats = (_vat(each.exchange) for each in recording.calls)
    return Holder(
        next((each for each in clients if each), SEEDED_INTEGRATORS[0].client_id),
        next((each for each in vats if each), _DEFAULT_VAT),
    )


def with_credentials(recording: HttpRecording, known: Mapping[str, str] | None) -> HttpRecording:
    """Returns a recording in which every accepted call names a client that can be known.

    Args:
        recording: as it was read.
        known: the secrets of the target's clients by id; None where all clients are made known.
    """
    names: dict[str, str] = {}
    if known is not None:
        unknown = dict.fromkeys(
            each.exchange.client_id.lower()
            for each in recording.calls
            if each.exchange.client_id and each.exchange.client_id.lower() not in known
        )
        taken = {(each.exchange.client_id or "").lower() for each in recording.calls}
        free = [each for each in known if each not in taken]
        names = dict(zip(unknown, free, strict=False))
    first = first_holder(recording)
    first = replace(first, client_id=names.get(first.client_id.lower(), first.client_id))
    fetched = {token for each in recording.calls if (token := _token_in(each.exchange))}
    calls = tuple(_with_credentials(each, names, first, fetched) for each in recording.calls)
    return replace(recording, calls=calls)


def _with_credentials(
    call: RecordedCall, names: Mapping[str, str], first: Holder, fetched: set[str]
) -> RecordedCall:
    exchange = call.exchange
    client_id = exchange.client_id
    if exchange.operation is None or exchange.operation in ("Discovery", "KeySet"):
        return call
    if exchange.operation == "Token":
        return replace(call, exchange=_fetching(exchange, names, first))
    if exchange.operation.startswith("UserSimulation"):
        return replace(call, exchange=replace(exchange, client_id=None))
    client_id = names.get((client_id or "").lower(), client_id) or first.client_id
    changes: dict[str, Any] = {"client_id": client_id}
    if exchange.header(VAT_HEADER) is None and exchange.code != "1151":
        # The header was not needed: the token was for one merchant.
        changes["merchant"] = exchange.merchant or first.merchant
    value = exchange.header("authorization") or ""
    if value.partition(" ")[2] not in fetched:
        others = tuple(each for each in exchange.headers if each[0] != "authorization")
        if exchange.status == 401:
            changes |= {"client_id": None, "headers": others}
        else:
            # Nobody knows how long it was good: a new one is fetched each hour.
            stands_for = f"Bearer {MASK} {value[-12:]} {client_id} {exchange.at:%Y-%m-%d %H}"
            changes["headers"] = (*others, ("authorization", stands_for))
    return replace(call, exchange=replace(exchange, **changes))


def _token_in(exchange: ExchangeRecord) -> str | None:
    """Returns the mask of the token that a call was answered with."""
    answer = exchange.answer_json if exchange.operation == "Token" else None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    return token if isinstance(token, str) else None


def _fetching(exchange: ExchangeRecord, names: Mapping[str, str], first: Holder) -> ExchangeRecord:
    """Returns a call of the token endpoint with credentials, whose client is known."""
    client_id = exchange.client_id or ""
    name = names.get(client_id.lower())
    headers, body = exchange.headers, exchange.body
    if name is not None:
        headers = tuple((each, value.replace(client_id, name)) for each, value in headers)
        body = body.replace(client_id.encode(), name.encode())
    elif exchange.status != 200 or exchange.header("authorization") is not None:
        pass
    elif not client_id:
        headers = (*headers, ("authorization", f"Basic {first.client_id}:{MASK}"))
    elif b"client_secret=" not in body:
        body += f"&client_secret={MASK}".encode()
    return replace(exchange, headers=headers, body=body, client_id=name or client_id or None)


def fresh_simulator(recording: HttpRecording, given: Mapping[str, str]) -> ReplayInProcess:
    """Returns a simulator in this process with the recording's clients, stores and beginning.

    Args:
        recording: with credentials.
        given: settings that clients notice, by name, as texts.

    Raises:
        ValueError: a setting is not right, or is none that clients notice.
    """
    table = {each.name: each for each in settings_table() if each.is_behaviour}
    values: dict[str, Any] = {
        "scenario": "manual",
        "time_scale": 0.0,
        "start_time": recording.calls[0].exchange.at,
        "public_url": "http://compare",
        "log_format": "none",
        "opening_balance": parse_value(table["opening_balance"], f"{PLENTY}"),
    }
    values |= lengths_shown(recording)
    for name, text in given.items():
        if name not in table:
            raise ValueError(f"{name} can not be set here: only what clients notice in answers can")
        values[name] = parse_value(table[name], text)
    settings: Settings = settings_from(values)
    clients = dict.fromkeys(
        (each.exchange.client_id or "").strip().lower() for each in recording.calls
    )
    seeded = [each.client_id for each in SEEDED_INTEGRATORS]
    names = dict.fromkeys([*seeded, *(each for each in clients if each)])
    data = Data(
        integrators=tuple(Integrator(name, MASK) for name in names),
        merchants=tuple(_merchants(recording)),
    )
    return ReplayInProcess(create_app(settings, data))


def vats_of(recording: HttpRecording) -> list[str]:
    """Returns the merchants of a recording, and the one of our own calls."""
    vats = {_vat(each.exchange) for each in recording.calls} | {first_holder(recording).merchant}
    return sorted(each for each in vats if each)


def _vat(exchange: ExchangeRecord) -> str | None:
    try:
        return as_vat(exchange.header(VAT_HEADER) or exchange.merchant or "")
    except ValueError:
        return None


# --- stores ---------------------------------------------------------------------------------------


def _merchants(recording: HttpRecording) -> Iterator[MerchantRecord]:
    """Yields the merchants of whose stores the recording's answers tell."""
    first = first_holder(recording).merchant
    stores: dict[str, dict[str, dict[str, str]]] = {}
    for call in recording.calls:
        if call.exchange.status == 200 or call.exchange.code in SHOW_THE_STORE:
            found = stores.setdefault(_vat(call.exchange) or first, {})
            for store in _stores_told(call.exchange):
                found.setdefault(store["storeId"].lower(), {}).update(store)
    for vat, told in stores.items():
        if told:
            records = tuple(
                _store(vat, number, store) for number, store in enumerate(told.values(), 1)
            )
            yield MerchantRecord(vat, records[0].brand_name, records)


def _stores_told(exchange: ExchangeRecord) -> Iterator[dict[str, str]]:
    """Yields what a call tells of stores: their ids at least."""
    answer, asked = exchange.answer_json, exchange.json
    match exchange.operation:
        case "GetStores" if isinstance(answer, dict):
            ids = answer.get("storeIds")
            asked_for = _sought(exchange.query)
            found = [{"storeId": each, **asked_for} for each in _listed(ids)]
        case "GetDetailedStores" if isinstance(answer, dict | list):
            rows = answer if isinstance(answer, list) else next(iter(answer.values()), None)
            found = [each for each in _listed(rows) if isinstance(each, dict)]
        case "GetStore" | "GetPos" if isinstance(answer, dict):
            found = [answer]
        case "CreatePos" if isinstance(asked, dict):
            found = [asked]
        case _:
            found = []
    for each in found:
        told = {name: value for name, value in each.items() if isinstance(value, str)}
        if _is(as_guid, told.get("storeId", "")):
            yield told


def _sought(query: str) -> dict[str, str]:
    """Returns the brand and location that a query asks for, under their names in answers."""
    given = {name.lower(): value for name, value in parse_qsl(query)}
    names = ("merchantBrandId", "merchantLocationId")
    return {name: given[name.lower()] for name in names if name.lower() in given}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _store(vat: str, number: int, told: Mapping[str, str]) -> StoreRecord:
    brand_id, location_id = told.get("merchantBrandId", ""), told.get("merchantLocationId", "")
    name = told.get("storeName") or f"Store {number} of the recording"
    return StoreRecord(
        id=told["storeId"].lower(),
        merchant=vat,
        name=name,
        street=told.get("storeStreet") or "Testvej 1",
        zip_code=told.get("storeZipCode") or "1000",
        city=told.get("storeCity") or "Testby",
        brand_name=told.get("brandName") or name,
        brand_id=brand_id if _is(as_brand_id, brand_id) else f"POS{vat[:2]}00001",
        location_id=location_id if _is(as_location_id, location_id) else f"{number:05d}",
    )


def _is(check: Any, text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True
