"""An open file tells whether it is still the one that it was, and what of it can be read at once."""

import errno
import os
from pathlib import Path

import pytest

from aiomedia.storage import open_file
from aiomedia.storage.local import LocalDirectory
from aiomedia.storage.open_file import OpenFile
from tests.storage.test_local import attached

CONTENT = os.urandom(10_000)


@pytest.fixture
def path(root: Path) -> Path:
    (root / "x.mp4").write_bytes(CONTENT)
    return root / "x.mp4"


def opened(path: Path) -> OpenFile:
    storage: LocalDirectory = attached(path.parent)
    found = storage.open(path.name, None)
    assert isinstance(found, OpenFile)
    return found


def test_it_is_closed_with_its_last_reference(path: Path) -> None:
    first = opened(path)
    second, number = first, first.descriptor
    del first
    os.fstat(number)
    del second
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def _write(path: Path) -> None:
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"x")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replace(path: Path) -> None:
    before = path.stat()
    path.with_name("new").write_bytes(CONTENT)
    os.utime(path.with_name("new"), ns=(before.st_atime_ns, before.st_mtime_ns))
    path.with_name("new").replace(path)


@pytest.mark.parametrize(
    "act",
    [_write, _replace, Path.unlink, lambda path: path.rename(path.with_name("y.mp4")), lambda path: path.chmod(0o600)],
    ids=["written to", "replaced", "deleted", "renamed", "made private"],
)
def test_it_is_current_until_something_happens_to_its_file(path: Path, act: object) -> None:
    file = opened(path)
    assert file.is_current
    act(path)  # type: ignore[operator]
    assert not file.is_current


def test_its_bytes_are_unchanged_until_they_are_written_to(path: Path) -> None:
    file = opened(path)
    path.rename(path.with_name("y.mp4"))
    path.with_name("y.mp4").unlink()
    assert file.is_unchanged
    assert file.read(0, 20_000) == CONTENT


@pytest.mark.parametrize("act", [lambda path: os.truncate(path, 5), lambda path: path.write_bytes(CONTENT[::-1])])
def test_its_bytes_are_changed_when_it_is_cut_or_written_to(path: Path, act: object) -> None:
    file = opened(path)
    act(path)  # type: ignore[operator]
    assert not file.is_unchanged


def test_what_is_in_memory_is_read_at_once(path: Path) -> None:
    file = opened(path)
    buffer = bytearray(20_000)
    assert file.read_resident(buffer, 100) == len(CONTENT) - 100
    assert buffer[:9900] == CONTENT[100:]
    assert file.is_resident(len(CONTENT) - 1)
    assert not file.is_resident(len(CONTENT)), "for there is nothing"


def test_what_is_on_the_disk_alone_is_read_by_whoever_may_wait(path: Path) -> None:
    content = os.urandom(4_000_000)
    path.write_bytes(content)
    file = opened(path)
    os.fsync(file.descriptor)
    os.posix_fadvise(file.descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    if file.is_resident(3_999_999):
        pytest.skip("this file system keeps all in memory")
    assert file.read_resident(bytearray(10), 3_999_990) == 0
    assert file.read(0, 5_000_000) == content
    assert file.is_resident(3_999_999)


def test_where_nobody_can_tell_everything_counts_as_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_file, "RESIDENT", None)
    file = opened(path)
    assert not file.is_resident(0)
    assert file.read(1, 2) == CONTENT[1:3]


def test_it_is_not_current_when_the_file_system_cannot_tell(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock, for nobody can order a disk to fail."""
    file = opened(path)

    def fstat(_: int) -> os.stat_result:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as faulty:
        faulty.setattr(os, "fstat", fstat)
        assert not file.is_current
    assert file.is_current
