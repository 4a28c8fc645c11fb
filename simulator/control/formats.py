"""In which form an answer is wanted: by `?format=`, else by what the client accepts."""

from flask import request

from simulator.documents import nearest
from simulator.engine.errors import Refusal, SimulatorError

__all__ = ["MEDIA_TYPES", "wanted_format"]

#: The media type of each form there is.
MEDIA_TYPES = {
    "json": "application/json",
    "har": "application/har+json",
    "text": "text/plain",
}


def wanted_format(*known: str) -> str:
    """Returns the one of `known` that is asked for; the first where nothing else is.

    Raises:
        SimulatorError: `?format=` names another.
    """
    asked = request.args.get("format")
    if not asked:
        types = {MEDIA_TYPES[each]: each for each in known}
        return types[request.accept_mimetypes.best_match(types, MEDIA_TYPES[known[0]])]
    if asked not in known:
        hint = nearest(asked[:60], known)
        raise SimulatorError(Refusal.BAD_REQUEST, f"format: unknown format {asked[:60]!r}; {hint}")
    return asked
