"""One root: what is held of its storage, its index, and the task that keeps the index true."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from itertools import islice
from operator import itemgetter
from typing import Literal

from aiomedia.errors import Forbidden, Unavailable
from aiomedia.index import Index, Sighting
from aiomedia.storage.base import Attached, OpenFile, RootMissing, Storage, WatchFailed

logger = logging.getLogger(__name__)

State = Literal["building", "live", "degraded", "missing"]

FIRST_RETRY_S = 0.05  # how long until a missing root, or a watch that failed, is tried again: twice this, then doubled
RETRY_S = 1.0  # up to this
SCAN_PAUSE = 10  # scans: a watch that fails again and again has the root scanned a tenth of the time at most
SECOND_LOOK_S = 0.2  # what is put into a new directory before the kernel watches it raises no event
APPLY_AT_ONCE = 500  # sightings; more of them would hold the loop for longer than a request should wait
MISS_MEMORY = 10_000  # paths that were asked for in vain and looked at again lately
MISS_INTERVAL_S = 1.0  # how long such a path is not looked at once more


class Root:
    """A directory that is served. Its index is there from the first whole scan on, and goes with the directory."""

    def __init__(self, path: str, storage: Storage) -> None:
        self.path = path
        self.state: State = "building"
        self.reason: str | None = "not scanned yet"
        self._storage = storage
        self._attached: Attached | None = None
        self._index: Index | None = None
        self._scan_s = 0.0
        self._went_well = False  # whether anything was looked at since the last failure
        self._dirty: set[str] = set()
        self._changed = asyncio.Event()
        self._looked = asyncio.Event()  # set once what is dirty by now was looked at
        self._misses: dict[str, tuple[float, asyncio.Event]] = {}  # when each was looked at, and when that is done

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

    def mark_dirty(self, paths: Iterable[str]) -> None:
        """Has these paths looked at again, soon."""
        self._dirty.update(paths)
        self._changed.set()

    async def look_again(self, path: str) -> None:
        """Looks at a path that was asked for in vain, so that a lost event heals; at most once a second a path.

        All that ask at a time share one look. Raises Unavailable.
        """
        now = time.monotonic()
        last, looked = self._misses.pop(path, (-MISS_INTERVAL_S, self._looked))
        if now - last >= MISS_INTERVAL_S:
            last, looked = now, self._looked
            self.mark_dirty({path})
        self._misses[path] = (last, looked)  # as the latest: the first to be forgotten is who was not asked for longest
        if len(self._misses) > MISS_MEMORY:
            del self._misses[next(iter(self._misses))]
        await looked.wait()

    async def open(self, path: str) -> OpenFile | None:
        """Opens a file of the index; a path whose file is another by now is looked at again.

        Raises Forbidden when it may not be read, and Unavailable.
        """
        try:
            if self._attached is None:
                raise RootMissing(f"{self.path}: not attached")
            opened = await asyncio.to_thread(self._attached.open, path)
        except PermissionError as error:
            raise Forbidden("The server may not read this file.") from error
        except (RootMissing, OSError) as error:
            logger.warning("can't open %s/%s: %s", self.path, path, str(error))
            raise Unavailable("This file is not available for now.") from error
        if opened is None or self._index is None or opened.resource != self._index.find(path):
            self.mark_dirty({path})
            if opened is not None and self._index is not None and self._index.unknown_ancestor(path) is None:
                self._index.apply(path, opened.resource)  # whoever got this is not told of the old one any more
        return opened

    async def run(self) -> None:
        """Keeps the index true until it is cancelled, whatever happens to the root and to the watcher."""
        failures = 0
        try:
            while True:
                self._went_well = False
                await self._run_once()
                self._looked.set()  # whoever waits for a look learns now that there is none
                self._looked = asyncio.Event()
                failures = 1 if self._went_well else failures + 1
                pause_s = min(FIRST_RETRY_S * 2 ** min(failures, 10), RETRY_S)
                if self.state == "degraded" and failures > 1:
                    pause_s = max(pause_s, SCAN_PAUSE * self._scan_s)
                await self._pause(pause_s)
        finally:
            self._attached = None

    async def _run_once(self) -> None:
        """Follows the root until it is lost, or something fails."""
        try:
            self._attached = await asyncio.to_thread(self._storage.attach)
            await self._follow(self._attached)
        except RootMissing as error:
            self._lose(error)
        except (WatchFailed, OSError) as error:
            # What was known is still the best answer, and each new scan makes it better.
            self._set_state("degraded", str(error))
        except Exception as error:
            logger.exception("following %s failed", self.path)
            self._set_state("degraded", f"{type(error).__name__}: {error}")

    async def _follow(self, attached: Attached) -> None:
        watching = asyncio.create_task(self._watch(attached))
        try:
            await asyncio.sleep(0)  # the watches are set now; what happens from here on is told
            await self._build(attached)
            self._raise_end_of(watching)
            self._set_state("live", None)
            while True:
                await self._changed.wait()
                self._raise_end_of(watching)
                await self._look_at_dirty(attached)
                self._went_well = True
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        """Waits before the next try. Who asks for a path meanwhile does not: what is still held is looked at."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._changed.wait()
                    if self._attached is None or self._index is None:
                        self._changed.clear()
                    else:
                        await self._look_at_dirty(self._attached)
        except (TimeoutError, RootMissing, OSError):
            return  # the next try tells more, and begins with a scan

    async def _watch(self, attached: Attached) -> None:
        try:
            async with aclosing(attached.watch()) as batches:
                async for paths in batches:
                    self.mark_dirty(paths)
        finally:
            self._changed.set()

    def _raise_end_of(self, watching: asyncio.Task[None]) -> None:
        if watching.done():
            raise watching.exception() or WatchFailed(f"{self.path}: the watch ended")

    async def _build(self, attached: Attached) -> None:
        started = time.perf_counter()
        index = self._index = await asyncio.to_thread(lambda: Index(attached.scan()))
        self._scan_s = time.perf_counter() - started
        logger.log(
            logging.DEBUG if self.state == "degraded" else logging.INFO,
            "serving %d files of %s, scanned in %.2f s",
            len(index),
            self.path,
            self._scan_s,
        )

    async def _look_at_dirty(self, attached: Attached) -> None:
        """Looks at all that is dirty, and lets the index say what is seen there."""
        index = self.index
        self._changed.clear()
        dirty, self._dirty = self._dirty, set()
        looked, self._looked = self._looked, asyncio.Event()
        try:
            wanted = {path if (above := index.unknown_ancestor(path)) is None else above for path in dirty}
            await self._apply(index, await asyncio.to_thread(attached.look, wanted))
        except RootMissing as error:
            self._lose(error)  # before those who wait for the look ask the index
            raise
        finally:
            looked.set()

    async def _apply(self, index: Index, sightings: Mapping[str, Sighting]) -> None:
        new = [path for path, seen in sightings.items() if isinstance(seen, Mapping) and path not in index.directories]
        if new:
            asyncio.get_running_loop().call_later(SECOND_LOOK_S, self.mark_dirty, new)
        remaining = iter(sorted(sightings.items(), key=itemgetter(0)))  # a directory before what is in it
        while some := list(islice(remaining, APPLY_AT_ONCE)):
            for path, seen in some:
                if seen is None or index.unknown_ancestor(path) is None:
                    index.apply(path, seen)
            await asyncio.sleep(0)

    def _lose(self, error: RootMissing) -> None:
        self._attached = self._index = None
        self._set_state("missing", str(error))

    def _set_state(self, state: State, reason: str | None) -> None:
        if (state, reason) != (self.state, self.reason) and reason is not None:
            logger.warning("%s is %s: %s", self.path, state, reason)
        self.state, self.reason = state, reason
