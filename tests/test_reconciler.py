"""A root whose events are lost: by comparing, the index gets to be that of the disk all the same."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from aiomedia.config import Config
from aiomedia.directory import Directory
from aiomedia.root import Root
from aiomedia.storage.comparing import Comparison
from tests.asking import eventually
from tests.test_root import Storage, following, until_files

OFTEN = Config(reconcile_s=0.05, full_reconcile_s=0.05, poll_s=0.05)
NAMES_ONLY = Config(reconcile_s=0.05, full_reconcile_s=3600)


async def test_what_came_and_went_unseen_is_found_by_its_name(root: Path) -> None:
    (root / "old.mp4").touch()
    (root / "sub").mkdir()
    (root / "sub/old.mp4").touch()
    storage = Storage(root)
    async with following(storage, config=NAMES_ONLY) as followed:
        storage.is_deaf = True
        (root / "new.mp4").touch()
        (root / "sub/new.mp4").touch()
        (root / "made/deep").mkdir(parents=True)
        (root / "made/deep/x.mp4").touch()
        await until_files(followed, "made/deep/x.mp4", "new.mp4", "old.mp4", "sub/new.mp4", "sub/old.mp4")
        (root / "old.mp4").unlink()
        (root / "sub").rename(root / "moved")
        await until_files(followed, "made/deep/x.mp4", "moved/new.mp4", "moved/old.mp4", "new.mp4")
        assert followed.reconciler.found > 0


CHANGES = {
    "written to": "printf 123456 >x.mp4",
    "written to, as long and with its old times": "touch -r x.mp4 .t; printf 54321 >x.mp4; touch -r .t x.mp4",
    "replaced, as long and with the same times": "printf 54321 >.n; touch -r x.mp4 .n; mv .n x.mp4",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_file_that_changed_unseen_is_found_when_each_is_compared(root: Path, change: str) -> None:
    (root / "x.mp4").write_bytes(b"12345")
    storage = Storage(root)
    async with following(storage, config=OFTEN) as followed:
        storage.is_deaf = True
        before = _etag(followed)
        await asyncio.to_thread(subprocess.run, ["sh", "-euc", CHANGES[change]], cwd=root, check=True)

        async def etag() -> str | None:
            return _etag(followed)

        await eventually(etag, lambda etag: etag not in (before, None))


def _etag(root: Root) -> str | None:
    known = root.index.find("x.mp4")
    return None if known is None else known.etag


async def test_a_root_that_is_polled_is_followed_without_any_event(root: Path) -> None:
    storage = Storage(root)
    storage.is_polled = True
    storage.can_watch = False
    async with following(storage, "polling", OFTEN) as followed:
        (root / "x.mp4").write_bytes(b"1")
        await until_files(followed, "x.mp4")
        (root / "x.mp4").rename(root / "y.mp4")
        await until_files(followed, "y.mp4")
        assert followed.state == "polling"
        assert followed.reason is None


async def test_a_watch_that_is_set_anew_has_all_compared(root: Path) -> None:
    (root / "x.mp4").write_bytes(b"12345")
    storage = Storage(root)
    async with following(storage, config=NAMES_ONLY) as followed:
        compared = followed.reconciler.compared_all_at
        storage.deaths = 1
        (root / "y.mp4").touch()

        async def is_compared() -> bool:
            return followed.reconciler.compared_all_at != compared and followed.state == "live"

        await eventually(is_compared)
        assert followed.watcher.restarts == 1


async def test_after_a_batch_that_may_have_lost_events_all_is_compared(root: Path) -> None:
    (root / "x.mp4").write_bytes(b"12345")
    storage = Storage(root)
    async with following(storage, config=NAMES_ONLY) as followed:
        storage.is_deaf = True
        (root / "x.mp4").write_bytes(b"123456")
        await asyncio.to_thread(storage.has_missed.wait)
        storage.is_deaf = False
        storage.loses = True
        (root / "y.mp4").touch()

        async def size() -> int:
            known = followed.index.find("x.mp4")
            return 0 if known is None else known.size

        await eventually(size, lambda size: size == 6)
        assert followed.watcher.overflows >= 1


async def test_a_failure_of_comparing_is_logged_and_does_not_end_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storage = Storage(root)
    real, failures = Comparison.differences, [RuntimeError("can't start new thread"), OSError(5, "I/O error")]

    def differences(comparison: Comparison, path: str, known: Directory, *, thoroughly: bool) -> set[str]:
        if failures:
            raise failures.pop()
        return real(comparison, path, known, thoroughly=thoroughly)

    monkeypatch.setattr(Comparison, "differences", differences)
    async with following(storage, config=OFTEN) as followed:
        storage.is_deaf = True
        (root / "x.mp4").touch()
        await until_files(followed, "x.mp4")
    assert "can't start new thread" in caplog.text
    assert "I/O error" in caplog.text
    caplog.clear()  # a record of it holds the root's descriptor


async def test_a_file_that_went_with_its_directory_is_no_more_settling(root: Path) -> None:
    (root / "job").mkdir()
    storage = Storage(root)
    async with following(storage) as followed:
        with (root / "job/x.mp4").open("wb"):

            async def settling() -> int:
                return len(followed.settling)

            await eventually(settling, lambda settling: settling == 1)
            shutil.rmtree(root / "job")
            await eventually(settling, lambda settling: settling == 0)
        (root / "job").mkdir()
        (root / "job/x.mp4").touch()
        await until_files(followed, "job/x.mp4")


async def test_a_file_that_cannot_be_opened_hides_no_other(root: Path) -> None:
    """Somebody else's write lease makes opening it fail."""
    (root / "x.mp4").touch()
    async with following(Storage(root)) as followed:
        with (root / "x.mp4").open("r+b") as file:
            fcntl.fcntl(file.fileno(), fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file.fileno(), fcntl.F_SETLEASE, fcntl.F_WRLCK)
            os.utime(root / "x.mp4", (1, 1))
            (root / "other.mp4").touch()
            await until_files(followed, "other.mp4")
        await until_files(followed, "other.mp4", "x.mp4")


async def test_comparing_goes_on_while_the_root_is_away(root: Path) -> None:
    (root / "x.mp4").touch()
    async with following(Storage(root), config=OFTEN) as followed:
        root.rename(root.with_name("elsewhere"))

        async def state() -> str:
            return followed.state

        await eventually(state, lambda state: state == "missing")
        root.with_name("elsewhere").rename(root)
        await until_files(followed, "x.mp4")
