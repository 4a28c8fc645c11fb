"""Settings as command lines and configuration files give them: NAME=VALUE, each in a text."""

from collections.abc import Iterable


def pairs_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Returns what texts say, by the settings' names; several values where a name comes again.

    Raises:
        ValueError: one is no NAME=VALUE.
    """
    pairs: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not (name and equals):
            raise ValueError(f"expected NAME=VALUE, got {text!r}")
        pairs.setdefault(name, []).append(value.strip())
    return pairs
