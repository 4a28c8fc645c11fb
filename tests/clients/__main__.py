"""Lets every stack pay, and writes docs/clients.md. `make clients`."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mobilepay_simulator.client import ClientError

from tests.clients.legs import LEGS, LEGS_THROUGH, Leg, Shop, open_shop
from tests.clients.page import Went, write_page
from tests.clients.programs import Failed
from tests.clients.stacks import PROXIES, STACKS, THROUGH
from tests.clients.tools import Stack, version_of


def main() -> None:
    """Runs all of it, and ends with 1 where something is missing, or was refused."""
    absent = [each for each in (*STACKS, *PROXIES) if version_of(each) is None]
    if absent:
        said = "".join(f"\n  {each.name}: {each.where_from}" for each in absent)
        raise SystemExit(f"docs/clients.md is not written; these are not there:{said}")
    results = {}
    with TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        for front, stack, name, leg in _all():
            went = _went(replace(shop, front=front), stack, leg)
            results[front, stack.key, name] = went
            print(f"{front or 'direct'}, {stack.name}, {name}: {went}", flush=True)
    write_page(results)
    sys.exit(not all(each.is_ok for each in results.values()))


def _all() -> Iterator[tuple[str, Stack, str, Leg]]:
    for stack in STACKS:
        for name, leg in LEGS.items():
            if name not in dict(stack.without):
                yield "", stack, name, leg
    for proxy in PROXIES:
        for stack in THROUGH:
            for name, leg in LEGS_THROUGH.items():
                yield proxy.name, stack, name, leg


def _went(shop: Shop, stack: Stack, leg: Leg) -> Went:
    try:
        return Went(leg(shop, stack))
    except (Failed, ClientError) as error:
        return Went(str(error), is_ok=False)


if __name__ == "__main__":
    main()
