"""A directory of the local file system, scanned and looked at beneath its own descriptor."""

import errno
import logging
import os
import stat
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from io import FileIO

from aiomedia.index import Sighting, Tree
from aiomedia.media import media_type
from aiomedia.names import is_indexable, is_indexable_path, is_utf8, join, split
from aiomedia.resource import Resource, entity_tag
from aiomedia.storage.base import OpenFile, RootMissing
from aiomedia.storage.descriptors import DirectoryDescriptor
from aiomedia.storage.links import SymbolicLinks
from aiomedia.storage.readiness import is_ready
from aiomedia.storage.watching import changed_paths

logger = logging.getLogger(__name__)

# What was there a moment ago and is not, or is of another type now: no fault, just nothing to see.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_LOGGED_NAMES = 10_000  # a name that can't be listed is logged once; this bounds what that takes


class LocalStorage:
    """The Storage of a directory. `root` is absolute; links inside it are followed only when asked for."""

    def __init__(self, root: str, *, follow_symlinks: bool, watch_step_ms: int, watch_debounce_ms: int) -> None:
        self.root = root
        self.follow_symlinks = follow_symlinks
        self.watch_step_ms = watch_step_ms
        self.watch_debounce_ms = watch_debounce_ms
        self.logged_names: set[str] = set()

    def attach(self) -> "LocalDirectory":
        try:
            return LocalDirectory(self, DirectoryDescriptor(self.root))
        except OSError as error:
            raise _missing(self.root, error) from error


class LocalDirectory:
    """A directory beneath its descriptor. Each call first makes sure that the root's path still names it."""

    def __init__(self, storage: LocalStorage, descriptor: DirectoryDescriptor) -> None:
        self._storage = storage
        self._descriptor = descriptor
        self._links = SymbolicLinks(storage.root, follow=storage.follow_symlinks)

    def scan(self) -> Tree:
        return self._scan(self._checked(), "")

    def look(self, paths: Iterable[str]) -> Mapping[str, Sighting]:
        root = self._checked()
        return {path: self._look(root, path) for path in self._links.with_other_names(paths)}

    def open(self, path: str) -> OpenFile | None:
        root = self._checked()
        try:
            descriptor = root.open(self._links.beneath(path))
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise
        try:
            resource = _sighting(split(path)[1], os.fstat(descriptor))
            if resource is not None:
                return OpenFile(FileIO(descriptor), resource)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def watch(self) -> AsyncGenerator[set[str], None]:
        storage = self._storage
        return changed_paths(storage.root, step_ms=storage.watch_step_ms, debounce_ms=storage.watch_debounce_ms)

    def _checked(self) -> DirectoryDescriptor:
        root = self._storage.root
        held = os.fstat(self._descriptor.number)
        try:
            named = os.stat(root)
        except OSError as error:
            raise _missing(root, error) from error
        if (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino):
            raise RootMissing(f"{root}: is another directory than before")
        return self._descriptor

    def _look(self, root: DirectoryDescriptor, path: str) -> Sighting:
        if not is_indexable_path(path):
            return None
        parent, name = split(path)
        try:
            status = root.status(join(self._links.beneath(parent), name))
            if stat.S_ISLNK(status.st_mode):
                return self._look_behind(root, path)
            if stat.S_ISDIR(status.st_mode):
                return self._scan(root, path)
        except OSError as error:
            self._leave_out(path, error)
            return None
        return _sighting(name, status)

    def _look_behind(self, root: DirectoryDescriptor, link: str) -> Sighting:
        target = self._links.target(link)
        if target is None:
            return None
        status = root.status(target)
        return self._scan(root, link) if stat.S_ISDIR(status.st_mode) else _sighting(split(link)[1], status)

    def _scan(self, root: DirectoryDescriptor, top: str) -> Tree:
        tree: dict[str, dict[str, Resource]] = {}
        waiting = [top]
        while waiting:
            path = waiting.pop()
            files: dict[str, Resource] = {}
            try:
                for name, status in self._entries(root, path):
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(join(path, name))
                    elif (resource := _sighting(name, status)) is not None:
                        files[name] = resource
            except OSError as error:
                self._leave_out(path, error)
                if error.errno in _ABSENT:
                    continue
            tree[path] = files
        return tree

    def _entries(self, root: DirectoryDescriptor, path: str) -> Iterator[tuple[str, os.stat_result]]:
        """What a directory holds that could be indexed, with its status; of links, that of what they lead to."""
        with root.scandir(self._links.beneath(path)) as entries:
            for entry in entries:
                if not is_indexable(entry.name):
                    self._log_not_utf8(path, entry.name)
                    continue
                try:
                    status = self._status(root, path, entry)
                except OSError as error:
                    self._leave_out(join(path, entry.name), error)
                    continue
                if status is not None:
                    yield entry.name, status

    def _status(self, root: DirectoryDescriptor, path: str, entry: os.DirEntry[str]) -> os.stat_result | None:
        if entry.is_symlink():
            target = self._links.target(join(path, entry.name))
            return None if target is None else root.status(target)
        if entry.is_file(follow_symlinks=False) and media_type(entry.name) is None:
            return None
        return entry.stat(follow_symlinks=False)

    def _log_not_utf8(self, path: str, name: str) -> None:
        whole = join(path, name)
        logged = self._storage.logged_names
        if not is_utf8(name) and whole not in logged and len(logged) < _LOGGED_NAMES:
            logged.add(whole)
            logger.warning("left out, its name is not UTF-8: %s/%a", self._storage.root, whole)

    def _leave_out(self, path: str, error: OSError) -> None:
        """Goes on without what is not there or not ours to read; any other fault says nothing of it, and is raised."""
        if error.errno in _FORBIDDEN:
            logger.warning("left out: %s/%s: %s", self._storage.root, path, error.strerror)
        elif error.errno not in _ABSENT:
            raise error


def _missing(root: str, error: OSError) -> OSError | RootMissing:
    """A root that can't be had is missing; when the system is out of something, that tells nothing of the root."""
    if error.errno in _ABSENT | _FORBIDDEN:
        return RootMissing(f"{root}: {error.strerror}")
    return error


def _sighting(name: str, status: os.stat_result) -> Resource | None:
    """The resource that a status shows, when it may be in the index."""
    media = media_type(name)
    if media is None or not is_ready(status):
        return None
    return Resource(name, status.st_size, status.st_mtime_ns, entity_tag(status), media)
