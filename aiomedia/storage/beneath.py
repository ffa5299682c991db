"""Descriptors opened beneath a directory's own: step by step, without following a link, never by absolute path.

So a path cannot leave the root, whatever is renamed or linked while it is walked.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from aiomedia.names import split

# O_NONBLOCK: opening a FIFO that nobody writes to would hang the thread. O_NOCTTY: nor take over a terminal.
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
DIRECTORY_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class LetGo(Exception):
    """The directory was let go of: nobody waits any more for what was to be read there."""


class DirectoryDescriptor:
    """An open directory. Closed with its last reference: a thread that uses it never meets another's number."""

    __slots__ = ("is_let_go", "number")

    def __init__(self, path: str) -> None:
        """Opens a directory by its absolute path, following links: the root's own path is the operator's to choose."""
        self.is_let_go = False  # to be set: threads that read what is beneath end then
        self.number = -1
        self.number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self.number >= 0:
            os.close(self.number)

    def open(self, path: str) -> int:
        """Opens the file at this path beneath for reading; a FIFO or a device opens too, so look at its type."""
        parent, name = split(path)
        if not parent:
            return os.open(name, FILE_FLAGS, dir_fd=self.number)
        with self._directory(parent) as descriptor:
            return os.open(name, FILE_FLAGS, dir_fd=descriptor)

    def status(self, path: str) -> os.stat_result:
        """The status of what is at this path beneath, links not followed."""
        parent, name = split(path)
        with self._directory(parent) as descriptor:
            return os.stat(name or ".", dir_fd=descriptor, follow_symlinks=False)

    @contextmanager
    def scandir(self, path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        """The entries of the directory at this path beneath; their `stat` is beneath it too, within the `with`.

        Raises LetGo at the next entry once that is so.
        """
        parent, name = split(path)
        with self._directory(parent) as above:
            # Opened anew for the root too: two readers of one descriptor would share its position.
            descriptor = os.open(name or ".", DIRECTORY_FLAGS, dir_fd=above)
        try:
            with os.scandir(descriptor) as entries:
                yield self._while_held(entries)
        finally:
            os.close(descriptor)

    def _while_held(self, entries: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        for entry in entries:
            if self.is_let_go:
                raise LetGo
            yield entry

    @contextmanager
    def _directory(self, path: str) -> Iterator[int]:
        descriptor = self.number
        try:
            for segment in path.split("/") if path else ():
                above, descriptor = descriptor, os.open(segment, DIRECTORY_FLAGS, dir_fd=descriptor)
                if above != self.number:
                    os.close(above)
            yield descriptor
        finally:
            if descriptor != self.number:
                os.close(descriptor)
