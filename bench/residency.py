"""Whether a file lies in the page cache, and how it is put out of there."""

import ctypes
import mmap
import os
from pathlib import Path

COLD = 0.01  # the share of a cold file that may lie in memory

_libc = ctypes.CDLL(None, use_errno=True)


def make_cold(path: Path) -> None:
    """Raises RuntimeError where the file stays in memory: on a tmpfs, or while somebody has it mapped."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # pages that are not written yet can't be dropped
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        share = _resident_share(descriptor)
    finally:
        os.close(descriptor)
    if share > COLD:
        raise RuntimeError(f"{path} can't be made cold ({share:.0%} of it stay in memory): is TMPDIR on a disk?")


def _resident_share(descriptor: int) -> float:
    """Asked by mincore: a read with RWF_NOWAIT would set off reading ahead."""
    # A private copy may be written to, which a pointer into it asks for; nothing writes.
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY) as mapped:
        pages = -(-len(mapped) // mmap.PAGESIZE)
        states = (ctypes.c_ubyte * pages)()
        first = ctypes.c_char.from_buffer(mapped)
        failed = _libc.mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(mapped)), states)
        del first  # or the map can't be closed
        if failed:
            raise OSError(ctypes.get_errno(), "mincore")
        return sum(state & 1 for state in states) / pages
