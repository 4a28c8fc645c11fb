"""Long collections are not repeated, and nothing that is gone is kept by that."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from mobilepay_simulator.app import create_app
from mobilepay_simulator.sandboxes.registry import SandboxRegistry
from mobilepay_simulator.server import garbage as collecting
from mobilepay_simulator.server.garbage import GarbagePolicy
from mobilepay_simulator.settings.settings import Settings


@pytest.fixture(scope="module")
def all_sandboxes() -> SandboxRegistry:
    return create_app(Settings(time_scale=0)).context.sandboxes


@pytest.fixture
def sandboxes(
    all_sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SandboxRegistry]:
    # However long a collection takes that happens by itself meanwhile.
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 3600)
    collector = GarbagePolicy(all_sandboxes)
    collector.begin()
    gc.unfreeze()
    yield all_sandboxes
    collector.end()


def is_little_put_aside() -> bool:
    """Whether no more is than Python 3.12 puts aside by itself: what lives for ever."""
    return gc.get_freeze_count() < len(gc.get_objects()) / 10


def test_what_a_long_collection_has_looked_at_is_put_aside(
    sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 0)
    gc.collect()
    assert not is_little_put_aside()


def test_after_a_short_collection_nothing_is_put_aside(
    sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 3600)
    gc.collect()
    assert is_little_put_aside()


def test_young_objects_are_looked_at_less_often_until_the_server_ends(
    all_sandboxes: SandboxRegistry,
) -> None:
    before = gc.get_threshold()
    collector = GarbagePolicy(all_sandboxes)
    collector.begin()
    meanwhile = gc.get_threshold()
    collector.end()
    assert meanwhile == (5_000, *before[1:])
    assert gc.get_threshold() == before


def test_young_objects_are_not_put_aside(
    sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 0)
    gc.collect(1)
    assert is_little_put_aside()


@pytest.mark.parametrize("way", ["drop", "reset"])
def test_a_sandbox_that_is_gone_is_collected_although_it_was_put_aside(
    sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 0)
    gone = weakref.ref(sandboxes.get(f"to-{way}").world)
    gc.collect()
    assert gc.get_freeze_count() > 0
    getattr(sandboxes, way)(f"to-{way}")
    gc.collect()
    assert gone() is None


def test_what_was_put_aside_stays_there_when_a_sandbox_comes(
    sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 0)
    gc.collect()
    before = gc.get_freeze_count()
    sandboxes.get("another")
    assert gc.get_freeze_count() == before > 0


def test_what_the_start_has_made_is_never_looked_at_while_collections_are_short(
    all_sandboxes: SandboxRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_PAUSE", 3600)
    collector = GarbagePolicy(all_sandboxes)
    collector.begin()
    all_sandboxes.get("passing")
    all_sandboxes.drop("passing")
    gc.collect()
    is_little = is_little_put_aside()
    collector.end()
    assert not is_little
