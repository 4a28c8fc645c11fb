"""Stores (section 6): made by the merchant elsewhere, looked up here."""

import re

import pytest

from tests.api.calls import outcome
from tests.support import MERCHANT, OTHER_MERCHANT, Till

#: Field, and what its value looks like.
FIELDS = {
    "storeId": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "storeName": r".+",
    "storeStreet": r".+",
    "storeZipCode": r"[0-9]{4,5}",
    "storeCity": r".+",
    "brandName": r".+",
    "merchantBrandId": r"(MPPOS|POSDK|POSFI).{5}",
    "merchantLocationId": r".{5}",
}


def stores_of(till: Till) -> list[dict[str, str]]:
    return list(till.ok("GET", "/stores/detailed"))


@pytest.mark.parametrize("merchant", [MERCHANT, OTHER_MERCHANT, "DK87654321", "FI00000000"])
def test_every_merchant_has_stores_with_all_fields(till: Till, merchant: str) -> None:
    stores = stores_of(till.for_merchant(merchant))

    assert stores
    for store in stores:
        assert store.keys() == FIELDS.keys()
        for name, pattern in FIELDS.items():
            assert re.fullmatch(pattern, store[name]), name


def test_ids_and_whole_stores_tell_of_the_same_stores(till: Till) -> None:
    ids = till.ok("GET", "/stores")

    assert list(ids) == ["storeIds"]
    assert ids["storeIds"] == [store["storeId"] for store in stores_of(till)]


def test_a_single_store_looks_as_it_does_among_all(till: Till) -> None:
    for store in stores_of(till):
        assert till.ok("GET", f"/stores/{store['storeId']}") == store
        assert till.ok("GET", f"/stores/{store['storeId'].upper()}") == store


@pytest.mark.parametrize("path", ["/stores", "/stores/detailed"])
def test_brand_and_location_find_one_store(till: Till, path: str) -> None:
    wanted = stores_of(till)[1]
    names = ("merchantBrandId", "merchantLocationId")
    found = till.ok("GET", path, params={name: wanted[name] for name in names})

    assert found == ([wanted] if path.endswith("detailed") else {"storeIds": [wanted["storeId"]]})


@pytest.mark.parametrize(
    ("brand", "location"),
    [("POSDK99999", "10001"), ("MPPOSabcde", "x y z"), ("POSFI#&%€ø", "é,'\"?")],
)
def test_well_formed_ids_of_no_store_find_nothing(till: Till, brand: str, location: str) -> None:
    filters = {"merchantBrandId": brand, "merchantLocationId": location}

    assert till.ok("GET", "/stores", params=filters) == {"storeIds": []}
    assert till.ok("GET", "/stores/detailed", params=filters) == []


@pytest.mark.parametrize("path", ["/stores", "/stores/detailed"])
@pytest.mark.parametrize(
    ("brand", "location", "code"),
    [
        ("POSDK12345", "", "1122"),
        ("", "10001", "1122"),
        ("posdk12345", "10001", "1119"),
        ("POSDK1234", "10001", "1119"),
        ("POSDK123456", "10001", "1119"),
        ("POSSE12345", "10001", "1119"),
        ("POSDK12345", "1000", "1120"),
        ("POSDK12345", "100011", "1120"),
        ("x", "x", "1119"),
    ],
)
def test_bad_filters_are_refused(
    till: Till, path: str, brand: str, location: str, code: str
) -> None:
    filters = {"merchantBrandId": brand, "merchantLocationId": location}

    assert outcome(till.call("GET", path, params=filters)) == (400, code)


@pytest.mark.parametrize("merchant", ["DK90000028", "FI90000040"])
def test_the_merchants_of_the_self_certification_have_their_store(
    till: Till, merchant: str
) -> None:
    filters = {"merchantBrandId": "MPPOSCERT1", "merchantLocationId": "00001"}
    found = till.for_merchant(merchant).ok("GET", "/stores", params=filters)

    assert len(found["storeIds"]) == 1


def test_merchants_do_not_see_each_others_stores(till: Till) -> None:
    own, others = stores_of(till), stores_of(till.for_merchant(OTHER_MERCHANT))
    names = ("merchantBrandId", "merchantLocationId")

    assert not {store["storeId"] for store in own} & {store["storeId"] for store in others}
    assert till.ok("GET", "/stores", params={name: others[0][name] for name in names}) == {
        "storeIds": []
    }


def test_integrators_see_the_same_stores_of_a_merchant(till: Till) -> None:
    assert stores_of(till) == stores_of(till.as_other_integrator())
