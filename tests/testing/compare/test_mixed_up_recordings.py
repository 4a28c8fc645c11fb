"""A recording with calls that are missing, repeated, in another order or lost is compared, too."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.testing.compare.real_service import POS, a_day_at_the_shop
from tests.testing.compare.recordings import Recorder, compared_or_refused

Entries = list[dict[str, Any]]


def two_days_at_the_shop() -> Recorder:
    """A day, with the point of sale looked at and a list of payments between its calls."""
    recorder = a_day_at_the_shop()
    recorder.call("GET", f"/pointofsales/{POS}", 404)
    recorder.call("GET", f"/pointofsales/{POS}/checkin", 404)
    recorder.call("GET", f"/payments?posId={POS}", 200, {"paymentIds": []})
    return recorder


def drop(entries: Entries, dice: random.Random) -> None:
    """Some calls are missing."""
    for _ in range(dice.randrange(1, len(entries) // 2)):
        entries.pop(dice.randrange(len(entries)))


def repeat(entries: Entries, dice: random.Random) -> None:
    """Some calls are made again, at any later time."""
    for _ in range(dice.randrange(1, 8)):
        place = dice.randrange(len(entries))
        again = copy.deepcopy(entries[place])
        later = dice.randrange(place, len(entries))
        again["startedDateTime"] = entries[later]["startedDateTime"]
        entries.insert(later + 1, again)


def reorder(entries: Entries, dice: random.Random) -> None:
    """Some calls change places."""
    for _ in range(dice.randrange(1, 8)):
        first, second = dice.choice(entries), dice.choice(entries)
        times = second["startedDateTime"], first["startedDateTime"]
        first["startedDateTime"], second["startedDateTime"] = times


def lose(entries: Entries, dice: random.Random) -> None:
    """Some answers are lost, or their bodies are not in the file."""
    for entry in dice.sample(entries, dice.randrange(1, 8)):
        if dice.random() < 0.5:
            entry["response"]["status"] = dice.choice([0, 429, 500, 503])
        else:
            entry["response"]["content"] = {"size": 7}


def swap_answers(entries: Entries, dice: random.Random) -> None:
    """Some calls get the answers of others."""
    for _ in range(dice.randrange(1, 5)):
        first, second = dice.choice(entries), dice.choice(entries)
        first["response"], second["response"] = second["response"], first["response"]


MIXERS: tuple[Callable[[Entries, random.Random], None], ...] = (
    *(drop, repeat, reorder, lose, swap_answers),
)


def mixed_up(seed: int) -> Any:
    """A recording, mixed up in one to three ways."""
    dice = random.Random(seed)
    recorder = two_days_at_the_shop()
    for mix in (MIXERS[seed % len(MIXERS)], *dice.choices(MIXERS, k=seed % 3)):
        mix(recorder.entries, dice)
    return recorder.archive


def created(archive: Any) -> set[str]:
    """The ids of payments and refunds that calls of a recording create."""
    found: set[str] = set()
    for entry in archive["log"]["entries"]:
        answer = entry["response"]
        is_creation = entry["request"]["url"].endswith(("/payments", "/refunds"))
        if is_creation and answer["status"] == 200 and answer["content"].get("text"):
            fields = json.loads(answer["content"]["text"])
            found |= {fields.get("paymentId"), fields.get("refundId")}
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_recording_that_is_mixed_up_is_compared(tmp_path: Path, seed: int) -> None:
    archive = mixed_up(seed)
    result = compared_or_refused(archive, tmp_path)
    if result is None:
        return
    named = created(archive)
    for each in result.calls:
        reason = (each.left_out or "").split()
        assert "before" not in reason or reason[1] not in named
