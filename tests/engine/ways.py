"""How a payment gets into each of its states."""

from collections.abc import Callable

from tests.engine.full_shop import FullShop

__all__ = ["WAYS"]


def paired(shop: FullShop) -> str:
    pos_id = shop.create_pos()
    shop.check_in(pos_id)
    return shop.prepare(pos_id)


def after(shop: FullShop, act: Callable[[str], None], payment_id: str) -> str:
    act(payment_id)
    return payment_id


WAYS: dict[str, Callable[[FullShop], str]] = {
    "Prepared": lambda shop: shop.prepare(shop.create_pos()),
    "Initiated": lambda shop: shop.initiate(shop.create_pos()),
    "Paired": paired,
    "IssuedToUser": lambda shop: shop.issued(),
    "Reserved": lambda shop: shop.reserved(),
    "Captured": lambda shop: shop.captured(),
    "CancelledByUser": lambda shop: after(shop, shop.customer_cancels, shop.issued()),
    "CancelledByClient": lambda shop: after(shop, shop.cancel, shop.issued()),
    "CancelledByMobilePay": lambda shop: after(shop, shop.fail_reserving, shop.issued()),
    "ExpiredAndCancelled": lambda shop: after(shop, shop.expire, shop.reserved()),
}
