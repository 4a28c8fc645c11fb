"""The notification service's letters: written, sent again, given up."""

from datetime import timedelta

from simulator.engine import notifications
from simulator.engine.notifications import Delivery, Habit
from simulator.engine.world import World
from tests.support import Shop

URL = "http://127.0.0.1:9000/"


def checked_in(shop: Shop, **changes: object) -> World:
    shop.world.callback_urls["alias"] = URL
    shop.check_in(shop.create_pos(**{"callback_alias": "alias", **changes}))
    return shop.world


def only(world: World) -> notifications.Notification:
    (letter,) = world.notifications.values()
    return letter


def test_a_check_in_is_told_to_the_url_of_the_alias(shop: Shop) -> None:
    world = checked_in(shop, merchant_pos_id="till-1")
    letter = world.outbox.popleft()
    assert letter.url == URL
    assert dict(letter.body)["MerchantPosId"] == "till-1"
    assert not world.outbox


def test_nothing_is_told_without_an_alias_or_without_its_url(shop: Shop) -> None:
    shop.check_in(shop.create_pos())
    shop.check_in(shop.create_pos(callback_alias="nobody"))
    assert not shop.world.notifications


def test_a_200_ends_it(shop: Shop) -> None:
    world = checked_in(shop)
    with world:
        notifications.note_attempt(world, only(world).id, 200)
    assert only(world).delivery is Delivery.DELIVERED
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
        shop.advance(timedelta(milliseconds=1))
        assert len(world.outbox) == 1
    with world:
        notifications.note_attempt(world, only(world).id, 500)
    assert only(world).delivery is Delivery.FAILED
    assert [each.status for each in only(world).attempts] == [None, None, None, 500]


def test_a_habit_drops_duplicates_or_delays(shop: Shop) -> None:
    shop.world.notification_habit = Habit(copies=0)
    assert only(checked_in(shop)).delivery is Delivery.DROPPED
    assert not shop.world.outbox

    shop.world.notification_habit = Habit(copies=2, after=timedelta(seconds=5))
    checked_in(shop)
    assert not shop.world.outbox
    shop.advance(timedelta(seconds=5))
    assert len(shop.world.outbox) == 2


def test_an_attempt_at_a_letter_nobody_keeps_any_more_is_no_harm(shop: Shop) -> None:
    with shop.world as world:
        notifications.note_attempt(world, "gone", 200)
        notifications.send(world, notifications.Sends("gone"))
    assert not world.notifications


def test_the_oldest_letters_are_forgotten_first(shop: Shop) -> None:
    world = checked_in(shop)
    first = only(world).id
    pos_id = shop.create_pos(callback_alias="alias")
    for _ in range(notifications.KEPT):
        shop.check_in(pos_id)
    assert len(world.notifications) == notifications.KEPT
    assert first not in world.notifications
