"""The watches of one tree, set by watchfiles at one time.

watchfiles sets those of a tree by itself, and goes on to new directories; but it ends at the first that may not be
read, and follows links. So where there is either, each directory is named to it.
"""

import os
import stat
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from watchfiles._rust_notify import RustNotify

from aiomedia.names import is_indexable, is_indexable_path, split
from aiomedia.storage.base import Stamp
from aiomedia.storage.beneath import DIRECTORY_FLAGS
from aiomedia.storage.entries import ABSENT, FORBIDDEN
from aiomedia.storage.inotify import Inode, observed

GHOST_S = 2.0  # after a directory went, for which what happened in it before may still be told
REMEMBERED = 1000  # directories that went

_POLL_MS = 1000  # watchfiles wants to know it, and does not poll


class Survey(NamedTuple):
    """The directories below one, itself included, that could be in the index."""

    directories: list[str]
    is_plain: bool  # whether all may be read, and no link leads to a directory


def survey(top: str) -> Survey:
    """Walks through a tree of this absolute path. Raises OSError for what says nothing of a directory."""
    directories, is_plain, waiting = [], True, [(top, True)]
    while waiting:
        path, is_shown = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, is_shown and is_indexable(entry.name)))
                    elif entry.is_symlink() and os.path.isdir(entry.path):
                        is_plain = False
        except OSError as error:
            if error.errno not in ABSENT | FORBIDDEN:
                raise
            is_plain = is_plain and error.errno in ABSENT
            continue
        if is_shown:
            directories.append(path)
    return Survey(directories, is_plain)


class Lacking(NamedTuple):
    """Directories that may be read and are not found to be watched."""

    paths: set[str]
    silent: set[int]  # devices on which none is found; of some file systems a watch shows other inodes than `stat` does


class Watches:
    """What is watched below a root from its making on, until it is closed. All of it may block."""

    def __init__(self, root: str) -> None:
        """Raises OSError, or watchfiles' own RuntimeError, when they can't be set."""
        directories, self.is_recursive = survey(root)
        # Explicitly, because the environment could switch polling on behind our back. What may not be read is ignored
        # only where each is named: a walk would end there, silently.
        named = [root] if self.is_recursive else directories
        self._notify, self.inotify = observed(
            lambda: RustNotify(named, False, False, _POLL_MS, self.is_recursive, not self.is_recursive)
        )
        self._root = root
        self._gone: dict[str, float] = {}  # directories that were none when something was told of them, and since when

    def wait(self, *, debounce_ms: int, step_ms: int, patience_ms: int, stop: threading.Event) -> set[str]:
        """The absolute paths at which something happened; none when nothing did, or it was stopped."""
        changes = self._notify.watch(debounce_ms, step_ms, patience_ms, stop)
        return {path for _, path in changes} if isinstance(changes, set) else set()

    def close(self) -> None:
        del self._notify
        if self.inotify is not None:
            self.inotify.wait_until_closed()

    def lacking(self, known: Mapping[str, Stamp]) -> Lacking:
        """What is not watched of all directories, which are given by their paths below the root."""
        if self.inotify is None:
            return Lacking(set(), set())
        watched = self.inotify.watched()
        unwatched = {path: stamp for path, stamp in known.items() if _inode(stamp) not in watched}
        telling = {stamp.device for path, stamp in known.items() if path not in unwatched}
        paths = {path for path, stamp in unwatched.items() if self._may_be_read(path, stamp)}
        return Lacking(paths, {stamp.device for stamp in unwatched.values()} - telling)

    def _may_be_read(self, path: str, stamp: Stamp) -> bool:
        """Whether this is still the directory of the stamp, and could be watched."""
        try:
            descriptor = os.open(f"{self._root}/{path}", DIRECTORY_FLAGS)
        except OSError:
            return False
        try:
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        return Inode(status.st_dev, status.st_ino) == _inode(stamp)

    def overlooked(self, paths: set[str]) -> set[str]:
        """What is not watched any more, or not yet, by what came to these paths below the root.

        That is all, when something with a link came to where watchfiles goes on by itself: it follows the link, takes
        the watches of what that leads to for the link's own, and removes them with it.
        """
        directories = {path: inode for path in paths if (inode := self._directory(path)) is not None}
        if self.is_recursive:  # what is hidden is watched too
            is_followed = any(not survey(f"{self._root}/{path}").is_plain for path in directories)
            return {""} if is_followed or self._are_ghosts_told(paths) else set()
        watched = self.inotify.watched() if directories and self.inotify is not None else set()
        return {path for path, inode in directories.items() if is_indexable_path(path) and inode not in watched}

    def _are_ghosts_told(self, paths: set[str]) -> bool:
        """Whether something is told of a directory that was none any more a while ago.

        So it is when a link came and went before it was seen: what it led to keeps the link's name.
        """
        now = time.monotonic()
        for parent in {split(path)[0] for path in paths}:
            if parent in paths or self._directory(parent) is not None:  # in the former case it came and went anew
                self._gone.pop(parent, None)
            elif now - self._gone.setdefault(parent, now) > GHOST_S:
                return True
        if len(self._gone) > REMEMBERED:
            self._gone.clear()
        return False

    def _directory(self, path: str) -> Inode | None:
        try:
            status = os.lstat(f"{self._root}/{path}")
        except OSError:
            return None
        return Inode(status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def _inode(stamp: Stamp) -> Inode:
    return Inode(stamp.device, stamp.inode)
