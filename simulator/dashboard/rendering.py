"""Templates, and how values are shown in them."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from simulator import __version__
from simulator.dashboard.navigation import VIEWS
from simulator.engine.values import show_duration

__all__ = ["Templates", "asset_version", "static_file"]

#: How a state is lit: `wait` for a step of the till or the customer, `good` and `bad` for ends.
_TONES = {
    "Prepared": "wait",
    "Initiated": "wait",
    "Paired": "live",
    "IssuedToUser": "live",
    "Reserved": "held",
    "Captured": "good",
    "ExpiredAndCaptured": "good",
    "passed": "good",
    "failed": "bad",
    "unfinished": "wait",
    "in progress": "live",
    "done": "good",
    "kept": "held",
    "broken": "bad",
    "missed": "bad",
    "open": "live",
    "approved": "good",
    "error": "bad",
    "warning": "wait",
    "note": "live",
}
#: The shape of a state, so that its colour need not be seen.
_SHAPES = {
    "passed": "check",
    "done": "check",
    "approved": "check",
    "failed": "cross",
    "broken": "cross",
    "missed": "cross",
    "in progress": "half",
    "open": "half",
    "kept": "diamond",
}
_GUID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Templates:
    """The page's templates. Whatever they show is escaped."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("simulator.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            clock=show_clock,
            date=show_date,
            money=show_money,
            pretty=show_json,
            seconds=show_seconds,
            shape=lambda state: _SHAPES.get(str(state), "ring"),
            short=lambda text: str(text)[:8],
            brief=lambda text: _GUID.sub(r"\1", str(text)),
            tone=lambda state: _TONES.get(str(state), "off"),
            words=show_words,
        )
        self._environment.globals.update(views=VIEWS, version=__version__, asset=asset_version)

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """Returns a template filled with values."""
        return self._environment.get_template(template).render(values)


def static_file(name: str) -> bytes | None:
    """Returns what a file the page loads holds; None where there is none of this name."""
    parts = name.split("/")
    if not all(part and not part.startswith(".") for part in parts) or "\\" in name:
        return None
    path = files("simulator.dashboard").joinpath("static", *parts)
    return path.read_bytes() if path.is_file() else None


@cache
def asset_version(name: str) -> str:
    """Returns what tells a file from all others of its name, so that browsers may keep it."""
    return hashlib.sha256(static_file(name) or b"").hexdigest()[:12]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def show_clock(text: str | None) -> str:
    """Returns the time of day, to the millisecond."""
    if not text:
        return "-"
    at = _moment(text)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def show_date(text: str | None) -> str:
    """Returns a day."""
    return f"{_moment(text):%Y-%m-%d}" if text else "-"


def show_money(amount: float | None, currency: str | None = None) -> str:
    """Returns an amount with its currency; a dash where it is not known yet."""
    if amount is None:
        return "-"
    return f"{amount:,.2f} {currency or ''}".strip()


def show_json(text: str) -> str:
    """Returns a body for people: JSON indented, everything else as it came."""
    try:
        pretty = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        pretty.encode()  # JSON can escape half a character, which is no text
    except (ValueError, RecursionError):
        return text
    return pretty


def show_seconds(seconds: float) -> str:
    """Returns a length of time, such as 2m or 7d."""
    return show_duration(timedelta(seconds=seconds))


def show_words(name: str) -> str:
    """Returns a name such as IssuedToUser as words."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = words[:1] + words[1:].lower()
    return words.replace("mobile pay", "MobilePay")
