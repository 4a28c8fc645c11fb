"""Merchants and their stores. MobilePay makes them; the API only looks them up."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from .ids import guid_from, seeded
from .values import Currency

CERTIFICATION_VATS = ("DK90000028", "FI90000040")
#: The store of the service's certification tool, which belongs to the first of its merchants.
CERTIFICATION_STORE = "9d0a9c45-1793-4e82-9410-b0ee6779ab60"
SEEDED_VATS = ("DK12345678", "FI12345678", *CERTIFICATION_VATS)
STORES_PER_MERCHANT = 2
#: Of all sandboxes together.
GENERATED_KEPT = 1_000

_LOCALES = {"DK": "da_DK", "FI": "fi_FI"}
#: The providers of names and addresses; loading all of Faker's providers takes long.
_PROVIDERS = ["faker.providers.address", "faker.providers.company", "faker.providers.person"]
#: By country.
CURRENCIES = {"DK": Currency.DKK, "FI": Currency.EUR}


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """A store. Without an `opening_balance` that of the rules applies."""

    id: str
    merchant: str
    name: str
    street: str
    zip_code: str
    city: str
    brand_name: str
    brand_id: str
    location_id: str
    is_active: bool = True
    opening_balance: Decimal | None = None

    @property
    def country(self) -> str:
        """`DK` or `FI`, from the merchant's VAT number."""
        return self.merchant[:2]

    @property
    def currency(self) -> Currency:
        """The currency of the store's country."""
        return CURRENCIES[self.country]


@dataclass(frozen=True, slots=True)
class MerchantRecord:
    """A merchant and its stores; the directory gives it an `id`, a GUID, if it has none."""

    vat: str
    name: str
    stores: tuple[StoreRecord, ...]
    id: str = ""


class MerchantDirectory:
    """All possible merchants: the same seed and VAT number give the same merchant.

    Args:
        seed: what generated names and ids depend on.
        more: merchants of a data file, which are not generated.
    """

    def __init__(self, seed: int, more: Iterable[MerchantRecord] = ()) -> None:
        self._seed = seed
        self._merchants = {merchant.vat: self._identified(merchant) for merchant in more}
        # There can be a hundred million, and to generate one takes half a millisecond.
        self._generate = lru_cache(maxsize=GENERATED_KEPT)(self._generated)

    def merchant(self, vat: str) -> MerchantRecord:
        """Returns the merchant with a valid VAT number; an unknown one is generated."""
        return self._merchants.get(vat) or self._generate(vat)

    def is_generated(self, vat: str) -> bool:
        """Whether the merchant with a VAT number is none of a data file."""
        return vat not in self._merchants

    def id_of(self, vat: str) -> str:
        """Returns the GUID of the merchant with a valid VAT number, without making the merchant."""
        known = self._merchants.get(vat)
        return known.id if known else guid_from("merchant", self._seed, vat)

    def _identified(self, merchant: MerchantRecord) -> MerchantRecord:
        return replace(merchant, id=merchant.id or guid_from("merchant", self._seed, merchant.vat))

    def _generated(self, vat: str) -> MerchantRecord:
        # Faker takes long to import, and is not needed if all merchants are from a data file.
        from faker import Faker

        fake = Faker(_LOCALES[vat[:2]], providers=_PROVIDERS)
        random = seeded("merchant", self._seed, vat)
        fake.seed_instance(random.getrandbits(64))
        name = fake.company()
        certifies = vat in CERTIFICATION_VATS
        brand_id = "MPPOSCERT1" if certifies else f"POS{vat[:2]}{random.randrange(10**5):05d}"
        first = 1 if certifies else 10001
        stores = tuple(
            StoreRecord(
                id=CERTIFICATION_STORE
                if (vat, number) == (CERTIFICATION_VATS[0], 0)
                else guid_from("store", self._seed, vat, number),
                merchant=vat,
                name=f"{name}, {(city := fake.city())}",
                street=fake.street_address(),
                zip_code=fake.postcode(),
                city=city,
                brand_name=name,
                brand_id=brand_id,
                location_id=f"{first + number:05d}",
            )
            for number in range(STORES_PER_MERCHANT)
        )
        return self._identified(MerchantRecord(vat, name, stores))
