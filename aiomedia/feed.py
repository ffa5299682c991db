"""The feed: what changed lately in all roots, in one order, and those who wait for what comes next.

To publish is a plain function: it awaits nothing and nobody. Whoever follows the feed reads it at its own pace, and has
missed what is forgotten by then. So nobody holds up the others, and the only queue is the one that all share.
"""

import re
import secrets
from collections import deque
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from aiomedia.errors import CursorExpired
from aiomedia.index import Changes
from aiomedia.names import join, split
from aiomedia.resource import Operation, Resource
from aiomedia.waiters import Waiters

EPOCH_BYTES = 6  # random ones: a cursor of an earlier run is told from ours

_CURSOR = re.compile(r"([A-Za-z0-9_-]{8})-([0-9]{1,18})")


class Change(NamedTuple):
    """A file that came, went, or became another. Never neither before nor after."""

    position: int
    root: str
    directory: str  # relative to the root
    name: str
    before: Resource | None
    after: Resource | None

    @property
    def operation(self) -> Operation:
        return operation(self.before, self.after)

    @property
    def resource(self) -> Resource:
        """The file as it is now, or as it was last."""
        resource = self.after or self.before
        assert resource is not None
        return resource


def operation(before: Resource | None, after: Resource | None) -> Operation:
    """What became of a file; of one that was not there before and is not now, too."""
    return "removed" if after is None else "added" if before is None else "modified"


class Feed:
    """The changes of one run of the server. A position is the number of a change; a cursor names it to clients."""

    def __init__(self, kept: int) -> None:
        """`kept` is how many changes are remembered."""
        self.position = 0  # of the last change
        self.waiters = Waiters()
        self._epoch = secrets.token_urlsafe(EPOCH_BYTES)
        self._kept = kept
        self._forgotten = 0  # the position up to which changes are not kept any more
        self._changes: deque[Change] = deque(maxlen=kept)
        self._known_from: dict[str, int] = {}  # by root: the position after which all its changes are known

    def cursor(self, position: int | None = None) -> str:
        """The name of a position; of the last change's without one."""
        return f"{self._epoch}-{self.position if position is None else position}"

    def position_of(self, cursor: str) -> int:
        """Raises CursorExpired for one of another run, or none at all."""
        matched = _CURSOR.fullmatch(cursor)
        if matched is None or matched[1] != self._epoch or int(matched[2]) > self.position:
            raise CursorExpired
        return int(matched[2])

    def since(self, root: str, position: int) -> Sequence[Change]:
        """What changed after this position, in this root and in others. Raises CursorExpired."""
        if position < max(self._forgotten, self._known_from.get(root, 0)):
            raise CursorExpired
        changes: list[Change] = []
        for change in reversed(self._changes):
            if change.position <= position:
                break
            changes.append(change)
        return changes[::-1]

    def publish(self, root: str, changes: Changes) -> None:
        """Takes what changed in a directory of this root, and wakes those who wait for it."""
        directory, names, before, after = changes
        if len(names) > self._kept:
            self.forget(root)
            return
        first = self.position + 1
        for name in names:
            if len(self._changes) == self._kept:
                self._forgotten = self._changes[0].position
            self.position += 1
            self._changes.append(Change(self.position, root, directory, name, before.get(name), after.get(name)))
            if self.waiters and name in after:
                path = join(directory, name)
                self.waiters.wake(file_key(root, path), self.position)
                self.waiters.wake(stem_key(root, path.rpartition(".")[0]), self.position)
        if self.waiters:
            self._wake_followers(root, directory, first)

    def forget(self, root: str) -> None:
        """Forgets what was in this root: all of it may be different now. Whoever follows it must list again."""
        self.position += 1
        self._known_from[root] = self.position
        self.waiters.wake_all(self.position)

    def _wake_followers(self, root: str, directory: str, position: int) -> None:
        self.waiters.wake(directory_key(root, directory, is_recursive=False), position)
        self.waiters.wake(directory_key(root, directory, is_recursive=True), position)
        while directory:
            directory = split(directory)[0]
            self.waiters.wake(directory_key(root, directory, is_recursive=True), position)


def file_key(root: str, path: str) -> Hashable:
    """What wakes when a file comes to be at this path, or becomes another."""
    return "file", root, path


def stem_key(root: str, path: str) -> Hashable:
    """The same for any file that is called so, and an extension."""
    return "stem", root, path


def directory_key(root: str, path: str, *, is_recursive: bool) -> Hashable:
    """What wakes when a file of this directory changes, or of one below it too."""
    return "tree" if is_recursive else "directory", root, path
