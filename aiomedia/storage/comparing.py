"""What differs between a directory on the disk and what is known of it."""

import os
import stat
from collections.abc import Mapping

from aiomedia.directory import Directory
from aiomedia.media import media_type
from aiomedia.names import is_indexable, join
from aiomedia.storage.base import Stamp
from aiomedia.storage.beneath import DirectoryDescriptor
from aiomedia.storage.entries import ABSENT, FORBIDDEN, entry_status, resource_of
from aiomedia.storage.links import SymbolicLinks


class Comparison:
    """Compares directories below one root."""

    def __init__(self, root: DirectoryDescriptor, links: SymbolicLinks) -> None:
        self._root = root
        self._links = links

    def changed_directories(self, known: Mapping[str, Stamp | None]) -> Mapping[str, Stamp | None]:
        """Those whose stamp is another by now, with that; None for one that is not there. Raises OSError."""
        stamps = ((path, self._stamp(path)) for path in known)
        return {path: stamp for path, stamp in stamps if stamp is None or stamp != known[path]}

    def _stamp(self, path: str) -> Stamp | None:
        try:
            status = self._root.status(self._links.beneath(path))
        except OSError as error:
            _only_what_is_not_ours(error)
            return None
        return Stamp(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)

    def differences(self, path: str, known: Directory, *, thoroughly: bool) -> set[str]:
        """The paths in a directory at which there is another than what is known of it. Raises OSError.

        Called in a thread, while the loop may change what is known: it is only looked up in, or copied first.
        """
        missing = {*known.files, *known.settling, *known.children}
        found = set()
        try:
            with self._root.scandir(self._links.beneath(path)) as entries:
                for entry in entries:
                    missing.discard(entry.name)
                    if is_indexable(entry.name) and self._differs(path, entry, known, thoroughly=thoroughly):
                        found.add(join(path, entry.name))
        except OSError as error:
            _only_what_is_not_ours(error)
            return {path} if error.errno in ABSENT else set()
        return found | {join(path, name) for name in missing}

    def _differs(self, path: str, entry: os.DirEntry[str], known: Directory, *, thoroughly: bool) -> bool:
        name = entry.name
        file = known.files.get(name)
        is_known = file is not None or name in known.settling
        status = self._status(path, entry) if entry.is_symlink() or (thoroughly and file is not None) else None
        if entry.is_symlink() and status is None:
            return is_known or name in known.children
        if stat.S_ISDIR(status.st_mode) if status is not None else entry.is_dir(follow_symlinks=False):
            return name not in known.children
        is_file = stat.S_ISREG(status.st_mode) if status is not None else entry.is_file(follow_symlinks=False)
        if name in known.children or is_known != (media_type(name) is not None and is_file):
            return True
        return thoroughly and file is not None and (status is None or resource_of(name, status) != file)

    def _status(self, path: str, entry: os.DirEntry[str]) -> os.stat_result | None:
        try:
            return entry_status(self._root, self._links, path, entry)
        except OSError as error:
            _only_what_is_not_ours(error)
            return None


def _only_what_is_not_ours(error: OSError) -> None:
    """Raises what says nothing of a file. The scan has logged what may not be read."""
    if error.errno not in ABSENT | FORBIDDEN:
        raise error
