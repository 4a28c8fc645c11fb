"""Ids look random, and are the same in every run for the same calls in the same order."""

import os
import subprocess
import sys

import pytest
from mobilepay_simulator.engine.ids import IdPosition, Ids, guid_from, seeded
from mobilepay_simulator.engine.values import as_guid

from tests.engine.full_shop import FullShop
from tests.support import ROOT, make_world


def ids_made(seed: int, name: str) -> list[str]:
    """Every id that comes out of a day in a shop."""
    shop = FullShop(make_world(name, seed=seed))
    pos_id = shop.create_pos()
    prepared = shop.prepare(pos_id)
    captured = shop.captured()
    return [pos_id, prepared, captured, shop.refund(captured), shop.payment(captured).pos_id]


def test_the_same_seed_and_the_same_calls_give_the_same_ids() -> None:
    assert ids_made(1, "sandbox") == ids_made(1, "sandbox")


@pytest.mark.parametrize(("seed", "name"), [(2, "sandbox"), (1, "other"), (-1, "sandbox")])
def test_another_seed_or_another_sandbox_gives_other_ids(seed: int, name: str) -> None:
    assert set(ids_made(1, "sandbox")).isdisjoint(ids_made(seed, name))


def test_no_id_comes_twice() -> None:
    ids = Ids(1, "sandbox")
    made = [ids.guid() for _ in range(10_000)]

    assert len(set(made)) == len(made)


def test_a_stream_goes_on_from_its_place() -> None:
    ids = Ids(1, "sandbox")
    assert Ids.at(ids.position).guid() == Ids(1, "sandbox").guid()
    for _ in range(3):
        ids.guid()
    again = Ids.at(ids.position)

    assert again.position == ids.position
    assert [again.guid() for _ in range(2)] == [ids.guid() for _ in range(2)]


def test_an_id_is_a_guid_in_lower_case() -> None:
    guid = Ids(1, "sandbox").guid()

    assert as_guid(guid) == guid
    assert guid[14] == "4" and guid[19] in "89ab"


def test_a_guid_follows_from_its_parts_and_their_order() -> None:
    assert guid_from("a", 1) == guid_from("a", "1")
    assert len({guid_from("a", "b"), guid_from("b", "a"), guid_from("ab"), guid_from("a b")}) == 4


def test_what_is_seeded_does_not_share_its_numbers() -> None:
    first, second = seeded("x"), seeded("x")
    assert [first.random() for _ in range(3)] == [second.random() for _ in range(3)]


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_ids_do_not_depend_on_the_process(hash_seed: str) -> None:
    code = "from mobilepay_simulator.engine.ids import Ids; print(Ids(1, 'sandbox').guid())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == Ids(1, "sandbox").guid()


def test_a_place_is_the_beginning_where_nothing_was_given_yet() -> None:
    assert IdPosition((1, "sandbox")) == Ids(1, "sandbox").position
