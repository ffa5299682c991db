"""What the system refuses, in the words of a download."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC

from aiomedia.client.errors import CannotWrite, DiskFull

NO_ROOM = {ENOSPC, EDQUOT}


@contextmanager
def refusals_of(path: str) -> Iterator[None]:
    """Raises CannotWrite and DiskFull, which tell of this path, for an OSError."""
    try:
        yield
    except OSError as error:
        raise refusal(error, path) from error


def refusal(error: OSError, path: str) -> CannotWrite:
    """What an error of the system means for a download to this path."""
    if error.errno in NO_ROOM:
        return DiskFull(f"{path}: there is no room left.")
    reason = "the file system takes no file of this size" if error.errno == EFBIG else error.strerror
    return CannotWrite(f"{path}: {reason}.")
