"""The newest press at each point of sale: who comes back to it is told what became of it."""

from collections import OrderedDict
from dataclasses import dataclass, replace

#: Where a press is kept that makes or deletes a point of sale: it counts at each of them.
AT_NONE = ""
KEPT = 200


@dataclass(frozen=True, slots=True)
class Press:
    """A press at the till or on the phone.

    Args:
        place: the point of sale at which it counts, or `AT_NONE`.
        at: when it was made, in real seconds since 1970.
        act: what was pressed, as `ACTS` names it.
        is_over: whether it is known what became of it, or will have.
        call: what names its call, once that is known.
        is_repeated: whether that is to be sent again.
    """

    place: str
    at: float
    act: str
    is_over: bool = False
    call: str = ""
    is_repeated: bool = False


class KeptPresses:
    """Keeps the newest press at each point of sale of each sandbox, while the server runs."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Press] = OrderedDict()

    def begin(self, sandbox: str, press: Press) -> None:
        """Keeps a press of a sandbox before its call is made."""
        self._kept[sandbox, press.place] = press
        self._kept.move_to_end((sandbox, press.place))
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def end(self, sandbox: str, place: str, call: str, *, is_repeated: bool) -> None:
        """Notes what became of the newest press at a place."""
        press = self._kept.get((sandbox, place))
        if press is not None:
            over = replace(press, is_over=True, call=call, is_repeated=is_repeated)
            self._kept[sandbox, place] = over

    def newest(self, sandbox: str, pos_id: str) -> Press | None:
        """Returns the press that counts at a point of sale."""
        here, elsewhere = (self._kept.get((sandbox, each)) for each in (pos_id, AT_NONE))
        if elsewhere is None or (elsewhere.is_over and not elsewhere.is_repeated):
            return here
        return elsewhere if here is None or here.at < elsewhere.at else here
