"""A snapshot: a sandbox as one JSON document, to attach to a bug report or to load elsewhere.

It has the state, the clock, uploaded and queued scenarios, runs, events and the journal, but no
secrets and no tokens.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from .. import __version__
from ..scripting.includes import scenario_of
from ..settings.echoes import in_one_line
from .codecs import check_head
from .parts import LATER_PARTS, PARTS, SandboxPosition, StoredPart, fill, position_of, resume
from .registry import HostedSandbox

FORMAT = "mobilepay-sim snapshot"
#: Increases with every change of the format.
VERSION = 2


class BadSnapshot(ValueError):
    """A snapshot can't be loaded; the message says why, in one line."""

    def __init__(self, reason: str) -> None:
        super().__init__(in_one_line(reason))


class _Document(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    format: str = FORMAT
    version: int = VERSION
    simulator: str = __version__
    sandbox: str
    checksum: str
    position: SandboxPosition
    parts: dict[str, list[tuple[msgspec.Raw, msgspec.Raw]]]


def take_snapshot(sandbox: HostedSandbox) -> bytes:
    """Returns a sandbox as JSON; see `copied_snapshot`."""
    return copied_snapshot(sandbox)()


def copied_snapshot(sandbox: HostedSandbox) -> Callable[[], bytes]:
    """Copies what a snapshot holds; returns what writes it, for any thread.

    Called inside the sandbox's world. The few parts whose values may change are written now; of
    the others it is enough to know which values there are.
    """
    position, name = position_of(sandbox), sandbox.name
    now = {part.name: _written(part, part.table(sandbox)) for part in PARTS if part.may_change}
    # A dictionary is copied at once, entries one after the other are not.
    kept = {part.name: dict(part.table(sandbox)) for part in PARTS if not part.may_change}

    def write() -> bytes:
        parts = {
            part.name: now[part.name] if part.may_change else _written(part, kept[part.name])
            for part in PARTS
        }
        document = _Document(
            sandbox=name,
            checksum=_checksum_of(msgspec.json.encode(position), parts),
            position=position,
            parts=parts,
        )
        return msgspec.json.encode(document)

    return write


def _written(part: StoredPart, entries: Mapping[Any, Any]) -> list[tuple[msgspec.Raw, msgspec.Raw]]:
    return [
        (msgspec.Raw(part.keys.encode(key)), msgspec.Raw(part.values.encode(value)))
        for key, value in entries.items()
    ]


def load_snapshot(content: bytes, fresh: HostedSandbox) -> HostedSandbox:
    """Returns an empty sandbox with a snapshot loaded; its time goes on from the snapshot's.

    Raises:
        BadSnapshot: it is not a snapshot, or one of another version, or it was changed.
    """
    document = _read(content)
    known = {part.name for part in PARTS}
    odd_parts = (set(document.parts) ^ known) - (LATER_PARTS - set(document.parts))
    if odd_parts:
        odd = ", ".join(sorted(odd_parts))
        raise BadSnapshot(f"the snapshot has other parts than this version's: {odd}")
    position = document.position
    try:
        fill(fresh, document.parts)
        resume(fresh, position, position.world.now, position.rules)
        fresh.scenario_engine.set_default(scenario_of(position.default))
    except (ValueError, LookupError) as error:
        raise BadSnapshot(f"the snapshot can't be read: {error}") from error
    return fresh


def _read(content: bytes) -> _Document:
    try:
        check_head(content, "snapshot", FORMAT, VERSION)
    except ValueError as error:
        raise BadSnapshot(str(error)) from error
    try:
        document = msgspec.json.decode(content, type=_Document)
        raw = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        checksum = _checksum_of(raw["position"], document.parts)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadSnapshot(f"the snapshot can't be read: {error}") from error
    if checksum != document.checksum:
        raise BadSnapshot("the snapshot was changed after it was taken: its checksum is another")
    return document


def _checksum_of(
    position: bytes | msgspec.Raw, parts: Mapping[str, list[tuple[msgspec.Raw, msgspec.Raw]]]
) -> str:
    """Returns a digest that does not depend on the layout of the JSON.

    It is made entry by entry, so that other threads get turns.
    """
    digest = sha256(_in_order(position))
    opening = b"{"
    for name in sorted(parts):
        entries = (b",".join((_in_order(key), _in_order(value))) for key, value in parts[name])
        digest.update(opening + msgspec.json.encode(name) + b":[")
        for number, entry in enumerate(entries):
            digest.update(b"%b[%b]" % (b"," if number else b"", entry))
        digest.update(b"]")
        opening = b","
    digest.update(b"}")
    return f"sha256:{digest.hexdigest()}"


def _in_order(content: bytes | msgspec.Raw) -> bytes:
    """Returns JSON in the one layout that digests are made of."""
    return msgspec.json.encode(msgspec.json.decode(content), order="deterministic")
