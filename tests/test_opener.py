"""Opening files when descriptors run out: those that are kept are given up first."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from aiomedia.errors import Unavailable
from aiomedia.opener import Opener
from aiomedia.resource import Resource
from aiomedia.storage.local import LocalDirectory
from aiomedia.storage.open_file import OpenFile
from tests.storage.test_local import attached


@pytest.fixture
def opener(root: Path) -> Opener:
    for name in ("x.mp4", "y.mp4"):
        (root / name).touch()
    opener = Opener(str(root), 10)
    opener.attach(attached(root))
    return opener


def failing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    real, failed = LocalDirectory.open, 0

    def open_or_fail(directory: LocalDirectory, path: str, known: Resource | None) -> Any:
        nonlocal failed
        failed += 1
        if failed <= times:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real(directory, path, known)

    monkeypatch.setattr(LocalDirectory, "open", open_or_fail)


async def kept(opener: Opener) -> Resource:
    opened = await opener.open("x.mp4", None)
    assert isinstance(opened, OpenFile)
    opener.keep("x.mp4", opened)
    assert opener.kept("x.mp4", opened.resource) is opened
    return opened.resource


async def test_what_is_kept_open_is_given_up_for_what_is_asked_for(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await kept(opener)
    failing(monkeypatch, 1)
    assert isinstance(await opener.open("y.mp4", None), OpenFile)
    assert opener.kept("x.mp4", known) is None


async def test_without_any_descriptor_a_file_is_unavailable_not_absent(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, 2)
    with pytest.raises(Unavailable):
        await opener.open("y.mp4", None)


async def test_nothing_is_kept_open_of_a_root_that_is_gone(opener: Opener) -> None:
    known = await kept(opener)
    opener.attach(None)
    assert opener.kept("x.mp4", known) is None
    with pytest.raises(Unavailable):
        await opener.open("x.mp4", known)
