"""Scenarios of one name: what a save would replace or hide, and when it asks first."""

from difflib import unified_diff
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple

#: So many lines of a difference are shown.
MOST_LINES = 400


class Draft(NamedTuple):
    """What is in the editor.

    Args:
        origin: the scenario that was opened; empty for a new one.
        name: the name it is to be saved under.
        yaml: its text.
        opened: the digest of the text that was opened; empty for a new one.
    """

    origin: str
    name: str
    yaml: str
    opened: str


class DiffLine(NamedTuple):
    """A line of a difference: `kind` is `+`, `-`, `@`, or a blank where both have it."""

    kind: str
    text: str


class Replacement(NamedTuple):
    """What a save would replace, and has to be asked about.

    Args:
        name: the scenario's.
        is_shipped: whether it is a shipped one, which is hidden then.
        is_default: whether payments play it by default.
        has_changed: whether it is the scenario that was opened, changed since then.
        digest: of the text that is there now.
        lines: how it differs from what is to be saved.
    """

    name: str
    is_shipped: bool
    is_default: bool
    has_changed: bool
    digest: str
    lines: list[DiffLine]


def digest_of(yaml: str) -> str:
    """Returns what tells a text from others."""
    return sha256(yaml.encode()).hexdigest()


def replaced_by(
    draft: Draft, opened: str, there: dict[str, Any] | None, default: str
) -> Replacement | None:
    """Returns what saving a draft would replace without anybody having seen it.

    A shipped scenario is hidden, not replaced.

    Args:
        draft: what is to be saved.
        opened: the digest of the text that was opened or that may be replaced.
        there: the scenario of this name, where there is one.
        default: the name of the scenario that payments play by default.
    """
    if there is None or there["yaml"] == draft.yaml:
        return None
    digest = digest_of(there["yaml"])
    if digest == opened:
        return None
    return Replacement(
        draft.name,
        is_shipped=not there["uploaded"],
        is_default=draft.name == default,
        has_changed=draft.name == draft.origin,
        digest=digest,
        lines=_difference(there["yaml"], draft.yaml),
    )


def _difference(there: str, written: str) -> list[DiffLine]:
    lines = unified_diff(there.splitlines(), written.splitlines(), n=2, lineterm="")
    return [DiffLine(each[0], each[1:]) for each in islice(lines, 2, 2 + MOST_LINES)]


def notice_of(name: str, origin: str, there: dict[str, Any] | None, default: str) -> str | None:
    """Returns what somebody should know who saves under this name; None where nothing is there.

    Args:
        name: what it is to be called.
        origin: the scenario that was opened.
        there: the scenario of this name, where there is one.
        default: the name of the scenario that payments play by default.
    """
    if there is None:
        return None
    if not there["uploaded"]:
        hides = f"Saved, it hides the shipped scenario {name} in this sandbox"
        is_played = ", and payments play it by default" if name == default else ""
        asks = "" if name == origin else " Save asks before."
        return f"{hides}{is_played}.{asks}"
    if name == origin:
        return None
    return f"There is a scenario {name} in this sandbox. Save asks before it is replaced."
