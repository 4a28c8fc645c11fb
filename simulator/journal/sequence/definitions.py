"""What the rows of a drawn sequence diagram refer to: the heads of arrows, and torn edges."""

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
