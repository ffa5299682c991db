"""Files that are kept open, so that one which is asked for again need not be opened again."""

import resource as limits
from collections import OrderedDict
from collections.abc import Callable, Iterable

from aiomedia.resource import Resource
from aiomedia.storage.open_file import OpenFile

SHARE = 4  # of the descriptors that the process may have, one in so many: a download takes two more, for its sockets
MOST = 4096
KEPT_S = 10.0  # unused: a file system on which a file is open can't be unmounted


class Descriptors:
    """The files of one root that were asked for last, by their paths relative to it.

    One that is dropped while it is sent is closed when that is done. Times are in seconds, of any clock.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, OpenFile] = OrderedDict()  # the one that was used last comes last

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, path: str, resource: Resource, now: float) -> OpenFile | None:
        """The open file of this resource, if it is kept."""
        kept = self._kept.get(path)
        if kept is None or kept.resource != resource:
            return None
        kept.used_at = now
        self._kept.move_to_end(path)
        return kept

    def keep(self, path: str, opened: OpenFile, now: float) -> None:
        opened.used_at = now
        self._kept[path] = opened
        self._kept.move_to_end(path)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def drop_changed(self, paths: Iterable[str] | None, find: Callable[[str], Resource | None]) -> None:
        """Drops those that are not of the resource which `find` finds; of all that are kept for None."""
        for path in list(self._kept) if paths is None else paths:
            kept = self._kept.get(path)
            if kept is not None and find(path) != kept.resource:
                del self._kept[path]

    def drop_unused(self, now: float) -> None:
        """Drops those that nobody asked for during the last `KEPT_S`."""
        while self._kept and next(iter(self._kept.values())).used_at < now - KEPT_S:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Drops all."""
        self._kept.clear()


def raise_limit() -> None:
    """Has the process take as many descriptors as it may: the usual 1,024 are few for a thousand clients."""
    soft, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
    if soft != hard:
        limits.setrlimit(limits.RLIMIT_NOFILE, (hard, hard))


def capacity(roots: int) -> int:
    """How many files may be kept open for each of so many roots."""
    soft, _ = limits.getrlimit(limits.RLIMIT_NOFILE)
    allowed = MOST if soft == limits.RLIM_INFINITY else min(MOST, soft // SHARE)
    return max(1, allowed // roots)
