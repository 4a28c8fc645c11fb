"""Control of merchants, customers and check-in notifications."""

from decimal import Decimal
from typing import TypeAlias

from .. import client
from ..api.carried import looked_at, sandbox_of
from ..api.context import Context
from ..client.model import plain
from ..engine import stores
from ..engine.customers import CustomerRecord
from ..engine.merchants import SEEDED_VATS, MerchantRecord, StoreRecord
from ..engine.records import NotificationRecord
from ..engine.values import as_balance, as_guid, as_name
from ..engine.world import World
from ..settings.hosts import LONGEST_URL, as_callback_url, plain_callback_warning
from ..settings.nearest import nearest_name
from .serving import Later, NotThere, checked, mistake, now_or_later

#: So many callback aliases a sandbox takes.
MOST_ALIASES = 500
#: Lists of more merchants or notifications, or of more text in URLs, are made by a thread.
MOST_LISTED_AT_ONCE = 100

#: A store and its balance.
_Funded: TypeAlias = tuple[StoreRecord, Decimal]


def list_merchants(context: Context) -> client.Merchants | Later[client.Merchants]:
    """Shows the seeded merchants, the user's own and those seen since."""
    with sandbox_of(context).world as world:
        for vat in (*SEEDED_VATS, *(each.vat for each in context.data.merchants)):
            stores.admit_merchant(world, vat)
        known, directory = _stores(world), world.directory

    def make() -> client.Merchants:
        merchants = ((directory.merchant(vat), known[vat]) for vat in sorted(known))
        return client.Merchants(tuple(_merchant(each, owned) for each, owned in merchants))

    return now_or_later(make, is_large=len(known) > MOST_LISTED_AT_ONCE)


def _stores(world: World) -> dict[str, list[_Funded]]:
    """Returns the stores of each merchant by its VAT number."""
    return {
        vat: [_funded(world, each) for each in world.stores.of_merchant(vat)]
        for vat in world.stores.merchants
    }


def _funded(world: World, store: StoreRecord) -> _Funded:
    return store, stores.balance_of(world, store, store.currency)


def _merchant(merchant: MerchantRecord, owned: list[_Funded]) -> client.Merchant:
    shown = tuple(_store(*each) for each in owned)
    return client.Merchant(merchant.vat, merchant.name, shown, merchant.id)


def list_stores(context: Context) -> client.ListedStores | Later[client.ListedStores]:
    with looked_at(context).world as world:
        known = _stores(world)

    def make() -> client.ListedStores:
        owned = (each for vat in sorted(known) for each in known[vat])
        return client.ListedStores(tuple(_store(*each) for each in owned))

    return now_or_later(make, is_large=len(known) > MOST_LISTED_AT_ONCE)


def change_store(context: Context, body: client.ChangeStore, store_id: str) -> client.Store:
    store_id = checked("store id", as_guid, store_id)
    balance = None
    if body.balance is not None:
        balance = checked("balance", as_balance, Decimal(str(body.balance)))
    with sandbox_of(context).world as world:
        store = stores.change_store(world, store_id, is_active=body.active, balance=balance)
        return _store(*_funded(world, store))


def _store(store: StoreRecord, balance: Decimal) -> client.Store:
    return client.Store(
        store.id,
        store.name,
        store.brand_id,
        store.location_id,
        store.is_active,
        balance,
        store.currency,
    )


def list_users(context: Context) -> client.Users:
    return client.Users(tuple(_user(each) for each in looked_at(context).world.customers))


def _user(customer: CustomerRecord) -> client.User:
    return client.User(**plain(customer))


def list_notifications(context: Context) -> client.Notifications | Later[client.Notifications]:
    with looked_at(context).world as world:
        letters = list(world.notifications.values())

    def listed() -> client.Notifications:
        return client.Notifications(tuple(_notification(each) for each in letters))

    return now_or_later(listed, is_large=len(letters) > MOST_LISTED_AT_ONCE)


def _notification(letter: NotificationRecord) -> client.Notification:
    attempts = tuple(client.Attempt(**plain(each)) for each in letter.attempts)
    told = {**plain(letter), "body": dict(letter.body), "attempts": attempts}
    return client.Notification(**told)


def list_callbacks(context: Context) -> client.Callbacks | Later[client.Callbacks]:
    with looked_at(context).world as world:
        urls = dict(world.callback_urls)
    # What was kept by an earlier version may have URLs of any length.
    is_large = sum(map(len, urls.values())) > MOST_LISTED_AT_ONCE * LONGEST_URL
    return now_or_later(lambda: client.Callbacks(urls), is_large=is_large)


def set_callback(context: Context, body: client.SetCallback, alias: str) -> client.Callback:
    url, alias = checked("url", as_callback_url, body.url), checked("alias", as_name, alias)
    with sandbox_of(context).world as world:
        if alias not in world.callback_urls and len(world.callback_urls) >= MOST_ALIASES:
            message = f"at most {MOST_ALIASES} can have a URL; forget one with DELETE /callbacks"
            raise mistake("alias", message)
        world.callback_urls[alias] = url
    return client.Callback(alias, url, plain_callback_warning(alias, url))


def drop_callback(context: Context, alias: str) -> None:
    with sandbox_of(context).world as world:
        if world.callback_urls.pop(alias, None) is None:
            known = world.callback_urls
            hint = nearest_name(alias, known) if known else "there are none"
            raise NotThere(f"no callback alias {alias[:60]!r}; {hint}")
