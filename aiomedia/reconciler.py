"""Comparing the index with the disk, for what no event told of.

Every few seconds, the names in each directory that is not just as it was; now and then, every file. What differs is
only marked: whoever looks at it decides. The work is done in threads, for a small share of the time.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from aiomedia.config import Config
from aiomedia.index import Index
from aiomedia.storage.base import Attached, RootMissing, Stamp

T = TypeVar("T")

logger = logging.getLogger(__name__)

CHUNK = 500  # directories in one hop to a thread
SHARE = 0.2  # of a core that a comparison takes while it goes on
WATCHED_SHARE = 0.01  # of a core that comparing every file takes over time
POLLED_SHARE = 0.1  # the same where nothing else tells of changes
NEVER = -1  # in nanoseconds since the epoch
RACY_S = 2.0  # a directory that was changed so lately may be changed again within the same tick of its clock


class Reconciler:
    """Compares one root with its index, again and again.

    `differing` gets the paths at which they differ, `audit` all directories that are there.
    """

    def __init__(
        self,
        name: str,
        config: Config,
        differing: Callable[[Iterable[str]], None],
        audit: Callable[[Mapping[str, Stamp]], Awaitable[None]],
    ) -> None:
        self.compared_at: float | None = None  # when the last comparison that came to its end began
        self.compared_all_at: float | None = None  # the same, of every file; both by the monotonic clock
        self.found = 0  # paths at which something differed
        self._name = name
        self._config = config
        self._differing = differing
        self._audit = audit
        self._took_s = 0.0  # comparing every file
        self._wanted = asyncio.Event()
        self._stamps: dict[str, Stamp] = {}

    def want_all(self) -> None:
        """Has every file compared soon: events may have been lost."""
        self._wanted.set()

    def begin(self) -> None:
        """Forgets what was wanted: all that happened before the scan that comes now is seen by that."""
        self._wanted.clear()
        self._stamps.clear()

    async def run(self, attached: Attached, index: Index, is_watched: Callable[[], bool], took_s: float) -> None:
        """Compares until it is cancelled. The index is that of a scan which has just ended, and took so long."""
        self._took_s = took_s  # comparing every file takes no longer
        self.compared_at = self.compared_all_at = time.monotonic()
        while True:
            await self._pause(self._config.reconcile_s if is_watched() else self._config.poll_s)
            try:
                if self._wanted.is_set() or self._all_are_due(is_watched=is_watched()):
                    await self._compare_all(attached, index)
                await self._compare_changed(attached, index)
                await self._audit(dict(self._stamps))
            except RootMissing:
                self._differing(())  # the next look finds out too, and knows what to do
            except Exception:
                logger.exception("can't compare %s with its index", self._name)
                await asyncio.sleep(self._config.reconcile_s)
                self._wanted.set()  # what was not compared is not forgotten

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return

    def _all_are_due(self, *, is_watched: bool) -> bool:
        assert self.compared_all_at is not None
        interval, share = (
            (self._config.full_reconcile_s, WATCHED_SHARE) if is_watched else (self._config.poll_s, POLLED_SHARE)
        )
        return time.monotonic() - self.compared_all_at > max(interval, self._took_s / share)

    async def _compare_all(self, attached: Attached, index: Index) -> None:
        began, worked = time.monotonic(), 0.0
        self._wanted.clear()
        for path in list(index.directories):
            worked += await self._compare(attached, index, path, thoroughly=True)
        self._took_s = worked
        self.compared_at = self.compared_all_at = began

    async def _compare_changed(self, attached: Attached, index: Index) -> None:
        began = time.monotonic()
        for paths in _chunks(list(index.directories)):
            known = {path: self._stamps.get(path) for path in paths}
            changed, _ = await _sparingly(asyncio.to_thread(attached.changed_directories, known))
            for path, stamp in changed.items():
                await self._compare(attached, index, path, thoroughly=False)
                self._remember(path, stamp)
        for path in self._stamps.keys() - index.directories.keys():
            del self._stamps[path]
        self.compared_at = began

    async def _compare(self, attached: Attached, index: Index, path: str, *, thoroughly: bool) -> float:
        """Compares one directory. Returns how long that took."""
        directory = index.directories.get(path)
        if directory is None:
            return 0.0
        work = asyncio.to_thread(attached.differences, path, directory, thoroughly=thoroughly)
        try:
            differing, seconds = await _sparingly(work)
        except OSError as error:  # of this one: the others are compared all the same
            logger.warning("can't compare %s/%s: %s", self._name, path, error.strerror)
            return 0.0
        if differing:
            self.found += len(differing)
            self._differing(differing)
        return seconds

    def _remember(self, path: str, stamp: Stamp | None) -> None:
        """One that was changed just now is remembered as another, so that it is compared once more."""
        if stamp is None:
            self._stamps.pop(path, None)
        elif time.time() - stamp.changed_ns / 1e9 > RACY_S:
            self._stamps[path] = stamp
        else:
            self._stamps[path] = stamp._replace(changed_ns=NEVER)


def _chunks(paths: list[str]) -> Iterator[list[str]]:
    remaining = iter(paths)
    while some := list(islice(remaining, CHUNK)):
        yield some


async def _sparingly(work: Awaitable[T]) -> tuple[T, float]:
    """The result, and how long it took; then a pause, so that other work is not held up."""
    began = time.monotonic()
    result = await work
    seconds = time.monotonic() - began
    await asyncio.sleep(seconds * (1 / SHARE - 1))
    return result, seconds
