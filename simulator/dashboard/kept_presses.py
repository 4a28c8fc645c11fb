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
        at: when it was made, in real seconds since 1970.
        act: what was pressed, as `ACTS` names it.
        is_over: whether it is known what became of it, or will have.
        call: what names its call, once that is known.
        is_repeated: whether that is to be sent again.
    """

    at: float
    act: str
    is_over: bool = False
    call: str = ""
    is_repeated: bool = False


class KeptPresses:
    """Keeps the newest press at each point of sale of each sandbox, while the server runs."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Press] = OrderedDict()

    def begin(self, sandbox: str, pos_id: str, press: Press) -> None:
        """Keeps a press before its call is made.

        Args:
            sandbox: where it is made.
            pos_id: the point of sale, or `AT_NONE`.
            press: what is pressed.
        """
        self._kept[sandbox, pos_id] = press
        self._kept.move_to_end((sandbox, pos_id))
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def end(self, sandbox: str, pos_id: str, call: str, *, is_repeated: bool) -> None:
        """Notes what became of the newest press."""
        press = self._kept.get((sandbox, pos_id))
        if press is not None:
            over = replace(press, is_over=True, call=call, is_repeated=is_repeated)
            self._kept[sandbox, pos_id] = over

    def newest(self, sandbox: str, pos_id: str) -> tuple[str, Press] | None:
        """Returns the press that counts at a point of sale, and where it is kept."""
        here, elsewhere = (self._kept.get((sandbox, each)) for each in (pos_id, AT_NONE))
        if elsewhere is None or (elsewhere.is_over and not elsewhere.is_repeated):
            return (pos_id, here) if here else None
        if here is None or here.at < elsewhere.at:
            return AT_NONE, elsewhere
        return pos_id, here
