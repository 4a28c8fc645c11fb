"""The names that people know things by, instead of their ids."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..desk import Visit

#: The names are looked for among so many of the newest payments and points of sale.
LOOKED_AT = 200


def names_of(visit: Visit, told: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the order ids of payments and the names of points of sale, by the ids of these.

    Where several have one name, the merchant's id tells which one it is.

    Args:
        visit: whose sandbox they are in.
        told: what is told of them, with `paymentId` or `posId`; nothing is looked for that it
            doesn't name.
    """
    names: dict[str, str] = {}
    about = list(told)
    if any(each.get("paymentId") for each in about):
        payments = visit.api.get("/payments", limit=LOOKED_AT)["payments"]
        names |= {each["paymentId"]: each["orderId"] for each in payments}
    if any(each.get("posId") for each in about):
        poses = visit.api.get("/points-of-sale", limit=LOOKED_AT)["pointsOfSale"]
        often = Counter(each["name"] for each in poses)
        for each in poses:
            which = f" ({each['merchantPosId']})" if often[each["name"]] > 1 else ""
            names[each["posId"]] = each["name"] + which
    return names
