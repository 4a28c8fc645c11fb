"""The notification service (section 10): check-in notifications and their retries.

The engine does not send them. A sender takes them from `world.outbox` and reports each attempt with
`note_attempt`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from .events import NotificationTried
from .records import (
    NotificationAttempt,
    NotificationDelivery,
    NotificationRecord,
    PointOfSaleRecord,
)
from .world import World

RETRIES = 3
FIRST_PAUSE = timedelta(seconds=1)
KEPT = 1000


@dataclass(frozen=True, slots=True)
class SendNotification:
    """Timer: sends a notification, or sends it again."""

    tag: ClassVar[str] = "notifications.Sends"

    notification_id: str


def announce(world: World, pos: PointOfSaleRecord) -> None:
    """Creates the notifications of a check-in, if the callback alias has a URL."""
    alias = pos.callback_alias or ""
    url = world.callback_urls.get(alias)
    store = world.stores.get(pos.store_id)
    if url is None or store is None:
        return
    body = (
        ("MerchantId", world.directory.id_of(pos.merchant)),
        ("MerchantBrandId", store.brand_id),
        ("MerchantLocationId", store.location_id),
        ("MerchantPosId", pos.merchant_pos_id),
        ("PosId", pos.id),
    )
    policy = world.notification_policy
    for _ in range(max(policy.copies, 1)):
        notification = NotificationRecord(
            id=world.notification_ids.guid(),
            pos_id=pos.id,
            alias=alias,
            url=url,
            body=body,
            created_at=world.clock.now,
        )
        if policy.copies == 0:
            notification = replace(notification, delivery=NotificationDelivery.DROPPED)
        else:
            world.clock.schedule(world.clock.now + policy.after, SendNotification(notification.id))
        _keep(world, notification)


def send(world: World, command: SendNotification) -> None:
    """Puts a notification into the outbox."""
    notification = world.notifications.get(command.notification_id)
    if notification is not None:
        world.outbox.append(notification)


def resume(world: World) -> None:
    """Puts notifications that were being sent when a world was stored into the outbox again."""
    for notification in world.notifications.values():
        is_timed = world.clock.due_at(SendNotification(notification.id)) is not None
        if notification.delivery is NotificationDelivery.WAITING and not is_timed:
            world.outbox.append(notification)


def note_attempt(
    world: World, notification_id: str, status: int | None, error: str | None = None
) -> None:
    """Records an attempt. Anything but 200 is retried 3 times, each time after twice the pause."""
    notification = world.notifications.get(notification_id)
    if notification is None:
        return
    attempts = (*notification.attempts, NotificationAttempt(world.clock.now, status, error))
    world.record(
        NotificationTried(world.clock.now, notification.pos_id, notification.id, status, error)
    )
    delivery = NotificationDelivery.WAITING
    if status == 200:
        delivery = NotificationDelivery.DELIVERED
    elif len(attempts) > RETRIES:
        delivery = NotificationDelivery.FAILED
    else:
        pause = FIRST_PAUSE * 2 ** (len(attempts) - 1)
        world.clock.schedule(world.clock.now + pause, SendNotification(notification.id))
    _keep(world, replace(notification, attempts=attempts, delivery=delivery))


def _keep(world: World, notification: NotificationRecord) -> None:
    world.notifications[notification.id] = notification
    if len(world.notifications) > KEPT:
        del world.notifications[next(iter(world.notifications))]
