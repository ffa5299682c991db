"""Anything that can happen to a directory, in any order, and a library that follows it: a stateful hypothesis machine.

The disk is real, and so are the watcher and its events. What the library lists in the end is compared with a walk of
the disk; what it must never list, a file before it is whole, with every answer on the way.
"""

import asyncio
import json
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from aiomedia.config import Config
from aiomedia.errors import AiomediaError, Unavailable
from aiomedia.library import Library
from aiomedia.names import split
from aiomedia.place import Place
from aiomedia.query import PLAIN, Query
from aiomedia.resource import entity_tag

T = TypeVar("T")

SETTLED_S = 30.0  # in which all that happened must be seen, as is promised
A_FEW = 3  # steps, before it is worth to wait until they are seen
SEVERAL = 4  # open writers, and links, at a time: each link to a directory multiplies what is below it
MEDIA = (".mp4", ".wav")

DIRECTORY_NAMES = st.sampled_from(["a", "b", "c.mp4", ".hidden"])
FILE_NAMES = st.sampled_from(["1.mp4", "2.mp4", "c.mp4", "3.wav", "4.txt", ".5.mp4"])
NAMES = DIRECTORY_NAMES | FILE_NAMES
SOME = st.integers(0, 999)  # one of those that there are by then


class Version(NamedTuple):
    """What tells one version of a listed file from another."""

    size: int
    etag: str


Files = dict[str, dict[str, Version]]
"""By directory, then by name."""


class Writer(NamedTuple):
    """An open file, and its inode: a file may have several names, or none by now."""

    descriptor: int
    inode: int


