"""The notification service (section 10): what is to be told, to whom, and how often it was tried.

The engine only keeps the letters. Whoever carries them takes them from `world.outbox`, tries, and
says with `note_attempt` how it went.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.engine.events import NotificationTried
from simulator.engine.records import PointOfSale

if TYPE_CHECKING:
    from simulator.engine.world import World

__all__ = [
    "Attempt",
    "Delivery",
    "Habit",
    "Notification",
    "announce",
    "note_attempt",
    "resume",
    "send",
]

RETRIES = 3
FIRST_PAUSE = timedelta(seconds=1)
KEPT = 1000


class Delivery(StrEnum):
    """How a notification stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Habit:
    """How notifications are sent: `copies` of each (0 drops it), `after` a while."""

    copies: int = 1
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when, and the status or the error it ended with."""

    at: datetime
    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A check-in that a till is to be told of."""

    id: str
    pos_id: str
    alias: str
    url: str
    body: tuple[tuple[str, str], ...]
    created_at: datetime
    delivery: Delivery = Delivery.WAITING
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Sends:
    """Timer: a notification is to be sent, or sent again."""

    notification_id: str


def announce(world: "World", pos: PointOfSale) -> None:
    """Tells the till of a check-in, where its alias has a URL."""
    alias = pos.callback_alias or ""
    url = world.callback_urls.get(alias)
    store = world.stores.get(pos.store_id)
    if url is None or store is None:
        return
    body = (
        ("MerchantId", pos.merchant),
        ("MerchantBrandId", store.brand_id),
        ("MerchantLocationId", store.location_id),
        ("MerchantPosId", pos.merchant_pos_id),
        ("PosId", pos.id),
    )
    for _ in range(max(world.notification_habit.copies, 1)):
        letter = Notification(
            id=world.notification_ids.guid(),
            pos_id=pos.id,
            alias=alias,
            url=url,
            body=body,
            created_at=world.clock.now,
        )
        if world.notification_habit.copies == 0:
            letter = replace(letter, delivery=Delivery.DROPPED)
        else:
            world.clock.schedule(world.clock.now + world.notification_habit.after, Sends(letter.id))
        _keep(world, letter)


def send(world: "World", command: Sends) -> None:
    """A notification's time has come: it waits for whoever carries it."""
    letter = world.notifications.get(command.notification_id)
    if letter is not None:
        world.outbox.append(letter)


def resume(world: "World") -> None:
    """Lets what was on its way when a world was written down wait for a carrier again."""
    for letter in world.notifications.values():
        is_timed = world.clock.due_at(Sends(letter.id)) is not None
        if letter.delivery is Delivery.WAITING and not is_timed:
            world.outbox.append(letter)


def note_attempt(
    world: "World", notification_id: str, status: int | None, error: str | None = None
) -> None:
    """Says how a try went; anything but 200 is tried again, 3 times, each pause twice the last."""
    letter = world.notifications.get(notification_id)
    if letter is None:
        return
    attempts = (*letter.attempts, Attempt(world.clock.now, status, error))
    world.record(NotificationTried(world.clock.now, letter.pos_id, letter.id, status, error))
    delivery = Delivery.WAITING
    if status == 200:
        delivery = Delivery.DELIVERED
    elif len(attempts) > RETRIES:
        delivery = Delivery.FAILED
    else:
        pause = FIRST_PAUSE * 2 ** (len(attempts) - 1)
        world.clock.schedule(world.clock.now + pause, Sends(letter.id))
    _keep(world, replace(letter, attempts=attempts, delivery=delivery))


def _keep(world: "World", letter: Notification) -> None:
    world.notifications[letter.id] = letter
    if len(world.notifications) > KEPT:
        del world.notifications[next(iter(world.notifications))]
