"""Types as a reader writes them. See `python_page.py`."""

import inspect
import re
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

_MODULE = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])")


def get_hints(function: Any) -> dict[str, Any]:
    """The types of arguments and fields; those that are imported for checks alone are texts."""
    try:
        return get_type_hints(function, include_extras=True)
    except NameError:
        return dict(getattr(function, "__annotations__", {}))


def shown_type(hint: Any) -> str:
    """A type as a reader writes it."""
    if isinstance(hint, str):
        return hint
    if get_origin(hint) is Annotated:
        return shown_type(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return " or ".join(f'"{each}"' for each in get_args(hint))
    if hint is type(None):
        return "None"
    arguments = get_args(hint)
    if type(hint).__name__ in ("UnionType", "Union", "_UnionGenericAlias"):
        return " or ".join(shown_type(each) for each in arguments if each is not msgspec.UnsetType)
    if arguments and get_origin(hint) is not None:
        inner = ", ".join(
            "..." if each is ... else shown_type(each)
            for each in arguments
            if not isinstance(each, list)
        )
        return f"{getattr(get_origin(hint), '__name__', 'Any')}[{inner}]"
    return _MODULE.sub("", inspect.formatannotation(hint)).strip("'")


def meaning_of(hint: Any) -> str:
    """What a field's type says of it, or nothing."""
    for each in getattr(hint, "__metadata__", ()):
        if isinstance(each, msgspec.Meta) and each.description:
            return each.description
    return ""
