"""What a parameter names: it has to be there, or to have been until it was deleted.

Of what was there before a reset nothing is known.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from .. import client
from ..engine.world import World
from ..journal.exchanges import ExchangeRecord
from ..journal.filters import as_beginning_of_id, is_whole_id, read_filters
from .searching import checked_id
from .serving import NotThere


class NamedThing(NamedTuple):
    """What a filter of the journal names by its id, or by the beginning of it.

    Args:
        name: the filter's.
        text: the id.
        kind: what it is the id of.
        known: the ids there are of these.
    """

    name: str
    text: str
    kind: str
    known: Collection[str]


def known_payment(world: World, name: str, text: str) -> str:
    """Returns the id of the payment that a parameter names; empty where it names none.

    Raises:
        SimulatorError: it is no id.
        NotThere: there is no such payment.
    """
    payment_id = checked_id(name, text)
    if payment_id and payment_id not in world.payments.table:
        raise NotThere(f"{name}: no payment {payment_id}")
    return payment_id


def known_pos(world: World, name: str, text: str) -> str:
    """Returns the id of the point of sale that a parameter names; empty where it names none.

    Raises:
        SimulatorError: it is no id.
        NotThere: there is no such point of sale, and none was deleted.
    """
    pos_id = checked_id(name, text)
    if pos_id and not (world.points_of_sale.was_made(pos_id) or world.payments.was_on(pos_id)):
        raise NotThere(f"{name}: no point of sale {pos_id}")
    return pos_id


def named_by(world: World, query: client.CallFilters) -> Iterator[NamedThing]:
    """Yields what filters of the journal name, but for what is there for sure."""
    payments, pos = world.payments.table, world.points_of_sale
    payment_id, pos_id = query.payment_id or "", query.pos_id or ""
    if payment_id and payment_id not in payments:
        yield NamedThing("paymentId", payment_id, "payment", frozenset(payments))
    if pos_id and not pos.was_made(pos_id):
        yield NamedThing("posId", pos_id, "point of sale", pos.all_made)


def check_named(named: NamedThing, kept: Sequence[ExchangeRecord]) -> None:
    """Refuses what is not there and no call has named: clients name what was never there, too.

    Args:
        named: what is named.
        kept: the calls.

    Raises:
        NotThere: it is so.
    """
    wanted = as_beginning_of_id(named.text)
    (test,) = read_filters({named.name: named.text})
    if any(each.startswith(wanted) for each in named.known) or any(map(test, kept)):
        return
    words = "" if is_whole_id(wanted) else "whose id begins with "
    raise NotThere(f"{named.name}: no {named.kind} {words}{wanted}")
