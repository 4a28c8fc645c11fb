"""Who is known before the first call: integrators, merchants, customers and callback aliases.

The seeded ones are here; `--data FILE` and `--integrator` add the user's own.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from simulator.documents import (
    Reader,
    choice_of,
    decimal_kind,
    field_of,
    list_of,
    parse_file,
    shape_kind,
    text_kind,
    yes_or_no,
)
from simulator.engine.customers import Card, Customer
from simulator.engine.ids import guid_from, seeded
from simulator.engine.merchants import Merchant, Store
from simulator.engine.values import (
    as_balance,
    as_brand_id,
    as_guid,
    as_location_id,
    as_name,
    as_phone,
    as_sandbox_name,
    as_url,
    as_vat,
)

__all__ = ["SEEDED_INTEGRATORS", "Data", "Integrator", "read_data"]


@dataclass(frozen=True, slots=True)
class Integrator:
    """A maker of PoS clients, with its OAuth credentials.

    Args:
        client_id: the OAuth client id; compared without regard to case.
        secret: the OAuth client secret.
        ibm_client_id: what it sends as x-ibm-client-id; the client id where none is given.
        has_long_lived_tokens: its tokens last long, and each must be tied to a merchant.
        sandbox: the sandbox its tokens lead to on paths without a prefix.
    """

    client_id: str
    secret: str
    ibm_client_id: str | None = None
    has_long_lived_tokens: bool = False
    sandbox: str | None = None


SEEDED_INTEGRATORS = (
    Integrator("11111111-2222-4333-8444-555555555555", "sandbox-secret"),
    Integrator("66666666-7777-4888-9999-aaaaaaaaaaaa", "other-secret"),
)


@dataclass(frozen=True, slots=True)
class Data:
    """Everyone who is known."""

    integrators: tuple[Integrator, ...] = SEEDED_INTEGRATORS
    merchants: tuple[Merchant, ...] = ()
    customers: tuple[Customer, ...] = ()
    callback_urls: dict[str, str] = field(default_factory=dict)


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


TEXT = text_kind(_not_empty)
NAME = text_kind(as_name)


@dataclass(frozen=True, slots=True)
class _Integrator:
    client_id: str = field_of(TEXT, "the OAuth client id")
    client_secret: str = field_of(TEXT, "the OAuth client secret")
    ibm_client_id: str | None = field_of(TEXT, "the x-ibm-client-id it sends", default=None)
    long_lived_tokens: bool = field_of(yes_or_no, "whether its tokens last long", default=False)
    sandbox: str | None = field_of(
        text_kind(as_sandbox_name), "the sandbox it is bound to", default=None
    )


@dataclass(frozen=True, slots=True)
class _Store:
    name: str = field_of(TEXT, "the store's name")
    brand_id: str = field_of(text_kind(as_brand_id), "its merchantBrandId, such as POSDK12345")
    location_id: str = field_of(text_kind(as_location_id), "its merchantLocationId: 5 characters")
    brand_name: str | None = field_of(TEXT, "the brand's name", default=None)
    id: str | None = field_of(text_kind(as_guid), "its storeId", default=None)
    street: str = field_of(TEXT, "its street", default="Testvej 1")
    zip_code: str = field_of(TEXT, "its zip code", default="1000")
    city: str = field_of(TEXT, "its city", default="Testby")
    active: bool = field_of(yes_or_no, "whether it takes payments", default=True)
    balance: Decimal | None = field_of(
        decimal_kind(as_balance), "what it can refund from at the start", default=None
    )


@dataclass(frozen=True, slots=True)
class _Merchant:
    vat: str = field_of(text_kind(as_vat), "its VAT number, such as DK12345678")
    name: str = field_of(TEXT, "its name")
    stores: tuple[_Store, ...] = field_of(list_of(shape_kind(_Store)), "its stores")


@dataclass(frozen=True, slots=True)
class _Customer:
    phone: str = field_of(text_kind(as_phone), "the phone number, such as +4512345678")
    card: Card = field_of(choice_of(Card, "a card"), "credit or debit", default=Card.CREDIT)
    partial_capture: bool = field_of(yes_or_no, "whether the card allows it", default=False)
    loyalty_ids: tuple[str, ...] = field_of(list_of(TEXT), "loyalty ids", default=())
    receipt_token: str = field_of(TEXT, "the receipt token", default="")


@dataclass(frozen=True, slots=True)
class _Alias:
    alias: str = field_of(NAME, "the callbackAlias of the PoSes")
    url: str = field_of(text_kind(as_url), "where check-ins are posted to")


@dataclass(frozen=True, slots=True)
class _File:
    integrators: tuple[_Integrator, ...] = field_of(
        list_of(shape_kind(_Integrator)), "integrators", default=()
    )
    merchants: tuple[_Merchant, ...] = field_of(
        list_of(shape_kind(_Merchant)), "merchants", default=()
    )
    customers: tuple[_Customer, ...] = field_of(
        list_of(shape_kind(_Customer)), "customers", default=()
    )
    callback_aliases: tuple[_Alias, ...] = field_of(
        list_of(shape_kind(_Alias)), "callback aliases", default=()
    )


def read_data(path: Path | None, integrators: tuple[str, ...], seed: int) -> Data:
    """Returns the seeded data, and the user's own.

    Args:
        path: the `--data` file, or None.
        integrators: `CLIENT_ID:SECRET` or `CLIENT_ID:SECRET@SANDBOX`, one each.
        seed: what ids and tokens that the file leaves out follow from.

    Raises:
        ProblemsFound: with every mistake in the file.
    """
    file = _File() if path is None else Reader().shape(_File, parse_file(path))
    return Data(
        integrators=(
            *SEEDED_INTEGRATORS,
            *(_integrator(each) for each in file.integrators),
            *(_integrator_from(each) for each in integrators),
        ),
        merchants=tuple(_merchant(each, seed) for each in file.merchants),
        customers=tuple(_customer(each, seed) for each in file.customers),
        callback_urls={each.alias: each.url for each in file.callback_aliases},
    )


def _integrator(shape: _Integrator) -> Integrator:
    return Integrator(
        shape.client_id,
        shape.client_secret,
        shape.ibm_client_id,
        shape.long_lived_tokens,
        shape.sandbox,
    )


def _integrator_from(text: str) -> Integrator:
    client_id, _, secret = text.partition(":")
    secret, _, sandbox = secret.partition("@")
    return Integrator(client_id, secret, sandbox=as_sandbox_name(sandbox) if sandbox else None)


def _merchant(shape: _Merchant, seed: int) -> Merchant:
    stores = tuple(
        Store(
            id=store.id or guid_from("store", seed, shape.vat, store.brand_id, store.location_id),
            merchant=shape.vat,
            name=store.name,
            street=store.street,
            zip_code=store.zip_code,
            city=store.city,
            brand_name=store.brand_name or shape.name,
            brand_id=store.brand_id,
            location_id=store.location_id,
            is_active=store.active,
            opening_balance=store.balance,
        )
        for store in shape.stores
    )
    return Merchant(shape.vat, shape.name, stores)


def _customer(shape: _Customer, seed: int) -> Customer:
    return Customer(
        phone=shape.phone,
        token=f"{seeded('customer', seed, shape.phone).getrandbits(160):040x}",
        card=shape.card,
        partial_capture=shape.partial_capture,
        loyalty_ids=shape.loyalty_ids,
        receipt_token=shape.receipt_token,
    )
