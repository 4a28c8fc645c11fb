"""What makes an answer another one: anything but the names that each run gives to the same things.

GUIDs are such names. The first time one is met where the bundle has one, the two are taken for the
same; from then on they must stay the same, in answers as in the requests that follow.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["Names"]

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHOWN = 120


class Names:
    """Which name in this run is which in the bundle."""

    def __init__(self) -> None:
        self._here: dict[str, str] = {}
        self._there: dict[str, str] = {}

    def translate(self, text: str) -> str:
        """Returns a text of the bundle with the names of this run."""
        return _GUID.sub(lambda match: self._here.get(match[0].lower(), match[0]), text)

    def differences(self, recorded: bytes, answered: bytes) -> Iterator[str]:
        """Yields where two bodies differ, the bundle's and this run's."""
        if recorded == answered:
            return
        try:
            pair = json.loads(recorded), json.loads(answered)
        except (ValueError, RecursionError):
            pair = recorded.decode("utf-8", "replace"), answered.decode("utf-8", "replace")
        yield from self._compare("body", *pair)

    def _compare(self, place: str, recorded: Any, answered: Any) -> Iterator[str]:
        if isinstance(recorded, dict) and isinstance(answered, dict):
            for name in recorded | answered:
                inner = f"{place}.{name}"
                if name not in answered:
                    yield f"{inner}: was {_shown(recorded[name])}, is missing"
                elif name not in recorded:
                    yield f"{inner}: was missing, is {_shown(answered[name])}"
                else:
                    yield from self._compare(inner, recorded[name], answered[name])
        elif isinstance(recorded, list) and isinstance(answered, list):
            if len(recorded) != len(answered):
                yield f"{place}: had {len(recorded)} elements, has {len(answered)}"
            for number, pair in enumerate(zip(recorded, answered, strict=False)):
                yield from self._compare(f"{place}[{number}]", *pair)
        elif isinstance(recorded, str) and isinstance(answered, str):
            if not self._is_same_text(recorded, answered):
                yield f"{place}: was {_shown(recorded)}, is {_shown(answered)}"
        elif recorded != answered:
            yield f"{place}: was {_shown(recorded)}, is {_shown(answered)}"

    def _is_same_text(self, recorded: str, answered: str) -> bool:
        if _GUID.split(recorded) != _GUID.split(answered):
            return False
        pairs = zip(_GUID.findall(recorded), _GUID.findall(answered), strict=True)
        return all(self._is_same_name(there.lower(), here.lower()) for there, here in pairs)

    def _is_same_name(self, there: str, here: str) -> bool:
        return (
            self._here.setdefault(there, here) == here
            and self._there.setdefault(here, there) == there
        )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
