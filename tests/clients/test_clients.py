"""Other people's HTTP stacks pay here, with their defaults, each in a program of its own language."""

from dataclasses import replace

import pytest

from tests.clients.legs import LEGS, LEGS_THROUGH, Shop
from tests.clients.skipping import needed
from tests.clients.stacks import PROXIES, STACKS, THROUGH
from tests.clients.tools import Stack, Tool

pytestmark = pytest.mark.clients


def gone(stack: Stack, leg: str) -> object:
    """A leg of a stack. Those of one language are built, and so run, by the same worker."""
    return pytest.param(
        stack, leg, id=f"{stack.key}-{leg}", marks=pytest.mark.xdist_group(stack.key)
    )


@pytest.mark.parametrize(
    ("stack", "leg"),
    [gone(stack, leg) for stack in STACKS for leg in LEGS if leg not in dict(stack.without)],
)
def test_a_stack_pays(shop: Shop, stack: Stack, leg: str) -> None:
    needed(stack)
    assert LEGS[leg](shop, stack)


@pytest.mark.parametrize("leg", LEGS_THROUGH)
@pytest.mark.parametrize(
    ("proxy", "stack"),
    [
        pytest.param(proxy, stack, marks=pytest.mark.xdist_group(stack.key))
        for proxy in PROXIES
        for stack in THROUGH
    ],
    ids=lambda each: each.name,
)
def test_a_stack_pays_through_a_proxy(shop: Shop, proxy: Tool, stack: Stack, leg: str) -> None:
    needed(stack, proxy)
    assert LEGS_THROUGH[leg](replace(shop, front=proxy.name), stack)
