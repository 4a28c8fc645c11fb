"""How a list of times is read: the day where it changes, the long gaps, what happened at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

#: A gap between two entries is told from this length on.
LONG = timedelta(minutes=1)
_MINUTE = 60
#: In seconds.
_UNITS = ((86_400, "days"), (3_600, "h"), (_MINUTE, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class TimeStep:
    """How an entry of a list stands to the entry before it.

    Args:
        day: its day, where the entry before it is of another day, or where it is the first.
        gap: how long after the entry before it happened; None where that is short.
        is_same: whether both happened at the same instant.
    """

    day: date | None
    gap: timedelta | None
    is_same: bool


def steps(times: Iterable[datetime]) -> Iterator[TimeStep]:
    """Yields for each time how it stands to the time before it."""
    before: datetime | None = None
    for at in times:
        if before is None:
            yield TimeStep(at.date(), None, False)
        else:
            gap = at - before
            day = at.date() if at.date() != before.date() else None
            yield TimeStep(day, gap if gap >= LONG else None, gap == timedelta())
        before = at


def length_in_words(length: timedelta) -> str:
    """Returns a length of time in its two largest units, rounded: `7 days` or `2 h 5 min`."""
    whole = round(length.total_seconds())
    if whole < _MINUTE:
        return f"{length.total_seconds():.3f}".rstrip("0").rstrip(".") + " s"
    first = next(place for place, (size, _) in enumerate(_UNITS) if whole >= size)
    smallest, _ = _UNITS[min(first + 1, len(_UNITS) - 1)]
    rest = (whole + smallest // 2) // smallest * smallest
    counts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        counts += [f"{count} {unit if unit != 'days' or count > 1 else 'day'}"] if count else []
    return " ".join(counts)
