"""Says that the sandbox of an open page is no more."""

from flask import Response

from ..desk import Visit
from ..standing import generation_of


def show(visit: Visit) -> Response:
    """Shows what became of the sandbox since the page was opened; nothing where it is the same."""
    known, generation = visit.arg("generation"), generation_of(visit.api, visit.sandbox)
    return visit.render(
        "parts/replaced.html",
        # A page that was opened before the sandbox was made shows the one that was made then.
        generation=known or generation,
        is_gone=bool(known) and not generation,
        # What is no list of all that there is does not show by itself what is gone.
        is_another=bool(visit.arg("opened") and known) and generation not in ("", known),
    )
