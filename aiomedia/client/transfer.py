"""One file, fetched safely: what becomes the target is one version of it, and whole."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiomedia.client.answer import Asked, Whole
from aiomedia.client.answer import Part as PartAnswer
from aiomedia.client.errors import CannotWrite, DiskFull, GaveUp
from aiomedia.client.exchange import Answer, Cut, Source, Stale, ask
from aiomedia.client.filling import Anew, Filling
from aiomedia.client.part import Part, sync_directory
from aiomedia.client.progress import Meter, Progress
from aiomedia.client.retry import Patience
from aiomedia.client.segments import UNKNOWN_END, Segments
from aiomedia.client.threads import in_thread
from aiomedia.client.version import Version
from aiomedia.ranges import Span

SAVED_EVERY_S = 1.0  # what may have to be fetched again after a kill


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is fetched."""

    connections: int = 4  # at most, for one file
    parallel_from: int = 16 * 1024 * 1024  # bytes; a shorter file is there before other connections are of use
    attempts: int = 8  # failures in a row without a new byte, and changes of the file meanwhile
    syncs_directory: bool = True  # so that the file is there also after the machine has failed right now


class Transfer:
    """Fills a part and makes it the target.

    `notice` is told what went wrong and is being put right, `progress` several times a second how far it is.
    """

    def __init__(
        self,
        source: Source,
        part: Part,
        options: Options,
        notice: Callable[[str], None],
        progress: Callable[[Progress], None],
    ) -> None:
        self._source, self._part, self._options = source, part, options
        self._notice, self._progress = notice, progress
        self._url = str(source.url.with_user(None).with_fragment(None))
        self._version: Version | None = None
        self._segments = Segments(None)
        self._patience = Patience(options.attempts, random.random, time.time, notice)
        self._changes = 0
        self._saved = time.monotonic()
        self._meter = Meter(0, self._saved)

    async def run(self) -> Version:
        """Returns the version that the target now is. Raises DownloadError.

        What was received is kept to be continued.
        """
        self._resume()
        answer: Answer | None = None
        try:
            while True:
                try:
                    return await self._fetch(answer or await self._open())
                except Anew as anew:
                    answer = anew.answer
                    self._start_over(anew)
        except BaseException:
            if answer is not None:
                answer.response.close()
            with suppress(CannotWrite):  # what was saved before is kept then
                await in_thread(self._keep)
            raise

    def _resume(self) -> None:
        """Takes over what an earlier download left."""
        saved = self._part.saved(self._url)
        if saved is None:
            return
        # The last byte is always asked for: it takes an answer to know that this version is still the present one.
        end = UNKNOWN_END if saved.version.length is None else saved.version.length - 1
        spans = [Span(first, min(last, end - 1)) for first, last in saved.received if first < end]
        self._version, self._segments = saved.version, Segments(saved.version.length, spans)
        received = self._segments.count_received()
        self._meter = Meter(received, time.monotonic())
        self._notice(f"goes on with {received} bytes that are there")

    async def _open(self) -> Answer:
        """The answer that a version begins with, or is continued by."""
        while True:
            try:
                return await ask(self._source, self._first_missing())
            except Stale as stale:
                raise Anew(str(stale)) from stale
            except Cut as cut:
                received = self._segments.count_received()
                await asyncio.sleep(self._patience.pause_s(str(cut), cut.retry_after, received))

    def _first_missing(self) -> Asked | None:
        """What to ask for first: the first bytes that are missing, or with None for everything."""
        missing = self._segments.first_missing()
        if self._version is None or self._version.validator is None or missing is None or not self._has_received():
            return None
        return Asked(missing.first, missing.last, self._version)

    async def _fetch(self, answer: Answer) -> Version:
        """Receives what is missing, beginning with this answer, and makes it the target. Raises Anew."""
        try:
            version = self._version_of(answer)
            connections = self._connections(version, answer.meaning)
            if connections > 1 and version.length is not None:
                await in_thread(self._part.preallocate, version.length)
            filling = Filling(
                self._source, self._part, version, self._segments, self._patience, self._notice, self._arrived
            )
            await filling.run(answer, connections)
        finally:
            answer.response.close()  # it is released already if it was read to its end
        return await self._finish(version)

    def _version_of(self, answer: Answer) -> Version:
        """The version that an answer is of. A whole one begins it."""
        if isinstance(answer.meaning, Whole):
            if self._has_received():
                same = self._is_same(answer)
                reason = "the server does not answer ranges" if same else "the file on the server has changed"
                self._start_over(Anew(reason, answer))
            self._version = answer.meaning.version
            self._segments = Segments(self._version.length)
        assert self._version is not None
        return self._version

    def _connections(self, version: Version, meaning: Whole | PartAnswer) -> int:
        """How many connections are of use."""
        takes_ranges = version.validator is not None and (not isinstance(meaning, Whole) or meaning.takes_ranges)
        is_long = version.length is not None and version.length >= self._options.parallel_from
        return self._options.connections if takes_ranges and is_long else 1

    def _start_over(self, anew: Anew) -> None:
        """Forgets what is there. Raises GaveUp when the file has changed too often."""
        if self._version is not None and self._version.validator is not None and not self._is_same(anew.answer):
            self._changes += 1
            self._patience.forget()
        self._version, self._segments = None, Segments(None)
        self._part.begin()
        if self._changes > self._options.attempts:
            raise GaveUp(f"Gave up: it had to begin anew {self._changes} times, the last time because {anew}.")
        self._notice(f"{anew}: from the start again")

    def _is_same(self, answer: Answer | None) -> bool:
        """Whether an answer holds the version that is there already."""
        if answer is None or self._version is None or not isinstance(answer.meaning, Whole):
            return False
        return self._version.is_same_as(answer.meaning.version)

    async def _finish(self, version: Version) -> Version:
        """Makes the part the target, once it is what the server says of it. Raises Anew."""
        assert self._segments.is_complete()
        length = self._segments.count_received()
        if version.sha_256 is not None and await in_thread(self._part.sha_256) != version.sha_256:
            raise Anew("what was received has another digest than the server's file")
        await in_thread(self._part.sync, length)  # alone: each call of the system in a thread costs a switch of threads
        self._part.finish()
        if self._options.syncs_directory:
            await in_thread(sync_directory, os.path.dirname(self._part.target))
        self._progress(self._meter.progress(length, length, time.monotonic()))
        return Version(version.etag, version.last_modified, length, version.sha_256)

    def _arrived(self) -> None:
        now = time.monotonic()
        if self._meter.is_due(now):
            self._progress(self._meter.progress(self._segments.count_received(), self._segments.length, now))
        if now - self._saved >= SAVED_EVERY_S:
            self._saved = now
            self._save()

    def _has_received(self) -> bool:
        return bool(self._segments.received())

    def _save(self) -> None:
        if self._version is not None and self._version.validator is not None:
            self._part.save(self._url, self._version, self._segments.received())

    def _keep(self) -> None:
        """Leaves what can be continued, also after a restart of the machine, and nothing else. For a thread."""
        if self._part.is_finished:
            return
        received = self._segments.received()
        if self._version is None or self._version.validator is None or not received:
            self._part.begin()
            return
        try:
            self._part.save(self._url, self._version, received, syncs=True)
        except DiskFull:
            end = self._part.give_up_end(received[-1].last + 1)
            kept = [Span(span.first, min(span.last, end - 1)) for span in received if span.first < end]
            self._part.save(self._url, self._version, kept, syncs=True)
