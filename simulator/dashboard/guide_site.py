"""Where the site of the guide is: a released wheel has it, a checkout once it was built."""

from pathlib import Path

FRONT = "index.html"
FOLDER = Path(__file__).parent / "guide"


def is_file(path: Path) -> bool:
    """Whether a file is there."""
    try:
        return path.is_file()
    except OSError:
        # The name is longer than any file's.
        return False


def is_built() -> bool:
    """Whether there is a guide to show."""
    return is_file(FOLDER / FRONT)
