"""What can be chosen from in a shop: who calls, how, about what, and how long everybody waits."""

from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.model.requests import Style
from tests.model.specification import calls
from tests.model.specification.calls import Terms
from tests.model.specification.defects import (
    BODY_DEFECTS,
    HEADER_DEFECTS,
    KEY_DEFECTS,
    MERCHANT_DEFECTS,
)
from tests.model.specification.values import USERS, Caller
from tests.support import CLIENT_ID, OTHER_CLIENT_ID

T = TypeVar("T")

MERCHANTS = ("DK12345678", "FI12345678")
CALLERS = [Caller(each, vat) for vat in MERCHANTS for each in (CLIENT_ID, OTHER_CLIENT_ID)]
#: Two GUIDs and a beacon of the old kind.
BEACONS = (
    "0e3c5a1e-50e5-4d3a-9d4f-3a5f1f9a0001",
    "0e3c5a1e-50e5-4d3a-9d4f-3a5f1f9a0002",
    "123456789012345",
)
NOBODYS = "ffffffff-1111-4222-8333-444444444444"
TOKEN_LIFETIME = 3700 * 1000

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
DAY = 24 * HOUR
#: Every length the documentation knows, and a millisecond less.
LENGTHS = [
    *(1, SECOND // 2 - 1, SECOND // 2, SECOND, 5 * MINUTE - 1, 5 * MINUTE, 10 * MINUTE - 1),
    *(
        10 * MINUTE,
        HOUR,
        TOKEN_LIFETIME,
        DAY - 1,
        DAY,
        DAY + 1,
        7 * DAY - 1,
        7 * DAY,
        90 * DAY,
        90 * DAY + 1,
    ),
]

#: What may go wrong with a call, in the words of the scenario language.
FAULTS = {
    "lost before the work": "cut: before_commit",
    "lost after the work": "cut: after_commit",
    "reset after the work": "cut: after_commit, by: reset",
    "lost half-way": "cut: mid_body",
    "answered 503": "answer: {status: 503}",
    "on its way": "delay: 1s, work: after",
    "slow": "delay: 1s",
}
NOT_DONE = ("lost before the work", "answered 503")

cards = st.sampled_from(["credit", "debit"])
amounts = st.sampled_from([100, 1, 99, 250, 1000])
currencies = st.sampled_from(["DKK"] * 5 + ["EUR"])
phones = st.sampled_from(sorted(USERS)[:5] * 3 + [sorted(USERS)[-1], "+4599999999"])
disallowed = st.sampled_from(
    [None, None, frozenset[str](), frozenset({"debit"}), frozenset({"credit"})]
)
terms = st.builds(
    Terms,
    amount=amounts,
    currency=currencies,
    delay=st.sampled_from(["None", "LessThan24Hours", "LessThan14Days"]),
    disallows=disallowed,
    label=st.sampled_from([None, "Kaffe & æbler"]),
)
#: Who calls: mostly the owner, else another integrator, another merchant, or both.
strangers = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 3])
#: Which of what there is something happens to: the newest is 0.
ages = st.integers(0, 4)
mostly = st.sampled_from([True, True, True, False])
#: How long somebody waits for a refund to be reserved.
moments = st.sampled_from([SECOND, SECOND // 2, SECOND // 2 - 1])
#: Doubles are dropped, and the types of before September 2020 kept.
types = st.sampled_from([("QR",), ("QR", "NFC", "QR"), ("BluetoothMP1", "Bluetooth")])
orders = st.sampled_from(["order-1", "order-2", "order-3"])

#: How the next call goes: struck by a fault, in another style, or with the defects of these numbers.
ways = st.one_of(
    st.sampled_from(sorted(FAULTS)),
    st.sampled_from(Style),
    st.tuples(st.integers(0, 30), st.none()),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
)


def nth_newest(things: list[T], age: int) -> Any:
    """Returns one of some things, or an id that nothing has where there are none."""
    return things[-1 - age % len(things)] if things else NOBODYS


def chosen_defects(call: calls.Call, header: int, body: int | None) -> frozenset[str]:
    """The defects of these numbers, of those a call can have: of the headers, and one of the body."""
    headers = (
        HEADER_DEFECTS
        | MERCHANT_DEFECTS
        | (KEY_DEFECTS if isinstance(call, calls.Creating) else {})
    )
    possible = sorted(headers.keys() - {"old token"})
    chosen = {possible[header % len(possible)]}
    of_body = sorted(BODY_DEFECTS.get(type(call), {}))
    if body is not None and of_body:
        wrong = of_body[body % len(of_body)]
        chosen = {wrong} if header % 3 else chosen | {wrong}
    return frozenset(chosen)