class Disk(RuleBasedStateMachine):
    """What is done to the root, and beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        top = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="truth-")))
        self._root, self._beside = top / "media", top / "beside"
        self._root.mkdir()
        self._beside.mkdir()
        self._writers: list[Writer] = []
        self._unfinished: set[str] = set()  # the tags of all versions that had a writer, and were never listed
        self._numbers = iter(range(1, 1_000_000))
        self._done: list[str] = []
        self._has_failed = False

    @initialize(follows=st.booleans(), seldom=st.booleans())
    def follow(self, follows: bool, seldom: bool) -> None:
        """Names are compared seldom in half of the runs: in those, events are what counts."""
        config = Config(
            roots=(str(self._root),),
            follow_symlinks=follows,
            reconcile_s=1.0 if seldom else 0.1,
            full_reconcile_s=1.0 if seldom else 0.1,
            poll_s=0.1,
            settle_s=0.1,
        )
        self._follows = follows
        self._note(f"follow links: {follows}, compare seldom: {seldom}")
        for name in ("a/b/1.mp4", "a/2.mp4", "b/c.mp4/3.wav", "b/2.mp4", "1.mp4", ".hidden/1.mp4"):
            (self._root / name).parent.mkdir(parents=True, exist_ok=True)
            (self._root / name).write_bytes(self._bytes(1))
        self._library = Library(config)
        self._run = self._stack.enter_context(_loop())
        self._run(self._enter())
        self._await(lambda: self._listed() is not None)

    def teardown(self) -> None:
        with self._stack:
            try:
                if not self._has_failed:
                    self.settle()
            finally:
                for writer in self._writers:
                    os.close(writer.descriptor)
                self._run(self._entered.aclose())

    @rule(where=SOME, name=FILE_NAMES, content=st.integers(0, 3))
    def write_at_once(self, where: int, name: str, content: int) -> None:
        path = self._directory(where) / name
        self._note(f"write {self._shown(path)}")
        with self._fails_as_it_may(), path.open("wb") as file:
            file.write(self._bytes(content))

    @rule(where=SOME, name=FILE_NAMES)
    def rename_into_place(self, where: int, name: str) -> None:
        path = self._directory(where) / name
        self._note(f"replace {self._shown(path)}")
        hidden = self._root / ".part"
        hidden.write_bytes(self._bytes(1))
        with self._fails_as_it_may():
            hidden.replace(path)

    @precondition(lambda self: len(self._writers) < SEVERAL)
    @rule(where=SOME, name=FILE_NAMES, appends=st.booleans())
    def begin_to_write(self, where: int, name: str, appends: bool) -> None:
        path = self._directory(where) / name
        self._note(f"open {self._shown(path)} to {'append' if appends else 'write'}")
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if appends else os.O_TRUNC)
        with self._fails_as_it_may():
            descriptor = os.open(path, flags, 0o644)
            self._writers.append(Writer(descriptor, os.fstat(descriptor).st_ino))
            os.write(descriptor, self._bytes(1))  # that it was opened, no event tells
            self._take_down_what_is_not_whole()

    @precondition(lambda self: self._writers)
    @rule(which=SOME)
    def write_more(self, which: int) -> None:
        writer = self._one_of(self._writers, which)
        self._note(f"write more to {writer.inode}")
        os.write(writer.descriptor, self._bytes(1))

    @precondition(lambda self: self._writers)
    @rule(which=SOME)
    def close(self, which: int) -> None:
        writer = self._one_of(self._writers, which)
        self._note(f"close {writer.inode}")
        self._writers.remove(writer)
        self._unfinished.discard(entity_tag(os.fstat(writer.descriptor)))
        os.close(writer.descriptor)

    @rule(which=SOME, where=SOME, name=NAMES)
    def rename(self, which: int, where: int, name: str) -> None:
        self._move(self._entry(which), self._directory(where) / name)

    @rule(which=SOME)
    def move_out(self, which: int) -> None:
        self._move(self._entry(which), self._beside / str(next(self._numbers)))

    @rule(which=SOME, where=SOME, name=NAMES)
    def move_in(self, which: int, where: int, name: str) -> None:
        outside = sorted(self._beside.iterdir())
        if outside:
            self._move(self._one_of(outside, which), self._directory(where) / name)

    @rule(where=SOME, name=NAMES, then=st.lists(DIRECTORY_NAMES, max_size=2), file=FILE_NAMES)
    def make_directories_and_a_file(self, where: int, name: str, then: list[str], file: str) -> None:
        path = self._directory(where).joinpath(name, *then)
        self._note(f"make {self._shown(path)} and in it {file}")
        with self._fails_as_it_may():
            path.mkdir(parents=True)
            (path / file).write_bytes(self._bytes(1))

    @rule(which=SOME)
    def remove(self, which: int) -> None:
        path = self._entry(which)
        if path is not None:
            self._note(f"remove {self._shown(path)}")
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    @rule(which=SOME, where=SOME, name=FILE_NAMES)
    def link(self, which: int, where: int, name: str) -> None:
        source, target = self._entry(which), self._directory(where) / name
        if source is not None:
            self._note(f"link {self._shown(target)} to {self._shown(source)}")
            with self._fails_as_it_may():
                os.link(source, target, follow_symlinks=False)

    @rule(which=SOME, where=SOME, name=NAMES, kind=st.sampled_from(["inside", "inside", "above", "outside", "nothing"]))
    def link_symbolically(self, which: int, where: int, name: str, kind: str) -> None:
        source, link = self._entry(which), self._directory(where) / name
        targets = {"inside": source, "above": link.parent, "outside": self._beside, "nothing": link / "nothing"}
        target = targets[kind]
        if target is not None and sum(path.is_symlink() for path in self._entries()) < SEVERAL:
            self._note(f"link {self._shown(link)} symbolically to {self._shown(target)}")
            with self._fails_as_it_may():
                link.symlink_to(os.path.relpath(target, link.parent))

    @rule(which=SOME, size=st.integers(0, 2))
    def cut(self, which: int, size: int) -> None:
        path = self._entry(which)
        if path is not None and path.is_file():
            self._note(f"cut {self._shown(path)}")
            os.truncate(path, size)

    @rule(which=SOME, seconds=st.integers(0, 2_000_000_000))
    def touch(self, which: int, seconds: int) -> None:
        path = self._entry(which)
        if path is not None and path.exists():
            self._note(f"touch {self._shown(path)}")
            os.utime(path, (seconds, seconds))

    @rule(name=FILE_NAMES, where=SOME)
    def write_under_a_name_that_is_not_utf8(self, name: str, where: int) -> None:
        self._note(f"write a name that is not UTF-8 beside {name}")
        path = os.fsencode(self._directory(where)) + b"/\xff" + name.encode()
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        os.unlink(path)

    @rule(which=SOME)
    def ask_for(self, which: int) -> None:
        """What is opened may be newer than what is listed, and heals it; it is whole all the same."""
        path = self._entry(which)
        if path is not None:
            self._note(f"ask for {self._shown(path)}")
            self._take_down_what_is_not_whole()
            tag = self._run(self._opened(self._shown(path)))
            assert tag not in self._unfinished, self._story(f"opened before it is whole: {path}")

    async def _opened(self, path: str) -> str | None:
        place = self._library.place(None)
        try:
            await self._library.find(place, path)
            opened = await place.root.open(path)
        except AiomediaError:
            return None
        return None if opened is None else opened.resource.etag

    @precondition(lambda self: self._has_happened(1))
    @rule(ms=st.integers(1, 300))
    def let_time_pass(self, ms: int) -> None:
        """Or all that happens would be seen at once."""
        self._note(f"wait {ms} ms")
        deadline = time.monotonic() + ms / 1000
        while time.monotonic() < deadline:
            self._listed()
            time.sleep(0.005)

    @precondition(lambda self: self._has_happened(A_FEW))
    @rule()
    def settle(self) -> None:
        began = time.monotonic()
        self._note("settle")
        self._await(lambda: self._listed() == self._on_disk())
        for directory, files in self._on_disk().items():
            place = self._library.place(os.path.normpath(self._root / directory))
            listed = self._run(self._list(place, PLAIN))
            assert listed == files, self._story(f"listed of {directory}: {listed}, not {files}")
        self._note(f"settled after {time.monotonic() - began:.2f} s")

    def _listed(self) -> Files | None:
        """What is listed by now, by directory. None while nothing is known. Fails for a file that has a writer."""
        self._take_down_what_is_not_whole()
        try:
            directories, files = self._run(self._list_all())
        except Unavailable:
            return None
        half = {path for path, version in files.items() if version.etag in self._unfinished}
        assert not half, self._story(f"listed before they are whole: {half}")
        found: Files = {directory: {} for directory in directories}
        for path, version in files.items():
            directory, name = split(path)
            found.setdefault(directory, {})[name] = version  # one that goes meanwhile is known to neither in the end
        return found

    async def _list_all(self) -> tuple[list[str], dict[str, Version]]:
        place = self._library.place(None)
        files = await self._list(place, Query(recursive=True))
        return list(place.root.index.directories), files

    async def _list(self, place: Place, query: Query) -> dict[str, Version]:
        encoding = await self._library.lister.list_files(place, query, "")
        return {
            file["filename"]: Version(file["size"], file["etag"])
            for file in json.loads(b"".join(encoding.plain()))["files"]
        }

    def _on_disk(self) -> Files:
        """The truth: each directory, and in it every regular file with a name of ours that nobody writes to."""
        written = {writer.inode for writer in self._writers}
        found: Files = {}
        for path, status in self._walk(self._root, frozenset()):
            directory, name = split(path)
            if stat.S_ISDIR(status.st_mode):
                found[path] = {}
            elif name.endswith(MEDIA) and stat.S_ISREG(status.st_mode) and status.st_ino not in written:
                found[directory][name] = Version(status.st_size, entity_tag(status))
        return found

    def _walk(self, directory: Path, above: frozenset[str]) -> Iterator[tuple[str, os.stat_result]]:
        """All that is below a directory, by its path from the root. `above` is what it lies in, to end circles."""
        above |= {os.path.realpath(directory)}
        yield os.path.relpath(directory, self._root).removeprefix("."), directory.stat()
        for name in os.listdir(directory):
            path = directory / name
            if name.startswith("."):
                continue
            if path.is_symlink():
                real = os.path.realpath(path)
                beneath = os.path.relpath(real, self._root)
                if not self._follows or real in above or (beneath != "." and beneath.startswith(".")):
                    continue
                if "/." in beneath or not path.exists():
                    continue
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                yield from self._walk(path, above)
            else:
                yield str(path.relative_to(self._root)), status

    def _take_down_what_is_not_whole(self) -> None:
        self._unfinished |= {entity_tag(os.fstat(writer.descriptor)) for writer in self._writers}

    async def _enter(self) -> None:
        self._entered = AsyncExitStack()
        await self._entered.enter_async_context(self._library.following())

    def _await(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SETTLED_S
        while not holds():
            assert time.monotonic() < deadline, self._story(f"listed: {self._listed()}, on disk: {self._on_disk()}")
            time.sleep(0.01)

    def _story(self, what: str) -> str:
        """What went wrong, and all that led to it: time is part of it, so hypothesis may not produce it again."""
        self._has_failed = True
        (root,) = self._library.roots
        return "\n".join([what, f"state: {root.state}, {root.reason}", *self._done])

    def _note(self, what: str) -> None:
        self._done.append(what)

    def _has_happened(self, much: int) -> bool:
        """Whether so many steps were done since it was last waited for."""
        return not any(what.startswith(("wait", "settle")) for what in self._done[-much:])

    def _shown(self, path: Path) -> str:
        return os.path.relpath(path, self._root)

    def _bytes(self, of_them: int) -> bytes:
        """Of a size that was not there before, unless none are wanted."""
        return bytes(next(self._numbers)) if of_them else b""

    def _entries(self) -> list[Path]:
        """All that is in the root, links not followed, and whatever it is called."""
        return sorted(
            Path(top, name) for top, directories, files in os.walk(self._root) for name in [*directories, *files]
        )

    def _entry(self, which: int) -> Path | None:
        entries = self._entries()
        return self._one_of(entries, which) if entries else None

    def _directory(self, which: int) -> Path:
        directories = sorted(Path(top) for top, _, _ in os.walk(self._root))
        return self._one_of(directories, which)

    def _one_of(self, some: list[T], which: int) -> T:
        return some[which % len(some)]

    def _move(self, path: Path | None, to: Path) -> None:
        if path is not None:
            self._note(f"move {self._shown(path)} to {self._shown(to)}")
            for writer in self._writers:  # a scan takes what nobody touched for ten seconds to be whole
                os.fchmod(writer.descriptor, 0o644)
            self._take_down_what_is_not_whole()
            with self._fails_as_it_may():
                path.rename(to)

    def _fails_as_it_may(self) -> suppress:
        """What is there already, or is of another kind, or lies in itself: not every step can be taken everywhere."""
        return suppress(OSError)


Run = Callable[[Coroutine[Any, Any, Any]], Any]


@contextmanager
def _loop() -> Iterator[Run]:
    """A loop in a thread of its own: what is done to the disk meets it at any moment. Runs coroutines there."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(SETTLED_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
