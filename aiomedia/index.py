"""The index: every directory below a root and the files that are ready in it, answered from memory.

Pure: no disk, no clock, no loop. What storage saw of a path is applied by one method, whoever looked and why.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from aiomedia.directory import Directory, versions
from aiomedia.names import join, split
from aiomedia.resource import Resource

Tree = Mapping[str, Mapping[str, Resource]]
"""Directories by path, each with its files by name. A path is relative to the root, which itself is `""`."""


class Settling(NamedTuple):
    """A file that may not be whole yet: what it would be, and whether somebody is known to have it open for writing.

    Where that can't be known, a file that is at rest counts as whole.
    """

    resource: Resource
    has_writer: bool


Sighting = Resource | Settling | Tree | None
"""What was seen at one path: a file that is ready or not yet, a directory with all below it, or nothing to index."""


class Changes(NamedTuple):
    """Files of one directory that came, went or became others: by name, what they were before and what they are now."""

    directory: str
    names: Collection[str]
    before: Mapping[str, Resource]
    after: Mapping[str, Resource]


class Index:
    """The directories below one root by path. The root's own is always there."""

    def __init__(self, tree: Tree | None = None) -> None:
        self.on_change: Callable[[Changes], None] = _ignore  # called with all that changes from here on
        self.directories: dict[str, Directory] = {}
        self._make_directory("")
        if tree is not None:
            self.apply("", tree)

    def __len__(self) -> int:
        """How many files are indexed."""
        return sum(len(directory.files) for directory in self.directories.values())

    def find(self, path: str) -> Resource | None:
        """The file at this path, when it is ready."""
        parent, name = split(path)
        directory = self.directories.get(parent)
        return directory.files.get(name) if directory is not None else None

    def is_settling(self, path: str) -> bool:
        """Whether there is a file at this path that is not ready."""
        parent, name = split(path)
        directory = self.directories.get(parent)
        return directory is not None and name in directory.settling

    def below(self, path: str) -> Iterator[str]:
        """This directory's path and those of all below it."""
        waiting = [path]
        while waiting:
            path = waiting.pop()
            yield path
            waiting.extend(join(path, child) for child in self.directories[path].children)

    def unknown_ancestor(self, path: str) -> str | None:
        """The topmost directory above this path that is not indexed: it must be looked at first, with all in it."""
        unknown = None
        parent = split(path)[0]
        while parent not in self.directories:
            unknown = parent
            parent = split(parent)[0]
        return unknown

    def apply(self, path: str, seen: Sighting) -> bool:
        """Makes the index say of this path, and of all below it, what was seen there; False when it did already.

        The path's directory must be indexed, unless nothing was seen.
        """
        if isinstance(seen, Mapping):
            return any(list(self.applying(path, seen)))
        parent = split(path)[0]
        changed = self._drop_tree(path) if path in self.directories and path else False
        if seen is None or isinstance(seen, Settling):
            changed = self._drop_file(path) or changed
            if seen is not None:
                self.directories[parent].settling.add(seen.resource.name)
            return changed
        return self._put_file(parent, seen) or changed

    def applying(self, top: str, tree: Tree) -> Iterator[bool]:
        """Applies a tree, a directory at each step: yields whether that changed something. It may be a large one."""
        if top:
            yield self._drop_file(top)
        if top in self.directories:
            for known in list(self.below(top)):
                if known not in tree and known in self.directories:
                    yield self._drop_tree(known)
        for path in sorted(tree):  # a directory before those in it
            directory = self.directories.get(path)
            if directory is None:
                self._make_directory(path, tree[path])
                yield True
                continue
            before = directory.files
            if changed := directory.replace(tree[path]):
                self._touch(path)
                self.on_change(Changes(path, changed, before, directory.files))
                yield True

    def _put_file(self, parent: str, resource: Resource) -> bool:
        directory, name = self.directories[parent], resource.name
        known = directory.files.get(name)
        if not directory.put(resource):
            return False
        self._touch(parent)
        self.on_change(Changes(parent, (name,), {} if known is None else {name: known}, {name: resource}))
        return True

    def _drop_file(self, path: str) -> bool:
        parent, name = split(path)
        directory = self.directories.get(parent)
        if directory is None:
            return False
        known = directory.files.get(name)
        if not directory.drop(name) or known is None:
            return False
        self._touch(parent)
        self.on_change(Changes(parent, (name,), {name: known}, {}))
        return True

    def _drop_tree(self, path: str) -> bool:
        for gone in list(self.below(path)):
            files = self.directories.pop(gone).files
            if files:
                self.on_change(Changes(gone, files, files, {}))
        parent, name = split(path)
        self.directories[parent].children.discard(name)
        self._touch(parent)
        return True

    def _make_directory(self, path: str, files: Mapping[str, Resource] | None = None) -> None:
        self.directories[path] = Directory(files)
        if path:
            parent, name = split(path)
            self.directories[parent].children.add(name)
            self._touch(parent)
        if files:
            self.on_change(Changes(path, files, {}, files))

    def _touch(self, path: str) -> None:
        """Gives the directory and all above it a new tree version: something changed below."""
        while True:
            self.directories[path].tree_version = next(versions)
            if not path:
                return
            path = split(path)[0]


def _ignore(_: Changes) -> None:
    """Nobody wants to know."""


def indexed(scanned: Mapping[str, Sighting]) -> tuple[Index, Mapping[str, Sighting]]:
    """An index of what is ready, and what else was seen. What was seen at the root is a tree."""
    others = dict(scanned)
    tree = others.pop("")
    assert isinstance(tree, Mapping)
    return Index(tree), others
