"""The tables of the page about the Python names, made of docstrings and signatures. See `make.py`."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, is_typeddict

import mobilepay_simulator
import mobilepay_simulator.client as client
import msgspec
from mobilepay_simulator.client.model import Input, Model
from mobilepay_simulator.testing import pytest_plugin
from mobilepay_simulator.testing.in_process import InProcess
from shown_types import get_hints, meaning_of, shown_type

#: The classes that tests use, in the order of the page; what is left of the client follows.
SIMULATORS = (mobilepay_simulator.Simulator, InProcess, client.RemoteSimulator)
IN_A_TEST = (
    client.Sandbox,
    client.SandboxClock,
    client.Customer,
    client.Pos,
    client.Payment,
    client.LiveRun,
    client.Matcher,
)
#: Members that are no business of tests, by class.
INNER = {"PosApi", "connection", "within", "takes_free_port", "boot", "call", "send", "follow"}
_SECTION = re.compile(r"^(Args|Raises|Returns|Yields):$")


class Undescribed(Exception):
    """A public name has no docstring; the message says which."""


def parts() -> dict[str, list[str]]:
    """The page's parts by their marks."""
    names = [getattr(client, each) for each in public_names()]
    errors = [each for each in names if issubclass(each, BaseException)]
    models = [each for each in names if issubclass(each, Model | Input | Enum)]
    return {
        "simulators": joined(class_section(each) for each in SIMULATORS),
        "fixtures": fixtures(),
        "sandbox": joined(class_section(each) for each in IN_A_TEST),
        "control": control(),
        "errors": joined(class_section(each, members=False) for each in errors),
        "models": joined(model_section(each) for each in models if each not in IN_A_TEST),
    }


def public_names() -> list[str]:
    """The names of the client that tests may import."""
    return sorted(client.__all__)


def joined(sections: Iterator[list[str]]) -> list[str]:
    """Several sections as one."""
    return [line for each in sections for line in each][:-1]


def fixtures() -> list[str]:
    """The fixtures of the plugin and its marker."""
    lines: list[str] = []
    for name in ("mobilepay", "mobilepay_server"):
        function = getattr(pytest_plugin, name).__wrapped__
        scope = "of the session" if name.endswith("server") else "of each test"
        yields = "SimulatorInUse" if name.endswith("server") else "[`Sandbox`](#sandbox)"
        lines += [f"### {name}", "", f"A fixture {scope}: {yields}. {doc_of(function)[0]}", ""]
        lines += [*doc_of(function)[1:], ""] if doc_of(function)[1:] else []
    marker = pytest_plugin.MARKER_HELP.partition(": ")
    lines += ["### The marker", "", f"`@pytest.mark.{marker[0]}`", "", marker[2].capitalize(), ""]
    return lines[:-1]


def control() -> list[str]:
    """The calls of the client of the control API, each kind with its own heading."""
    lines = class_section(client.ControlClient, members=False)
    for base in client.ControlClient.__mro__:
        own = [each for each in members_of(base) if base is not client.ControlClient]
        if base.__name__.endswith("Calls") and base.__name__ != "ControlCalls" and own:
            lines += [f"### {title_of(base)}", ""]
            for name, member in own:
                lines += member_lines(client.ControlClient, name, member)
    return lines[:-1]


