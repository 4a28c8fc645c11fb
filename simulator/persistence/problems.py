"""What may go wrong with a data dir, for those who must know and need nothing else of it."""

__all__ = ["DataDirProblem", "NotWritten"]


class DataDirProblem(ValueError):
    """A data dir that can't be used; the message says why, in one line."""


class NotWritten(OSError):
    """What was to be kept is not on disk yet; it is tried again."""
