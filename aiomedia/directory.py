"""One directory: the files that are ready in it, by name and in order, and what changed last. Pure."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, takewhile

from aiomedia.resource import Resource

# How many changes are remembered, for whoever keeps something up to date with a directory; after more it is made anew.
CHANGES_REMEMBERED = 500

# A version is unique in the process: a directory that was removed and made anew never has an old one.
versions = count(1)


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
        self.version = self.tree_version = next(versions)  # of its files, and of all below it too
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

    def replace(self, files: Mapping[str, Resource]) -> list[str]:
        """Makes these its files that are ready, and returns the names of those that were not so already."""
        self.settling -= files.keys()
        known = self.files
        changed = [name for name, resource in files.items() if known.get(name) != resource]
        changed += [name for name in known if name not in files]
        if changed:
            if known.keys() != files.keys():
                self.names = sorted(files)
            self.files = dict(files)
            self._note(changed)
        return changed

    def changed_since(self, version: int) -> set[str] | None:
        """The names of which something changed after this version of its files; None when that is forgotten."""
        if version < self._forgotten:
            return None
        return {name for _, name in takewhile(lambda change: change[0] > version, reversed(self._changes))}

    def _note(self, names: Iterable[str]) -> None:
        self.version = next(versions)
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
