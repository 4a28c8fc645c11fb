"""QR codes as SVG."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=128)
def qr_svg(text: str) -> Markup:
    """Returns the QR code of a text, to be put into a page; nothing of the text is in it."""
    drawn = segno.make(text, error="m").svg_inline(omitsize=True, border=3, svgclass="qr")
    # Made of squares: nothing of the text is in it.
    return Markup(drawn)  # noqa: S704  # nosec B704
