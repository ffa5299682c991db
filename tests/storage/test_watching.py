"""Watching: what watchfiles tells, as paths below the root."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from aiomedia.storage import watching
from aiomedia.storage.base import WatchFailed
from aiomedia.storage.watching import Watch
from tests.asking import eventually


@asynccontextmanager
async def watched(root: Path) -> AsyncIterator[set[str]]:
    """All that was told of until now."""
    told: set[str] = set()
    is_set = asyncio.Event()

    async def gather() -> None:
        async with aclosing(Watch(str(root), step_ms=5, debounce_ms=50).told()) as batches:
            async for paths in batches:
                told.update(paths)
                is_set.set()

    task = asyncio.create_task(gather())
    await is_set.wait()
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_told(told: set[str], *paths: str) -> None:
    async def missing() -> set[str]:
        return set(paths) - told

    await eventually(missing, lambda missing: not missing)


async def test_files_that_come_change_and_go_are_told_relative_to_the_root(root: Path) -> None:
    (root / "old.mp4").touch()
    (root / "sub").mkdir()
    async with watched(root) as told:
        (root / "new.mp4").touch()
        (root / "sub/new.mp4").touch()
        await until_told(told, "new.mp4", "sub/new.mp4")
        (root / "old.mp4").unlink()
        await until_told(told, "old.mp4")
        (root / "new.mp4").rename(root / "renamed.mp4")
        await until_told(told, "renamed.mp4")
        (root / "sub").rename(root / "elsewhere")
        await until_told(told, "sub", "elsewhere")


async def test_dot_files_and_what_lies_below_a_dot_directory_are_not_told(root: Path) -> None:
    (root / ".hidden").mkdir()
    async with watched(root) as told:
        (root / ".x.mp4").touch()
        (root / ".hidden/y.mp4").touch()
        (root / "node_modules").mkdir()  # hidden by watchfiles' own filter
        (root / "z.mp4~").touch()  # and this
        await until_told(told, "node_modules", "z.mp4~")
        assert not {path for path in told if path.startswith(".")}


async def test_the_environment_does_not_switch_to_polling(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    monkeypatch.setenv("WATCHFILES_POLL_DELAY_MS", "100000000")
    async with watched(root) as told:
        (root / "x.mp4").touch()
        await until_told(told, "x.mp4")


async def test_after_a_batch_so_large_that_events_may_be_lost_that_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mock, for the size of the kernel's queue is the whole machine's."""
    monkeypatch.setattr(watching, "_QUEUE", str(root / "size"))
    (root / "size").write_text("64")
    async with aclosing(Watch(str(root), step_ms=5, debounce_ms=50).told()) as batches:
        assert await anext(batches) == set()
        for number in range(100):
            (root / f"{number}.mp4").touch()
        while await anext(batches):
            pass


async def test_a_root_that_is_not_there_is_raised(tmp_path: Path) -> None:
    async with aclosing(Watch(str(tmp_path / "absent"), step_ms=5, debounce_ms=50).told()) as batches:
        with pytest.raises(WatchFailed, match="absent"):
            await anext(batches)


async def test_a_name_that_is_not_utf8_ends_the_watch_with_an_error(root: Path) -> None:
    async with aclosing(Watch(str(root), step_ms=5, debounce_ms=50).told()) as batches:
        assert await anext(batches) == set()
        os.close(os.open(os.fsencode(root) + b"/\xff.mp4", os.O_CREAT | os.O_WRONLY))
        with pytest.raises(WatchFailed, match="decode"):
            await anext(batches)


async def test_a_directory_that_comes_beside_a_link_is_watched_and_told_again(root: Path, tmp_path: Path) -> None:
    (root / "link").symlink_to(tmp_path)
    async with watched(root) as told:
        (root / "new").mkdir()
        await until_told(told, "new")

        async def is_watched() -> bool:
            (root / "new/x.mp4").touch()
            (root / "new/x.mp4").unlink()
            return "new/x.mp4" in told

        await eventually(is_watched)


async def test_watches_are_set_anew_without_missing_anything(root: Path) -> None:
    watch, told = Watch(str(root), step_ms=5, debounce_ms=50), set[str]()
    async with aclosing(watch.told()) as batches:
        assert await anext(batches) == set()
        for number in range(3):
            (root / f"{number}.mp4").touch()
            watch.renew({f"lacked {number}"})
            while not told >= {f"{number}.mp4", f"lacked {number}"}:
                told |= await anext(batches)


async def test_a_watch_that_cannot_be_set_anew_goes_on_as_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mock, for the limits are those of the whole machine."""

    def limited(path: str) -> None:
        raise OSError("OS file watch limit reached.")

    watch, told = Watch(str(root), step_ms=5, debounce_ms=50), set[str]()
    async with aclosing(watch.told()) as batches:
        assert await anext(batches) == set()
        monkeypatch.setattr(watching, "Watches", limited)
        watch.renew({"lacking"})
        while "lacking" not in told:
            told |= await anext(batches)
        (root / "x.mp4").touch()
        while "x.mp4" not in told:
            told |= await anext(batches)
    assert "limit reached" in caplog.text


async def test_a_watch_whose_descriptor_is_gone_fails(root: Path) -> None:
    """As when its thread panics: that closes it."""
    async with aclosing(Watch(str(root), step_ms=5, debounce_ms=50).told()) as batches:
        assert await anext(batches) == set()
        (number,) = [name for name in os.listdir("/proc/self/fd") if _leads_to_inotify(name)]
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, int(number), inheritable=False)
        os.close(nothing)
        with pytest.raises(WatchFailed, match="nobody reads"):
            await anext(batches)


def _leads_to_inotify(number: str) -> bool:
    path = f"/proc/self/fd/{number}"
    return os.path.lexists(path) and os.readlink(path) == "anon_inode:inotify"
