"""A sequence diagram as an SVG file of its own, light, with all that it needs in it."""

import re
from functools import cache
from importlib.resources import files

from .model import SequenceDiagram
from .svg import body_of, described, pen_of, said

#: The space between two lifelines, in pixels.
STEP = 230
#: The space for times at the left, for names at the top, and around everything.
LEFT, TOP, EDGE = 116, 86, 20
#: The fonts of programs that are no browsers.
_FONTS = {"--body": "system-ui, 'Segoe UI', Roboto, Arial, sans-serif", "--mono": "monospace"}
_TOKEN = re.compile(r"(--[\w-]+): light-dark\((#\w+),")
_USE = re.compile(r"var\((--[\w-]+)\)")

#: The folder of the styles that pages and files share.
STATIC = files(__name__.rpartition(".")[0]).joinpath("static")


def as_svg(diagram: SequenceDiagram) -> str:
    """Returns a diagram as an SVG file."""
    width = STEP * len(diagram.lifelines)
    pen = pen_of(diagram, width, None)
    across, down = LEFT + width + EDGE, TOP + pen.layout.height + EDGE
    box = f'viewBox="{-LEFT} {-TOP} {across} {down}" width="{across}" height="{down}"'
    named = 'role="img" aria-labelledby="seq-title seq-desc"'
    heads = "".join(pen.heads())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} {named}>'
        f'<title id="seq-title">{said(diagram.title)}</title>'
        f'<desc id="seq-desc">{said(described(diagram))}</desc>'
        f"<style>{_style()}</style>"
        f'<rect class="paper" x="{-LEFT}" y="{-TOP}" width="{across}" height="{down}"/>'
        f'<g class="flow"><text class="headline" x="{EDGE - LEFT}" y="{EDGE + 10 - TOP}">'
        f"{said(diagram.title)}</text></g>"
        f'<g class="heads" transform="translate(0 -40)">{heads}</g>'
        f'<g class="flow">{body_of(pen)}</g></svg>\n'
    )


@cache
def _style() -> str:
    """Returns the style with the light colours in it: not all programs know variables."""
    tokens = dict(_TOKEN.findall(STATIC.joinpath("tokens.css").read_text(encoding="utf-8")))
    tokens |= _FONTS
    style = STATIC.joinpath("drawing.css").read_text(encoding="utf-8")
    style += ".paper { fill: var(--surface); }\n.flow .headline { font-weight: 650; }\n"
    return _USE.sub(lambda found: tokens[found[1]], style)
