"""State diagrams as SVG, drawn from the state tables, with the taken transitions highlighted."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from ..engine.states import PaymentState, RefundState

WIDTH, HEIGHT = 172, 42
STEP_X, STEP_Y, EDGE = 214, 84, 14

#: Column and row of each state.
PLACES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "payments": {state.value: state.place for state in PaymentState},
    "refunds": {state.value: state.place for state in RefundState},
}


class _Spot(NamedTuple):
    x: float
    y: float

    @property
    def middle(self) -> "_Spot":
        return _Spot(self.x + WIDTH / 2, self.y + HEIGHT / 2)


def state_diagram(
    kind: str, table: Mapping[str, Any], taken: Iterable[tuple[str | None, str]], label: str
) -> Markup:
    """Returns a diagram.

    Args:
        kind: `payments` or `refunds`.
        table: the states and transitions, as the control API tells them.
        taken: the transitions that were taken, in order: before (None for the first) and after.
        label: what the diagram is, for those who can't see it.
    """
    taken = list(taken)
    spots = _spots(kind, [state["name"] for state in table["states"]])
    lit = {after for _, after in taken}
    now = taken[-1][1] if taken else None
    ways: dict[tuple[str, str], list[str]] = {}
    for row in table["transitions"]:
        if row["before"]:
            ways.setdefault((row["before"], row["after"]), []).append(row["trigger"])
    edges = sorted(ways.items(), key=lambda each: each[0] in taken)
    drawn = [_edge(spots, way, triggers, way in taken) for way, triggers in edges]
    drawn += [_state(name, spot, name in lit, name == now) for name, spot in spots.items()]
    width = max(spot.x for spot in spots.values()) + WIDTH + EDGE
    height = max(spot.y for spot in spots.values()) + HEIGHT + EDGE
    box = f"0 0 {width:g} {height:g}"
    return Markup(
        '<svg class="diagram" viewBox="{}" width="{:g}" role="img" aria-label="{}">{}</svg>'
    ).format(box, width, label, Markup("").join(drawn))


def _spots(kind: str, names: list[str]) -> dict[str, _Spot]:
    places = PLACES[kind]
    last = max(row for _, row in places.values()) + 1
    others = [name for name in names if name not in places]
    return {
        name: _Spot(EDGE + column * STEP_X, EDGE + row * STEP_Y)
        for name in names
        for column, row in [places.get(name) or (others.index(name), last)]
    }


def _state(name: str, spot: _Spot, is_lit: bool, is_now: bool) -> Markup:
    kind = "state" + (" lit" if is_lit else "") + (" here" if is_now else "")
    at = spot.middle
    return Markup(
        '<g class="{}"><rect x="{:g}" y="{:g}" width="{}" height="{}" rx="10"/>'
        '<text x="{:g}" y="{:g}" text-anchor="middle">{}</text></g>'
    ).format(kind, spot.x, spot.y, WIDTH, HEIGHT, at.x, at.y + 4, name)


def _edge(
    spots: Mapping[str, _Spot], way: tuple[str, str], triggers: list[str], is_lit: bool
) -> Markup:
    line = _line(spots[way[0]], spots[way[1]])
    title = f"{way[0]} to {way[1]}: {', '.join(triggers)}"
    return Markup('<path class="way{}" d="{}"><title>{}</title></path>').format(
        " lit" if is_lit else "", line, escape(title)
    )


def _line(begin: _Spot, end: _Spot) -> str:
    """Returns the way between two states: across where they stand side by side, else down."""
    a, b = begin.middle, end.middle
    if abs(a.y - b.y) < HEIGHT:
        side = 1 if b.x > a.x else -1
        return f"M{a.x + side * WIDTH / 2:g} {a.y:g}H{b.x - side * WIDTH / 2:g}"
    if abs(a.x - b.x) > 1.5 * STEP_X or (abs(a.x - b.x) > 1 and abs(a.y - b.y) < STEP_Y * 1.1):
        side = 1 if b.x > a.x else -1
        x1, x2 = a.x + side * WIDTH / 2, b.x - side * WIDTH / 2
        if (x2 - x1) * side > 0:
            bend = (x1 + x2) / 2
            return f"M{x1:g} {a.y:g}C{bend:g} {a.y:g} {bend:g} {b.y:g} {x2:g} {b.y:g}"
    down = 1 if b.y > a.y else -1
    y1, y2 = a.y + down * HEIGHT / 2, b.y - down * HEIGHT / 2
    bend = (y1 + y2) / 2
    return f"M{a.x:g} {y1:g}C{a.x:g} {bend:g} {b.x:g} {bend:g} {b.x:g} {y2:g}"
