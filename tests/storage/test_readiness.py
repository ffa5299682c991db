"""Whether a file has a writer, as the kernel knows it."""

import errno
import fcntl
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiomedia.index import Settling
from aiomedia.resource import Resource
from aiomedia.storage import readiness
from aiomedia.storage.local import LocalDirectory
from aiomedia.storage.open_file import OpenFile
from tests.asking import DEADLINE_S
from tests.storage.test_local import attached


def seen(storage: LocalDirectory, path: str = "x.mp4") -> object:
    return storage.look([path])[path]


def test_a_file_is_settling_while_anybody_has_it_open_for_writing(root: Path) -> None:
    storage = attached(root)
    for mode in ("wb", "ab", "r+b"):
        with (root / "x.mp4").open(mode):
            found = seen(storage)
            assert isinstance(found, Settling)
            assert found.has_writer
        assert isinstance(seen(storage), Resource)


def test_a_reader_is_no_writer(root: Path) -> None:
    (root / "x.mp4").touch()
    with (root / "x.mp4").open("rb"):
        assert isinstance(seen(attached(root)), Resource)


def test_a_mapping_that_may_be_written_through_is_a_writer(root: Path) -> None:
    (root / "x.mp4").write_bytes(b"12345")
    storage = attached(root)
    with (root / "x.mp4").open("r+b") as file:
        mapping = mmap.mmap(file.fileno(), 5)
    assert isinstance(seen(storage), Settling)
    mapping.close()
    assert isinstance(seen(storage), Resource)


def test_a_writer_of_another_process_counts_too(root: Path) -> None:
    code = "import sys; file = open(sys.argv[1], 'wb'); print('open', flush=True); sys.stdin.read()"
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(root / "x.mp4")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    assert isinstance(seen(attached(root)), Settling)
    writer.communicate(timeout=DEADLINE_S)
    assert isinstance(seen(attached(root)), Resource)


def test_a_scan_looks_into_what_was_touched_lately(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = attached(root)
    (root / "old.mp4").touch()
    with (root / "x.mp4").open("wb"):
        scan = storage.scan()
        assert scan[""] == {"": {"old.mp4": seen(storage, "old.mp4")}}
        assert isinstance(scan["x.mp4"], Settling)
        monkeypatch.setattr(readiness, "RECENT_S", -1e9)
        assert set(storage.scan()) == {""}, "what was not touched for long is taken to be whole"


def test_a_changed_file_is_opened_only_when_it_has_no_writer(root: Path) -> None:
    (root / "x.mp4").write_bytes(b"1")
    storage = attached(root)
    known = seen(storage)
    assert isinstance(known, Resource)
    with (root / "x.mp4").open("ab") as file:
        opened = storage.open("x.mp4", known)
        assert isinstance(opened, OpenFile), "nobody wrote to it yet"
        file.write(b"2")
        file.flush()
        assert isinstance(storage.open("x.mp4", known), Settling)
    opened = storage.open("x.mp4", known)
    assert isinstance(opened, OpenFile)


@pytest.mark.parametrize("error", [errno.EINVAL, errno.EACCES])
def test_where_there_are_no_leases_a_file_at_rest_is_ready(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    """A mock, for the superuser is given every lease here."""

    def refuse(descriptor: int, command: int, argument: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    (root / "x.mp4").touch()
    storage = attached(root)
    found = seen(storage)
    assert isinstance(found, Settling)
    assert not found.has_writer
    os.utime(root / "x.mp4", (1, 1))
    assert isinstance(seen(storage), Resource)


def test_a_writer_that_comes_while_a_lease_is_held_does_not_end_the_process(root: Path) -> None:
    """The kernel sends the holder a signal, whose default would be to end it."""
    (root / "x.mp4").touch()
    code = """
import os, sys, threading
from aiomedia.storage.readiness import give_back_lease, take_lease
descriptor = os.open(sys.argv[1], os.O_RDONLY)
assert take_lease(descriptor)
writer = threading.Thread(target=lambda: os.close(os.open(sys.argv[1], os.O_WRONLY)))
writer.start()
writer.join(0.2)
assert writer.is_alive(), "it waits for the lease"
give_back_lease(descriptor)
writer.join()
"""
    done = subprocess.run([sys.executable, "-c", code, root / "x.mp4"], timeout=DEADLINE_S, check=False)
    assert done.returncode == 0
