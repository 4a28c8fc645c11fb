"""How large a scenario may be that somebody uploads; files of the server's own may be larger."""

from ..settings.documents import FileProblem, ProblemsFound
from .scenario import Scenario

#: So many expectations, faults and steps of the till one may have; steps have a bound anyway.
MOST_LINES = 1000


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
