"""The index: every directory below a root and the files that are ready in it, answered from memory.

Pure: no disk, no clock, no loop. What storage saw of a path is applied by one method, whoever looked and why.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, takewhile
from typing import NamedTuple

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

# How many changes are remembered, for whoever keeps something up to date with a directory; after more it is made anew.
CHANGES_REMEMBERED = 500

# A version is unique in the process: a directory that was removed and made anew never has an old one.
_versions = count(1)


class Directory:
    """The files of one directory by name, their names in order, and the names that changed last."""

    __slots__ = (
        "__weakref__",
        "_changes",
        "_forgotten",
        "children",
        "files",
        "names",
        "settling",
        "tree_version",
        "version",
    )

    def __init__(self, files: Mapping[str, Resource] | None = None) -> None:
        self.files: dict[str, Resource] = dict(files or {})
        self.names: list[str] = sorted(self.files)  # by code point
        self.children: set[str] = set()  # names of the directories in it
        self.settling: set[str] = set()  # names of the files in it that are not ready
        self.version = self.tree_version = next(_versions)  # of its files, and of all below it too
        self._changes: deque[tuple[int, str]] = deque()  # versions, ascending, and the name that each changed
        self._forgotten = self.version  # changes up to this version are not remembered

    def put(self, resource: Resource) -> bool:
        """Adds or replaces a file; False when it was known just so."""
        name = resource.name
        self.settling.discard(name)
        known = self.files.get(name)
        if known == resource:
            return False
        if known is None:
            insort(self.names, name)
        self.files[name] = resource
        self._note((name,))
        return True

    def drop(self, name: str) -> bool:
        """Removes a file; False when there was none that was ready."""
        self.settling.discard(name)
        if self.files.pop(name, None) is None:
            return False
        del self.names[bisect_left(self.names, name)]
        self._note((name,))
        return True

    def replace(self, files: Mapping[str, Resource]) -> bool:
        """Makes these its files that are ready; False when they were so already."""
        self.settling -= files.keys()
        known = self.files
        changed = [name for name, resource in files.items() if known.get(name) != resource]
        changed += [name for name in known if name not in files]
        if not changed:
            return False
        if known.keys() != files.keys():
            self.names = sorted(files)
        self.files = dict(files)
        self._note(changed)
        return True

    def changed_since(self, version: int) -> set[str] | None:
        """The names of which something changed after this version of its files; None when that is forgotten."""
        if version < self._forgotten:
            return None
        return {name for _, name in takewhile(lambda change: change[0] > version, reversed(self._changes))}

    def _note(self, names: Iterable[str]) -> None:
        self.version = next(_versions)
        self._changes.extend((self.version, name) for name in names)
        while len(self._changes) > CHANGES_REMEMBERED:
            self._forgotten = self._changes.popleft()[0]

    def with_stem(self, stem: str) -> Iterator[Resource]:
        """The files called `stem` and an extension, by name."""
        start = f"{stem}."
        position = bisect_left(self.names, start)
        while position < len(self.names) and (name := self.names[position]).startswith(start):
            if name.rpartition(".")[0] == stem:
                yield self.files[name]
            position += 1

    def settling_with_stem(self, stem: str) -> Iterator[str]:
        """The names of the files called so that are not ready."""
        return (name for name in self.settling if name.rpartition(".")[0] == stem)


class Index:
    """The directories below one root by path. The root's own is always there."""

    def __init__(self, tree: Tree | None = None) -> None:
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
        if self.directories[parent].put(seen):
            self._touch(parent)
            return True
        return changed

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
            elif directory.replace(tree[path]):
                self._touch(path)
                yield True

    def _drop_file(self, path: str) -> bool:
        parent, name = split(path)
        directory = self.directories.get(parent)
        if directory is None or not directory.drop(name):
            return False
        self._touch(parent)
        return True

    def _drop_tree(self, path: str) -> bool:
        for gone in list(self.below(path)):
            del self.directories[gone]
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

    def _touch(self, path: str) -> None:
        """Gives the directory and all above it a new tree version: something changed below."""
        while True:
            self.directories[path].tree_version = next(_versions)
            if not path:
                return
            path = split(path)[0]


def indexed(scanned: Mapping[str, Sighting]) -> tuple[Index, Mapping[str, Sighting]]:
    """An index of what is ready, and what else was seen. What was seen at the root is a tree."""
    others = dict(scanned)
    tree = others.pop("")
    assert isinstance(tree, Mapping)
    return Index(tree), others
