"""One version of a file, received into its part, on one connection or on several."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiomedia.client.answer import Asked, Whole
from aiomedia.client.exchange import Answer, Cut, Source, Stale, ask, let_go, network
from aiomedia.client.part import Part
from aiomedia.client.refusals import refusal
from aiomedia.client.retry import Patience
from aiomedia.client.segments import UNKNOWN_END, Segment, Segments
from aiomedia.client.version import Version


class Anew(Exception):
    """What has been received can't be continued. With an answer, that one holds the whole file, its body unread."""

    def __init__(self, reason: str, answer: Answer | None = None) -> None:
        super().__init__(reason)
        self.answer = answer


class _RangesIgnored(Exception):
    """The server sent the whole of the same version, and others go on with what they have."""


class Filling:
    """Fetches what is missing of a version. `arrived` is called whenever bytes have been written."""

    def __init__(
        self,
        source: Source,
        part: Part,
        version: Version,
        segments: Segments,
        patience: Patience,
        notice: Callable[[str], None],
        arrived: Callable[[], None],
    ) -> None:
        self._source, self._part, self._version, self._segments = source, part, version, segments
        self._patience, self._notice, self._arrived = patience, notice, arrived
        self._working = 0
        self._completed = asyncio.Event()

    async def run(self, opened: Answer, connections: int) -> None:
        """Receives all that is missing, beginning with this answer, which holds the first of it.

        Raises Anew, GaveUp, CannotWrite, Refused and Unusable. No response is left open but an Anew's.
        """
        # The first takes the first segment before the others begin. No TaskGroup: that one cancels whoever waits for it
        # too, and then nobody can tell whether somebody else has.
        workers = [asyncio.ensure_future(self._work(None if number else opened)) for number in range(connections)]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            _close(await _ended(workers))
            raise
        errors = await _ended(workers)
        if errors:
            foremost = next((error for error in errors if not isinstance(error, Anew)), errors[0])
            _close([error for error in errors if error is not foremost])
            raise foremost

    async def _work(self, answer: Answer | None) -> None:
        """Fetches segment after segment, until there is none to take."""
        self._working += 1
        try:
            while (segment := self._segments.take()) is not None:
                cut = await self._attempt(answer, segment)
                answer = None
                if self._segments.is_complete():
                    self._completed.set()  # others may be pausing
                elif cut is not None:
                    await self._pause(cut)
        except _RangesIgnored:
            self._notice("the server does not answer ranges: on one connection then")
        finally:
            self._working -= 1

    async def _attempt(self, answer: Answer | None, segment: Segment) -> Cut | None:
        """Receives a segment, or some of it. Returns what cut it."""
        try:
            await self._receive(answer or await self._continued(segment), segment)
        except Cut as cut:
            return cut
        finally:
            self._segments.give_back(segment)
        return None

    async def _continued(self, segment: Segment) -> Answer:
        """The answer to a request for a segment, with its bytes."""
        if self._version.validator is None:
            raise Anew("the server does not tell one version of the file from another")
        try:
            answer = await ask(self._source, Asked(segment.first, segment.last, self._version))
        except Stale as stale:
            raise Anew(str(stale)) from stale
        if not isinstance(answer.meaning, Whole):
            return answer
        if not self._version.is_same_as(answer.meaning.version):
            raise Anew("the file on the server has changed", answer)
        if self._working > 1:
            answer.response.close()
            raise _RangesIgnored
        raise Anew("the server does not answer ranges", answer)

    async def _receive(self, answer: Answer, segment: Segment) -> None:
        """Writes an answer's body, as far as it belongs to the segment."""
        response, meaning = answer
        if isinstance(meaning, Whole):
            length = meaning.version.length
        else:
            length = meaning.last + 1
            if self._segments.length is None and meaning.length is not None:
                self._segments.end_at(meaning.length)
        last = UNKNOWN_END if length is None else length - 1
        try:
            while segment.missing and segment.first <= last:
                with network():
                    content = await response.content.readany()
                if not content and length is None:
                    self._segments.end_at(segment.first)
                elif not content:
                    raise Cut("the answer ended early")
                else:
                    self._write(content[: min(segment.last, last) + 1 - segment.first], segment)
        finally:
            let_go(response)

    def _write(self, content: bytes, segment: Segment) -> None:
        try:
            self._part.write(segment.first, content)
        except OSError as error:
            raise refusal(error, self._part.target) from error
        segment.first += len(content)
        self._arrived()

    async def _pause(self, cut: Cut) -> None:
        """Waits before the next attempt, or until others have received what was missing. Raises GaveUp."""
        seconds = self._patience.pause_s(str(cut), cut.retry_after, self._segments.count_received())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._completed.wait()


async def _ended(workers: list[asyncio.Task[None]]) -> list[Exception]:
    """Ends those that still work. What went wrong in any."""
    for worker in workers:
        worker.cancel()
    ends = await asyncio.gather(*workers, return_exceptions=True)
    return [end for end in ends if isinstance(end, Exception)]


def _close(errors: list[Exception]) -> None:
    """Closes the answers that nobody will read."""
    for error in errors:
        if isinstance(error, Anew) and error.answer is not None:
            error.answer.response.close()
