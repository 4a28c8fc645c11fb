"""How many scenarios somebody may upload, and how large: the server's own files have no limit."""

from collections.abc import Mapping

from ..settings.documents import FileProblem, ProblemsFound
from .scenario import Scenario

#: So many expectations, faults and steps of the till one may have; steps have a bound anyway.
MOST_LINES = 1000
#: So many a sandbox takes, and of so much text together, in MB.
MOST_UPLOADS = 500
MOST_TEXT = 10
_HINT = "replace one that is there, reset the sandbox, or name a folder of files with --scenarios"


def check_size(scenario: Scenario) -> None:
    """Checks that a scenario is not so large that it would hold up others.

    Raises:
        ProblemsFound: it has too many lines of a kind.
    """
    counts = {
        "expect": len(scenario.expect),
        "faults": len(scenario.faults),
        "till": len(scenario.till),
    }
    problems = [
        FileProblem(
            scenario.file, 1, 1, field, f"has {count:,} entries; at most {MOST_LINES:,} are taken"
        )
        for field, count in counts.items()
        if count > MOST_LINES
    ]
    if problems:
        raise ProblemsFound(problems)


def check_room(scenario: Scenario, uploads: Mapping[str, Scenario]) -> None:
    """Checks that a sandbox has room for one more upload; one of its name is replaced.

    Args:
        scenario: the upload.
        uploads: those that are there, by name.

    Raises:
        ProblemsFound: there are too many, or too much text is in them.
    """
    others = [each for name, each in uploads.items() if name != scenario.name]
    message = ""
    if len(others) >= MOST_UPLOADS:
        message = f"the sandbox has {len(others):,} uploaded scenarios already, which is the limit"
    elif sum(map(_size, [scenario, *others])) > MOST_TEXT * 1_000_000:
        message = f"the sandbox would have more than {MOST_TEXT} MB of uploaded scenarios"
    if message:
        raise ProblemsFound([FileProblem(scenario.file, 1, 1, "", f"{message}; {_HINT}")])


def _size(scenario: Scenario) -> int:
    """Returns how many bytes a scenario's own text has."""
    (_, text), *_ = scenario.texts
    return len(text.encode())
