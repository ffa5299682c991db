"""Which file system a path is on, and what can be expected of it."""

import os

_MOUNTS = "/proc/self/mountinfo"

# What others change without a word to this machine's kernel, and where a lease says nothing of their writers.
_NETWORK = frozenset({"9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"})
_NETWORK_PREFIXES = ("fuse", "smb", "virtiofs")


def is_remote(path: str) -> bool:
    """Whether a path is on a network file system, or one of the user space. Raises OSError."""
    kind = _file_system(path)
    return kind in _NETWORK or kind.startswith(_NETWORK_PREFIXES)


def _file_system(path: str) -> str:
    """Its type as in /proc/filesystems; nothing where that is not known."""
    device = os.stat(path).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open(_MOUNTS) as mounts:
            found = [line.partition(" - ")[2].split()[0] for line in mounts if line.split()[2] == number]
    except FileNotFoundError:  # not Linux
        return ""
    return found[-1] if found else ""
