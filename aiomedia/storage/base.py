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
    """Where the files of one root are kept."""

    def attach(self) -> "Attached":
        """Takes hold of the root as it is now; letting go of it is forgetting it. May block.

        Raises RootMissing, and OSError for what tells nothing of the root.
        """
        ...


class Attached(Protocol):
    """A root that is held. All but `watch` may block, and are called in a thread.

    They raise RootMissing, and OSError for what tells nothing of a file: no descriptors left, an I/O error.
    """

    def scan(self) -> Tree:
        """All directories, and the files in them that are ready."""
        ...

    def look(self, paths: Iterable[str]) -> Mapping[str, Sighting]:
        """What is to be seen at each path, and at other paths of the same files."""
        ...

    def open(self, path: str) -> OpenFile | None:
        """Opens a file that is ready; None when there is none at this path. Raises PermissionError too."""
        ...

    def watch(self) -> AsyncGenerator[set[str], None]:
        """Paths at which something may have happened, and an empty set now and then when nothing did.

        The watches are set before the first `await` in it: what happens after that is told. Closing it ends it.
        Raises WatchFailed.
        """
        ...
