"""Which file system a file is on, and what can be expected of it."""

import os
from functools import lru_cache

_MOUNTS = "/proc/self/mountinfo"

# What others change without a word to this machine's kernel, and where a lease says nothing of their writers.
_NETWORK = frozenset({"9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"})
_NETWORK_PREFIXES = ("fuse", "smb", "virtiofs")


@lru_cache(maxsize=64)
def is_remote(device: int) -> bool:
    """Whether this device (`st_dev`) is a network file system, or one of the user space."""
    kind = _file_system(device)
    return kind in _NETWORK or kind.startswith(_NETWORK_PREFIXES)


def _file_system(device: int) -> str:
    """Its type as in /proc/filesystems; nothing where that is not known."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open(_MOUNTS) as mounts:
            found = [line.partition(" - ")[2].split()[0] for line in mounts if line.split()[2] == number]
    except FileNotFoundError:  # not Linux
        return ""
    return found[-1] if found else ""