def title_of(base: type) -> str:
    """A heading for the calls of one kind."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", base.__name__.removesuffix("Calls")) + " calls"


def class_section(cls: type, *, members: bool = True) -> list[str]:
    """What is said of a class."""
    lines = [f"### {cls.__name__}", "", f"`from {module_of(cls)} import {cls.__name__}`", ""]
    if cls.__init__ is not object.__init__ and not is_dataclass(cls):
        lines += [f"`{signature_of(cls.__name__, cls)}`", ""]
    lines += [*described(cls), ""]
    if issubclass(cls, msgspec.Struct) or is_dataclass(cls):
        lines += [*field_table(cls), ""]
    if members:
        for name, member in all_members_of(cls).items():
            lines += member_lines(cls, name, member)
    return lines


def all_members_of(cls: type) -> dict[str, Any]:
    """The public methods and properties of a class by their names, its own first."""
    found: dict[str, Any] = {}
    for base in [each for each in cls.__mro__ if each.__module__.startswith("mobilepay_sim")]:
        found = dict(members_of(base)) | found if found else dict(members_of(base))
    return found


def module_of(cls: type) -> str:
    """The package that tests import a class from."""
    if cls is mobilepay_simulator.Simulator:
        return "mobilepay_simulator"
    if cls.__name__ in client.__all__:
        return "mobilepay_simulator.client"
    return cls.__module__


def members_of(cls: type) -> list[tuple[str, Any]]:
    """The public methods and properties that a class itself has."""
    if issubclass(cls, msgspec.Struct) and not any(
        isinstance(e, property) for e in vars(cls).values()
    ):
        return []
    found = []
    for name, member in vars(cls).items():
        plain = getattr(member, "__func__", member)
        is_member = inspect.isfunction(plain) or (hasattr(plain, "__doc__") and is_property(plain))
        if is_member and not name.startswith("_") and name not in INNER:
            found.append((name, plain))
    return found


def is_property(member: Any) -> bool:
    """Whether a member is read without a call."""
    return isinstance(member, property) or type(member).__name__ == "cached_property"


def member_lines(cls: type, name: str, member: Any) -> list[str]:
    """What is said of a method or a property.

    Raises:
        Undescribed: it has no docstring, or this says nothing of an argument.
    """
    if is_property(member):
        function = member.fget if isinstance(member, property) else member.func
        shown = f"{name}: {shown_type(get_hints(function).get('return', Any))}"
    else:
        function, shown = member, signature_of(name, member)
    if not function.__doc__:
        raise Undescribed(f"{function.__qualname__} has no docstring")
    if not is_property(member) and undescribed(function):
        missing = ", ".join(undescribed(function))
        raise Undescribed(f"{function.__qualname__}: its docstring does not say what {missing} is")
    return [f"#### {cls.__name__}.{name}", "", f"`{shown}`", "", *described(function), ""]


def signature_of(name: str, function: Callable[..., Any]) -> str:
    """A signature with types as a reader writes them."""
    target = function.__init__ if inspect.isclass(function) else function  # type: ignore[misc]
    hints, words, is_apart = get_hints(target), [], False
    for each in list(inspect.signature(target).parameters.values()):
        if each.name == "self":
            continue
        hint = hints.get(each.name, Any)
        if each.kind is each.VAR_KEYWORD and is_typeddict(inner := (get_args(hint) or (hint,))[0]):
            words += [] if is_apart else ["*"]
            words += [f"{key}: {shown_type(kind)} = ..." for key, kind in get_hints(inner).items()]
            continue
        if each.kind is each.KEYWORD_ONLY and not is_apart:
            words, is_apart = [*words, "*"], True
        words.append(shown_parameter(each, hint))
    result = hints.get("return")
    arrow = "" if inspect.isclass(function) or result is None else f" -> {shown_type(result)}"
    return f"{name}({', '.join(words)}){arrow}"


def shown_parameter(parameter: inspect.Parameter, hint: Any) -> str:
    """An argument with its type and its default."""
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    kind = "" if hint is Any else f": {shown_type(hint)}"
    return f"{stars}{parameter.name}{kind}{default}"


def doc_of(thing: Any) -> list[str]:
    """A docstring's paragraphs before its sections, each in one line."""
    text = re.split(
        r"\n\n(?:Args|Raises|Returns|Yields):\n", inspect.cleandoc(thing.__doc__ or "")
    )[0]
    return [" ".join(each.split()) for each in text.split("\n\n")]


