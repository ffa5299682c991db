"""A directory of the local file system, scanned and looked at beneath its own descriptor."""

import logging
import os
import stat
from collections.abc import Iterable, Iterator, Mapping

from aiomedia.directory import Directory
from aiomedia.index import Settling, Sighting
from aiomedia.names import is_indexable, is_indexable_path, is_utf8, join, split
from aiomedia.resource import Resource, version_of
from aiomedia.storage.base import RootMissing, Stamp
from aiomedia.storage.beneath import DirectoryDescriptor
from aiomedia.storage.comparing import Comparison
from aiomedia.storage.entries import ABSENT, EXHAUSTED, FORBIDDEN, entry_status, leave_out, resource_of
from aiomedia.storage.links import SymbolicLinks
from aiomedia.storage.mounts import is_remote
from aiomedia.storage.open_file import OpenFile
from aiomedia.storage.readiness import give_back_lease, is_recent, rested_s, take_lease
from aiomedia.storage.watching import Watch

logger = logging.getLogger(__name__)

_LOGGED_NAMES = 10_000  # a name that can't be listed is logged once; this bounds what that takes


class LocalStorage:
    """The Storage of a directory. `root` is absolute; links inside it are followed only when asked for."""

    def __init__(
        self,
        root: str,
        *,
        follow_symlinks: bool,
        settle_s: float,
        watch_step_ms: int,
        watch_debounce_ms: int,
        is_polled: bool = False,
    ) -> None:
        self.root = root
        self.follow_symlinks = follow_symlinks
        self.settle_s = settle_s
        self.is_polled = is_polled
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
        self.is_polled = storage.is_polled or is_remote(os.fstat(descriptor.number).st_dev)
        self._storage = storage
        self._descriptor = descriptor
        self._links = SymbolicLinks(storage.root, follow=storage.follow_symlinks)

    def let_go(self) -> None:
        self._descriptor.is_let_go = True

    def scan(self) -> Mapping[str, Sighting]:
        seen: dict[str, Sighting] = {}
        self._look(self._checked(), "", seen)
        if seen[""] is None:
            raise RootMissing(f"{self._storage.root}: went while it was scanned")
        return seen

    def look(self, paths: Iterable[str]) -> Mapping[str, Sighting]:
        root = self._checked()
        seen: dict[str, Sighting] = {}
        for path in self._links.with_other_names(paths):
            try:
                self._look(root, path, seen)
            except OSError as error:
                if error.errno in EXHAUSTED:
                    raise
                logger.warning("can't look at %s/%s: %s", self._storage.root, path, error.strerror)
                del seen[path]  # one path that can't be looked at must not hide the others
        return seen

    def open(self, path: str, known: Resource | None) -> OpenFile | Settling | None:
        root = self._checked()
        try:
            descriptor = root.open(self._links.beneath(path))
        except OSError as error:
            if error.errno in ABSENT:
                return None
            raise
        try:
            status = os.fstat(descriptor)
            file = resource_of(split(path)[1], status)
            found = known if file == known else self._proven(descriptor, file, status) if file is not None else None
            if isinstance(found, Resource):
                return OpenFile(descriptor, found, status, is_remote=is_remote(status.st_dev))
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return found

    def changed_directories(self, known: Mapping[str, Stamp | None]) -> Mapping[str, Stamp | None]:
        return self._comparison().changed_directories(known)

    def differences(self, path: str, known: Directory, *, thoroughly: bool) -> set[str]:
        return self._comparison().differences(path, known, thoroughly=thoroughly)

    def _comparison(self) -> Comparison:
        return Comparison(self._checked(), self._links)

    def watch(self) -> Watch:
        storage = self._storage
        return Watch(storage.root, step_ms=storage.watch_step_ms, debounce_ms=storage.watch_debounce_ms)

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

    def _look(self, root: DirectoryDescriptor, path: str, seen: dict[str, Sighting]) -> None:
        """Adds what is seen at this path; for a directory, the files below that are settling too."""
        seen[path] = None
        if not is_indexable_path(path):
            return
        parent, name = split(path)
        try:
            status = root.status(join(self._links.beneath(parent), name))
            if stat.S_ISLNK(status.st_mode):
                target = self._links.target(path)
                if target is None:
                    return
                status = root.status(target)
            if stat.S_ISDIR(status.st_mode):
                self._scan(root, path, seen)
            elif (file := resource_of(name, status)) is not None:
                seen[path] = self._looked_into(root, path, status, file)
        except OSError as error:
            self._leave_out(path, error)

    def _scan(self, root: DirectoryDescriptor, top: str, seen: dict[str, Sighting]) -> None:
        tree: dict[str, dict[str, Resource]] = {}
        waiting = [top]
        while waiting:
            path = waiting.pop()
            files: dict[str, Resource] = {}
            try:
                for name, status in self._entries(root, path):
                    if stat.S_ISDIR(status.st_mode):
                        waiting.append(join(path, name))
                    elif (file := resource_of(name, status)) is not None:
                        found = self._looked_into(root, join(path, name), status, file) if is_recent(status) else file
                        if isinstance(found, Resource):
                            files[name] = found
                        else:
                            seen[join(path, name)] = found
            except OSError as error:
                self._leave_out(path, error)
                if error.errno in ABSENT:
                    continue
            tree[path] = files
        seen[top] = tree if top in tree else None

    def _looked_into(
        self, root: DirectoryDescriptor, path: str, status: os.stat_result, file: Resource
    ) -> Resource | Settling | None:
        """The file at this path, of which the status was this: ready, settling, or gone by now."""
        try:
            descriptor = root.open(self._links.beneath(path))
        except OSError as error:
            if error.errno in ABSENT:
                return None
            if error.errno in FORBIDDEN:
                return self._at_rest(file.name, status)
            if error.errno in EXHAUSTED:
                raise
            return Settling(file, has_writer=True)  # EAGAIN: somebody has a write lease; else it can't be read for now
        try:
            return self._proven(descriptor, file, status)
        finally:
            os.close(descriptor)

    def _proven(self, descriptor: int, file: Resource, before: os.stat_result) -> Resource | Settling | None:
        """The open file, ready when nobody has it open for writing. Its status was this, before it was asked for."""
        has_lease = None if is_remote(before.st_dev) else take_lease(descriptor)
        try:
            status = os.fstat(descriptor)
        finally:
            if has_lease:
                give_back_lease(descriptor)
        if has_lease is None:
            return self._at_rest(file.name, status)
        resource = file if version_of(status) == version_of(before) else resource_of(file.name, status)
        return resource if resource is None or has_lease else Settling(resource, has_writer=True)

    def _at_rest(self, name: str, status: os.stat_result) -> Resource | Settling | None:
        """A file of which nobody can tell whether it has a writer: ready when nobody wrote to it for a while.

        A time that another machine gave it says nothing of that.
        """
        resource = resource_of(name, status)
        if resource is None or (not is_remote(status.st_dev) and rested_s(status) >= self._storage.settle_s):
            return resource
        return Settling(resource, has_writer=False)

    def _entries(self, root: DirectoryDescriptor, path: str) -> Iterator[tuple[str, os.stat_result]]:
        """What a directory holds that could be indexed, with its status; of links, that of what they lead to."""
        with root.scandir(self._links.beneath(path)) as entries:
            for entry in entries:
                if not is_indexable(entry.name):
                    self._log_not_utf8(path, entry.name)
                    continue
                try:
                    status = entry_status(root, self._links, path, entry)
                except OSError as error:
                    self._leave_out(join(path, entry.name), error)
                    continue
                if status is not None:
                    yield entry.name, status

    def _log_not_utf8(self, path: str, name: str) -> None:
        whole = join(path, name)
        logged = self._storage.logged_names
        if not is_utf8(name) and whole not in logged and len(logged) < _LOGGED_NAMES:
            logged.add(whole)
            logger.warning("left out, its name is not UTF-8: %s/%a", self._storage.root, whole)

    def _leave_out(self, path: str, error: OSError) -> None:
        leave_out(f"{self._storage.root}/{path}", error)


def _missing(root: str, error: OSError) -> OSError | RootMissing:
    """A root that can't be had is missing; when the system is out of something, that tells nothing of the root."""
    if error.errno in ABSENT | FORBIDDEN:
        return RootMissing(f"{root}: {error.strerror}")
    return error
