"""Inotify instances as the kernel shows them."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiomedia.storage.inotify import Inode, Inotify, observed

IN_CREATE = 0x100


@pytest.fixture
def instance(root: Path) -> Iterator[int]:
    """The descriptor of an instance that watches the root, and that only the test reads."""
    libc = ctypes.CDLL(None)
    number = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    libc.inotify_add_watch(number, os.fsencode(root), IN_CREATE)
    yield number
    os.close(number)


def test_what_an_instance_watches_is_told_by_device_and_inode(root: Path, instance: int) -> None:
    status = root.stat()
    assert Inotify(instance).watched() == {Inode(status.st_dev, status.st_ino)}


def test_a_queue_that_nobody_reads_is_told_from_one_that_is_read(root: Path, instance: int) -> None:
    inotify = Inotify(instance)
    assert inotify.queued_bytes() == 0
    assert inotify.is_read()
    (root / "x.mp4").touch()
    assert inotify.queued_bytes() == 32
    assert not inotify.is_read()
    os.read(instance, 4096)
    assert inotify.is_read()


def test_one_that_was_closed_watches_nothing_and_holds_nothing(root: Path) -> None:
    number = ctypes.CDLL(None).inotify_init1(os.O_CLOEXEC)
    inotify = Inotify(number)
    assert inotify.is_open
    os.close(number)
    assert (inotify.is_open, inotify.watched(), inotify.queued_bytes()) == (False, set(), 0)
    inotify.wait_until_closed()


def test_the_instance_of_what_is_made_is_told_from_others(root: Path, instance: int) -> None:
    made, inotify = observed(lambda: ctypes.CDLL(None).inotify_init1(os.O_CLOEXEC))
    assert inotify is not None
    assert inotify.watched() == set()
    os.close(made)
    assert not inotify.is_open


def test_what_makes_no_instance_has_none(instance: int) -> None:
    assert observed(lambda: 5) == (5, None)
