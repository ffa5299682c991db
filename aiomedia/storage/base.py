"""What a storage must do for a library. Paths are relative to its root, which itself is `""`."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import NamedTuple, Protocol

from aiomedia.directory import Directory
from aiomedia.index import Settling, Sighting
from aiomedia.resource import Resource
from aiomedia.storage.open_file import OpenFile


class RootMissing(Exception):
    """The root is not there, can't be read, or is another directory than the one that was attached."""


class WatchFailed(Exception):
    """The watch ended, and nothing is told any more; a new one may do better."""


class Stamp(NamedTuple):
    """What changes when something in a directory comes or goes, or when another is put in its place."""

    device: int
    inode: int
    modified_ns: int
    changed_ns: int


class Storage(Protocol):
    """Where the files of one root are kept."""

    def attach(self) -> "Attached":
        """Takes hold of the root as it is now. May block.

        Raises RootMissing, and OSError for what tells nothing of the root.
        """
        ...


class Attached(Protocol):
    """A root that is held. All but `watch` and `let_go` may block, and are called in a thread.

    They raise RootMissing, and OSError for what tells nothing of a file: no descriptors left, an I/O error.
    """

    def let_go(self) -> None:
        """Has those that run end soon: nobody waits for them. Files can still be opened."""
        ...

    def scan(self) -> Mapping[str, Sighting]:
        """What is to be seen at `""`: a tree of all; and at each file that is settling."""
        ...

    def look(self, paths: Iterable[str]) -> Mapping[str, Sighting]:
        """What is to be seen at each path, at other paths of the same files, and at what is settling below."""
        ...

    def open(self, path: str, known: Resource | None) -> OpenFile | Settling | None:
        """Opens the file at this path when it is ready, as the one that is known is; None when there is none.

        Raises PermissionError too.
        """
        ...

    def changed_directories(self, known: Mapping[str, Stamp | None]) -> Mapping[str, Stamp | None]:
        """Of these directories those whose stamp is another by now, with that; None for one that is not there."""
        ...

    def differences(self, path: str, known: Directory, *, thoroughly: bool) -> set[str]:
        """The paths in a directory at which there is another than what is known of it: file, directory, or nothing.

        By the names alone; `thoroughly`, by the status of each file too.
        """
        ...

    @property
    def is_polled(self) -> bool:
        """Whether nothing is told of changes here, so that comparing must find them all."""
        ...

    def watch(self) -> "Watch":
        """What tells of changes from its first batch on, until that is closed."""
        ...


class Watch(Protocol):
    """The events of an attached root, and whether all are told."""

    def told(self) -> AsyncGenerator[set[str], None]:
        """Paths at which something may have happened.

        An empty set says that from there on everything is told, and that before it something may have been lost; it is
        the first. Closing it ends it. Raises WatchFailed.
        """
        ...

    def unwatched(self, known: Mapping[str, Stamp]) -> set[str]:
        """Those of all directories that should be watched and are not. May block."""
        ...

    def renew(self, paths: set[str]) -> None:
        """Has the watches set anew, soon, without missing anything; these directories are told of after that."""
        ...
