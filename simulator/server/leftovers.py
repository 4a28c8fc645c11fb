"""What a start that fails would leave behind."""

from collections.abc import Iterable
from pathlib import Path


def missing(paths: Iterable[Path]) -> list[Path]:
    """Returns those of some files, and of the folders above them, that are not there yet."""
    found: dict[Path, None] = {}
    for path in paths:
        for each in (*reversed(path.parents), path):
            if not each.exists():
                found[each] = None
    return list(found)


def remove(paths: list[Path]) -> None:
    """Removes what has been made of what was missing; a folder with files of others stays."""
    for each in reversed(paths):
        if each.is_file():
            each.unlink()
        elif each.is_dir() and not any(each.iterdir()):
            each.rmdir()
