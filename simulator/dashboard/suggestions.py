"""What a message suggests, as links."""

import re

from .api import Api

#: How the control API begins where there is no scenario of a name.
UNKNOWN = "no scenario "
_WORDS = re.compile(r"([\w.-]+)")


def parts_of(api: Api, message: str) -> list[tuple[str, bool]]:
    """Returns a message in parts, each with whether it is the name of a scenario that there is.

    Args:
        api: knows the scenarios.
        message: what is said of one that there is not.
    """
    if not message.startswith(UNKNOWN):
        return [(message, False)]
    names = {each["name"] for each in api.get("/scenarios")["scenarios"]}
    rest = message.partition("; ")[2]
    return [
        (message.removesuffix(rest), False),
        *((each, each in names) for each in _WORDS.split(rest) if each),
    ]
