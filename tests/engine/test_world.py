"""A world: its doors, its memory, and how it hangs on the clock outside."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from mobilepay_simulator.engine import notifications
from mobilepay_simulator.engine.clock import LATEST
from mobilepay_simulator.engine.customers import CustomerDirectory
from mobilepay_simulator.engine.events import PaymentChanged, PosCreated, WorldEvent
from mobilepay_simulator.engine.handlers import HANDLERS
from mobilepay_simulator.engine.merchants import MerchantDirectory
from mobilepay_simulator.engine.rules import Rules
from mobilepay_simulator.engine.world import World

from tests.engine.full_shop import FullShop, refused
from tests.support import START, make_world


@dataclass(frozen=True)
class Breaks:
    """A timer's command whose handler breaks."""


def can_be_entered_by_others(world: World) -> bool:
    """Whether another thread gets in; it waits for a second at the most."""
    entered = threading.Event()

    def enter() -> None:
        with world:
            entered.set()

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    return entered.wait(1)


# --- doors ------------------------------------------------------------------------------------


def test_one_operation_at_a_time(shop: FullShop) -> None:
    inside, may_leave, order = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        with shop.world:
            inside.set()
            may_leave.wait(10)
            order.append("first")

    def second() -> None:
        inside.wait(10)
        with shop.world:
            order.append("second")

    threads = [threading.Thread(target=target) for target in (second, first)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    may_leave.set()
    for thread in threads:
        thread.join(10)

    assert order == ["first", "second"]


def test_a_refusal_leaves_the_world_open_for_others(shop: FullShop) -> None:
    with refused("1000"):
        shop.initiate("no such pos")

    assert can_be_entered_by_others(shop.world)


def test_a_timer_that_breaks_leaves_the_world_open_for_others(shop: FullShop) -> None:
    def breaks(world: World, command: Breaks) -> None:
        raise RuntimeError("broken")

    shop.world.handlers[Breaks] = breaks
    shop.world.clock.schedule(START, Breaks())
    with pytest.raises(RuntimeError, match="broken"), shop.world:
        pass

    assert can_be_entered_by_others(shop.world)


def test_what_becomes_due_during_an_operation_happens_as_it_ends() -> None:
    shop = FullShop(make_world(inactivity_limit=timedelta(0)))
    pos_id = shop.create_pos()
    with shop.world:
        payment_id = shop.initiate(pos_id)
        assert shop.state(payment_id) == "Initiated"

    assert shop.state(payment_id) == "CancelledByMobilePay"


# --- memory -----------------------------------------------------------------------------------


def test_subscribers_hear_of_everything_in_the_order_of_the_journal(shop: FullShop) -> None:
    heard: list[WorldEvent] = []
    shop.world.subscribers.append(heard.append)
    shop.refund(shop.captured())
    shop.wait(days=2)

    assert heard == list(shop.world.events)
    assert isinstance(heard[0], PosCreated)


def test_the_journal_keeps_its_newest_events() -> None:
    shop = FullShop(make_world(journal_size=3))
    payment_id = shop.captured()
    kept = [event for event in shop.world.events if isinstance(event, PaymentChanged)]

    assert len(shop.world.events) == 3
    assert kept[-1].payment_id == payment_id
    assert kept[-1].after == "Captured"


def test_a_world_knows_nothing_of_another() -> None:
    first, second = FullShop(make_world("one")), FullShop(make_world("two"))
    payment_id = first.captured()
    with refused("1001"):
        second.refund(payment_id)

    assert second.balance() == 0
    assert second.world.clock.now == START


# --- the clock outside ------------------------------------------------------------------------


@dataclass
class Wall:
    """A clock on the wall that moves when a test moves it."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def shop_on(wall: Wall, scale: float, start: datetime = START) -> FullShop:
    world = World(
        "test",
        seed=1,
        directory=MerchantDirectory(1),
        customers=CustomerDirectory(1),
        rules=Rules(),
        handlers=HANDLERS,
        ticks=wall,
        start=start,
        scale=scale,
    )
    return FullShop(world)


@pytest.mark.parametrize(("scale", "real_seconds"), [(1, 600), (60, 10), (600_000, 0.001)])
def test_what_fell_due_outside_has_happened_once_somebody_comes_in(
    scale: float, real_seconds: float
) -> None:
    wall = Wall()
    shop = shop_on(wall, scale)
    payment_id = shop.issued()
    wall.seconds += real_seconds * 0.99
    with shop.world:
        assert shop.state(payment_id) == "IssuedToUser"
    wall.seconds += real_seconds * 0.0101
    assert shop.world.clock.is_behind()
    with shop.world:
        assert shop.state(payment_id) == "CancelledByMobilePay"

    change = shop.world.events[-1]
    assert change.at == START + timedelta(minutes=10)


def test_looking_without_coming_in_changes_nothing() -> None:
    wall = Wall()
    shop = shop_on(wall, 1)
    payment_id = shop.issued()
    wall.seconds += 3600

    assert shop.world.clock.is_behind()
    assert shop.state(payment_id) == "IssuedToUser"


def test_a_command_that_comes_too_late_is_refused_though_nobody_looked_in_between() -> None:
    wall = Wall()
    shop = shop_on(wall, 1)
    payment_id = shop.reserved()
    wall.seconds += timedelta(days=8).total_seconds()
    with refused("1304"):
        shop.capture(payment_id)

    assert shop.state(payment_id) == "ExpiredAndCancelled"


def test_the_service_works_to_the_end_of_time() -> None:
    wall = Wall()
    shop = shop_on(wall, 1_000_000)
    wall.seconds += 1e12

    assert shop.refund_state(shop.refund_at_work()) == "Initiated"
    assert shop.world.clock.now == LATEST


def test_what_fell_due_before_an_operation_is_told_apart_from_what_it_does() -> None:
    wall = Wall()
    shop = shop_on(wall, scale=1)
    told: list[tuple[str, bool]] = []
    payment_id = shop.initiate(shop.create_pos())
    assert not shop.world.is_catching_up
    shop.world.subscribers.append(
        lambda event: told.append((type(event).__name__, shop.world.is_catching_up))
    )
    wall.seconds += 600
    with shop.world as world:
        assert not world.is_catching_up
        shop.create_pos()

    assert shop.state(payment_id) == "CancelledByMobilePay"
    assert told == [("PaymentChanged", True), ("PosCreated", False)]


def test_no_time_passes_within_an_operation_however_often_the_world_is_entered() -> None:
    wall = Wall()
    world = shop_on(wall, scale=1).world
    with world:
        begun = world.clock.now
        wall.seconds += 5
        with world:
            assert world.clock.now == begun


def test_a_world_keeps_what_it_was_made_with() -> None:
    world = make_world("mine", poll_delay=timedelta(seconds=3))
    rules = world.rules
    world.rules = Rules()

    assert (world.name, world.start, world.first_rules) == ("mine", START, rules)
    assert not world.callback_urls and world.notification_policy.copies == 1


def test_check_ins_are_told_to_the_urls_a_world_was_made_with() -> None:
    urls = {"alias": "http://127.0.0.1:9000/"}
    world = World(
        "mine",
        seed=1,
        directory=MerchantDirectory(1),
        customers=CustomerDirectory(1),
        rules=Rules(),
        handlers=HANDLERS,
        ticks=Wall(),
        start=START,
        callback_urls=urls,
    )
    shop = FullShop(world)
    shop.check_in(shop.create_pos(callback_alias="alias"))

    assert [letter.url for letter in world.outbox] == [urls["alias"]]


def test_a_world_goes_on_from_where_another_was() -> None:
    before = shop_on(Wall(), 0, START - timedelta(days=1))
    before.world.callback_urls["alias"] = "http://127.0.0.1:9000/"
    before.check_in(before.create_pos(callback_alias="alias"))
    progress = before.world.progress
    letters = dict(before.world.notifications)

    after = FullShop(make_world("two", seed=9))
    after.world.notifications.update(letters)
    after.world.restore(progress, START + timedelta(hours=1))
    notifications.resume(after.world)

    assert after.world.progress == progress
    assert after.world.start == START - timedelta(days=1)
    assert list(after.world.outbox) == list(letters.values())
    assert after.world.clock.present() == START + timedelta(hours=1)
    assert after.world.ids.guid() == before.world.ids.guid()
    assert after.world.notification_ids.guid() == before.world.notification_ids.guid()


def test_keys_of_a_world_that_goes_on_are_forgotten_in_the_order_of_their_use() -> None:
    shop = FullShop(make_world())
    shop.create_pos()
    shop.wait(hours=1)
    shop.create_pos()
    older, newer = shop.world.keys.table.items()
    after = make_world()
    after.keys.table.update((newer, older))
    after.restore(shop.world.progress, shop.world.clock.now)
    after.keys.forget_before(newer[1].at)

    assert list(after.keys.table) == [newer[0]]
