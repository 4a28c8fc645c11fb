"""The data of a server: integrators, merchants, customers and callback aliases.

The seeded integrators are here; `--data FILE` and `--integrator` add others.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from ..engine.customers import Card, CustomerRecord
from ..engine.ids import guid_from, seeded
from ..engine.merchants import MerchantRecord, StoreRecord
from ..engine.values import (
    as_balance,
    as_brand_id,
    as_guid,
    as_location_id,
    as_name,
    as_phone,
    as_sandbox_name,
    as_vat,
)
from .documents import parse_file
from .hosts import as_callback_url
from .shapes import (
    ShapeReader,
    choice_of,
    decimal_kind,
    field_of,
    list_of,
    shape_kind,
    text_kind,
    yes_or_no,
)


@dataclass(frozen=True, slots=True)
class Integrator:
    """A client of an integrator, with its OAuth credentials.

    Args:
        client_id: the OAuth client id; compared without regard to case.
        secret: the OAuth client secret.
        ibm_client_id: its x-ibm-client-id; None for the client id.
        has_long_lived_tokens: whether its tokens last long; each must be for one merchant.
        sandbox: the sandbox of its tokens on paths without a prefix.
        name: the integrator it is a client of; None for one that has no other client.
        ibm_client_secret: its x-ibm-client-secret; None where any is taken.
    """

    client_id: str
    secret: str
    ibm_client_id: str | None = None
    has_long_lived_tokens: bool = False
    sandbox: str | None = None
    name: str | None = None
    ibm_client_secret: str | None = None

    @property
    def owner(self) -> str:
        """Whose points of sale, payments and refunds it makes and sees, in lower case."""
        return (self.name or self.client_id).lower()


SEEDED_INTEGRATORS = (
    Integrator("11111111-2222-4333-8444-555555555555", "sandbox-secret"),
    Integrator("66666666-7777-4888-9999-aaaaaaaaaaaa", "other-secret"),
)


@dataclass(frozen=True, slots=True)
class Data:
    """All integrators, merchants, customers and callback aliases."""

    integrators: tuple[Integrator, ...] = SEEDED_INTEGRATORS
    merchants: tuple[MerchantRecord, ...] = ()
    customers: tuple[CustomerRecord, ...] = ()
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
    ibm_client_secret: str | None = field_of(
        TEXT, "the x-ibm-client-secret it sends to the user simulation", default=None
    )
    long_lived_tokens: bool = field_of(yes_or_no, "whether its tokens last long", default=False)
    sandbox: str | None = field_of(
        text_kind(as_sandbox_name), "the sandbox it is bound to", default=None
    )
    integrator: str | None = field_of(
        NAME, "the integrator it is a client of, with others of the same name", default=None
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
    active: bool = field_of(yes_or_no, "whether it accepts payments", default=True)
    balance: Decimal | None = field_of(
        decimal_kind(as_balance), "its opening balance", default=None
    )


@dataclass(frozen=True, slots=True)
class _Merchant:
    vat: str = field_of(text_kind(as_vat), "its VAT number, such as DK12345678")
    name: str = field_of(TEXT, "its name")
    stores: tuple[_Store, ...] = field_of(list_of(shape_kind(_Store)), "its stores")
    id: str | None = field_of(
        text_kind(as_guid), "its MerchantId in check-in notifications", default=None
    )


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
    url: str = field_of(text_kind(as_callback_url), "the URL for check-in notifications")


@dataclass(frozen=True, slots=True)
class _DataFile:
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
    """Returns the seeded data with that of a file.

    Args:
        path: the `--data` file, or None.
        integrators: each `CLIENT_ID:SECRET` or `CLIENT_ID:SECRET@SANDBOX`.
        seed: what generated ids and tokens depend on.

    Raises:
        ProblemsFound: the file has mistakes.
    """
    file = _DataFile() if path is None else ShapeReader().shape(_DataFile, parse_file(path))
    found = (
        *SEEDED_INTEGRATORS,
        *(_integrator(each) for each in file.integrators),
        *(_integrator_from(each) for each in integrators),
    )
    return Data(
        # Of several with one client id the last one is meant: one may give a seeded one a secret.
        integrators=tuple({each.client_id.lower(): each for each in found}.values()),
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
        shape.integrator,
        shape.ibm_client_secret,
    )


def _integrator_from(text: str) -> Integrator:
    client_id, _, secret = text.partition(":")
    secret, _, sandbox = secret.partition("@")
    return Integrator(client_id, secret, sandbox=as_sandbox_name(sandbox) if sandbox else None)


def _merchant(shape: _Merchant, seed: int) -> MerchantRecord:
    stores = tuple(
        StoreRecord(
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
    return MerchantRecord(shape.vat, shape.name, stores, shape.id or "")


def _customer(shape: _Customer, seed: int) -> CustomerRecord:
    return CustomerRecord(
        phone=shape.phone,
        token=f"{seeded('customer', seed, shape.phone).getrandbits(160):040x}",
        card=shape.card,
        partial_capture=shape.partial_capture,
        loyalty_ids=shape.loyalty_ids,
        receipt_token=shape.receipt_token,
    )
