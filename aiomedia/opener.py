"""Opening the files of one root: those that were asked for last stay open."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from aiomedia.errors import Forbidden, Unavailable
from aiomedia.index import Settling
from aiomedia.resource import Resource
from aiomedia.storage.base import Attached, RootMissing
from aiomedia.storage.descriptors import Descriptors
from aiomedia.storage.entries import EXHAUSTED
from aiomedia.storage.open_file import OpenFile

logger = logging.getLogger(__name__)


class Opener:
    """Opens files by their paths relative to the root. What the index knows of each comes in as an argument."""

    def __init__(self, root: str, max_kept: int) -> None:
        self._root = root
        self._attached: Attached | None = None
        self._kept = Descriptors(max_kept)

    def attach(self, attached: Attached | None) -> None:
        """Opens files of this from now on; None while there is nothing to open."""
        self._attached = attached
        self._kept.clear()

    @property
    def is_polled(self) -> bool:
        """Whether nothing is told of changes where the files are."""
        return self._attached is not None and self._attached.is_polled

    def kept(self, path: str, known: Resource | None) -> OpenFile | None:
        """The file that is known, when it is open anyway. It may be another by now."""
        return None if known is None else self._kept.get(path, known, time.monotonic())

    def keep(self, path: str, opened: OpenFile) -> None:
        """Keeps a file open that the index knows just so: `opened.resource` is what it knows."""
        if not opened.is_remote:  # there, to ask whether it is still the same may take as long as to open it
            self._kept.keep(path, opened, time.monotonic())

    async def open(self, path: str, known: Resource | None) -> OpenFile | Settling | None:
        """Opens the file at this path, as it is now: ready or settling; None when there is none.

        Raises Forbidden when it may not be read, and Unavailable.
        """
        try:
            try:
                return await self._open(path, known)
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self._kept.clear()  # they are ours to give up
                return await self._open(path, known)
        except PermissionError as error:
            raise Forbidden("The server may not read this file.") from error
        except (RootMissing, OSError) as error:
            logger.warning("can't open %s/%s: %s", self._root, path, str(error))
            raise Unavailable("This file is not available for now.") from error

    async def _open(self, path: str, known: Resource | None) -> OpenFile | Settling | None:
        if self._attached is None:
            raise RootMissing("not attached")
        return await asyncio.to_thread(self._attached.open, path, known)

    def drop_changed(self, paths: Iterable[str] | None, find: Callable[[str], Resource | None]) -> None:
        """Closes those of these paths, or of all, that the index does not know just so any more."""
        self._kept.drop_changed(paths, find)

    def drop_unused(self) -> None:
        """Closes those that nobody asked for lately."""
        self._kept.drop_unused(time.monotonic())
