"""A directory that holds what a server has."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from aiomedia.client.downloading import Downloaded
from aiomedia.client.errors import DiskFull
from aiomedia.client.following import Change
from aiomedia.client.ledger import Ledger, open_ledger
from aiomedia.client.part import sync_directory
from aiomedia.client.progress import Progress
from aiomedia.client.retry import backed_off_s
from aiomedia.client.threads import in_thread
from aiomedia.client.tree import directories_for, removed
from aiomedia.errors import AiomediaError
from aiomedia.resource import ListedFile

AT_A_TIME = 16  # files: of small ones, most of the time is waiting

Deed = Literal["fetched", "deleted", "failed"]


class Mirrored(NamedTuple):
    """What was done with one file, or in a dry run would be. `reason` tells why it failed."""

    deed: Deed
    filename: str
    size: int = 0  # bytes
    reason: str | None = None


@dataclass(slots=True)
class MirrorReport:
    """What a run has done, by file names."""

    unchanged: int = 0
    fetched: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  # and why


@dataclass(frozen=True, slots=True)
class Remote:
    """What a mirror asks of a server: all files and their cursor, one file to a path, what changes since a cursor."""

    listing: Callable[[], Awaitable[tuple[list[ListedFile], str]]]
    fetch: Callable[[ListedFile, str, Callable[[Progress], None]], Awaitable[Downloaded]]
    changes: Callable[[str, Iterable[ListedFile]], AsyncIterator[Change]]


@dataclass(frozen=True, slots=True)
class MirrorOptions:
    """What is mirrored, and how."""

    include: tuple[str, ...] = ()  # globs, of which one has to match the whole name; none for all
    delete: bool = False
    dry_run: bool = False
    watch: bool = False

    def wants(self, filename: str) -> bool:
        return not self.include or any(fnmatchcase(filename, glob) for glob in self.include)


class Mirror:
    """Brings a directory up to date. `tell` is told of each deed, `progress` how far each file is."""

    def __init__(
        self,
        remote: Remote,
        directory: str,
        options: MirrorOptions,
        tell: Callable[[Mirrored], None],
        progress: Callable[[str, Progress], None],
    ) -> None:
        self._remote, self._directory, self._options = remote, directory, options
        self._tell, self._progress = tell, progress
        self._report = MirrorReport()
        self._wanted: dict[str, ListedFile] = {}
        self._queue: dict[str, None] = {}  # names to look at, in order
        self._busy: set[str] = set()
        self._failures: dict[str, int] = {}
        self._touched: set[str] = set()  # directories in which there are new files
        self._happened = asyncio.Event()

    async def run(self) -> MirrorReport:
        """Mirrors what is listed, and if it is to watch, goes on with what changes, until it is cancelled.

        Raises what listing does (then nothing is touched), TargetLocked, and CannotWrite for the directory itself. What
        goes wrong with one file is reported.
        """
        with open_ledger(self._directory, self._options.dry_run) as ledger:
            files, cursor = await self._remote.listing()
            self._wanted = {file.filename: file for file in files if self._options.wants(file.filename)}
            for name in ledger.names():
                if name not in self._wanted:  # these first: a directory may be called now as a file was
                    self._delete(ledger, name)
            self._queue = dict.fromkeys(self._wanted)
            workers = [asyncio.ensure_future(self._work(ledger)) for _ in range(AT_A_TIME)]
            if self._options.watch:
                workers.append(asyncio.ensure_future(self._follow(cursor, files)))
            await _all_of(workers)
            for directory in self._touched:  # once each: to sync one for every file makes all others wait
                await in_thread(sync_directory, directory)
        return self._report

    async def _follow(self, cursor: str, files: list[ListedFile]) -> None:
        async for change in self._remote.changes(cursor, files):
            name = change.file.filename
            if not self._options.wants(name):
                continue
            if change.op == "removed":
                self._wanted.pop(name, None)
            else:
                self._wanted[name] = change.file
            self._look_at(name)

    def _look_at(self, name: str) -> None:
        self._queue[name] = None
        self._happened.set()

    async def _work(self, ledger: Ledger) -> None:
        """Looks at one name after another. Without a watch it ends when no name is left."""
        while self._queue or self._busy or self._options.watch:
            name = next((name for name in self._queue if name not in self._busy), None)
            if name is None:
                self._happened.clear()
                await self._happened.wait()
                continue
            del self._queue[name]
            self._busy.add(name)
            try:
                await self._bring(ledger, name)
            finally:
                self._busy.discard(name)
                self._happened.set()

    async def _bring(self, ledger: Ledger, name: str) -> None:
        """Makes one file what it is on the server."""
        file = self._wanted.get(name)
        if file is None:
            self._delete(ledger, name)
        elif ledger.has(name, file.etag):
            self._report.unchanged += 1
        else:
            await self._fetch(ledger, file)

    async def _fetch(self, ledger: Ledger, file: ListedFile) -> None:
        name = file.filename
        try:
            if not self._options.dry_run:
                target = directories_for(self._directory, name)
                ledger.begin(name)
                self._touched.add(os.path.dirname(target))
                done = await self._remote.fetch(file, target, lambda progress: self._progress(name, progress))
                ledger.finish(name, done.etag or file.etag)
        except AiomediaError as error:
            if isinstance(error, DiskFull) and not self._options.watch:
                raise  # nor is there room for any other
            self._failed(name, str(error))
        else:
            self._failures.pop(name, None)
            self._report.failed.pop(name, None)
            self._report.fetched.append(name)
            self._tell(Mirrored("fetched", name, file.size))

    def _failed(self, name: str, reason: str) -> None:
        self._report.failed[name] = reason
        self._tell(Mirrored("failed", name, reason=reason))
        if self._options.watch:
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            pause_s = backed_off_s(failures, random.random())  # noqa: S311 - chance, no secret
            asyncio.get_running_loop().call_later(pause_s, self._look_at, name)

    def _delete(self, ledger: Ledger, name: str) -> None:
        """Removes what the mirror put there, if that is wanted; else nobody may remove it any more."""
        self._failures.pop(name, None)
        self._report.failed.pop(name, None)
        if not self._options.delete:
            return
        is_ours = ledger.owns(name)
        if not self._options.dry_run:
            try:
                removed(self._directory, name, whole=is_ours)
            except AiomediaError as error:
                self._failed(name, str(error))
                return
        ledger.forget(name)
        if is_ours:
            self._report.deleted.append(name)
            self._tell(Mirrored("deleted", name))


async def _all_of(tasks: list[asyncio.Task[None]]) -> None:
    """Waits for all, or for the first that fails. Raises its error; none is running then."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            raise end