def sections_of(thing: Any) -> Mapping[str, list[tuple[str, str]]]:
    """The sections of a docstring: names with what is said of them."""
    found: dict[str, list[tuple[str, str]]] = {}
    current = ""
    for line in inspect.cleandoc(thing.__doc__ or "").splitlines():
        head = _SECTION.match(line)
        if head:
            current = head[1]
        elif current and line.startswith("        "):
            name, said = found[current][-1]
            found[current][-1] = (name, f"{said} {line.strip()}")
        elif current and line.strip():
            name, _, said = line.strip().partition(": ")
            found.setdefault(current, []).append((name, said))
    return found


def handed_on(thing: Any) -> Any:
    """The method that another one hands its arguments on to; the same one where it does not."""
    name = getattr(thing, "__name__", "")
    homes = (client.SimulatorInUse, client.ControlClient)
    return next((getattr(each, name) for each in homes if hasattr(each, name)), thing)


def undescribed(function: Any) -> list[str]:
    """The arguments of a method that its docstring says nothing of."""
    said = dict({**sections_of(handed_on(function)), **sections_of(function)}.get("Args", []))
    doc = function.__doc__ or ""
    names = [each for each in inspect.signature(function).parameters if each != "self"]
    return [each for each in names if each not in said and f"`{each}`" not in doc]


def unfolded(function: Any, name: str, said: str) -> list[tuple[str, str]]:
    """An argument as it is described; one that stands for several by name, as each of these.

    Raises:
        Undescribed: the docstring of these does not say what one of them is.
    """
    hint = get_hints(function).get(name, Any)
    inner = (get_args(hint) or (hint,))[0]
    if not is_typeddict(inner):
        return [(name, said)]
    rows = sections_of(inner).get("Args", [])
    missing = set(get_hints(inner)) - {each for each, _ in rows}
    if missing:
        raise Undescribed(f"{inner.__name__}: its docstring does not say what {missing} is")
    return rows


def described(thing: Any) -> list[str]:
    """A docstring as Markdown: its paragraphs, its arguments, what it raises."""
    lines = "\n\n".join(filter(None, doc_of(thing))).split("\n")
    sections = {**sections_of(handed_on(thing)), **sections_of(thing)}
    if inspect.isfunction(thing) and "Args" in sections:
        own = inspect.signature(thing).parameters
        sections["Args"] = [
            row for each in sections["Args"] if each[0] in own for row in unfolded(thing, *each)
        ]
    if sections.get("Args"):
        lines += ["", "| argument | what it is |", "|---|---|"]
        lines += [f"| `{name}` | {said} |" for name, said in sections["Args"]]
    for name, said in sections.get("Raises", []):
        lines += ["", f"Raises `{name}`: {said}"]
    return lines


def model_section(cls: type) -> list[str]:
    """What is said of a model: its docstring and its fields."""
    if issubclass(cls, Enum):
        words = ", ".join(f"`{each.value}`" for each in cls)
        return [f"### {cls.__name__}", "", *described(cls), "", f"One of {words}.", ""]
    table = field_table(cls)
    lines = [f"### {cls.__name__}", "", *described(cls), "", *table, *[""][: len(table)]]
    for name, member in members_of(cls):
        lines += member_lines(cls, name, member)
    return lines


def field_table(cls: type) -> list[str]:
    """A table of the fields of a model or a data class."""
    hints = get_hints(cls)
    names = (
        cls.__struct_fields__ if issubclass(cls, msgspec.Struct) else [e.name for e in fields(cls)]
    )
    if not names:
        return []
    if not any(meaning_of(hints[name]) for name in names):
        shown = ", ".join(f"`{name}: {shown_type(hints[name])}`" for name in names)
        return [f"Fields: {shown}."]
    lines = ["| field | type | what it is |", "|---|---|---|"]
    for name in names:
        lines.append(f"| `{name}` | `{shown_type(hints[name])}` | {meaning_of(hints[name])} |")
    return lines
