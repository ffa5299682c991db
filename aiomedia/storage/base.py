"""What a storage must do for a library. Paths are relative to its root, which itself is `""`."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from io import FileIO
from typing import NamedTuple, Protocol

from aiomedia.index import Sighting, Tree
from aiomedia.resource import Resource


class RootMissing(Exception):
    """The root is not there, can't be read, or is another directory than the one that was attached."""


class WatchFailed(Exception):
    """The watch ended, and nothing is told any more; a new one may do better."""


class OpenFile(NamedTuple):
    """A descriptor, and what it says of its own file: these validators belong to these bytes. The caller closes it."""

    file: FileIO
    resource: Resource


class Storage(Protocol):
    """All but `watch` may block, and are called in a thread."""

    def attach(self) -> None:
        """Takes hold of the root as it is now. Raises RootMissing."""

    def detach(self) -> None:
        """Lets go of the root; what is in use stays valid until it is done."""

    def scan(self, path: str) -> Tree:
        """The directory at this path with all below it. Raises RootMissing."""
        ...

    def look(self, paths: Iterable[str]) -> Mapping[str, Sighting]:
        """What is to be seen at each path. Raises RootMissing, also when there is no path to look at."""
        ...

    def open(self, path: str) -> OpenFile | None:
        """Opens a file that is ready; None when there is none at this path.

        Raises RootMissing, and OSError for what tells nothing of the file: no descriptors left, an I/O error.
        """
        ...

    def watch(self) -> AsyncGenerator[set[str], None]:
        """Paths at which something may have happened, and an empty set now and then when nothing did.

        The watches are set before the first `await` in it: what happens after that is told. Closing it ends it.
        Raises WatchFailed.
        """
        ...
