"""The head of every file of ours: what it is, and by which version it was written."""

import msgspec

from simulator import __version__

__all__ = ["check_head"]


class _Head(msgspec.Struct):
    format: str
    version: int
    simulator: str = "another version"


def check_head(content: bytes, what: str, format: str, version: int) -> None:
    """Checks that a document is of the kind and version that can be read here.

    Args:
        content: the document.
        what: what it is to be, in a word.
        format: its format.
        version: the version of it that this simulator reads.

    Raises:
        ValueError: it is not; the message says why, in one line.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
    except msgspec.ValidationError as error:
        raise ValueError(f"this is no {what} of the simulator: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"the {what} is not JSON, or only a part of it: {error}") from error
    if head.format != format:
        raise ValueError(f"this is no {what} of the simulator: its format is {head.format!r}")
    if head.version != version:
        raise ValueError(
            f"the {what} is of version {head.version} (simulator {head.simulator}); "
            f"this one ({__version__}) reads version {version}"
        )
