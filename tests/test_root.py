"""A root in all weathers: it is scanned, followed, missing, replaced, and its watcher dies."""

import asyncio
import ctypes
import os
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aiomedia import misses
from aiomedia.config import Config
from aiomedia.errors import Unavailable
from aiomedia.feed import Feed
from aiomedia.index import Sighting
from aiomedia.root import Root
from aiomedia.storage import watches
from aiomedia.storage.base import WatchFailed
from aiomedia.storage.beneath import DirectoryDescriptor
from aiomedia.storage.local import LocalDirectory, LocalStorage
from aiomedia.storage.watching import Watch
from tests.asking import eventually


class Storage(LocalStorage):
    """The real one, whose watcher can be made deaf or be killed: faults that can't be ordered from the kernel."""

    def __init__(self, root: Path) -> None:
        super().__init__(str(root), follow_symlinks=False, settle_s=0.5, watch_step_ms=5, watch_debounce_ms=50)
        self.can_watch = True
        self.is_deaf = False
        self.loses = False  # whether each batch says that events before it may have been lost
        self.deaths = 0  # how many watches more die at their first event
        self.scans = 0
        self.looks: list[set[str]] = []
        self.has_scanned = threading.Event()
        self.has_missed = threading.Event()  # set once a batch came while it was deaf
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def attach(self) -> LocalDirectory:
        super().attach()  # for what it raises
        return Directory(self, DirectoryDescriptor(self.root))


class Directory(LocalDirectory):
    _storage: Storage

    def watch(self) -> Watch:
        return HarmedWatch(self._storage)

    def scan(self) -> Mapping[str, Sighting]:
        seen = super().scan()
        self._storage.scans += 1
        self._storage.has_scanned.set()
        self._storage.may_go_on.wait()
        return seen

    def look(self, paths: Iterable[str]) -> Mapping[str, Sighting]:
        self._storage.looks.append(set(paths))
        return super().look(paths)


class HarmedWatch(Watch):
    def __init__(self, storage: Storage) -> None:
        super().__init__(storage.root, step_ms=storage.watch_step_ms, debounce_ms=storage.watch_debounce_ms)
        self._storage = storage

    async def told(self) -> AsyncGenerator[set[str], None]:
        if not self._storage.can_watch:
            raise WatchFailed("no watch can be set")
        async for paths in super().told():
            if self._storage.deaths:
                self._storage.deaths -= 1
                raise WatchFailed("the watch died")
            if self._storage.loses:
                yield set()
            if not paths or not self._storage.is_deaf:
                yield paths
            else:
                self._storage.has_missed.set()


@asynccontextmanager
async def following(storage: Storage, wanted: str = "live", config: Config | None = None) -> AsyncIterator[Root]:
    root = Root(storage.root, storage, config or Config(), Feed(1_000))
    task = asyncio.create_task(root.run())
    try:
        await until_state(root, wanted)
        yield root
    finally:
        storage.may_go_on.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_state(root: Root, wanted: str) -> None:
    async def state() -> str:
        return root.state

    await eventually(state, lambda state: state == wanted)


async def until_files(root: Root, *wanted: str) -> None:
    async def files() -> list[str]:
        try:
            directories = root.index.directories
        except Unavailable:
            return ["unavailable"]
        return sorted(f"{path}/{name}".lstrip("/") for path, found in directories.items() for name in found.files)

    await eventually(files, lambda files: files == sorted(wanted))


async def test_files_come_change_and_go(root: Path) -> None:
    (root / "old.mp4").touch()
    async with following(Storage(root)) as followed:
        await until_files(followed, "old.mp4")
        (root / "new.mp4").write_bytes(b"1")
        await until_files(followed, "new.mp4", "old.mp4")
        (root / "old.mp4").rename(root / "renamed.mp4")
        await until_files(followed, "new.mp4", "renamed.mp4")
        (root / "new.mp4").unlink()
        await until_files(followed, "renamed.mp4")


