"""What is left beside the target, who may write it, and what is believed of it."""

import errno
import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aiomedia.client import part as part_module
from aiomedia.client.errors import CannotWrite, DiskFull, TargetLocked
from aiomedia.client.part import open_part
from aiomedia.client.version import Version
from aiomedia.ranges import Span

URL = "http://localhost/x.mp4"
ONE = Version('"one"', None, 100, None)
RECEIVED = [Span(0, 9), Span(50, 59)]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "x.mp4"


def leave(target: Path, syncs: bool = False) -> None:
    """What a download leaves that was killed, or given up."""
    with open_part(str(target)) as part:
        part.write(0, b"a" * 10)
        part.write(50, b"b" * 10)
        part.save(URL, ONE, RECEIVED, syncs)


def test_what_is_saved_is_there_for_the_same_address(target: Path) -> None:
    leave(target)
    with open_part(str(target)) as part:
        saved = part.saved(URL)
        assert saved is not None
        assert saved.version == ONE
        assert saved.received == [(0, 9), (50, 59)]
        assert part.saved(f"{URL}?directory=/other") is None


def test_the_side_file_is_for_its_owner_alone(target: Path) -> None:
    leave(target)
    assert (target.parent / "x.mp4.part.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("syncs", [False, True])
def test_after_a_restart_of_the_machine_what_was_synced_is_believed(
    target: Path, monkeypatch: pytest.MonkeyPatch, syncs: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    leave(target, syncs)
    assert synced == ([60] if syncs else [])
    monkeypatch.setattr(part_module, "boot_id", lambda: "another")
    with open_part(str(target)) as part:
        assert (part.saved(URL) is not None) == syncs


def test_where_nothing_names_the_runs_of_the_machine_all_is_synced(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_module, "boot_id", lambda: None)
    test_after_a_restart_of_the_machine_what_was_synced_is_believed(target, monkeypatch, syncs=True)


@pytest.mark.parametrize("content", [b"", b"{}", b"nonsense", b'{"url":1}', b"\xff"])
def test_a_side_file_that_is_damaged_is_not_believed(target: Path, content: bytes) -> None:
    leave(target)
    (target.parent / "x.mp4.part.json").write_bytes(content)
    with open_part(str(target)) as part:
        assert part.saved(URL) is None


def test_a_side_file_of_another_part_is_not_believed(target: Path) -> None:
    leave(target)
    path = target.parent / "x.mp4.part"
    (target.parent / "other").write_bytes(path.read_bytes())
    (target.parent / "other").replace(path)
    with open_part(str(target)) as part:
        assert part.saved(URL) is None


def test_a_side_file_without_its_part_is_not_believed(target: Path) -> None:
    leave(target)
    (target.parent / "x.mp4.part").unlink()
    with open_part(str(target)) as part:
        assert part.saved(URL) is None
    assert os.listdir(target.parent) == []


def test_a_part_that_was_cut_off_is_not_believed(target: Path) -> None:
    leave(target)
    os.truncate(target.parent / "x.mp4.part", 59)
    with open_part(str(target)) as part:
        assert part.saved(URL) is None


def test_finishing_replaces_the_target_and_leaves_nothing(target: Path) -> None:
    target.write_bytes(b"before")
    with open_part(str(target)) as part:
        part.write(0, b"after and more")
        part.save(URL, ONE, RECEIVED)
        part.sync(5)
        part.finish()
    assert target.read_bytes() == b"after"
    assert os.listdir(target.parent) == ["x.mp4"]


def test_a_part_is_locked_against_other_processes(target: Path) -> None:
    code = f"""
from aiomedia.client.part import open_part
from aiomedia.client.errors import TargetLocked
try:
    with open_part({str(target)!r}):
        print("open")
except TargetLocked as error:
    print("locked", error)
"""
    with open_part(str(target)) as part:
        part.write(0, b"x")
        assert subprocess.check_output([sys.executable, "-c", code], text=True).startswith("locked")
        with pytest.raises(TargetLocked, match=r"somebody else"), open_part(str(target)):
            pass
    assert subprocess.check_output([sys.executable, "-c", code], text=True).startswith("open")


def test_a_part_that_was_finished_before_it_was_locked_is_not_written(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, raced = fcntl.flock, False

    def flock(descriptor: int, operation: int) -> None:
        nonlocal raced
        if not raced:  # another process finishes between the opening and the lock
            raced = True
            os.rename(f"{target}.part", target)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with open_part(str(target)) as part:
        part.write(0, b"new")
        assert target.read_bytes() == b""
        part.sync(3)
        part.finish()
    assert target.read_bytes() == b"new"


def test_a_part_is_never_a_link_to_elsewhere(target: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (tmp_path / "x.mp4.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotWrite), open_part(str(target)):
        pass
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"


def test_a_directory_is_no_target(target: Path) -> None:
    target.mkdir()
    with pytest.raises(CannotWrite, match="is a directory"), open_part(str(target)):
        pass


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No such file or directory"), open_part(str(tmp_path / "no" / "x.mp4")):
        pass


def test_what_may_not_be_written_is_told() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o555)
        target = Path(directory, "x.mp4")
        with unprivileged(), pytest.raises(CannotWrite, match="Permission denied"), open_part(str(target)):
            pass
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory, "x.mp4")
        target.write_bytes(b"before")
        target.chmod(0o444)
        Path(directory).chmod(0o777)
        with unprivileged(), pytest.raises(CannotWrite, match="may not be written"), open_part(str(target)):
            pass
        assert target.read_bytes() == b"before"
        assert os.listdir(directory) == ["x.mp4"]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write everywhere, so root becomes nobody."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_is_told_before_anything_is_fetched(
    target: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(descriptor: int, offset: int, length: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", refused)
    with open_part(str(target)) as part, pytest.raises(DiskFull, match="no room left"):
        part.preallocate(10**9)


def test_where_room_can_not_be_made_the_part_is_as_long(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(descriptor: int, offset: int, length: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "unsupported")

    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    with open_part(str(target)) as part:
        part.preallocate(1000)
        assert (target.parent / "x.mp4.part").stat().st_size == 1000


def test_a_write_that_is_taken_in_pieces_is_whole(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, some, position: pwrite(descriptor, some[:3], position))
    with open_part(str(target)) as part:
        part.write(0, b"0123456789")
        part.sync(10)
        part.finish()
    assert target.read_bytes() == b"0123456789"


def test_names_that_are_as_long_as_can_be_have_a_part(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 251 + ".mp4")
    leave(target)
    with open_part(str(target)) as part:
        assert part.saved(URL) is not None
        part.sync(5)
        part.finish()
    assert os.listdir(tmp_path) == [target.name]


def test_after_a_failed_sync_nothing_is_believed(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may have dropped what it could not write."""

    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    leave(target)
    target.write_bytes(b"before")
    with open_part(str(target)) as part:
        monkeypatch.setattr(os, "fsync", fails)
        with pytest.raises(CannotWrite, match="Input/output error"):
            part.sync(100)
        assert part.saved(URL) is None
    assert target.read_bytes() == b"before"
    assert os.listdir(target.parent) == ["x.mp4"]
