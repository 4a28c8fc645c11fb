"""What a test does where a tool is not there."""

import os

import pytest

from tests.clients.tools import Tool, version_of

__all__ = ["ALL", "needed"]

#: Set where all of them have to be there, as in CI.
ALL = "EVERY_CLIENT"


def needed(*tools: Tool) -> None:
    """Skips the test where a tool is not there; fails it where all have to be."""
    for each in tools:
        if version_of(each) is None:
            said = f"{each.name} is not there, or lacks something; {each.where_from}"
            (pytest.fail if os.environ.get(ALL) else pytest.skip)(said)
