"""A file that is not whole yet: `NAME.part` beside the target, and `NAME.part.json`, which says what of it is there.

After the process was killed the two agree: bytes are written before the side file says that they are there, and the
kernel keeps both. After the machine went down they need not, so the side file says in which run of the machine it was
written, and is believed only there; unless the disk had been made to hold all of it before, as when somebody gives up.
"""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EINVAL, EOPNOTSUPP

import msgspec

from aiomedia.client.errors import CannotWrite, TargetLocked
from aiomedia.client.refusals import refusal, refusals_of
from aiomedia.client.safe_name import part_name
from aiomedia.client.version import Version
from aiomedia.ranges import Span

NO_PREALLOCATION = {EINVAL, EOPNOTSUPP}  # of file systems that can't

MADE_ROOM = 64 * 1024  # bytes: a block of any file system

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Saved(msgspec.Struct, frozen=True):
    """What the side file holds."""

    url: str
    version: Version
    received: list[tuple[int, int]]  # first and last positions, inclusive
    inode: int  # of the part, for a side file may be left over from another
    boot: str | None  # None if the disk held all that is received


class Part:
    """The part of one target, locked. It is written at any position, and renamed to the target once it is whole.

    Every method but `write` raises CannotWrite or DiskFull for what the system refuses.
    """

    def __init__(self, target: str, path: str, descriptor: int) -> None:
        self.target = target
        self._path = path
        self._side_path = f"{path}.json"
        self._descriptor = descriptor
        self.is_finished = False

    def saved(self, url: str) -> Saved | None:
        """What is there of this URL's file, as far as it can be believed."""
        try:
            with open(self._side_path, "rb") as file:
                saved = msgspec.json.decode(file.read(), type=Saved)
        except (OSError, ValueError):  # msgspec's errors are ValueErrors
            return None
        status = os.fstat(self._descriptor)
        end = max((last + 1 for _, last in saved.received), default=0)
        is_true = saved.boot in (None, boot_id()) and saved.inode == status.st_ino and end <= status.st_size
        return saved if is_true and saved.url == url else None

    def save(self, url: str, version: Version, received: Iterable[Span], syncs: bool = False) -> None:
        """Writes the side file, whole or not at all. What is `received` has been written before.

        With `syncs`, as always where nothing names the machine's runs, it outlives the machine's. That takes a while.
        """
        spans = [(span.first, span.last) for span in received]
        boot = None if syncs else boot_id()
        saved = Saved(url, version, spans, os.fstat(self._descriptor).st_ino, boot)
        new = f"{self._side_path}.new"
        with refusals_of(new):
            if boot is None:
                self._sync()
            # A URL may hold a signature: it is nobody else's to read.
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                with open(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(saved))
                os.replace(new, self._side_path)
            except OSError:
                _remove(new)
                raise

    def give_up_end(self, end: int) -> int:
        """Makes room for the side file on a full disk, at the cost of bytes before `end`. Returns where it ends now."""
        kept = max(0, end - MADE_ROOM)
        with refusals_of(self._path):
            os.ftruncate(self._descriptor, kept)
        return kept

    def begin(self) -> None:
        """Forgets all that is there."""
        with refusals_of(self._path):
            _remove_side(self._path)
            os.ftruncate(self._descriptor, 0)

    def preallocate(self, length: int) -> None:
        """Makes room for the whole, so that a disk that is too small is noticed before anything is fetched."""
        with refusals_of(self._path):
            try:
                os.posix_fallocate(self._descriptor, 0, length)
            except OSError as error:
                if error.errno not in NO_PREALLOCATION:
                    raise
                os.ftruncate(self._descriptor, length)

    def write(self, position: int, content: bytes) -> None:
        """Writes all of it there. Raises OSError."""
        written = os.pwrite(self._descriptor, content, position)
        while written < len(content):  # as at the end of a disk, where the next attempt raises
            written += os.pwrite(self._descriptor, content[written:], position + written)

    def sha_256(self) -> bytes:
        """The digest of all that is there. It takes a while: for a thread."""
        with open(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").digest()

    def sync(self, length: int) -> None:
        """Cuts the part to its length, and has the disk hold all of it. It takes a while: for a thread."""
        with refusals_of(self._path):
            if os.fstat(self._descriptor).st_size != length:
                os.ftruncate(self._descriptor, length)
            self._sync()

    def finish(self) -> None:
        """Makes the part, which has been synced, the target: that is the whole file now, or what it was before."""
        with refusals_of(self.target):
            os.replace(self._path, self.target)
            self.is_finished = True
            _remove_side(self._path)

    def _sync(self) -> None:
        """Raises OSError. Then nobody knows what the disk and the kernel have of the part, and nothing is believed."""
        try:
            os.fsync(self._descriptor)
        except OSError:
            self.begin()
            raise


@contextmanager
def open_part(target: str) -> Iterator[Part]:
    """The part of a target (a path), locked until the end. Raises TargetLocked and CannotWrite."""
    target = os.path.abspath(target)
    _check(target)
    path = os.path.join(os.path.dirname(target), part_name(os.path.basename(target)))
    descriptor = _locked(path)
    try:
        part = Part(target, path, descriptor)
        if os.fstat(descriptor).st_size == 0:
            _remove_side(path)  # which is another part's
        yield part
    finally:
        _remove_if_empty(path, descriptor)
        os.close(descriptor)


def boot_id() -> str | None:
    """What names this run of the machine; None where nothing does."""
    try:
        with open(_BOOT_ID) as file:
            return file.read().strip()
    except OSError:
        return None


def _locked(path: str) -> int:
    """Opens and locks a part. One that was finished between the two isn't a part any more: then again."""
    while True:
        with refusals_of(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise TargetLocked(f"{path}: somebody else is downloading to it.") from None
            raise refusal(error, path) from error
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)


def _check(target: str) -> None:
    """Raises CannotWrite for what is there and may not be replaced. A rename would not mind a read-only file."""
    try:
        status = os.stat(target)
    except OSError:
        return  # what is wrong with the directory is told when the part is opened
    if stat.S_ISDIR(status.st_mode):
        raise CannotWrite(f"{target}: is a directory.")
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise CannotWrite(f"{target}: is there, and may not be written.")


def _is_at(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove_if_empty(path: str, descriptor: int) -> None:
    """A download that failed before its first byte leaves no part."""
    with suppress(OSError):
        if os.fstat(descriptor).st_size == 0 and _is_at(path, descriptor):
            _remove_side(path)
            _remove(path)


def _remove_side(path: str) -> None:
    """Removes a part's side file, and one that was being written when somebody was killed."""
    _remove(f"{path}.json")
    _remove(f"{path}.json.new")


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def sync_directory(path: str) -> None:
    """Makes sure that what was renamed in a directory stays so. Raises CannotWrite."""
    with refusals_of(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != EINVAL:  # of file systems that don't sync directories
                raise
        finally:
            os.close(descriptor)
