"""How stored values are written as JSON, and how a stored file begins.

Decoding makes values of the types that a codec names, and of no others.
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from .. import __version__

T = TypeVar("T")
S = TypeVar("S")

_encode = msgspec.json.Encoder(decimal_format="string").encode


class Codec(Protocol[T]):
    """Encodes values of one type as JSON, and decodes them."""

    def encode(self, value: T) -> bytes:
        """Returns the value as JSON."""

    def decode(self, content: bytes | msgspec.Raw) -> T:
        """Returns the value.

        Raises:
            msgspec.MsgspecError: the JSON is not of this type.
        """


class Typed(Generic[T]):
    """Values of one type.

    Args:
        cls: the type, as an annotation writes it.
    """

    def __init__(self, cls: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(cls)

    def encode(self, value: T) -> bytes:
        return _encode(value)

    def decode(self, content: bytes | msgspec.Raw) -> T:
        return self._decoder.decode(content)


class Tagged(Generic[T]):
    """Values of several types, as `[tag of the type, value]`.

    Args:
        types: the types. Each has a `tag` of its own that never changes, so that a class can be
            renamed and old files still load.
    """

    def __init__(self, types: Iterable[type[Any]]) -> None:
        self._tags: dict[type[Any], str] = {each: each.tag for each in types}
        self._decoders: dict[str, msgspec.json.Decoder[T]] = {
            tag: msgspec.json.Decoder(each) for each, tag in self._tags.items()
        }
        if len(self._decoders) < len(self._tags):
            raise ValueError(f"two stored types have one tag: {sorted(self._tags.values())}")
        self._pair: msgspec.json.Decoder[tuple[str, msgspec.Raw]] = msgspec.json.Decoder(
            tuple[str, msgspec.Raw]
        )

    def encode(self, value: T) -> bytes:
        return _encode((self._tags[type(value)], value))

    def decode(self, content: bytes | msgspec.Raw) -> T:
        tag, rest = self._pair.decode(content)
        if tag not in self._decoders:
            raise msgspec.ValidationError(f"unknown type {tag[:60]!r}")
        return self._decoders[tag].decode(rest)


class Mapped(Generic[T, S]):
    """Values that are stored in another form.

    Args:
        codec: encodes the stored form.
        to_stored: makes the stored form of a value.
        from_stored: makes the value of the stored form.
    """

    def __init__(
        self, codec: Codec[S], to_stored: Callable[[T], S], from_stored: Callable[[S], T]
    ) -> None:
        self._codec, self._to_stored, self._from_stored = codec, to_stored, from_stored

    def encode(self, value: T) -> bytes:
        return self._codec.encode(self._to_stored(value))

    def decode(self, content: bytes | msgspec.Raw) -> T:
        return self._from_stored(self._codec.decode(content))


class _Head(msgspec.Struct):
    format: str
    version: int
    simulator: str = "another version"


def check_head(content: bytes, what: str, format: str, version: int) -> None:
    """Checks that this simulator can read a document.

    Args:
        content: the document.
        what: what it should be, in a word.
        format: the format it should have.
        version: the version of the format that this simulator reads.

    Raises:
        ValueError: the simulator can't read it; the message says why, in one line.
    """
    try:
        head = msgspec.json.decode(content, type=_Head)
    except msgspec.ValidationError as error:
        raise ValueError(f"this is not a {what} of the simulator: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"the {what} is not JSON, or only a part of it: {error}") from error
    if head.format != format:
        raise ValueError(f"this is not a {what} of the simulator: its format is {head.format!r}")
    if head.version != version:
        raise ValueError(
            f"the {what} is of version {head.version} (simulator {head.simulator}); "
            f"this one ({__version__}) reads version {version}"
        )
