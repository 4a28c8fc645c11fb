"""The notification service's letters: written, sent again, given up."""

from datetime import timedelta

from mobilepay_simulator.engine import notifications, records
from mobilepay_simulator.engine.events import NotificationTried
from mobilepay_simulator.engine.records import (
    NotificationAttempt,
    NotificationDelivery,
    NotificationPolicy,
)
from mobilepay_simulator.engine.world import World

from tests.support import MERCHANT, Shop

URL = "http://127.0.0.1:9000/"


def checked_in(shop: Shop, **changes: object) -> World:
    shop.world.callback_urls["alias"] = URL
    shop.check_in(shop.create_pos(**{"callback_alias": "alias", **changes}))
    return shop.world


def only(world: World) -> records.NotificationRecord:
    (letter,) = world.notifications.values()
    return letter


def test_a_check_in_is_told_to_the_url_of_the_alias(shop: Shop) -> None:
    world = checked_in(shop, merchant_pos_id="till-1")
    letter = world.outbox.popleft()
    (pos,) = world.points_of_sale
    store = world.stores.get(pos.store_id)
    assert store is not None
    assert letter.body == (
        ("MerchantId", world.directory.merchant(MERCHANT).id),
        ("MerchantBrandId", store.brand_id),
        ("MerchantLocationId", store.location_id),
        ("MerchantPosId", "till-1"),
        ("PosId", pos.id),
    )
    assert (letter.url, letter.alias, letter.pos_id) == (URL, "alias", pos.id)
    assert (letter.delivery, letter.attempts) == (NotificationDelivery.WAITING, ())
    assert letter.created_at == world.clock.now
    assert not world.outbox


def test_letters_take_no_ids_from_the_worlds_own() -> None:
    told, untold = Shop(), Shop()
    for shop in (told, untold):
        shop.world.callback_urls["alias"] = URL
        for _ in range(2):
            shop.check_in(shop.create_pos(callback_alias="alias" if shop is told else None))
    assert len(told.world.notifications) == 2
    assert [pos.id for pos in told.world.points_of_sale] == [
        pos.id for pos in untold.world.points_of_sale
    ]


def test_nothing_is_told_without_an_alias_or_without_its_url(shop: Shop) -> None:
    shop.check_in(shop.create_pos())
    shop.check_in(shop.create_pos(callback_alias="nobody"))
    assert not shop.world.notifications


def test_a_200_ends_it(shop: Shop) -> None:
    world = checked_in(shop)
    with world:
        notifications.note_attempt(world, only(world).id, 200)
    assert only(world).delivery is NotificationDelivery.DELIVERED
    assert only(world).attempts == (NotificationAttempt(world.clock.now, 200),)
    shop.advance(timedelta(hours=1))
    assert len(world.outbox) == 1


def test_anything_else_is_sent_again_after_1_2_and_4_seconds_and_then_given_up(shop: Shop) -> None:
    world = checked_in(shop)
    for pause in (1, 2, 4):
        world.outbox.clear()
        with world:
            notifications.note_attempt(world, only(world).id, None, "refused")
        shop.advance(timedelta(seconds=pause) - timedelta(milliseconds=1))
        assert not world.outbox
        assert only(world).delivery is NotificationDelivery.WAITING
        shop.advance(timedelta(milliseconds=1))
        assert len(world.outbox) == 1
    with world:
        notifications.note_attempt(world, only(world).id, 500)
    assert only(world).delivery is NotificationDelivery.FAILED
    assert [each.status for each in only(world).attempts] == [None, None, None, 500]


def test_every_try_is_told_in_an_event(shop: Shop) -> None:
    world = checked_in(shop)
    letter = only(world)
    with world:
        notifications.note_attempt(world, letter.id, None, "refused")
    shop.advance(timedelta(seconds=1))
    with world:
        notifications.note_attempt(world, letter.id, 200)
    tried = [each for each in world.events if isinstance(each, NotificationTried)]
    first, second = (each.at for each in only(world).attempts)

    assert tried == [
        NotificationTried(first, letter.pos_id, letter.id, None, "refused"),
        NotificationTried(second, letter.pos_id, letter.id, 200, None),
    ]
    assert second - first == timedelta(seconds=1)


def test_what_was_on_its_way_is_sent_again_when_the_world_goes_on(shop: Shop) -> None:
    world = checked_in(shop)
    on_its_way = world.outbox.popleft()
    checked_in(shop)
    with world:
        notifications.note_attempt(world, world.outbox.popleft().id, 200)
    checked_in(shop)
    with world:
        notifications.note_attempt(world, world.outbox.popleft().id, 500)
        notifications.resume(world)

    # Neither what has arrived, nor what a timer sends.
    assert list(world.outbox) == [on_its_way]


def test_letters_wait_in_the_order_of_the_check_ins(shop: Shop) -> None:
    world = checked_in(shop)
    checked_in(shop)
    letters = list(world.notifications.values())
    assert list(world.outbox) == letters
    world.outbox.clear()
    notifications.resume(world)

    assert list(world.outbox) == letters


def test_a_habit_drops_duplicates_or_delays(shop: Shop) -> None:
    shop.world.notification_policy = NotificationPolicy(copies=0)
    assert only(checked_in(shop)).delivery is NotificationDelivery.DROPPED
    assert not shop.world.outbox

    shop.world.notification_policy = NotificationPolicy(copies=2, after=timedelta(seconds=5))
    checked_in(shop)
    assert not shop.world.outbox
    shop.advance(timedelta(seconds=5))
    assert len(shop.world.outbox) == 2


def test_an_attempt_at_a_letter_nobody_keeps_any_more_is_no_harm(shop: Shop) -> None:
    with shop.world as world:
        notifications.note_attempt(world, "gone", 200)
        notifications.send(world, notifications.SendNotification("gone"))
    assert not world.notifications and not world.outbox


def test_the_oldest_letters_are_forgotten_first(shop: Shop) -> None:
    world = checked_in(shop)
    first = only(world).id
    pos_id = shop.create_pos(callback_alias="alias")
    for _ in range(notifications.KEPT):
        shop.check_in(pos_id)
    assert len(world.notifications) == notifications.KEPT
    assert first not in world.notifications


def test_a_letter_waits_is_delivered_failed_or_dropped_and_a_thousand_are_kept() -> None:
    assert [*NotificationDelivery] == ["waiting", "delivered", "failed", "dropped"]
    assert notifications.KEPT == 1000
    assert NotificationPolicy() == NotificationPolicy(1, timedelta(0))
