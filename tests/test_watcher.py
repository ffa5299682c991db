"""The watcher's audits, of a scripted watch: which directory is the one too many is not ours to choose."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aiomedia import watcher as module
from aiomedia.storage.base import Stamp
from aiomedia.storage.beneath import DirectoryDescriptor
from aiomedia.storage.local import LocalDirectory, LocalStorage
from aiomedia.watcher import Watcher

KNOWN = {path: Stamp(1, number, 0, 0) for number, path in enumerate(["", "a", "b", "c"])}


class Watch:
    """One that lacks directories, whatever is done."""

    def __init__(self) -> None:
        self.lacking: list[set[str]] = []  # at each look; the last one from there on
        self.renewed: list[set[str]] = []

    async def told(self) -> AsyncGenerator[set[str], None]:
        yield set()
        await asyncio.Event().wait()

    def unwatched(self, known: Mapping[str, Stamp]) -> set[str]:
        return self.lacking.pop(0) if len(self.lacking) > 1 else self.lacking[0]

    def renew(self, paths: set[str]) -> None:
        self.renewed.append(paths)


class Directory(LocalDirectory):
    def __init__(self, root: Path, watch: Watch) -> None:
        storage = LocalStorage(str(root), follow_symlinks=False, settle_s=0, watch_step_ms=5, watch_debounce_ms=50)
        super().__init__(storage, DirectoryDescriptor(str(root)))
        self.scripted = watch

    def watch(self) -> Watch:  # type: ignore[override]
        return self.scripted


@asynccontextmanager
async def watching(root: Path, watch: Watch) -> AsyncIterator[Watcher]:
    watcher = Watcher(str(root), lambda paths: None, lambda: None)
    task = asyncio.create_task(watcher.run(Directory(root, watch)))
    await watcher.tried.wait()
    yield watcher
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECOND_LOOK_S", 0)


async def test_while_all_is_watched_nothing_is_done(root: Path) -> None:
    watch = Watch()
    watch.lacking = [set()]
    async with watching(root, watch) as watcher:
        await watcher.audit(KNOWN)
        assert (watch.renewed, watcher.restarts, watcher.error) == ([], 0, None)


async def test_one_that_is_watched_at_the_second_look_was_made_just_now(root: Path) -> None:
    watch = Watch()
    watch.lacking = [{"a"}, set()]
    async with watching(root, watch) as watcher:
        await watcher.audit(KNOWN)
        assert (watch.renewed, watcher.error) == ([], None)


async def test_what_new_watches_do_not_cover_either_is_said_and_not_tried_again(root: Path) -> None:
    watch = Watch()
    watch.lacking = [{"a", "b"}]
    async with watching(root, watch) as watcher:
        await watcher.audit(KNOWN)
        assert (watch.renewed, watcher.error) == ([{"a", "b"}], None)
        for _ in range(5):
            await watcher.audit(KNOWN)
        assert watcher.error == "2 of the directories can't be watched, such as 'a'"
        assert (len(watch.renewed), watcher.restarts) == (1, 1)
        watch.lacking = [{"b"}]
        await watcher.audit(KNOWN)
        assert watcher.error == "1 of the directories can't be watched, such as 'b'"
        watch.lacking = [{"b", "c"}]
        await watcher.audit(KNOWN)
        assert len(watch.renewed) == 2, "another one is tried"
        watch.lacking = [set()]
        await watcher.audit(KNOWN)
        assert watcher.error is None


async def test_after_a_long_while_it_is_tried_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    watch.lacking = [{"a"}]
    async with watching(root, watch) as watcher:
        await watcher.audit(KNOWN)
        monkeypatch.setattr(module, "AGAIN_S", 0)
        await watcher.audit(KNOWN)
        assert watch.renewed == [{"a"}, {"a"}]
        assert watcher.error is not None


async def test_a_watch_that_has_ended_is_not_audited(root: Path) -> None:
    watch = Watch()
    watch.lacking = [{"a"}]
    async with watching(root, watch) as watcher:
        pass
    await watcher.audit(KNOWN)
    assert watch.renewed == []
