"""What queries ask of the control API: an answer in a format, and nothing that is not known."""

from collections.abc import Mapping
from typing import Any

from flask import request

from simulator.api.answers import Reply, json_answer
from simulator.documents import nearest
from simulator.engine.errors import Refusal, SimulatorError

__all__ = ["MOST", "answer_in", "asked_format", "asked_limit", "check_parameters", "read_limit"]

#: So many entries are the most that one answer holds.
MOST = 100_000


def asked_format(formats: Mapping[str, str]) -> str:
    """Returns the format that `?format=` names, else the Accept header, else the first.

    Args:
        formats: their names, and the media type of each.

    Raises:
        SimulatorError: there is no such format.
    """
    wanted = request.args.get("format")
    if wanted:
        if wanted not in formats:
            message = f"format: there is no {wanted[:60]!r}; {nearest(wanted, formats)}"
            raise SimulatorError(Refusal.BAD_REQUEST, message)
        return wanted
    types = {media_type: name for name, media_type in formats.items()}
    if "application/xml" in types:
        types["text/xml"] = types["application/xml"]
    accepted = request.accept_mimetypes
    default = next(iter(types))
    return types[accepted.best_match(list(types), default) if accepted else default]


def answer_in(media_type: str, content: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """Returns an answer in a format; what is no text yet is written as JSON."""
    more = (headers or {}).items()
    if isinstance(content, str):
        return Reply(200, content.encode(), f"{media_type}; charset=utf-8", more)
    return json_answer(content, headers=more)


def check_parameters(*known: str) -> None:
    """Checks that a query has no parameter but these.

    Raises:
        SimulatorError: it has; the message names the nearest of those that are known.
    """
    for name in request.args:
        if name not in known:
            message = f"unknown parameter {name[:60]!r}; {nearest(name, known)}"
            raise SimulatorError(Refusal.BAD_REQUEST, message)


def asked_limit(usual: int) -> int:
    """Returns how many entries `?limit=` asks for.

    Raises:
        SimulatorError: it is no number from 1 to `MOST`.
    """
    text = request.args.get("limit", "")
    try:
        return read_limit(text) if text else usual
    except ValueError as error:
        raise SimulatorError(Refusal.BAD_REQUEST, str(error)) from error


def read_limit(text: str) -> int:
    """Returns a limit.

    Raises:
        ValueError: it is no number from 1 to `MOST`.
    """
    if not (text.isascii() and text.isdecimal() and 1 <= len(text) < 8 and 1 <= int(text) <= MOST):
        raise ValueError(f"limit: expected a number from 1 to {MOST}, got {text[:20]!r}")
    return int(text)
