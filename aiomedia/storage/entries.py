"""What a directory's entries and their statuses say, and which errors say that there is nothing."""

import errno
import logging
import os

from aiomedia.media import media_type
from aiomedia.names import join
from aiomedia.resource import Resource, entity_tag
from aiomedia.storage.beneath import DirectoryDescriptor
from aiomedia.storage.links import SymbolicLinks
from aiomedia.storage.readiness import is_regular

logger = logging.getLogger(__name__)

# What was there a moment ago and is not, or is of another type now: no fault, just nothing to see.
ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})  # what we lack says nothing of any file


def resource_of(name: str, status: os.stat_result) -> Resource | None:
    """The resource that a status shows, when it may be in the index."""
    media = media_type(name)
    if media is None or not is_regular(status):
        return None
    return Resource(name, status.st_size, status.st_mtime_ns, entity_tag(status), media)


def entry_status(
    root: DirectoryDescriptor, links: SymbolicLinks, path: str, entry: os.DirEntry[str]
) -> os.stat_result | None:
    """The status of an entry of the directory at this path; of a link, that of what it leads to, if it is followed.

    None for what can't be in the index anyway. Raises OSError.
    """
    if entry.is_symlink():
        target = links.target(join(path, entry.name))
        return None if target is None else root.status(target)
    if entry.is_file(follow_symlinks=False) and media_type(entry.name) is None:
        return None
    return entry.stat(follow_symlinks=False)


def leave_out(path: str, error: OSError) -> None:
    """Goes on without what is not there or not ours to read; any other fault says nothing of it, and is raised."""
    if error.errno in FORBIDDEN:
        logger.warning("left out: %s: %s", path, error.strerror)
    elif error.errno not in ABSENT:
        raise error
