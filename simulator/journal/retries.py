"""Which calls of a client are one request: its first try, and those that repeat it with its key."""

from collections.abc import Iterable, Mapping

from .exchanges import KEY, ExchangeRecord

_Request = tuple[str | None, str]


def first_tries(
    journal: Iterable[ExchangeRecord], exchanges: Iterable[ExchangeRecord]
) -> Mapping[int, int]:
    """Returns the first try of each exchange that repeats one; both by their ids.

    Args:
        journal: all exchanges, oldest first.
        exchanges: those that are asked about.
    """
    wanted = {each.id: made for each in exchanges if (made := _request(each)) is not None}
    left = set(wanted.values())
    firsts: dict[_Request, int] = {}
    for each in journal:
        if len(firsts) == len(left):
            break
        made = _request(each)
        if made in left:
            firsts.setdefault(made, each.id)
    return {
        exchange_id: firsts[made]
        for exchange_id, made in wanted.items()
        if firsts.get(made, exchange_id) != exchange_id
    }


def _request(exchange: ExchangeRecord) -> _Request | None:
    """Returns who sent it with which key; None without a key, and for other than service calls."""
    key = exchange.header(KEY) if exchange.method == "POST" else None
    return (exchange.owner, key) if key and exchange.is_clients else None
