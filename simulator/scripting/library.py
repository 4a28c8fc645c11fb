"""The scenarios: those of files, and the uploads of a sandbox."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import cache
from pathlib import Path
from typing import cast

from ..engine.tables import Table
from ..settings.documents import FileProblem, ProblemsFound
from ..settings.nearest import nearest
from .files import certification_folder, files_in, read_folder
from .includes import with_includes
from .matchers import AppliesTo
from .scenario import Scenario, place_of

#: How much of an unknown name a message shows.
_LONGEST_SHOWN = 80


@cache
def _shipped_cases() -> frozenset[str]:
    """Returns the names of the shipped cases."""
    return frozenset(path.stem for path in files_in(certification_folder()))


class UnknownScenario(LookupError):
    """There is no scenario of this name; the message names the nearest."""


class ScenarioLibrary:
    """The scenarios of files, by name.

    Args:
        folders: the folders of the files; later folders replace names of earlier ones.

    Raises:
        ProblemsFound: with the mistakes of all files.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._scenarios: dict[str, Scenario] = {}
        self._cases: dict[str, Scenario] = {}
        self._stamp = self._look()
        #: How often the files were read.
        self.generation = 0
        self.take(self._read())

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._scenarios.values(), key=lambda each: each.name))

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """The scenarios by name."""
        return self._scenarios

    @property
    def cases(self) -> Mapping[str, Scenario]:
        """The cases of certifications by name; nothing else runs them."""
        return self._cases

    def copy(self) -> "ScenarioLibrary":
        """Returns a library with what this one has now, which no change of the files reaches."""
        made = copy(self)
        made._scenarios = dict(self._scenarios)
        return made

    def refresh(self) -> bool:
        """Reads the files again if any has changed, and returns whether it did.

        Raises:
            ProblemsFound: the files have mistakes now; the scenarios remain as they were.
        """
        changed = self.find_change()
        if changed is not None:
            self.take(changed)
        return changed is not None

    def find_change(self) -> Mapping[str, Scenario] | None:
        """Returns what the files hold if any has changed, else None. A thread may call it.

        Raises:
            ProblemsFound: the files have mistakes now.
            OSError: no more files can be opened.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return None
        try:
            found = self._read()
        except ProblemsFound as problems:
            # What can't be read may be read later, with nothing that looks changed.
            if all(each.line for each in problems.problems):
                self._stamp = stamp
            raise
        # After any other error the next look reads again: the files are not known to be right.
        self._stamp = stamp
        return found

    def take(self, scenarios: Mapping[str, Scenario]) -> None:
        """Replaces the scenarios by those that `find_change` has found."""
        # The dictionary must stay the same: the catalogs of all sandboxes use it.
        self._scenarios.clear()
        self._cases = {}
        for name, scenario in scenarios.items():
            (self._scenarios if scenario.case is None else self._cases)[name] = scenario
        self.generation += 1

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in (path for folder in self._folders for path in files_in(folder)):
            try:
                status = path.stat()
            except OSError:  # an editor is replacing it, or it is a link that leads nowhere
                continue
            found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(found)

    def _read(self) -> dict[str, Scenario]:
        scenarios: dict[str, Scenario] = {}
        problems: list[FileProblem] = []
        for folder in self._folders:
            try:
                scenarios.update(read_folder(folder))
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
        return resolved


@cache
def shipped_cases() -> Mapping[str, Scenario]:
    """Returns the shipped cases by name; the first call reads their files, which takes long."""
    return ScenarioLibrary([certification_folder()]).cases


class CaseCatalog:
    """The cases of certifications: the shipped ones, and those of files, which replace them.

    Args:
        library: the library with the cases of files.
    """

    def __init__(self, library: ScenarioLibrary) -> None:
        self._library = library
        self._all: tuple[int, dict[str, Scenario]] | None = None

    def __call__(self) -> Mapping[str, Scenario]:
        """Returns the cases by name, in the order of their sections."""
        if self._all is None or self._all[0] != self._library.generation:
            found = {**shipped_cases(), **self._library.cases}
            placed = sorted(found.values(), key=lambda each: (*place_of(each), each.name))
            self._all = (self._library.generation, {each.name: each for each in placed})
        return self._all[1]


class ScenarioCatalog:
    """The scenarios of one sandbox: those of the library, and its uploads, which replace them.

    Args:
        library: the library that all sandboxes share.
    """

    def __init__(self, library: ScenarioLibrary) -> None:
        self._library = library
        self.uploads: Table[str, Scenario] = Table()
        self._selective_cache: tuple[int, tuple[Scenario, ...]] | None = None
        self._all: ChainMap[str, Scenario] = ChainMap(
            self.uploads, cast("dict[str, Scenario]", library.scenarios)
        )

    def __iter__(self) -> Iterator[Scenario]:
        return iter(sorted(self._all.values(), key=lambda each: each.name))

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def put(self, scenario: Scenario) -> None:
        """Adds an upload; in this sandbox it replaces a scenario of its name.

        Raises:
            ProblemsFound: it includes a scenario that can't be included, or it is a case.
        """
        if scenario.case is not None:
            message = "a case must be in a folder of --scenarios; only certifications run it"
            raise ProblemsFound([FileProblem(scenario.file, 1, 1, "case", message)])
        scenario = with_includes(scenario, self._all)
        self.uploads[scenario.name] = scenario
        self._selective_cache = None

    def is_of_file(self, name: str) -> bool:
        """Whether a file has a scenario of this name, which an upload may hide."""
        return name in self._library.scenarios

    def remove(self, name: str) -> None:
        """Removes an upload.

        Raises:
            KeyError: there is none of this name.
        """
        del self.uploads[name]
        self._selective_cache = None

    @property
    def is_plain(self) -> bool:
        """Whether no scenario with `applies_to` looks at calls."""
        return all(each.is_plain for each in self._selective())

    def get(self, name: str) -> Scenario:
        """Returns the scenario of this name.

        Raises:
            UnknownScenario: there is none.
        """
        scenario = self._all.get(name)
        if scenario is None:
            shown = name[:_LONGEST_SHOWN]
            if name in self._library.cases or name in _shipped_cases():
                raise UnknownScenario(
                    f"{shown!r} is a case of the certification, and only certifications play it: "
                    f"POST /_simulator/certifications, or mobilepay-sim certify --case {shown}"
                )
            raise UnknownScenario(f"no scenario {shown!r}; {nearest(shown, self._all)}")
        return scenario

    def first_that(self, matches: Callable[[AppliesTo], bool]) -> Scenario | None:
        """Returns the first scenario, by name, whose `applies_to` matches."""
        for scenario in self._selective():
            if scenario.applies_to is not None and matches(scenario.applies_to):
                return scenario
        return None

    def _selective(self) -> tuple[Scenario, ...]:
        if self._selective_cache is None or self._selective_cache[0] != self._library.generation:
            found = tuple(each for each in self if each.applies_to is not None)
            self._selective_cache = (self._library.generation, found)
        return self._selective_cache[1]
