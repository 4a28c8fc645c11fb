"""The shapes that tell states apart without their colours, drawn in a square of 16 pixels."""

from collections.abc import Mapping

from ...engine.states import Tone

#: What is under way.
RING = "ring"
#: The shape of each tone.
OF_EACH_TONE: Mapping[Tone, str] = {
    **dict.fromkeys(Tone, RING),
    Tone.GOOD: "check",
    Tone.OFF: "minus",
    Tone.LEFT: "cross",
    Tone.BROKEN: "bang",
    Tone.LATE: "clock",
    Tone.HELD: "diamond",
    Tone.LIVE: "half",
}
_CIRCLE = '<circle cx="8" cy="8" r="5.5"/>'
#: What each shape is drawn with.
DRAWN: Mapping[str, str] = {
    "check": '<path d="m3 8.5 3.5 3.5 6.5-8"/>',
    "cross": '<path d="m4 4 8 8m0-8-8 8"/>',
    "half": f'{_CIRCLE}<path class="half" d="M8 2.5a5.5 5.5 0 0 1 0 11z"/>',
    "diamond": '<path d="m8 2.5 5.5 5.5L8 13.5 2.5 8z"/>',
    "minus": '<path d="M3 8h10"/>',
    "bang": '<path d="M8 2.5v7M8 13v.01"/>',
    "clock": f'{_CIRCLE}<path d="M8 5v3l2 1.5"/>',
    RING: _CIRCLE,
}


_NARROW = frozenset(" fijlrtI.,:;-|!'()")
_LETTER, _NARROW_LETTER = 8.9, 5.5


def width_of(words: str) -> float:
    """Returns about how many pixels wide the words of a state are, in fonts of usual widths."""
    return sum(_NARROW_LETTER if each in _NARROW else _LETTER for each in words)


_ARROW_HEADS = ("call", "answer", "act", "notice", "bad")
_TOOTH = 14


def _marker(name: str) -> str:
    # A call ends at the edge of the bar on the service's lifeline.
    place = 13 if name in ("call", "act") else 9
    size = 'markerWidth="12" markerHeight="10" orient="auto" markerUnits="userSpaceOnUse"'
    return (
        f'<marker id="seq-{name}" class="tip {name}" refX="{place}" refY="5" {size}>'
        '<path d="M0 .5 9 5 0 9.5z"/></marker>'
    )


def _teeth(name: str, path: str) -> str:
    # The tiles begin where a row begins.
    y = 0 if name == "up" else 4
    tile = f'y="{y}" width="{_TOOTH}" height="6" patternUnits="userSpaceOnUse"'
    return f'<pattern id="seq-{name}" {tile}><path class="tear" d="{path}"/></pattern>'


#: The definitions, as SVG has them.
DEFINITIONS = "".join(
    (
        "<defs>",
        *map(_marker, _ARROW_HEADS),
        _teeth("up", "M0 6 7 0l7 6z"),
        _teeth("down", "M0 0 7 6l7-6z"),
        "</defs>",
    )
)
