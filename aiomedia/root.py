"""One root: what is held of its storage, its index, and the task that keeps the index true."""

import asyncio
import logging
import math
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Literal

from aiomedia.applying import apply
from aiomedia.config import Config
from aiomedia.errors import BeingWritten, Unavailable
from aiomedia.feed import Feed
from aiomedia.index import Index, Settling, Sighting, indexed
from aiomedia.misses import Misses
from aiomedia.opener import Opener
from aiomedia.reconciler import Reconciler
from aiomedia.settling import Schedule
from aiomedia.storage.base import Attached, RootMissing, Storage
from aiomedia.storage.open_file import OpenFile
from aiomedia.watcher import Watcher

logger = logging.getLogger(__name__)

State = Literal["building", "live", "polling", "degraded", "missing"]

RETRY_S = 1.0  # until a missing root is tried again, and until it is looked whether one is still the same
SECOND_LOOK_S = 0.2  # what is put into a new directory before the kernel watches it raises no event


class Root:
    """A directory that is served. Its index is there from the first whole scan on, and goes with the directory."""

    def __init__(self, path: str, storage: Storage, config: Config, feed: Feed, max_kept_open: int = 64) -> None:
        self.path = path
        self.generation = 0  # how often something was looked at
        self.watcher = Watcher(path, self._told, lambda: self.reconciler.want_all())
        self.reconciler = Reconciler(path, config, self.mark_dirty, self.watcher.audit)
        self.settling = Schedule(config.settle_s)
        self._storage = storage
        self._feed = feed
        self._opener = Opener(path, max_kept_open)
        self._index: Index | None = None
        self._absence: tuple[Literal["building", "missing"], str] = ("building", "not scanned yet")
        self._dirty: set[str] = set()
        self._changed = asyncio.Event()
        self._looked = asyncio.Event()  # set once what is dirty by now was looked at
        self._misses = Misses[asyncio.Event]()

    @property
    def index(self) -> Index:
        """Raises Unavailable while nothing is known: an empty answer would be a wrong one."""
        if self._index is None:
            raise Unavailable("This directory is not available for now.")
        return self._index

    @property
    def files(self) -> int:
        """How many files are known."""
        return len(self._index) if self._index is not None else 0

    @property
    def state(self) -> State:
        if self._index is None:
            return self._absence[0]
        if self._opener.is_polled:
            return "polling"
        return "live" if self.watcher.error is None else "degraded"

    @property
    def reason(self) -> str | None:
        """Why it is not live."""
        if self._index is None:
            return self._absence[1]
        return self.watcher.error if self.state == "degraded" else None

    @property
    def staleness_s(self) -> float:
        """How old an answer may be. Infinite while there is none."""
        if self._index is None or self.reconciler.compared_all_at is None:
            return math.inf
        return 0.0 if self.state == "live" else time.monotonic() - self.reconciler.compared_all_at

    def mark_dirty(self, paths: Iterable[str]) -> None:
        """Has these paths looked at again, soon."""
        self._dirty.update(paths)
        self._changed.set()

    async def look_again(self, path: str) -> None:
        """Looks at a path that was asked for in vain, so that a lost event heals; at most once a second a path.

        All that ask at a time share one look. Raises Unavailable.
        """
        looked = self._misses.shared(path, self._now(), self._looked)
        if looked is self._looked:
            self.mark_dirty({path})
        await looked.wait()

    def kept_open(self, path: str) -> OpenFile | None:
        """The file of the index at this path, when it is open anyway. It may be another by now."""
        return None if self._index is None else self._opener.kept(path, self._index.find(path))

    async def open(self, path: str) -> OpenFile | None:
        """The open file of the index at this path; a path whose file is another by now is looked at again.

        Raises BeingWritten, Forbidden when it may not be read, and Unavailable.
        """
        kept = self.kept_open(path)
        if kept is not None and kept.is_current:
            return kept
        known = None if self._index is None else self._index.find(path)
        opened = await self._opener.open(path, known)
        if not isinstance(opened, OpenFile) or opened.resource != known:
            self.mark_dirty({path})
            if isinstance(opened, Settling):
                raise BeingWritten
            if opened is not None and self._index is not None and self._index.unknown_ancestor(path) is None:
                self._index.apply(path, opened.resource)  # whoever got this is not told of the old one any more
        if opened is not None and self._index is not None and self._index.find(path) == opened.resource:
            self._opener.keep(path, opened)
        return opened

    async def run(self) -> None:
        """Keeps the index true until it is cancelled, whatever happens to the root."""
        try:
            while True:
                await self._run_once()
                await asyncio.sleep(RETRY_S)
        finally:
            self._opener.attach(None)

    async def _run_once(self) -> None:
        """Follows the root until it is lost, or can't be scanned."""
        try:
            attached = await asyncio.to_thread(self._storage.attach)
            self._opener.attach(attached)
            await self._follow(attached)
        except RootMissing as error:
            self._lose("missing", str(error))
        except OSError as error:
            self._lose("building", str(error))
        except Exception as error:
            logger.exception("following %s failed", self.path)
            self._lose("building", f"{type(error).__name__}: {error}")

    async def _follow(self, attached: Attached) -> None:
        tasks = []
        try:
            if not attached.is_polled:
                self.watcher.tried.clear()
                tasks.append(asyncio.create_task(self.watcher.run(attached)))
                await self.watcher.tried.wait()  # what happens from here on is told
            self.reconciler.begin()
            index, took_s = await self._build(attached)
            tasks.append(
                asyncio.create_task(self.reconciler.run(attached, index, lambda: self.state == "live", took_s))
            )
            while True:
                await self._until_work()
                await self._look_at_dirty(attached, index)
        finally:
            for task in tasks:
                task.cancel()
            attached.let_go()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _build(self, attached: Attached) -> tuple[Index, float]:
        """The index of a scan, and how many seconds that took."""
        started = time.perf_counter()
        index, settling = await asyncio.to_thread(lambda: indexed(attached.scan()))
        await self._apply(index, settling)
        self._index = index
        index.on_change = partial(self._feed.publish, self.path)
        self._feed.forget(self.path)
        seconds = time.perf_counter() - started
        logger.info("serving %d files of %s, scanned in %.2f s", len(index), self.path, seconds)
        return index, seconds

    async def _until_work(self) -> None:
        """Waits until something is to be looked at, or until it is time to look whether the root is still there."""
        tick = self._now() + RETRY_S
        while not self._dirty:
            due = self.settling.next_due()
            until = tick if due is None else min(due, tick)
            if until <= self._now():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            self._changed.clear()

    async def _look_at_dirty(self, attached: Attached, index: Index) -> None:
        """Looks at all that is dirty or due, and lets the index say what is seen there."""
        due = self.settling.due(self._now())
        dirty, self._dirty = self._dirty | due, set()
        looked, self._looked = self._looked, asyncio.Event()
        try:
            wanted = {path if (above := index.unknown_ancestor(path)) is None else above for path in dirty}
            sightings = await asyncio.to_thread(attached.look, wanted)
            await self._apply(index, sightings)
            self._opener.drop_unused()
            for path in due - sightings.keys():  # it can't be looked at, or went with its directory
                self.settling.postpone(path, self._now(), is_gone=index.unknown_ancestor(path) is not None)
            self.generation += 1
        except RootMissing as error:
            self._lose("missing", str(error))  # before those who wait for the look ask the index
            raise
        except OSError as error:
            logger.warning("can't look at %s: %s", self.path, error.strerror)
            self._dirty |= dirty
            self._opener.attach(attached)  # if it is descriptors that are lacking, these can be had
            await asyncio.sleep(RETRY_S)
        finally:
            looked.set()

    async def _apply(self, index: Index, sightings: Mapping[str, Sighting]) -> None:
        new = [path for path, seen in sightings.items() if isinstance(seen, Mapping) and path not in index.directories]
        if new:
            asyncio.get_running_loop().call_later(SECOND_LOOK_S, self.mark_dirty, new)
        is_tree = any(isinstance(seen, Mapping) or path in index.directories for path, seen in sightings.items())
        await apply(index, self.settling, sightings, self._now)
        self._opener.drop_changed(None if is_tree else sightings, index.find)

    def _told(self, paths: set[str]) -> None:
        """Takes what the watch tells. What is settling has its own time, or a busy writer would keep us busy too."""
        now = self._now()
        self.mark_dirty({path for path in paths if not self.settling.stir(path, now)})

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _lose(self, state: Literal["building", "missing"], reason: str) -> None:
        self._index = None
        self._opener.attach(None)
        self.settling.clear()
        if (state, reason) != self._absence:
            logger.warning("%s is %s: %s", self.path, state, reason)
        self._absence = (state, reason)
        self._looked.set()  # whoever waits for a look learns now that there is none
        self._looked = asyncio.Event()
