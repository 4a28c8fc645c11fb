"""How JSON spells our names."""

__all__ = ["camel_case"]


def camel_case(name: str) -> str:
    """Returns a Python name as JSON has it: posId for pos_id."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
