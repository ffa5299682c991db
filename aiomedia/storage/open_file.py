"""A file that is open: what its descriptor says of it, and what of it lies in memory."""

import os

from aiomedia.resource import Resource, version_of

# Not to wait for a disk. Only Linux knows how; elsewhere everything counts as lying on the disk.
RESIDENT = getattr(os, "RWF_NOWAIT", None)


class OpenFile:
    """A descriptor, and the resource that it is of: these validators belong to these bytes.

    Whoever holds it may read from it. It is closed with its last reference, so that nobody who reads, in a thread
    perhaps, ever meets the number of another file.
    """

    __slots__ = ("_version", "descriptor", "head", "is_remote", "resource", "used_at")

    def __init__(self, descriptor: int, resource: Resource, status: os.stat_result, *, is_remote: bool) -> None:
        """Takes over a descriptor, of which this is the status. `is_remote`: asking it anything waits for a network."""
        self.descriptor = descriptor
        self.resource = resource
        self.is_remote = is_remote
        self.used_at = 0.0  # for whoever keeps it open
        self.head = b""  # of an answer with all of it, for whoever makes that in advance
        self._version = version_of(status)

    def __del__(self) -> None:
        os.close(self.descriptor)

    @property
    def is_current(self) -> bool:
        """Whether nothing at all happened to the file: it was not written to, replaced, renamed or deleted.

        False, too, when the file system can't tell.
        """
        try:
            return version_of(os.fstat(self.descriptor)) == self._version
        except OSError:
            return False

    @property
    def is_unchanged(self) -> bool:
        """Whether its bytes are those that its validators belong to; it may have been replaced or renamed since."""
        status = os.fstat(self.descriptor)
        return (status.st_size, status.st_mtime_ns) == (self.resource.size, self.resource.modified_ns)

    def is_resident(self, position: int) -> bool:
        """Whether the byte at this position can be read without waiting for a disk."""
        return self.read_resident(bytearray(1), position) == 1

    def read_resident(self, buffer: bytearray | memoryview, first: int) -> int:
        """Reads what can be had without waiting, and returns how many bytes that is: perhaps none."""
        if RESIDENT is None or self.is_remote:
            return 0
        try:
            return os.preadv(self.descriptor, (buffer,), first, RESIDENT)
        except OSError:  # EAGAIN: not in memory; EOPNOTSUPP: the file system can't tell
            return 0

    def read(self, first: int, count: int) -> bytes:
        """So many bytes from there on, or as many as there are. It may wait. Raises OSError."""
        pieces = []
        while count > 0 and (some := os.pread(self.descriptor, count, first)):
            pieces.append(some)
            first, count = first + len(some), count - len(some)
        return b"".join(pieces)
