"""What differs between a directory on the disk and what is known of it."""

import os
from collections.abc import Mapping

from aiomedia.index import Directory
from aiomedia.media import media_type
from aiomedia.names import is_indexable, join
from aiomedia.storage.base import Stamp
from aiomedia.storage.descriptors import DirectoryDescriptor
from aiomedia.storage.entries import ABSENT, entry_status, leave_out, resource_of
from aiomedia.storage.links import SymbolicLinks


class Comparison:
    """Compares directories below one root, which is called `name` in the log."""

    def __init__(self, root: DirectoryDescriptor, links: SymbolicLinks, name: str) -> None:
        self._root = root
        self._links = links
        self._name = name

    def changed_directories(self, known: Mapping[str, Stamp | None]) -> Mapping[str, Stamp | None]:
        """Those whose stamp is another by now, with that; None for one that is not there. Raises OSError."""
        stamps = ((path, self._stamp(path)) for path in known)
        return {path: stamp for path, stamp in stamps if stamp is None or stamp != known[path]}

    def _stamp(self, path: str) -> Stamp | None:
        try:
            status = self._root.status(self._links.beneath(path))
        except OSError as error:
            leave_out(f"{self._name}/{path}", error)
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
            leave_out(f"{self._name}/{path}", error)
            return {path} if error.errno in ABSENT else set()
        return found | {join(path, name) for name in missing}

    def _differs(self, path: str, entry: os.DirEntry[str], known: Directory, *, thoroughly: bool) -> bool:
        name = entry.name
        file = known.files.get(name)
        is_known = file is not None or name in known.settling
        if entry.is_symlink() and not self._links.follow:
            return is_known or name in known.children
        if entry.is_dir():
            return name not in known.children
        if name in known.children or is_known != (media_type(name) is not None and entry.is_file()):
            return True
        if not thoroughly or file is None:
            return False
        try:
            status = entry_status(self._root, self._links, path, entry)
        except OSError as error:
            leave_out(f"{self._name}/{join(path, name)}", error)
            return True
        return status is None or resource_of(name, status) != file
