"""What the server writes to standard error, where nobody reads it."""

import logging
import os
import select
import time
from collections.abc import Iterator

import pytest
from mobilepay_simulator.sandboxes.background import BackgroundWork
from mobilepay_simulator.server.messages import MessageHandler, MessageWriter

#: More than a pipe takes.
MOST = 200_000


@pytest.fixture
def pipe() -> Iterator[tuple[int, MessageWriter]]:
    """The reading end of a pipe, and a writer of messages into it; its warnings go there as well."""
    reader, descriptor = os.pipe()
    with os.fdopen(descriptor, "w") as stream:
        messages = MessageWriter(stream, BackgroundWork(time.time), MOST)
        handler = MessageHandler(messages)
        logger = logging.getLogger("simulator")
        logger.addHandler(handler)
        try:
            yield reader, messages
        finally:
            logger.removeHandler(handler)
            messages.close()
    os.close(reader)


def read_until(reader: int, last: str) -> str:
    """Reads until a text has come."""
    read = ""
    while last not in read:
        assert select.select([reader], [], [], 20)[0], f"it never came: {last}"
        read += os.read(reader, 1 << 16).decode()
    return read


def test_that_lines_are_left_out_is_told_however_full_it_is(
    pipe: tuple[int, MessageWriter],
) -> None:
    reader, messages = pipe
    messages.put("a" * MOST)
    os.read(reader, 1)  # its thread has taken that, and is held up by the pipe
    messages.put("b" * MOST)
    messages.put("this line is left out\n")
    read = read_until(reader, "lines were left out")
    assert read.count("nobody reads what is written to it") == 1
    assert "WARNING 1 lines are left out here" in read
    assert "this line is left out" not in read
