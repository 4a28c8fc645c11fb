"""Numbers with their nouns."""


def count_of(count: int, word: str) -> str:
    """Returns a number with its noun: 1 call, 2 calls."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
