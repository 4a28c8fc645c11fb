"""All scenarios that can be asked for: the shipped ones, and the user's, which win."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.documents import Problem, ProblemsFound, nearest
from simulator.engine.records import Payment, PointOfSale
from simulator.scripting.scenario import Scenario, read_scenario

__all__ = ["Library", "UnknownScenario", "shipped_folder"]


class UnknownScenario(LookupError):
    """There is no scenario of this name; the message names the nearest."""


def shipped_folder() -> Path:
    """Returns the folder of the shipped scenarios: inside the package, or the source tree's."""
    package = Path(__file__).parent.parent
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


class Library:
    """Scenarios by name.

    Args:
        folders: where their files are; a name in a later folder replaces one in an earlier.

    Raises:
        ProblemsFound: with the mistakes of all files.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._scenarios: dict[str, Scenario] = {}
        problems: list[Problem] = []
        for folder in folders:
            try:
                self._scenarios.update(_read_folder(folder))
            except ProblemsFound as found:
                problems.extend(found.problems)
        if problems:
            raise ProblemsFound(problems)
        self._choosy = tuple(each for each in self if each.applies_to is not None)

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._scenarios.values(), key=lambda each: each.name))

    def get(self, name: str) -> Scenario:
        """Returns the scenario of this name.

        Raises:
            UnknownScenario: there is none.
        """
        scenario = self._scenarios.get(name)
        if scenario is None:
            raise UnknownScenario(f"no scenario {name!r}; {nearest(name, self._scenarios)}")
        return scenario

    def that_applies_to(self, payment: Payment, pos: PointOfSale | None) -> Scenario | None:
        """Returns the first scenario, by name, whose `applies_to` takes the payment."""
        for scenario in self._choosy:
            if scenario.applies_to is not None and scenario.applies_to.matches(payment, pos):
                return scenario
        return None


def _read_folder(folder: Path) -> dict[str, Scenario]:
    if not folder.is_dir():
        raise ProblemsFound([Problem(str(folder), 1, 1, "", "is not a folder")])
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        try:
            scenario = read_scenario(path)
        except ProblemsFound as error:
            problems.extend(error.problems)
            continue
        twin = found.setdefault(scenario.name, scenario)
        if twin is not scenario:
            message = f"the name {scenario.name!r} is taken by {twin.file}"
            problems.append(Problem(str(path), 1, 1, "", message))
    if problems:
        raise ProblemsFound(problems)
    return found
