"""What a mirror has put into a directory: a line of JSON for each thing that it did, in `.aiomedia-mirror`.

A line is written before a file is fetched, and another when it is there. So a mirror that was killed knows afterwards
which files are its own, to replace and to delete, and which were somebody else's.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from aiomedia.client.errors import TargetLocked
from aiomedia.client.refusals import refusal

LEDGER = ".aiomedia-mirror"
OUTDATED_LINES = 10_000  # that are kept, some 100 bytes each, besides one for each file


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of the mirror. Without an entity tag it has been begun, or is gone."""

    filename: str
    etag: str | None = None
    size: int = 0  # as it was written, and so is the time below
    modified_ns: int = 0
    foreign: int | None = None  # the inode of what was there before it was begun, which is not the mirror's
    gone: bool = False


class Ledger:
    """The files of one mirror. Each change is written at once, unless it is a dry run."""

    def __init__(self, directory: str, dry_run: bool) -> None:
        self._directory, self._path = directory, os.path.join(directory, LEDGER)
        self._entries: dict[str, Entry] = {}
        for line in _lines(self._path):
            try:
                self._take(msgspec.json.decode(line, type=Entry))
            except ValueError:
                continue  # the last line of one that was killed
        self._descriptor: int | None = None
        self._outdated = 0  # lines that others have overruled
        if not dry_run:
            self._compact()

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def names(self) -> list[str]:
        """All that has been begun, and is not gone."""
        return list(self._entries)

    def has(self, filename: str, etag: str) -> bool:
        """Whether this version of a file is there as it was put there."""
        entry = self._entries.get(filename)
        if entry is None or entry.etag != etag or (status := self._status(filename)) is None:
            return False
        return (status.st_size, status.st_mtime_ns) == (entry.size, entry.modified_ns)

    def owns(self, filename: str) -> bool:
        """Whether what is there was put there by the mirror, and is as it was."""
        entry = self._entries.get(filename)
        if entry is None or (status := self._status(filename)) is None:
            return False
        if entry.etag is None:
            return status.st_ino != entry.foreign
        return self.has(filename, entry.etag)

    def begin(self, filename: str) -> None:
        """The file is about to be fetched. What is there belongs to the mirror, or to somebody else."""
        status = self._status(filename)
        foreign = None if status is None or self.owns(filename) else status.st_ino
        self._write(Entry(filename, foreign=foreign))

    def finish(self, filename: str, etag: str) -> None:
        """The file is there."""
        status = self._status(filename)
        if status is not None:
            self._write(Entry(filename, etag, status.st_size, status.st_mtime_ns))

    def forget(self, filename: str) -> None:
        """The file is gone, or none of the mirror's business any more."""
        self._write(Entry(filename, gone=True))

    def _take(self, entry: Entry) -> None:
        if entry.gone:
            self._entries.pop(entry.filename, None)
        else:
            self._entries[entry.filename] = entry

    def _write(self, entry: Entry) -> None:
        self._take(entry)
        if self._descriptor is None:
            return
        try:
            os.write(self._descriptor, msgspec.json.encode(entry) + b"\n")
            self._outdated += 1
            if self._outdated > OUTDATED_LINES + len(self._entries):
                self._compact()
        except OSError as error:
            raise refusal(error, self._path) from error

    def _compact(self) -> None:
        """Leaves a line for each file that there is. Raises OSError."""
        with open(f"{self._path}.new", "wb") as file:
            file.writelines(msgspec.json.encode(entry) + b"\n" for entry in self._entries.values())
        os.replace(f"{self._path}.new", self._path)
        self.close()
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._outdated = 0

    def _status(self, filename: str) -> os.stat_result | None:
        try:
            return os.stat(os.path.join(self._directory, filename), follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None


@contextmanager
def open_ledger(directory: str, dry_run: bool) -> Iterator[Ledger]:
    """The ledger of a directory, which is locked until the end. Raises TargetLocked and CannotWrite."""
    if dry_run:
        yield Ledger(directory, dry_run)
        return
    try:
        os.makedirs(directory, exist_ok=True)
        locked = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise refusal(error, directory) from error
    try:
        try:
            fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ledger = Ledger(directory, dry_run)
        except BlockingIOError:
            raise TargetLocked(f"{directory}: another mirror is at work there.") from None
        except OSError as error:
            raise refusal(error, directory) from error
        try:
            yield ledger
        finally:
            ledger.close()
    finally:
        os.close(locked)


def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []
