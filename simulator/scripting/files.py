"""The files of scenarios: where they are, and what is read from them."""

import os
import stat
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from ..settings.documents import FileProblem, ProblemsFound
from ..settings.files import is_shortage
from .scenario import Scenario, read_scenario

#: The cases are read when a certification begins: most servers never need them.
_CERTIFICATION = "certification"
#: A folder of scenarios holds fewer files and folders than this.
MOST_ENTRIES = 20_000


def amounts_folder() -> Path:
    """Returns the folder of the shipped scenarios that payments' amounts select."""
    return shipped_folder() / "_amounts"


def certification_folder() -> Path:
    """Returns the folder of the shipped cases."""
    return shipped_folder() / _CERTIFICATION


def shipped_folder() -> Path:
    """Returns the folder of the shipped scenarios: in the package, or in the source tree."""
    package = Path(__file__).parent.parent
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def files_in(folder: Path) -> list[Path]:
    """Returns the scenario files of a folder.

    It leaves out folders that begin with _ and the shipped cases, which are read separately, and
    names that begin with a dot, which belong to editors and tools. What can't be looked into, such
    as the folder of a process that has ended, is left out too.

    Raises:
        ProblemsFound: there is so much in it that it can't be meant.
        OSError: no more files can be opened.
    """
    left_out = {_CERTIFICATION} if folder == shipped_folder() else set()
    found: list[Path] = []
    seen = 0
    for path, folders, names in os.walk(folder, onerror=_unless_shortage):
        seen += len(folders) + len(names)
        if seen > MOST_ENTRIES:
            message = f"holds more than {MOST_ENTRIES} files and folders; name one of scenarios"
            raise ProblemsFound([FileProblem.without_text(folder, message)])
        folders[:] = [each for each in folders if not _is_left_out(each, left_out)]
        found += [
            Path(path, each)
            for each in names
            if each.endswith((".yaml", ".yml")) and not _is_left_out(each, left_out)
        ]
    return sorted(found)


def _unless_shortage(error: OSError) -> None:
    """Passes over what can't be read, unless nothing can be."""
    if is_shortage(error):
        raise error


def _is_endless(path: Path) -> bool:
    """Whether a path leads to a pipe, a device or a socket."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # reading it says why
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_left_out(name: str, names: Container[str]) -> bool:
    return name.startswith(("_", ".")) or name in names


def beside(scenario: Scenario) -> dict[str, Scenario]:
    """Returns the scenarios that one includes, directly or not, as far as they lie beside its file.

    Raises:
        ProblemsFound: with the mistakes of the first file that has any.
    """
    folder, found = Path(scenario.file).parent, {scenario.name: scenario}
    waiting = [scenario]
    while waiting:
        steps = (step for script in waiting.pop().scripts for step in script)
        for name in [each.include for each in steps if each.include not in (None, *found)]:
            paths = (folder / f"{name}{ending}" for ending in (".yaml", ".yml"))
            path = next((each for each in paths if each.parent == folder and each.is_file()), None)
            if name is not None and path is not None:
                found[name] = read_scenario(path)
                waiting.append(found[name])
    return found


def read_folder(folder: Path) -> dict[str, Scenario]:
    """Returns the scenarios of a folder, by name.

    Raises:
        ProblemsFound: with what is wrong with any of its files.
        OSError: no more files can be opened.
    """
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError as error:
        raise ProblemsFound([FileProblem.without_text(folder, "no such folder")]) from error
    except NotADirectoryError as error:
        raise ProblemsFound([FileProblem.without_text(folder, "is not a folder")]) from error
    except OSError as error:
        _unless_shortage(error)
        message = f"can't be read: {error.strerror}"
        raise ProblemsFound([FileProblem.without_text(folder, message)]) from error
    problems: list[FileProblem] = []
    found = read_files(regular(files_in(folder), problems), problems)
    if problems:
        raise ProblemsFound(problems)
    return found


def regular(paths: Iterable[Path], problems: list[FileProblem]) -> Iterator[Path]:
    """Yields the files of a folder that come to an end, unlike a pipe or a device.

    Args:
        paths: the files.
        problems: the others are added to them.
    """
    for path in paths:
        if _is_endless(path):
            problems.append(FileProblem.without_text(path, "is not a regular file"))
        else:
            yield path


def read_files(paths: Iterable[Path], problems: list[FileProblem]) -> dict[str, Scenario]:
    """Returns the scenarios of files, by name.

    Args:
        paths: the files.
        problems: what is wrong with them is added to these.
    """
    found: dict[str, Scenario] = {}
    for path in paths:
        try:
            scenario = read_scenario(path)
        except ProblemsFound as error:
            problems.extend(error.problems)
            continue
        twin = found.setdefault(scenario.name, scenario)
        if twin is not scenario:
            message = f"the name {scenario.name!r} is taken by {twin.file}"
            problems.append(FileProblem(str(path), 1, 1, "", message))
    return found
