"""Thirty-two threads at once: one key makes one thing, and no money is spent twice."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from mobilepay_simulator.engine import payments, points_of_sale, stores
from mobilepay_simulator.engine.errors import SimulatorError
from mobilepay_simulator.engine.events import PaymentChanged, RefundChanged
from mobilepay_simulator.engine.values import BeaconType

from tests.engine.full_shop import FullShop

THREADS = 32


@pytest.fixture(autouse=True)
def restless_threads() -> Iterator[None]:
    """Lets the interpreter change threads as often as it can, so that races are lost for sure."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@dataclass
class Outcome:
    """What the threads got: answers, and codes of refusals."""

    answers: list[str] = field(default_factory=list)
    codes: Counter[str | None] = field(default_factory=Counter)


def at_once(work: Callable[[int], str | None]) -> Outcome:
    """Lets every thread do `work` with its number, all from the same moment on."""
    outcome, broken = Outcome(), list[BaseException]()
    # Many threads may append to a list at once; adding to a count is not so safe.
    refusals: list[str | None] = []
    ready = threading.Barrier(THREADS)

    def run(number: int) -> None:
        ready.wait(10)
        try:
            outcome.answers.append(work(number) or "")
        except SimulatorError as refused:
            refusals.append(refused.row.code)
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert broken == []
    outcome.codes.update(refusals)
    assert len(outcome.answers) + outcome.codes.total() == THREADS
    return outcome


def made(shop: FullShop) -> int:
    """How many payments and refunds there are."""
    return sum(
        isinstance(event, PaymentChanged | RefundChanged) and event.before is None
        for event in shop.world.events
    )


def start(shop: FullShop, pos_id: str, key: str, order_id: str, *, prepared: bool = False) -> str:
    with shop.world as world:
        if prepared:
            to_prepare = payments.PreparePayment(pos_id, order_id)
            return payments.prepare(world, shop.caller, key, to_prepare)
        to_initiate = payments.InitiatePayment(pos_id, order_id, shop.terms())
        return payments.initiate(world, shop.caller, key, to_initiate)


@pytest.mark.parametrize("prepared", [False, True])
def test_twin_requests_with_one_key_make_one_payment(shop: FullShop, prepared: bool) -> None:
    pos_id = shop.create_pos()
    outcome = at_once(lambda _: start(shop, pos_id, "key", "order", prepared=prepared))

    assert len(set(outcome.answers)) == 1
    assert len(outcome.answers) == THREADS
    assert made(shop) == 1


def test_twin_requests_with_one_key_make_one_refund(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    outcome = at_once(lambda _: shop.refund(payment_id, "10.00", key="key", order_id="back"))

    assert len(set(outcome.answers)) == 1
    assert shop.balance() == 0
    assert made(shop) == 2


def test_twin_requests_with_one_key_make_one_point_of_sale(shop: FullShop) -> None:
    request = points_of_sale.CreatePos(
        merchant_pos_id="till",
        store_id=shop.world.directory.merchant(shop.caller.merchant).stores[0].id,
        name="Till",
        supported_beacon_types=(BeaconType.QR,),
    )

    def create(_: int) -> str:
        with shop.world as world:
            return points_of_sale.create(world, shop.caller, "key", request)

    assert len(set(at_once(create).answers)) == 1
    assert len(list(shop.world.points_of_sale)) == 1


def test_one_key_for_many_requests_makes_one_payment_and_refuses_the_rest(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    outcome = at_once(lambda number: start(shop, pos_id, "key", f"order {number}"))

    assert len(outcome.answers) == made(shop) == 1
    assert outcome.codes == {"1306": THREADS - 1}


def test_many_tills_racing_for_one_point_of_sale_get_one_payment(shop: FullShop) -> None:
    pos_id = shop.create_pos()
    outcome = at_once(lambda number: start(shop, pos_id, f"key {number}", f"order {number}"))

    assert len(outcome.answers) == made(shop) == 1
    assert outcome.codes == {"1301": THREADS - 1}
    assert shop.state(outcome.answers[0]) == "Initiated"


def test_many_tills_on_points_of_sale_of_their_own_do_not_disturb_each_other(
    shop: FullShop,
) -> None:
    outcome = at_once(lambda _: shop.captured("10.00"))

    assert len(set(outcome.answers)) == THREADS
    assert {shop.state(each) for each in outcome.answers} == {"Captured"}
    assert shop.balance() == 10 * THREADS


def test_many_captures_of_one_payment_capture_it_once(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00")
    outcome = at_once(lambda _: shop.capture(payment_id, "10.00"))

    assert len(outcome.answers) == THREADS
    assert shop.balance() == Decimal("10.00")
    captures = [
        event
        for event in shop.world.events
        if isinstance(event, PaymentChanged) and event.after == "Captured"
    ]
    assert len(captures) == 1


def test_of_many_captures_with_amounts_of_their_own_the_first_counts(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00")
    outcome = at_once(lambda number: shop.capture(payment_id, f"{number + 1}.00"))
    captured = shop.payment(payment_id).captured_amount

    assert len(outcome.answers) == 1
    # Those who came before the first that fits asked for more than is reserved.
    assert set(outcome.codes) <= {"1305", "1307"}
    assert shop.balance() == captured


def test_capture_or_cancel_but_not_both(shop: FullShop) -> None:
    payment_id = shop.reserved("10.00")
    acts = (shop.capture, shop.cancel)
    outcome = at_once(lambda number: acts[number % 2](payment_id))
    state = shop.state(payment_id)

    assert len(outcome.answers) == THREADS // 2
    assert (state, outcome.codes, shop.balance()) in [
        ("Captured", {"1300": THREADS // 2}, Decimal("10.00")),
        ("CancelledByClient", {"1304": THREADS // 2}, Decimal("0.00")),
    ]


def test_racing_refunds_never_give_back_more_than_was_captured(shop: FullShop) -> None:
    payment_id = shop.captured("10.00")
    outcome = at_once(lambda _: shop.refund(payment_id, "3.00"))

    assert len(outcome.answers) == 3
    assert outcome.codes == {"1367": THREADS - 3}
    assert shop.balance() == Decimal("1.00")


def test_racing_refunds_of_many_payments_never_overdraw_the_store(shop: FullShop) -> None:
    captured = [shop.captured("10.00") for _ in range(THREADS)]
    with shop.world as world:
        store_id = shop.payment(captured[0]).store_id
        stores.change_store(world, store_id, balance=Decimal("105.00"))
    outcome = at_once(lambda number: shop.refund(captured[number], "10.00"))

    assert len(outcome.answers) == 10
    assert outcome.codes == {"1368": THREADS - 10}
    assert shop.balance() == Decimal("5.00")


def test_a_cancelled_refund_gives_its_amount_back_once(shop: FullShop) -> None:
    refund_id = shop.reserved_refund()
    outcome = at_once(lambda _: shop.cancel_refund(refund_id))

    assert len(outcome.answers) == THREADS
    assert shop.balance() == Decimal("10.00")


def test_time_moved_by_many_at_once_moves_by_all_of_it(shop: FullShop) -> None:
    began = shop.world.clock.now
    payment_id = shop.reserved()
    at_once(lambda _: shop.wait(hours=6))

    assert (shop.world.clock.now - began).days == 8
    assert shop.state(payment_id) == "ExpiredAndCancelled"
