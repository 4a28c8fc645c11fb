"""Merchants, customers and check-in notifications: models and calls."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from .calling import ControlCalls, quoted
from .model import Input, Model, Moment


class Store(Model, frozen=True):
    """A merchant's store."""

    store_id: str
    name: str
    merchant_brand_id: str
    merchant_location_id: str
    active: bool
    balance: Decimal
    currency_code: str


class ListedStores(Model, frozen=True):
    """The stores that calls have named or asked for so far."""

    stores: tuple[Store, ...]


class ChangeStore(Input, frozen=True):
    """Changes of a store."""

    active: Annotated[bool | None, Meta(description="whether it takes payments")] = None
    balance: Annotated[
        Annotated[float, Meta(ge=0, le=999_999_999.99)] | None,
        Meta(description="what it can refund from"),
    ] = None


class Merchant(Model, frozen=True):
    """A merchant and its stores; `merchant_id` is what check-in notifications call it."""

    vat: str
    name: str
    stores: tuple[Store, ...] = ()
    merchant_id: str = ""


class Merchants(Model, frozen=True):
    """The merchants: the seeded ones, those of the data file and those seen since."""

    merchants: tuple[Merchant, ...]


class User(Model, frozen=True):
    """A customer who can check in."""

    phone: str
    token: str
    card: str
    partial_capture: bool = False
    loyalty_ids: tuple[str, ...] | None = ()
    receipt_token: str | None = None


class Users(Model, frozen=True):
    """The customers who can check in."""

    users: tuple[User, ...]


class Attempt(Model, frozen=True):
    """An attempt to send a notification."""

    at: Moment
    status: int | None = None
    error: str | None = None


class Notification(Model, frozen=True):
    """A check-in notification for a till, with every attempt to send it."""

    id: str
    pos_id: str
    alias: str
    url: str
    body: dict[str, str]
    created_at: Moment
    delivery: str
    attempts: tuple[Attempt, ...] = ()


class Notifications(Model, frozen=True):
    """The check-in notifications, oldest first."""

    notifications: tuple[Notification, ...]


class Callbacks(Model, frozen=True):
    """The URLs of the callback aliases."""

    callbacks: dict[str, str]


class SetCallback(Input, frozen=True):
    """The URL to which the check-ins of an alias are posted."""

    url: Annotated[str, Meta(description="an http or https URL")]


class Callback(Model, frozen=True):
    """A callback alias and its URL; `warning` says why the service would not have taken it."""

    alias: str
    url: str
    warning: str | None = None


class ShopCalls(ControlCalls):
    """The calls about merchants, customers and notifications."""

    def merchants(self) -> tuple[Merchant, ...]:
        """Returns the merchants with their stores."""
        return self.call(Merchants, "GET", "/merchants").merchants

    def stores(self) -> tuple[Store, ...]:
        """Returns the stores that calls have named or asked for so far."""
        return self.call(ListedStores, "GET", "/stores").stores

    def change_store(
        self, store_id: str, *, active: bool | None = None, balance: Decimal | float | None = None
    ) -> Store:
        """Activates or deactivates a store, or sets what it can refund from.

        Args:
            store_id: its id.
            active: whether it is active from now on; as it is where None.
            balance: what it has left to refund from, in its currency; as it is where None.
        """
        body = ChangeStore(active, None if balance is None else float(balance))
        return self.call(Store, "PATCH", f"/stores/{quoted(store_id)}", body=body)

    def users(self) -> tuple[User, ...]:
        """Returns the customers who can check in."""
        return self.call(Users, "GET", "/users").users

    def notifications(self) -> tuple[Notification, ...]:
        """Returns the check-in notifications, with every attempt."""
        return self.call(Notifications, "GET", "/notifications").notifications

    def callbacks(self) -> Mapping[str, str]:
        """Returns the URLs of the callback aliases."""
        return self.call(Callbacks, "GET", "/callbacks").callbacks

    def set_callback(self, alias: str, url: str) -> Callback:
        """Sets the URL to which the check-ins of an alias are posted; the answer may warn of it.

        Args:
            alias: the `callbackAlias` of points of sale.
            url: an http or https URL.
        """
        return self.call(Callback, "PUT", f"/callbacks/{quoted(alias)}", body=SetCallback(url))

    def drop_callback(self, alias: str) -> None:
        """Removes the URL of an alias.

        Args:
            alias: the `callbackAlias` of points of sale.
        """
        self.send("DELETE", f"/callbacks/{quoted(alias)}")
