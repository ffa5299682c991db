"""Symbolic links inside a root: where they lead, and which other paths lead to the same file."""

import errno
import os
from collections.abc import Iterable, Iterator
from itertools import groupby

from aiomedia.names import is_indexable_path, join, split


class SymbolicLinks:
    """The links below one root. `follow` is whether they are followed at all; none is that leaves the root."""

    def __init__(self, root: str, *, follow: bool) -> None:
        self.follow = follow
        self._root = root
        self._targets: dict[str, str] = {}  # of the links that are followed, both as paths relative to the root

    def beneath(self, path: str) -> str:
        """The path to walk from the root's descriptor: without a link in it when links are followed.

        Raises OSError for one that leads outside. A link that is swapped in after this is not followed any more.
        """
        return self._resolved(path) if self.follow else path

    def target(self, link: str) -> str | None:
        """Where this link leads; None when links are not followed, or it leads to a directory that it lies in."""
        if not self.follow:
            return None
        self._targets.pop(link, None)
        target = self._resolved(link)
        if target in map(self._resolved, _ancestors(link)):
            return None
        self._targets[link] = target
        return target

    def with_other_names(self, paths: Iterable[str]) -> set[str]:
        """These paths, and all other paths of what is at them: an event names only one, that of its watch."""
        found = set(paths)
        for parent, children in groupby(sorted(found, key=split), key=lambda path: split(path)[0]):
            names = [split(path)[1] for path in children]
            try:
                real_parent = self._resolved(parent)
            except OSError:
                continue
            reals = [join(real_parent, name) for name in names]
            found.update(reals)
            for link, target in self._targets.items():
                found.update(link + real[len(target) :] for real in reals if f"{real}/".startswith(f"{target}/"))
                if any(target.startswith(f"{real}/") for real in reals):
                    found.add(link)  # something above its target changed: perhaps that is gone
        return found

    def _resolved(self, path: str) -> str:
        if not path:
            return path
        real = os.path.realpath(f"{self._root}/{path}")
        beneath = os.path.relpath(real, os.path.realpath(self._root))
        if beneath == ".":
            return ""
        if not is_indexable_path(beneath):  # '..' starts with a dot: outside, or hidden inside
            raise OSError(errno.ELOOP, "a link that leads out of what is served", path)
        return beneath


def _ancestors(path: str) -> Iterator[str]:
    while path:
        path = split(path)[0]
        yield path
