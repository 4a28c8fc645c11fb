"""The mutants of a module: small changes, each of which a test should notice.

Texts for people (strings with spaces, f-strings, docstrings), annotations, decorators, imports and
`__all__` are left alone. What is changed is a node of the module's syntax tree, so that tables,
defaults and enumerations have mutants as well as functions.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["Mutant", "mutants_of"]

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
NAMES = {"max": "min", "min": "max", "any": "all", "all": "any", "sorted": "list"}
METHODS = {
    "lower": "upper", "upper": "lower", "startswith": "endswith", "endswith": "startswith",
    "lstrip": "rstrip", "rstrip": "lstrip", "partition": "rpartition", "append": "appendleft",
    "popleft": "pop",
}  # fmt: skip
#: Calls that only type checkers read.
FOR_TYPES = ("TypeVar", "cast")
#: What is indexed by types.
KINDS = ("dict", "list", "set", "tuple", "type")
WORD = re.compile(r"\S+")
CONDITIONAL = (ast.If, ast.IfExp, ast.While)


@dataclass
class Mutant:
    """One change of one module.

    Args:
        function: the qualified name of the function it is in; empty for the module's own level.
        lines: the lines whose coverage tells which tests may notice.
        label: what was, and what is instead.
        apply: makes the change in the tree it was found in.
    """

    function: str
    lines: tuple[int, int]
    label: str
    apply: Callable[[], None] = field(repr=False)


@dataclass(frozen=True)
class _Place:
    function: str = ""
    scope: str = ""
    lines: tuple[int, int] = (0, 0)
    is_test: bool = False


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """Returns all mutants of a module, in the order of its text."""
    return list(_Finder(tree).visit(tree, _Place()))


class _Finder:
    def __init__(self, tree: ast.Module) -> None:
        #: The words of each enumeration that the module speaks of, for swapping them.
        self._words: dict[str, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _is_constant(node):
                words = self._words.setdefault(ast.unparse(node.value), [])
                if node.attr not in words:
                    words.append(node.attr)

    def visit(self, node: ast.AST, place: _Place) -> Iterator[Mutant]:
        """Yields the mutants in a node's children."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "keywords") and (
                name != "keywords" or isinstance(node, ast.ClassDef)
            ):
                continue
            if isinstance(value, ast.AST):
                yield from self._visit_child(node, name, None, value, place)
            elif isinstance(value, list):
                for index, each in enumerate(value):
                    if isinstance(each, ast.AST):
                        yield from self._visit_child(node, name, index, each, place)

    def _visit_child(
        self, parent: ast.AST, name: str, index: int | None, node: ast.AST, place: _Place
    ) -> Iterator[Mutant]:
        if _is_left_alone(node):
            return
        place = _placed(parent, name, node, place)
        for new in self._changes(node, place):
            label = f"{_shown(node)} -> {_shown(new)}"
            yield Mutant(place.function, place.lines, label, _setter(parent, name, index, new))
        yield from self.visit(node, place)

    def _changes(self, node: ast.AST, place: _Place) -> Iterator[ast.AST]:
        if place.is_test:
            yield ast.Constant(True)
            yield ast.Constant(False)
        if isinstance(node, ast.stmt):
            yield from _statement_changes(node, place)
        elif isinstance(node, ast.Attribute):
            yield from self._other_words(node)
        elif isinstance(node, ast.expr):
            yield from _expression_changes(node, place)

    def _other_words(self, node: ast.Attribute) -> Iterator[ast.AST]:
        words = self._words.get(ast.unparse(node.value), [])
        if _is_constant(node) and isinstance(node.ctx, ast.Load) and len(words) > 1:
            other = words[(words.index(node.attr) + 1) % len(words)]
            yield ast.Attribute(node.value, other, ast.Load())


