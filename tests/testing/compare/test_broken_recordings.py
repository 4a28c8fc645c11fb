"""Whatever stands in a recording, it is refused in a line or compared."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mobilepay_simulator.testing.compare.pages import as_html
from mobilepay_simulator.testing.compare.reports import as_json, as_junit, as_text
from mobilepay_simulator.testing.compare.secrets import SecretBook

from tests.testing.compare.real_service import FIRST, POS, a_day_at_the_shop
from tests.testing.compare.recordings import compared, compared_or_refused, written

ODD: list[Any] = [
    *(None, "", 0, -1, 1e300, True, [], {}, [None], {"a": None}, "\x00\n", "æ" * 40, "x" * 5000),
    *("***", "Bearer ***", "Basic ***:***", FIRST, POS, POS.upper(), "{}", "[1", '{"status": []}'),
    *(
        '{"stores": 5}',
        "[5]",
        '{"posId": {}}',
        '{"paymentIds": [1, null, {}]}',
        '{"storeIds": [[], 5]}',
        '{"code": []}',
    ),
    *(200, 401, 409, 500, 999, "base64", "2023-03-14T09:26:53", "9999-12-31T23:59:59Z"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value can be replaced."""
    if path:
        yield path
    if isinstance(value, dict | list):
        keys = [*value] if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from places(value[key], (*path, key))


def spoil(value: Any, dice: random.Random) -> None:
    """Replaces a value in a JSON value by an odd one."""
    found = list(places(value))
    if not found:
        return
    *above, last = dice.choice(found)
    for key in above:
        value = value[key]
    value[last] = dice.choice(ODD)


def spoil_a_body(entry: Any, dice: random.Random) -> None:
    """Replaces a value in the body of a request or an answer."""
    post = entry["request"].get("postData") or {}
    holder = dice.choice([post, entry["response"]["content"]])
    if holder.get("text"):
        body = json.loads(holder["text"])
        spoil(body, dice)
        holder["text"] = json.dumps(body)


def broken(archive: Any, dice: random.Random) -> Any:
    """The archive with a few values replaced by odd ones."""
    archive = copy.deepcopy(archive)
    for entry in dice.sample(archive["log"]["entries"], 8):
        spoil_a_body(entry, dice)
    if dice.random() < 0.5:
        spoil(archive, dice)
    return archive


@pytest.mark.parametrize("seed", range(60))
def test_a_broken_recording_is_refused_in_a_line_or_compared(tmp_path: Path, seed: int) -> None:
    archive = broken(a_day_at_the_shop().archive, random.Random(seed))
    result = compared_or_refused(archive, tmp_path)
    if result is None:
        return
    assert as_text(result) and as_html(result) and as_junit(result)
    assert json.loads(as_json(result))["counts"]["compared"] == len(result.compared)


def test_stores_that_are_no_list_are_left_alone(tmp_path: Path) -> None:
    archive = a_day_at_the_shop().archive
    entry = copy.deepcopy(archive["log"]["entries"][-1])
    entry["request"] |= {"method": "GET", "url": "https://h/pos/v10/stores/detailed"}
    entry["request"].pop("postData", None)
    entry["response"] |= {"status": 200, "content": {"text": '{"stores": 5}'}}
    archive["log"]["entries"].append(entry)
    assert "stores" in as_text(compared(written(archive, tmp_path)))


def test_a_token_that_is_no_text_is_masked() -> None:
    masked = SecretBook().masked_answer(b'{"access_token":"\xff\xfe"}')
    assert masked.startswith(b'{"access_token":"***')
    assert b"\xff" not in masked


def test_a_text_full_of_what_tokens_begin_with_is_looked_through_once() -> None:
    book = SecretBook()
    text = "eyJ" * 400_000
    assert book.scrub(text) == text
    assert book.scrub(f"Bearer {'eyJ' * 20}.abc.def") == "Bearer ***"
