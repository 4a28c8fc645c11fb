"""Templates, and how values are shown in them."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .. import __version__
from ..engine.client_rules import RETRY_DEADLINE, in_seconds
from ..engine.elapsed import length_in_words
from ..engine.states import PaymentState, RefundState, Tone
from ..engine.values import show_duration
from ..journal.sequence.file import STATIC
from ..journal.sequence.shapes import DRAWN, OF_EACH_TONE, RING
from ..journal.sweeps import FAILING
from ..journal.words import capitalized, sentence
from . import questions
from .guide_site import is_built
from .navigation import VIEWS

METHOD_NOT_ALLOWED = 405
#: How a state is coloured.
_TONES = {
    **{state.value: state.tone.value for state in (*PaymentState, *RefundState)},
    **{each.value: "bad" for each in FAILING},
    "survived": "good",
    "Refunded": Tone.OFF.value,
    "passed": "good",
    "passed with notes": "wait",
    "failed": "bad",
    "unfinished": "wait",
    "waiting": "off",
    "in progress": "live",
    "done": "good",
    "kept": "held",
    "broken": "bad",
    "missed": "bad",
    "open": "live",
    "approved": "good",
    "noisy": "wait",
    "error": "bad",
    "warning": "wait",
    "note": "live",
}
#: What people read for a state.
_LABELS = {state.value: state.label for state in (*PaymentState, *RefundState)}
#: The shape of a state, so that its colour need not be seen.
_SHAPES = {
    **{state.value: OF_EACH_TONE[state.tone] for state in (*PaymentState, *RefundState)},
    **{each.value: "cross" for each in FAILING},
    "Refunded": OF_EACH_TONE[Tone.OFF],
    "survived": "check",
    "noisy": "bang",
    "passed": "check",
    "done": "check",
    "approved": "check",
    "passed with notes": "bang",
    "failed": "cross",
    "broken": "cross",
    "missed": "cross",
    "error": "cross",
    "warning": "bang",
    "in progress": "half",
    "open": "half",
    "kept": "diamond",
}
#: This package, under the name by which it was imported.
_PACKAGE = __name__.rpartition(".")[0]
#: Where the files are that a page loads.
_FOLDERS = (files(_PACKAGE).joinpath("static"), STATIC)
#: A last part of a path that is longer is cut off like the rest of it.
LONGEST_TAIL = 32
#: The parts of a URL: its scheme and host, the steps of its path, the parameters of its query.
_PARTS = re.compile(r"(?:[^/?&]*://)?[/?&]?[^/?&]*")
#: What messages have in backticks.
_CODE = re.compile(r"`([^`\n]+)`")
#: A section of the guide, as messages name it.
_SECTION = re.compile(r"/guide/([a-z-]+)\.html#([a-z0-9-]+)")
#: The ids that are shortened; those in quotes are of a body, which stays as it was sent.
_ID = r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
_GUID = re.compile(rf'(?<!"){_ID}')
_SHORT_ID = re.compile(r"[0-9a-f]{8}")
#: Those of a call are whole in words, since it may be copied.
_GUID_IN_WORDS = re.compile(rf'(?<!["/]){_ID}')


class Templates:
    """The page's templates. Whatever they show is escaped."""

    def __init__(self) -> None:
        self._rendered: set[str] = set()
        self._environment = Environment(
            loader=PackageLoader(_PACKAGE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            called=called,
            capitalized=capitalized,
            clock=show_clock,
            coded=show_code,
            in_words=length_in_words,
            date=show_date,
            money=show_money,
            parted=part_path,
            pretty=show_json,
            seconds=show_seconds,
            sentence=partial(sentence, capital=False),
            shape=lambda state: _SHAPES.get(str(state), RING),
            short=lambda text: str(text)[:8],
            brief=shorten_ids,
            tone=lambda state: _TONES.get(str(state), "off"),
            breaking=break_at_slashes,
            glued=glue_backslashes,
            patches=show_patches,
            drawn=lambda shape: Markup(DRAWN.get(shape, DRAWN[RING])),  # noqa: S704  # nosec B704
            label=lambda state: _LABELS.get(str(state), str(state)),
        )
        self._environment.globals.update(
            questions=questions,
            views=VIEWS,
            version=__version__,
            asset=asset_version,
            has_guide=is_built,
            retry_deadline=in_seconds(RETRY_DEADLINE),
        )

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """Returns a template filled with values."""
        text = self._environment.get_template(template).render(values)
        self._rendered.add(template)
        return text

    def is_new(self, template: str) -> bool:
        """Whether a template was never rendered, so that it takes long: it is compiled first."""
        return template not in self._rendered


def static_file(name: str) -> bytes | None:
    """Returns what a file the page loads holds; None where there is none of this name."""
    parts = name.split("/")
    if not all(part and not part.startswith(".") for part in parts) or "\\" in name:
        return None
    try:
        paths = (folder.joinpath(*parts) for folder in _FOLDERS)
        return next((path.read_bytes() for path in paths if path.is_file()), None)
    except (OSError, ValueError):
        return None  # a name that is none, such as one that is longer than names may be


@cache
def asset_version(name: str) -> str:
    """Returns a hash of a file for its URL, so that browsers can cache it."""
    return hashlib.sha256(static_file(name) or b"").hexdigest()[:12]


def called(exchange: Mapping[str, Any]) -> str:
    """Returns the operation that a call of the journal was, or why it was none."""
    is_path_known = exchange["answer"]["status"] == METHOD_NOT_ALLOWED
    return exchange["operation"] or ("Wrong method" if is_path_known else "Unknown path")


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


def part_path(path: str) -> tuple[str, str]:
    """Returns a path with short ids in two parts, the second of which is always to be seen.

    It is the last piece of the path, with the id before it that tells what that was done to.
    """
    head, slash, tail = _GUID.sub(r"\1", path).rpartition("/")
    if _SHORT_ID.fullmatch(head.rpartition("/")[2]):
        head, _, acted_on = head.rpartition("/")
        tail = f"{acted_on}/{tail}"
    return (head, slash + tail) if len(tail) < LONGEST_TAIL else (head + slash + tail, "")


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


def shorten_ids(text: str) -> str:
    """Returns words with short ids, but for those of a call."""
    return _GUID_IN_WORDS.sub(r"\1", str(text))


def show_code(text: str) -> Markup:
    """Returns a message for people: what has backticks around it is code."""
    parts = _CODE.split(str(text))
    escaped = (
        Markup("<code>{}</code>").format(each) if at % 2 else _in_guide(each)
        for at, each in enumerate(parts)
    )
    return Markup("").join(escaped)


def _in_guide(text: str) -> Markup:
    """Returns words in which a section of the guide is a link; without a guide, it is in docs."""
    section = (
        r'<a href="/guide/\1.html#\2">/guide/\1.html#\2</a>' if is_built() else r"docs/\1.md#\2"
    )
    return Markup(_SECTION.sub(section, str(escape(text))))  # noqa: S704  # nosec B704


def glue_backslashes(text: str) -> Markup:
    """Returns a command whose lines end with a backslash, none of which is alone on a line."""
    return escape(text).replace(" \\\n", Markup('<span class="nowrap"> \\</span>\n'))


def break_at_slashes(text: str) -> Markup:
    """Returns a URL that breaks between its parts, and within one only where that has no room."""
    part = Markup('<span class="part">{}</span>').format
    return Markup("<wbr>").join(map(part, filter(None, _PARTS.findall(text))))


def show_linked(text: str, names: re.Pattern[str], url_of: Callable[[str], str | None]) -> Markup:
    """Returns a message for people, in which what it names is a link.

    Args:
        text: the message.
        names: how a thing is named: its first group is the link's text, its second the number.
        url_of: returns the URL of a number; None where it is none of a thing that is there.
    """
    parts, at = [], 0
    for found in names.finditer(text):
        url = url_of(found[2])
        if url is not None:
            parts += [show_code(text[at : found.start(1)]), _link(url, found[1])]
            at = found.end(1)
    return Markup("").join([*parts, show_code(text[at:])])


def _link(url: str, words: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, words)


def show_patches(version: str) -> str:
    """Returns a certified version as one that stands for all its patches: 1.0.x for 1.0."""
    return f"{version}.x" if version.count(".") == 1 else version


def show_seconds(seconds: float) -> str:
    """Returns a length of time, such as 2m or 7d."""
    return show_duration(timedelta(seconds=seconds))
