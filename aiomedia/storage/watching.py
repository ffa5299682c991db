"""File events as paths at which something may have happened, and the doubts whether all are told.

What kind of event it was is thrown away: watchfiles merges and reorders them, so a path is looked at again.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from aiomedia.storage.base import Stamp, WatchFailed
from aiomedia.storage.watches import Watches

logger = logging.getLogger(__name__)

PATIENCE_MS = 1000  # how long a wait for events lasts before it begins anew, which tells whether the watch still lives
LATE_S = 1.0  # that a wait may last longer than it was asked to; then this process was stopped, or starved
UNREAD_S = 3.0  # without an event and with a queue that nobody reads, until the thread that should is taken for dead

EVENTS_A_PATH = 8  # that fill the kernel's queue: made, opened, written to, closed, and again; seldom more
EVENT_BYTES = 32  # in the queue, with a name of up to 15 bytes; a longer one takes more
_QUEUE = "/proc/sys/fs/inotify/max_queued_events"

RENEWAL_SHARE = 0.1  # of the time that setting watches anew may take
OVERLAP_S = 1.0  # for which the old ones go on: what happened before there were new ones, their thread may tell late
OVERLAP_MS = 20  # that a wait for events lasts meanwhile, and while watches are to be set anew


class Watch:
    """A root that is watched. `root` is absolute, without a trailing slash.

    `step_ms` is how long nothing more must happen before a batch is told, `debounce_ms` how long one may be held back.
    """

    def __init__(self, root: str, *, step_ms: int, debounce_ms: int) -> None:
        self._root = root
        self._below = 1 if root == "/" else len(root) + 1
        self._step_ms = step_ms
        self._debounce_ms = debounce_ms
        self._stop = threading.Event()
        self._watches: Watches | None = None
        self._old: Watches | None = None  # which were replaced a moment ago
        self._renewed_at = 0.0
        self._capacity = _queued_events()
        self._requests = SimpleQueue[set[str]]()
        self._lacking: set[str] = set()  # what is to be watched; it is told again once it is
        self._told: set[str] = set()  # in the last batch
        self._renewable_at = 0.0
        self._silent: set[int] = set()  # devices on which no directory is found to be watched
        self._hopeless: set[int] = set()  # and for which that was tried
        self._unread_since: float | None = None

    async def told(self) -> AsyncGenerator[set[str], None]:
        """Yields an empty set once the watches are set, then paths relative to the root as something happens there.

        Another empty set says that the kernel may have dropped events before it, which nothing tells.

        Raises WatchFailed: the root is not there, a limit on watches is reached, nobody reads the events, or something
        happened to a file whose name is not UTF-8, after which watchfiles tells nothing more.
        """
        # In one thread, and not by watchfiles' own `awatch`: that sets the watches on the loop.
        thread = ThreadPoolExecutor(1, thread_name_prefix="watch")
        loop = asyncio.get_running_loop()
        try:
            self._watches = await loop.run_in_executor(thread, Watches, self._root)
            yield set()
            while True:
                for paths in await loop.run_in_executor(thread, self._next, self._watches):
                    yield paths
        except (OSError, RuntimeError) as error:  # the latter is the base of watchfiles' own
            raise WatchFailed(f"{self._root}: {error}") from error
        finally:
            self._stop.set()  # it is noticed within a step
            thread.submit(self._close)
            thread.shutdown(wait=False)

    def unwatched(self, known: Mapping[str, Stamp]) -> set[str]:
        """Those of all directories that should be watched and are not. May block."""
        if self._watches is None:
            return set()
        lacking = self._watches.lacking(known)
        self._silent = lacking.silent
        return {path for path in lacking.paths if known[path].device not in self._hopeless & lacking.silent}

    def renew(self, paths: set[str]) -> None:
        """Has the watches set anew, soon, and tells of these directories after that."""
        self._hopeless |= self._silent  # a device may have been mounted since; if it was not, this changes nothing
        self._requests.put(paths)

    def _next(self, watches: Watches) -> list[set[str]]:
        """What is told next; nothing when there was nothing for a while."""
        while not self._requests.empty():
            self._lacking |= self._requests.get()
        self._lacking |= watches.overlooked(self._told)
        self._told = set()
        if self._lacking and self._old is None and time.monotonic() >= self._renewable_at:
            return self._renewed(watches)
        return self._waited(watches)

    def _renewed(self, old: Watches) -> list[set[str]]:
        """Sets the watches anew. The old ones go on for a while, so that nothing is lost in between."""
        lacking, self._lacking = self._lacking, set()
        began = time.monotonic()
        try:
            self._watches, self._old = Watches(self._root), old
        except (OSError, RuntimeError) as error:
            logger.warning("%s: not all is watched: %s", self._root, error)
        self._renewed_at = time.monotonic()
        self._renewable_at = self._renewed_at + (self._renewed_at - began) / RENEWAL_SHARE
        return [lacking]

    def _rest(self, old: Watches) -> set[str]:
        """What the old watches tell, as long as they are there."""
        rest = self._wait(old, self._step_ms)
        if time.monotonic() - self._renewed_at > OVERLAP_S:
            self._old = None
            old.close()
        return rest

    def _waited(self, watches: Watches) -> list[set[str]]:
        began = time.monotonic()
        changes = self._wait(watches, PATIENCE_MS if not self._lacking and self._old is None else OVERLAP_MS)
        if self._old is not None:
            changes |= self._rest(self._old)
        is_late = time.monotonic() - began > (PATIENCE_MS + self._debounce_ms) / 1000 + LATE_S
        self._check_that_events_are_read(watches, is_told=bool(changes))
        self._told = {path[self._below :] for path in changes}
        visible = {path for path in self._told if "/." not in f"/{path}"}  # what is hidden is nobody's business
        told = [visible] if visible else []
        return [*told, set()] if is_late or self._may_have_overflowed(watches, len(changes)) else told

    def _wait(self, watches: Watches, patience_ms: int) -> set[str]:
        return watches.wait(
            debounce_ms=self._debounce_ms, step_ms=self._step_ms, patience_ms=patience_ms, stop=self._stop
        )

    def _may_have_overflowed(self, watches: Watches, changes: int) -> bool:
        waiting = watches.inotify.queued_bytes() if watches.inotify is not None else 0
        return changes >= self._capacity // EVENTS_A_PATH or waiting >= self._capacity * EVENT_BYTES // 2

    def _check_that_events_are_read(self, watches: Watches, *, is_told: bool) -> None:
        """Raises WatchFailed when the thread that should read them is dead: it dies without a word."""
        inotify = watches.inotify
        if is_told or inotify is None or (inotify.is_open and inotify.is_read()):
            self._unread_since = None
            return
        now = time.monotonic()
        if self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since >= UNREAD_S:
            raise WatchFailed(f"{self._root}: nobody reads its events")

    def _close(self) -> None:
        for watches in (self._watches, self._old):
            if watches is not None:
                watches.close()


def _queued_events() -> int:
    """How many events the kernel keeps for a watch before it drops them."""
    try:
        with open(_QUEUE) as file:
            return int(file.read())
    except OSError:
        return 16_384  # its default
