"""How values become JSON and values again. Only types that are named here are ever made."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

import msgspec

__all__ = ["Codec", "Mapped", "Tagged", "Typed"]

T = TypeVar("T")
S = TypeVar("S")

_encode = msgspec.json.Encoder(decimal_format="string").encode


class Codec(Protocol[T]):
    """Turns values of one kind into JSON, and back."""

    def encode(self, value: T) -> bytes:
        """Returns the value as JSON."""

    def decode(self, content: bytes | msgspec.Raw) -> T:
        """Returns the value that some JSON is.

        Raises:
            msgspec.MsgspecError: it is none.
        """


class Typed(Generic[T]):
    """Values of one type, whose fields say what they are.

    Args:
        cls: the type, as annotations write it.
    """

    def __init__(self, cls: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(cls)

    def encode(self, value: T) -> bytes:
        """Returns the value as JSON."""
        return _encode(value)

    def decode(self, content: bytes | msgspec.Raw) -> T:
        """Returns the value that some JSON is."""
        return self._decoder.decode(content)


class Tagged(Generic[T]):
    """Values of several types, as `[name of the type, value]`.

    Args:
        types: the types. Two modules may have types of one name.
    """

    def __init__(self, types: Iterable[type[T]]) -> None:
        self._names = {each: _name(each) for each in types}
        self._decoders: dict[str, msgspec.json.Decoder[T]] = {
            name: msgspec.json.Decoder(each) for each, name in self._names.items()
        }
        self._pair: msgspec.json.Decoder[tuple[str, msgspec.Raw]] = msgspec.json.Decoder(
            tuple[str, msgspec.Raw]
        )

    def encode(self, value: T) -> bytes:
        """Returns the value as JSON."""
        return _encode((self._names[type(value)], value))

    def decode(self, content: bytes | msgspec.Raw) -> T:
        """Returns the value that some JSON is."""
        name, rest = self._pair.decode(content)
        if name not in self._decoders:
            raise msgspec.ValidationError(f"{name[:60]!r} is none of the types there can be")
        return self._decoders[name].decode(rest)


class Mapped(Generic[T, S]):
    """Values that are written down as other values.

    Args:
        codec: writes the others.
        there: makes another of a value.
        back: makes the value of it again.
    """

    def __init__(self, codec: Codec[S], there: Callable[[T], S], back: Callable[[S], T]) -> None:
        self._codec, self._there, self._back = codec, there, back

    def encode(self, value: T) -> bytes:
        """Returns the value as JSON."""
        return self._codec.encode(self._there(value))

    def decode(self, content: bytes | msgspec.Raw) -> T:
        """Returns the value that some JSON is."""
        return self._back(self._codec.decode(content))


def _name(cls: type) -> str:
    return f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"