async def test_a_directory_moved_in_and_out_takes_its_files_along(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    for name in ("tree/x.mp4", "tree/deep/y.mp4"):
        (tmp_path / name).touch()
    async with following(Storage(root)) as followed:
        (tmp_path / "tree").rename(root / "tree")
        await until_files(followed, "tree/deep/y.mp4", "tree/x.mp4")
        (root / "tree").rename(tmp_path / "gone")
        await until_files(followed)
        assert set(followed.index.directories) == {""}


async def test_files_put_into_directories_that_were_just_made_are_seen(root: Path) -> None:
    async with following(Storage(root)) as followed:
        wanted = []
        for number in range(100):
            (root / f"{number}/b/c").mkdir(parents=True)
            (root / f"{number}/b/c/x.mp4").touch()
            wanted.append(f"{number}/b/c/x.mp4")
        await until_files(followed, *wanted)


async def test_a_burst_is_seen_whole(root: Path) -> None:
    async with following(Storage(root)) as followed:
        names = [f"{number}.mp4" for number in range(3000)]
        for name in names:
            (root / name).touch()
        await until_files(followed, *names)


async def test_a_file_that_comes_after_the_scan_saw_its_directory_is_seen(root: Path) -> None:
    storage = Storage(root)
    storage.may_go_on.clear()
    async with following(storage, wanted="building") as followed:
        await asyncio.to_thread(storage.has_scanned.wait)
        with pytest.raises(Unavailable):
            _ = followed.index
        (root / "x.mp4").touch()
        storage.may_go_on.set()
        await until_files(followed, "x.mp4")


async def test_a_new_directory_is_looked_at_a_second_time(root: Path) -> None:
    storage = Storage(root)
    async with following(storage) as followed:
        (root / "new").mkdir()

        async def looks() -> int:
            return len([paths for paths in storage.looks if "new" in paths])

        await eventually(looks, lambda looks: looks >= 2)
        assert "new" in followed.index.directories


async def test_a_root_that_is_missing_is_picked_up_when_it_appears(root: Path) -> None:
    root.rmdir()
    async with following(Storage(root), wanted="missing") as followed:
        with pytest.raises(Unavailable):
            _ = followed.index
        root.mkdir()
        (root / "x.mp4").touch()
        await until_state(followed, "live")
        await until_files(followed, "x.mp4")


async def test_a_root_that_is_replaced_is_followed_anew(root: Path) -> None:
    (root / "old.mp4").touch()
    async with following(Storage(root)) as followed:
        root.rename(root.with_name("elsewhere"))
        await until_state(followed, "missing")
        root.mkdir()
        (root / "new.mp4").touch()
        await until_files(followed, "new.mp4")
        (root / "newer.mp4").touch()
        await until_files(followed, "new.mp4", "newer.mp4")


async def test_a_watch_that_dies_is_set_anew_and_the_index_answers_meanwhile(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "x.mp4").touch()
    storage = Storage(root)
    async with following(storage) as followed:
        storage.deaths = 1
        storage.may_go_on.clear()
        (root / "y.mp4").touch()
        await until_state(followed, "degraded")
        assert followed.reason == "the watch died"
        opened = await followed.open("x.mp4")
        assert opened is not None
        storage.may_go_on.set()
        await until_files(followed, "x.mp4", "y.mp4")
        (root / "z.mp4").touch()
        await until_files(followed, "x.mp4", "y.mp4", "z.mp4")
        await until_state(followed, "live")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_root_that_cannot_be_watched_is_scanned_again_and_again(root: Path) -> None:
    storage = Storage(root)
    storage.can_watch = False
    async with following(storage, wanted="degraded") as followed:
        (root / "x.mp4").touch()
        await until_files(followed, "x.mp4")
        (root / "y.mp4").touch()
        await until_files(followed, "x.mp4", "y.mp4")


async def test_names_that_are_not_utf8_break_neither_the_index_nor_the_watcher(root: Path) -> None:
    wanted = []
    async with following(Storage(root)) as followed:
        for number in range(5):
            os.close(os.open(os.fsencode(root) + b"/%d\xff.mp4" % number, os.O_CREAT | os.O_WRONLY))
            (root / f"{number}.mp4").touch()
            wanted.append(f"{number}.mp4")
            await until_files(followed, *wanted)
        await until_state(followed, "live")


async def test_a_path_that_was_asked_for_in_vain_is_looked_at_once_however_many_ask(root: Path) -> None:
    storage = Storage(root)
    async with following(storage) as followed:
        storage.is_deaf = True
        (root / "lost.mp4").touch()

        async def ask() -> bool:
            await followed.look_again("lost.mp4")
            return followed.index.find("lost.mp4") is not None

        assert all(await asyncio.gather(*(ask() for _ in range(100))))
        await followed.look_again("lost.mp4")
        assert len([paths for paths in storage.looks if "lost.mp4" in paths]) == 1


async def test_the_paths_asked_for_in_vain_are_remembered_within_bounds(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(misses, "REMEMBERED", 3)
    storage = Storage(root)
    async with following(storage) as followed:
        for name in ("1.mp4", "2.mp4", "3.mp4", "4.mp4", "4.mp4", "1.mp4"):
            await followed.look_again(name)
        looked_at = [path for paths in storage.looks for path in sorted(paths)]
        assert looked_at == ["1.mp4", "2.mp4", "3.mp4", "4.mp4", "1.mp4"]


async def test_whoever_waits_for_a_look_learns_when_the_root_goes(root: Path) -> None:
    async with following(Storage(root)) as followed:
        root.rename(root.with_name("elsewhere"))
        await asyncio.wait_for(followed.look_again("x.mp4"), 20)
        await until_state(followed, "missing")
        with pytest.raises(Unavailable):
            await followed.open("x.mp4")


async def test_opening_a_file_that_changed_unseen_has_it_looked_at_again(root: Path) -> None:
    (root / "x.mp4").write_bytes(b"1")
    storage = Storage(root)
    async with following(storage) as followed:
        storage.is_deaf = True
        os.truncate(root / "x.mp4", 5)
        opened = await followed.open("x.mp4")
        assert opened is not None
        assert opened.resource.size == 5

        async def size() -> int:
            known = followed.index.find("x.mp4")
            return 0 if known is None else known.size

        await eventually(size, lambda size: size == 5)


async def test_a_directory_that_lost_its_watch_is_watched_again(root: Path) -> None:
    (root / "sub").mkdir()
    async with following(Storage(root), config=Config(reconcile_s=0.05)) as followed:
        ((number, watched),) = _inotify_instances().items()
        inode = (root / "sub").stat().st_ino
        ctypes.CDLL(None).inotify_rm_watch(number, watched[inode])

        async def is_watched() -> bool:
            return all(inode in watched for watched in _inotify_instances().values())

        assert not await is_watched()
        await eventually(is_watched)
        assert followed.watcher.restarts == 1
        await until_state(followed, "live")


def _inotify_instances() -> dict[int, dict[int, int]]:
    """Of each instance's descriptor the watch descriptors by inode."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        path = f"/proc/self/fd/{number}"
        if os.path.lexists(path) and os.readlink(path) == "anon_inode:inotify":
            lines = re.findall(r"inotify wd:(\w+) ino:(\w+)", Path(f"/proc/self/fdinfo/{number}").read_text())
            found[int(number)] = {int(inode, 16): int(watch, 16) for watch, inode in lines}
    return found


async def test_what_is_told_by_the_name_of_a_link_that_went_is_seen_by_its_own_in_the_end(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "GHOST_S", 0.1)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/link").symlink_to(root)
    async with following(Storage(root), config=Config(reconcile_s=3600)) as followed:
        (tmp_path / "tree").rename(root / "tree")
        (root / "tree").rename(tmp_path / "tree")

        async def is_seen() -> bool:
            (root / "x.mp4").touch()
            return followed.index.find("x.mp4") is not None and "tree" not in followed.index.directories

        await eventually(is_seen)
