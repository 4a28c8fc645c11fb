"""Puts a mutant in the place of what is there."""

import ast
import gc
import importlib.abc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.covering import ROOT
from tests.mutation.operators import Mutant, mutants_of

__all__ = ["Target", "exchange", "functions_by_file", "import_changed", "targets_in"]


@dataclass
class Target:
    """A mutant, and where it is."""

    path: Path
    mutant: Mutant
    tree: ast.Module = field(repr=False)
    number: int = 1

    @property
    def module(self) -> str:
        """The name of its module."""
        return ".".join(self.path.with_suffix("").parts)

    @property
    def name(self) -> str:
        """What it is called from run to run, whatever stands around it."""
        where = f"{self.path}:{self.mutant.function or 'module'}"
        return f"{where}: {self.mutant.label}" + (f" #{self.number}" * (self.number > 1))


def targets_in(paths: Sequence[Path]) -> Iterator[Target]:
    """Yields all mutants of the modules."""
    for path in paths:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        seen: dict[tuple[str, str], int] = {}
        for mutant in mutants_of(tree):
            key = mutant.function, mutant.label
            seen[key] = seen.get(key, 0) + 1
            yield Target(path, mutant, tree, seen[key])


def import_changed(target: Target) -> None:
    """Forgets all modules of ours, and imports the target's as it is in its tree from now on."""
    for name in [*sys.modules]:
        if name.split(".")[0] in ("simulator", "tests") and "tests.mutation" not in name:
            del sys.modules[name]
    path = str(ROOT / target.path)
    code = compile(target.tree, path, "exec")
    sys.meta_path.insert(0, _Mutated(target.module, path, code))


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a mutant's code."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Finds the module, and no other."""
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the mutant's code."""
        exec(self._code, module.__dict__)


def functions_by_file() -> dict[str, list[FunctionType]]:
    """Returns all functions there are, by the files they are from."""
    found: dict[str, list[FunctionType]] = {}
    for each in gc.get_objects():
        if type(each) is FunctionType:
            found.setdefault(each.__code__.co_filename, []).append(each)
    return found


def exchange(functions: list[FunctionType], module: CodeType) -> bool:
    """Gives functions the code that stands at their place in `module`; tells whether it could."""
    new: dict[tuple[str, int], list[CodeType]] = {}
    for code in _codes_in(module):
        new.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
    is_changed = False
    for function in functions:
        old = function.__code__
        others = new.get((old.co_qualname, old.co_firstlineno), [])
        if len(others) != 1 or others[0] == old:
            continue
        try:
            function.__code__ = others[0]
        except ValueError:  # it closes over other variables
            return False
        is_changed = True
    return is_changed


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes_in(each)
