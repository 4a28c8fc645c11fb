"""Files that users name: read with bounds, written without harm to what was there."""

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from mobilepay_simulator.settings import files
from mobilepay_simulator.settings.files import create_file, is_missing, read_file, replace_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes and modes are POSIX")


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "PATIENCE", 0.05)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(OSError, match="is larger than") as caught:
        read_file(path, 4)
    assert caught.value.errno == errno.EFBIG


@posix
def test_a_pipe_is_refused_at_once_where_a_regular_file_is_wanted(pipe: Path) -> None:
    with pytest.raises(OSError, match="is not a regular file"):
        read_file(pipe, 5)


@posix
def test_a_silent_pipe_is_given_up(pipe: Path) -> None:
    with pytest.raises(OSError, match="is a pipe that was silent for"):
        read_file(pipe, 5, may_be_pipe=True)


@posix
def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"1234",))
    writer.start()
    assert read_file(path, 5, may_be_pipe=True) == b"1234"
    writer.join()


@posix
def test_an_endless_device_is_larger_than_any_bound() -> None:
    with pytest.raises(OSError, match="is larger than 1 MB"):
        read_file(Path("/dev/zero"), 1024**2, may_be_pipe=True)
    with pytest.raises(OSError, match="is not a regular file"):
        read_file(Path("/dev/zero"), 1024**2)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"first", b"2"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert [*tmp_path.iterdir()] == [path]


def test_an_earlier_file_stays_where_a_new_one_can_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"good")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    with pytest.raises(OSError, match="No space left"):
        replace_file(tmp_path / "other", b"new")
    assert path.read_bytes() == b"good"
    assert [*tmp_path.iterdir()] == [path]


@posix
def test_a_new_file_has_the_wanted_mode_and_a_replaced_one_keeps_its_own(tmp_path: Path) -> None:
    key, page = tmp_path / "key", tmp_path / "page"
    page.touch()
    page.chmod(0o640)
    replace_file(key, b"secret", 0o600)
    replace_file(page, b"text")
    assert [stat.S_IMODE(each.stat().st_mode) for each in (key, page)] == [0o600, 0o640]


@posix
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    link, there = tmp_path / "link", tmp_path / "there"
    there.write_bytes(b"old")
    link.symlink_to(there)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert there.read_bytes() == b"new"


@posix
def test_what_is_no_plain_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    replace_file(pipe, b"content")
    reader.join()
    replace_file(Path(os.devnull), b"content")
    assert got == [b"content"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@posix
def test_a_pipe_that_nobody_reads_is_given_up(pipe: Path) -> None:
    with pytest.raises(OSError, match="is a pipe that nobody read for"):
        replace_file(pipe, b"content")


@posix
def test_a_pipe_is_written_once_somebody_reads_it(
    pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE", 60)
    writer = threading.Thread(target=replace_file, args=(pipe, b"1" * 200_000))
    writer.start()
    assert pipe.read_bytes() == b"1" * 200_000
    writer.join()


@posix
def test_a_file_with_another_name_keeps_it(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.hardlink_to(one)
    replace_file(one, b"content")
    assert two.read_bytes() == b"content"


def link_to_nothing(path: Path, elsewhere: Path) -> None:
    path.symlink_to(elsewhere)


def another_file(path: Path, elsewhere: Path) -> None:
    path.touch()


@posix
@pytest.mark.parametrize("make", [link_to_nothing, another_file], ids=lambda it: it.__name__)
def test_a_new_file_takes_the_place_of_nothing(
    tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    path, elsewhere = tmp_path / "new", tmp_path / "elsewhere"
    make(path, elsewhere)
    with pytest.raises(FileExistsError):
        create_file(path, b"secret", 0o600)
    assert not elsewhere.exists()


def test_what_can_not_be_looked_at_is_not_missing(tmp_path: Path) -> None:
    assert is_missing(tmp_path / "nothing")
    assert not is_missing(tmp_path)
    assert not is_missing(tmp_path / ("long" * 100))