def _statement_changes(node: ast.stmt, place: _Place) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr | ast.Delete | ast.Raise | ast.Continue | ast.Break):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple):
        yield ast.Pass()
    elif isinstance(node, ast.AugAssign):
        yield ast.Pass()
        if type(node.op) in ARITHMETIC:
            yield ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)


def _expression_changes(node: ast.expr, place: _Place) -> Iterator[ast.AST]:
    match node:
        case ast.Constant():
            yield from _other_constants(node.value)
        case ast.Compare():
            for index, op in enumerate(node.ops):
                if not place.is_test or isinstance(op, ORDERS):
                    ops = [*node.ops[:index], COMPARISONS[type(op)](), *node.ops[index + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for index in range(len(node.values)):
                rest = node.values[:index] + node.values[index + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in ARITHMETIC and not _is_text(node):
            yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        case ast.Call():
            yield from _other_calls(node, place)
        case ast.Dict() if not place.function and len(node.keys) > 1:
            for index in range(len(node.keys)):
                keys, values = [*node.keys], [*node.values]
                del keys[index], values[index]
                yield ast.Dict(keys, values)
        case ast.Tuple() | ast.List() | ast.Set() if not place.function and len(node.elts) > 1:
            for index in range(len(node.elts)):
                new = copy.copy(node)
                new.elts = node.elts[:index] + node.elts[index + 1 :]
                yield new


def _other_constants(value: object) -> Iterator[ast.AST]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int() | float():
            yield ast.Constant(value + 1)
        case str() if WORD.fullmatch(value):
            yield ast.Constant(f"XX{value}")
        case "":
            yield ast.Constant("XX")


def _other_calls(node: ast.Call, place: _Place) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in NAMES:
        name = ast.Name(NAMES[node.func.id], ast.Load())
        keywords = [] if name.id == "list" else node.keywords
        yield ast.Call(name, node.args, keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        attribute = ast.Attribute(node.func.value, METHODS[node.func.attr], ast.Load())
        yield ast.Call(attribute, node.args, node.keywords)
    if place.function:
        for index in range(len(node.keywords)):
            rest = node.keywords[:index] + node.keywords[index + 1 :]
            yield ast.Call(node.func, node.args, rest)


def _placed(parent: ast.AST, name: str, node: ast.AST, place: _Place) -> _Place:
    function, scope, lines = place.function, place.scope, place.lines
    if isinstance(parent, ast.FunctionDef | ast.ClassDef) and name == "body":
        scope = f"{scope}{parent.name}."
        if isinstance(parent, ast.FunctionDef):
            function = scope.rstrip(".")
    elif isinstance(parent, ast.Lambda) and name == "body":
        function = f"{scope}<lambda>"
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if isinstance(body, list) else node.end_lineno or node.lineno
        lines = (node.lineno, max(last, node.lineno))
    is_test = (isinstance(parent, CONDITIONAL) and name == "test") or (
        isinstance(parent, ast.comprehension) and name == "ifs"
    )
    return _Place(function, scope, lines, is_test)


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Assert():
            return True
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in FOR_TYPES
        case ast.Subscript(value=ast.Name(id=name)) if name[:1].isupper() or name in KINDS:
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError")):
            return True
    return False


def _is_constant(node: ast.Attribute) -> bool:
    return node.attr.isupper() and isinstance(node.value, ast.Name)


def _is_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(each, ast.JoinedStr)
        or (isinstance(each, ast.Constant) and isinstance(each.value, str))
        for each in sides
    )


def _setter(parent: ast.AST, name: str, index: int | None, new: ast.AST) -> Callable[[], None]:
    def apply() -> None:
        if index is None:
            old = getattr(parent, name)
            setattr(parent, name, new)
        else:
            old = getattr(parent, name)[index]
            getattr(parent, name)[index] = new
        ast.copy_location(new, old)
        ast.fix_missing_locations(parent)

    return apply


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
    return text if len(text) <= 100 else f"{text[:60]} ... {text[-35:]}"
