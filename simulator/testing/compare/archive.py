"""A HAR file as it is written: the fields that are read of it, and no others."""

import msgspec

#: A file may have so many entries.
MOST_ENTRIES = 50_000


class BadRecording(ValueError):
    """A file can't be compared with; the message says why, in one line."""


class HarPair(msgspec.Struct):
    """A header, a parameter, or a field of a form."""

    name: str
    value: str | None = None


class HarPostData(msgspec.Struct, rename="camel"):
    """The body of a request: its text, or a form's fields."""

    mime_type: str | None = None
    text: str | None = None
    params: list[HarPair] | None = None
    encoding: str | None = None
    comment: str | None = None


class HarRequest(msgspec.Struct, rename="camel"):
    """A request."""

    method: str
    url: str
    headers: list[HarPair] | None = None
    query_string: list[HarPair] | None = None
    post_data: HarPostData | None = None


class HarContent(msgspec.Struct, rename="camel"):
    """The body of an answer."""

    size: int | float | None = None
    mime_type: str | None = None
    text: str | None = None
    encoding: str | None = None
    comment: str | None = None


class HarResponse(msgspec.Struct):
    """An answer; status 0 or none where there was none."""

    status: int | float | None = None
    headers: list[HarPair] | None = None
    content: HarContent | None = None


class HarEntry(msgspec.Struct):
    """A call. Two fields are extensions of our own exports: the sandbox's time, and the fault."""

    startedDateTime: str
    request: HarRequest
    response: HarResponse | None = None
    simulated_at: str | None = msgspec.field(name="_at", default=None)
    fault: str | None = msgspec.field(name="_fault", default=None)


class _Log(msgspec.Struct):
    entries: list[HarEntry]


class _Archive(msgspec.Struct):
    log: _Log


def entries_of(content: bytes) -> list[HarEntry]:
    """Returns the entries of a HAR file.

    Args:
        content: the file, with or without a byte order mark.

    Raises:
        BadRecording: it is no HAR file, only a part of one, or has too many entries.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise BadRecording("it is empty; expected a HAR file")
    try:
        entries = msgspec.json.decode(content, type=_Archive).log.entries
    except msgspec.ValidationError as error:
        raise BadRecording(f"it is no HAR file: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRecording(f"it is not JSON, or only a part of a HAR file: {error}") from error
    if len(entries) > MOST_ENTRIES:
        raise BadRecording(f"it has {len(entries)} entries, and may have {MOST_ENTRIES}")
    return entries
