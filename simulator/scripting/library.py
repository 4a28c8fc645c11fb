"""All scenarios that can be asked for: the shipped ones, and the user's, which win."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from simulator.documents import Problem, ProblemsFound, nearest
from simulator.engine.tables import Table
from simulator.scripting.matchers import AppliesTo
from simulator.scripting.scenario import Scenario, place_of, read_scenario, with_includes

__all__ = [
    "CaseShelf",
    "Library",
    "Shelf",
    "UnknownScenario",
    "amounts_folder",
    "certification_folder",
    "shipped_folder",
]

#: Read when somebody is certified: most servers never need these.
_CERTIFICATION = "certification"
#: How much of a name that there is not is told.
_LONGEST_SHOWN = 80


class UnknownScenario(LookupError):
    """There is no scenario of this name; the message names the nearest."""


def amounts_folder() -> Path:
    """Returns the folder of the shipped scenarios that go by a payment's amount."""
    return shipped_folder() / "_amounts"


def certification_folder() -> Path:
    """Returns the folder of the shipped cases, scenarios that clients are certified by."""
    return shipped_folder() / _CERTIFICATION


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
        self._folders = tuple(folders)
        self._scenarios: dict[str, Scenario] = {}
        self._cases: dict[str, Scenario] = {}
        self._stamp = self._look()
        #: Counts how often the files were read.
        self.generation = 0
        self._read()

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._scenarios.values(), key=lambda each: each.name))

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """The scenarios by name."""
        return self._scenarios

    @property
    def cases(self) -> Mapping[str, Scenario]:
        """Those that are cases of a certification, which nothing else plays."""
        return self._cases

    def refresh(self) -> bool:
        """Reads the files again if any of them has changed since; tells whether it did.

        Raises:
            ProblemsFound: there are mistakes in them now; the last good ones stay.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self._read()
        return True

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in (path for folder in self._folders for path in _files(folder)):
            try:
                status = path.stat()
            except FileNotFoundError:  # an editor is just replacing it
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(found)

    def _read(self) -> None:
        scenarios: dict[str, Scenario] = {}
        problems: list[Problem] = []
        for folder in self._folders:
            try:
                scenarios.update(_read_folder(folder))
            except ProblemsFound as found:
                problems.extend(found.problems)
        resolved = {}
        for name, scenario in scenarios.items():
            try:
                resolved[name] = with_includes(scenario, scenarios)
            except ProblemsFound as found:
                problems.extend(found.problems)
        if problems:
            raise ProblemsFound(problems)
        # The same dictionary for ever: shelves look through it.
        self._scenarios.clear()
        self._cases = {}
        for name, scenario in resolved.items():
            (self._scenarios if scenario.case is None else self._cases)[name] = scenario
        self.generation += 1


class CaseShelf:
    """The cases a client can be certified by: the shipped ones, and the user's, which win.

    Args:
        library: where the user's are.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._shipped: Mapping[str, Scenario] | None = None
        self._all: tuple[int, dict[str, Scenario]] | None = None

    def __call__(self) -> Mapping[str, Scenario]:
        """Returns the cases by name, in order of their sections."""
        if self._all is None or self._all[0] != self._library.generation:
            if self._shipped is None:
                self._shipped = Library([certification_folder()]).cases
            found = {**self._shipped, **self._library.cases}
            placed = sorted(found.values(), key=lambda each: (*place_of(each), each.name))
            self._all = (self._library.generation, {each.name: each for each in placed})
        return self._all[1]


class Shelf:
    """The scenarios of one sandbox: those of the library, and its own uploads, which win.

    Args:
        library: what all sandboxes share.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self.uploads: Table[str, Scenario] = Table()
        self._choosy: tuple[int, tuple[Scenario, ...]] | None = None
        self._all: ChainMap[str, Scenario] = ChainMap(
            self.uploads, cast("dict[str, Scenario]", library.scenarios)
        )

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._all.values(), key=lambda each: each.name))

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def put(self, scenario: Scenario) -> None:
        """Takes in an upload; it replaces what had its name, in this sandbox.

        Raises:
            ProblemsFound: it includes what can't be included, or is a case.
        """
        if scenario.case is not None:
            message = "a case is read from a folder of --scenarios, and played by a certification"
            raise ProblemsFound([Problem(scenario.file, 1, 1, "case", message)])
        scenario = with_includes(scenario, self._all)
        self.uploads[scenario.name] = scenario
        self._choosy = None

    @property
    def is_plain(self) -> bool:
        """Whether no scenario that is chosen by itself looks at calls."""
        return all(each.is_plain for each in self._those_that_choose())

    def get(self, name: str) -> Scenario:
        """Returns the scenario of this name.

        Raises:
            UnknownScenario: there is none.
        """
        scenario = self._all.get(name)
        if scenario is None:
            shown = name[:_LONGEST_SHOWN]
            raise UnknownScenario(f"no scenario {shown!r}; {nearest(shown, self._all)}")
        return scenario

    def first_that(self, matches: Callable[[AppliesTo], bool]) -> Scenario | None:
        """Returns the first scenario, by name, whose `applies_to` matches."""
        for scenario in self._those_that_choose():
            if scenario.applies_to is not None and matches(scenario.applies_to):
                return scenario
        return None

    def _those_that_choose(self) -> tuple[Scenario, ...]:
        if self._choosy is None or self._choosy[0] != self._library.generation:
            found = tuple(each for each in self if each.applies_to is not None)
            self._choosy = (self._library.generation, found)
        return self._choosy[1]


def _files(folder: Path) -> list[Path]:
    """Returns a folder's files; folders below it that begin with _ have to be asked for.

    So have the cases of the certification, below the shipped folder. What begins with a dot is an
    editor's or a tool's, such as the lock beside a file that is not saved yet.
    """
    apart = {_CERTIFICATION} if folder == shipped_folder() else set()
    return sorted(
        path
        for ending in ("*.yaml", "*.yml")
        for path in folder.rglob(ending)
        if not any(
            part.startswith(("_", ".")) or part in apart for part in path.relative_to(folder).parts
        )
    )


def _read_folder(folder: Path) -> dict[str, Scenario]:
    if not folder.is_dir():
        raise ProblemsFound([Problem(str(folder), 1, 1, "", "is not a folder")])
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for path in _files(folder):
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
