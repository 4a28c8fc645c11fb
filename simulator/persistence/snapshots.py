"""A sandbox as one JSON document: to attach to a bug report, to load elsewhere, to go on from.

It holds what the sandbox holds: state, clock, scenarios that were uploaded, are queued or at work,
runs, events and the journal. It holds no secrets and no tokens.
"""

from hashlib import sha256
from typing import Any

import msgspec

from simulator import __version__
from simulator.persistence.heads import check_head
from simulator.persistence.parts import PARTS, Position, position_of, restore
from simulator.sandboxes import Sandbox
from simulator.scripting.scenario import scenario_of

__all__ = ["FORMAT", "VERSION", "BadSnapshot", "load_snapshot", "take_snapshot"]

FORMAT = "mobilepay-sim snapshot"
#: Goes up with every change of what is in it.
VERSION = 2


class BadSnapshot(ValueError):
    """A document that can't be loaded; the message says why, in one line."""


class _Document(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    format: str = FORMAT
    version: int = VERSION
    simulator: str = __version__
    sandbox: str
    checksum: str
    position: Position
    parts: dict[str, list[tuple[msgspec.Raw, msgspec.Raw]]]


def take_snapshot(sandbox: Sandbox) -> bytes:
    """Returns a sandbox as JSON. It is called inside the sandbox's world."""
    position = position_of(sandbox)
    parts = {
        part.name: [
            (msgspec.Raw(part.keys.encode(key)), msgspec.Raw(part.values.encode(value)))
            for key, value in part.table(sandbox).items()
        ]
        for part in PARTS
    }
    document = _Document(
        sandbox=sandbox.name,
        checksum=_checksum(msgspec.json.encode(position), msgspec.json.encode(parts)),
        position=position,
        parts=parts,
    )
    return msgspec.json.encode(document)


def load_snapshot(content: bytes, fresh: Sandbox) -> None:
    """Fills a fresh sandbox with what a snapshot holds; its time goes on from there.

    Raises:
        BadSnapshot: it is none, of another version, or was changed after it was taken.
    """
    document = _read(content)
    known = {part.name for part in PARTS}
    if set(document.parts) != known:
        odd = ", ".join(sorted(set(document.parts) ^ known))
        raise BadSnapshot(f"the snapshot has other parts than this version's: {odd}")
    position = document.position
    try:
        restore(fresh, document.parts, position, position.world.now, position.rules)
        fresh.director.play_by_default(scenario_of(position.default))
    except (ValueError, LookupError) as error:
        raise BadSnapshot(f"the snapshot can't be read: {error}") from error


def _read(content: bytes) -> _Document:
    try:
        check_head(content, "snapshot", FORMAT, VERSION)
    except ValueError as error:
        raise BadSnapshot(str(error)) from error
    try:
        document = msgspec.json.decode(content, type=_Document)
        raw = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        checksum = _checksum(raw["position"], raw["parts"])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadSnapshot(f"the snapshot can't be read: {error}") from error
    if checksum != document.checksum:
        raise BadSnapshot("the snapshot was changed after it was taken: its checksum is another")
    return document


def _checksum(*parts: bytes | msgspec.Raw) -> str:
    """Returns what tells a snapshot from a changed one, however it is laid out."""
    digest = sha256()
    for part in parts:
        value: Any = msgspec.json.decode(part)
        digest.update(msgspec.json.encode(value, order="deterministic"))
    return f"sha256:{digest.hexdigest()}"
