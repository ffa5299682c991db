"""Following what changes on a server, through lost connections, restarts, and cursors that have expired."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from yarl import URL

from aiomedia.client.calling import Server, call
from aiomedia.client.errors import GaveUp, Refused, Unusable
from aiomedia.client.retry import Patience
from aiomedia.resource import ChangeListing, FileListing, ListedFile, Operation

HELD_S = 30.0  # shorter than what proxies take for a dead connection
FOREVER = 2**31


class Change(NamedTuple):
    """What became of a file, and how it is listed now, or was last. What happened up to `cursor` was told before."""

    op: Operation
    file: ListedFile
    cursor: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which files are followed."""

    directory: str | None
    type: Literal["video", "audio"] | None
    recursive: bool

    def query(self) -> dict[str, str]:
        """The parameters of `/list/files` and `/changes`."""
        asked = {"directory": self.directory, "type": self.type, "recursive": "true" if self.recursive else None}
        return {name: value for name, value in asked.items() if value is not None}


async def follow(
    server: Server, listing: URL, changes: URL, scope: Scope, since: str | None, known: Iterable[ListedFile]
) -> AsyncIterator[Change]:
    """Changes without an end. `listing` and `changes` are the URLs to ask. Raises Refused and Unusable."""
    files = {file.filename: file for file in known}
    patience = Patience(FOREVER, random.random, time.time, lambda reason: None)
    cursor = since
    while True:
        if cursor is None:
            present, cursor = await _listed(server, listing.with_query(scope.query()), patience)
            for change in differences(files, present, cursor):
                yield change
            files = present
        try:
            url = changes.with_query({**scope.query(), "since": cursor})
            news, _ = await call(server, url, ChangeListing, wait_s=HELD_S)
        except GaveUp as error:
            await asyncio.sleep(patience.pause_s(str(error), None, 0))
            continue
        except Refused as refused:
            if refused.status != 410:
                raise
            # A server of several processes may not know its own cursors: without a pause it would list all the time.
            await asyncio.sleep(patience.pause_s(str(refused), None, 0))
            cursor = None
            continue
        patience = Patience(FOREVER, random.random, time.time, lambda reason: None)
        for op, file in ((row.op, row.file) for row in news.changes):
            if op == "removed":
                files.pop(file.filename, None)
            else:
                files[file.filename] = file
            yield Change(op, file, cursor)
        cursor = news.cursor


def differences(before: dict[str, ListedFile], now: dict[str, ListedFile], cursor: str) -> Iterator[Change]:
    """What makes one listing of the other, removals first: a directory may be called as a file was."""
    for name, file in before.items():
        if name not in now:
            yield Change("removed", file, cursor)
    for name, file in now.items():
        if name not in before:
            yield Change("added", file, cursor)
        elif before[name].etag != file.etag:
            yield Change("modified", file, cursor)


async def _listed(server: Server, url: URL, patience: Patience) -> tuple[dict[str, ListedFile], str]:
    """All files by name, and their cursor, however long it takes until the server tells."""
    while True:
        try:
            listing, fields = await call(server, url, FileListing)
        except GaveUp as error:
            await asyncio.sleep(patience.pause_s(str(error), None, 0))
        else:
            if "Aiomedia-Cursor" not in fields:
                raise Unusable("The server's listing has no cursor to follow it from.")
            return {file.filename: file for file in listing.files}, fields["Aiomedia-Cursor"]
