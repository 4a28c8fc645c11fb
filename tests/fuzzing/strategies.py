"""What is thrown at the simulator: JSON as nobody writes it, headers, queries; and right requests spoilt."""

import copy
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

__all__ = [
    "HEADERS",
    "QUERIES",
    "TEXTS",
    "VALUES",
    "bodies",
    "documents",
    "places",
    "texts",
    "thrown",
]


def thrown(examples: int) -> settings:
    """Returns the settings of a test; FUZZ_TIMES of the environment multiplies its examples.

    An example that takes seconds is a failure: nothing thrown may keep the simulator busy.
    """
    return settings(
        max_examples=examples * int(os.environ.get("FUZZ_TIMES", "1")),
        deadline=timedelta(seconds=10),
        suppress_health_check=list(HealthCheck),
    )


#: Texts that mean something somewhere, or are cut off at some length.
TELLING = [
    "",
    " ",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "NaN",
    "9" * 400,
    "x" * 36,
    "x" * 37,
    "x" * 5000,
    "a,b",
    "*",
    "../..",
    "%",
    "%00",
    "\0",
    "\r\nX-A: b",
    "\ud800",
    "\ufeff",
    "\u202e",
    "\U0001f4b6",
    "é" * 36,
    "٣",
    "Reserved",
    "DK12345678",
    "+4520031801",
    "00000000-0000-4000-8000-000000000000",
    "{00000000-0000-4000-8000-000000000000}",
    "9999-12-31T23:59:59.9999999Z",
    "0001-01-01T00:00:00+14:00",
    "2024-02-30T00:00:00Z",
]  # fmt: skip
TEXTS = st.sampled_from(TELLING) | st.text(max_size=40)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([0, -0.0, 0.001, 0.01, 5.005, 1e-30, 1e22, 1e308, 2**31, 2**63, 10**60, -1]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=8,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a document."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


@st.composite
def documents(draw: st.DrawFn, right: Any, values: st.SearchStrategy[Any] = VALUES) -> Any:
    """Documents that are nearly right: some places have other values, are missing, or are new."""
    spoilt = copy.deepcopy(right)
    for _ in range(draw(st.integers(0, 3))):
        where = draw(st.sampled_from(list(places(spoilt))))
        if not where:
            if draw(st.integers(0, 9)) == 0:
                return copy.deepcopy(draw(values))
            if isinstance(spoilt, dict):
                spoilt[draw(TEXTS)] = copy.deepcopy(draw(values))
            continue
        target: Any = spoilt
        for key in where[:-1]:
            target = target[key]
        if draw(st.integers(0, 4)) == 0:
            del target[where[-1]]
        else:
            target[where[-1]] = copy.deepcopy(draw(values))
    return spoilt


#: What is done to the bytes of a body.
WAYS = (
    "as it is",
    "with a BOM",
    "cut off",
    "twice",
    "in UTF-16",
    "bytes in it",
    "a key twice",
    "deep",
)


@st.composite
def bodies(draw: st.DrawFn, right: Any, values: st.SearchStrategy[Any] = VALUES) -> bytes:
    """Bodies that are nearly right, nearly JSON, or neither."""
    document = draw(documents(right, values))
    text = json.dumps(document, ensure_ascii=draw(st.booleans()))
    content = text.encode("utf-8", "surrogatepass")
    way = draw(st.sampled_from(WAYS + WAYS[:1] * 12))
    if way == "with a BOM":
        return b"\xef\xbb\xbf" + content
    if way == "cut off":
        return content[: draw(st.integers(0, len(content)))]
    if way == "twice":
        return content * 2
    if way == "in UTF-16":
        return text.encode("utf-16", "surrogatepass")
    if way == "bytes in it":
        at = draw(st.integers(0, len(content)))
        return content[:at] + draw(st.binary(max_size=4)) + content[at:]
    if way == "a key twice" and isinstance(document, dict) and document:
        again = json.dumps({draw(st.sampled_from(sorted(document))): draw(values)})
        return content[:-1] + b"," + again[1:].encode("utf-8", "surrogatepass")
    if way == "deep":
        depth = draw(st.sampled_from([10, 500, 5000, 100_000]))
        return b'{"amount":' + b"[" * depth + content + b"]" * depth + b"}"
    return content


@st.composite
def texts(draw: st.DrawFn, right: str) -> bytes:
    """Texts that are nearly right: lines missing, twice or changed, bytes in between."""
    lines = right.splitlines(keepends=True)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        way = draw(st.integers(0, 3))
        if way == 0:
            lines[at] = ""
        elif way == 1:
            lines[at] *= 2
        elif way == 2:
            cut = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:cut] + draw(TEXTS) + lines[at][cut:]
        else:
            lines[at] = "  " + lines[at]
    content = "".join(lines).encode("utf-8", "surrogatepass")
    return content + draw(st.sampled_from([b""] * 9 + [b"\xff", b"\0", b"\xef\xbb\xbf"]))


#: Header values as a server hands them on: Latin-1, whatever the bytes were.
_LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
_VALUE = _LATIN | TEXTS.map(
    lambda text: "".join(
        each for each in text.encode("utf-8", "replace").decode("latin-1") if each not in "\r\n\0"
    )
)
NAMED = (
    "authorization",
    "x-mobilepay-merchant-vat-number",
    "x-mobilepay-client-system-version",
    "x-mobilepay-client-system-name",
    "x-mobilepay-idempotency-key",
    "x-ibm-client-id",
    "x-simulator-scenario",
    "correlationid",
    "content-type",
    "content-encoding",
    "host",
    "cookie",
    "accept",
    "expect",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
)
_TOKEN = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.!#$%&'*+^`|~", min_size=1, max_size=20)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(NAMED) | _TOKEN,
        st.sampled_from(["1.2.3", "1", "DK12345678", "FI12345678", "Bearer x", "manual", "a" * 60_000])
        | _VALUE,
    ),
    max_size=4,
)  # fmt: skip
QUERIES = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=40
)
