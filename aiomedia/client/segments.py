"""Which bytes of a file are missing, and who fetches which."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiomedia.ranges import Span

UNKNOWN_END = 2**63 - 1  # the last position of a file whose length nobody has told: behind that of any file

# Less than this is not worth a request of its own: it takes as long as a round trip or two.
SMALLEST_SHARE = 1024 * 1024


@dataclass(slots=True, eq=False)
class Segment:
    """Missing bytes, both positions inclusive. Who has taken it raises `first` as they arrive, up to `last` + 1.

    `last` may be lowered meanwhile: somebody else takes the rest.
    """

    first: int
    last: int
    taken: bool = False

    @property
    def missing(self) -> int:
        return max(0, self.last + 1 - self.first)


class Segments:
    """The missing segments of one version of a file. `length` is None as long as it is unknown."""

    def __init__(self, length: int | None, received: Iterable[Span] = ()) -> None:
        self.length = length
        self._segments: list[Segment] = []
        position = 0
        for span in sorted(received, key=lambda span: span.first):
            if span.first > position:
                self._segments.append(Segment(position, span.first - 1))
            position = max(position, span.last + 1)
        last = UNKNOWN_END if length is None else length - 1
        if position <= last:
            self._segments.append(Segment(position, last))

    def take(self) -> Segment | None:
        """A segment for the caller alone: one that nobody has, else the latter half of the largest. None for none."""
        self._drop_complete()
        free = [segment for segment in self._segments if not segment.taken]
        if free:
            free[0].taken = True
            return free[0]
        largest = max(self._segments, key=lambda segment: segment.missing, default=None)
        if largest is None or self.length is None or largest.missing < 2 * SMALLEST_SHARE:
            return None
        middle = largest.first + largest.missing // 2
        half = Segment(middle, largest.last, taken=True)
        largest.last = middle - 1
        self._segments.insert(self._segments.index(largest) + 1, half)
        return half

    def give_back(self, segment: Segment) -> None:
        """What is still missing of it is for others to take. Who was relieved of it and is still at it goes on."""
        segment.taken = False
        self._drop_complete()
        index = self._segments.index(segment) if segment.missing else 0
        if index > 0 and self._segments[index - 1].last + 1 == segment.first:
            self._segments[index - 1].last = segment.last
            self._segments.remove(segment)

    def end_at(self, length: int) -> None:
        """The length has become known."""
        self.length = length
        for segment in self._segments:
            segment.last = min(segment.last, length - 1)

    def first_missing(self) -> Span | None:
        """The first bytes that are missing, whoever has taken them."""
        self._drop_complete()
        return Span(self._segments[0].first, self._segments[0].last) if self._segments else None

    def is_complete(self) -> bool:
        self._drop_complete()
        return not self._segments

    def received(self) -> list[Span]:
        """What is there, in order."""
        self._drop_complete()
        end = UNKNOWN_END + 1 if self.length is None else self.length
        spans = []
        position = 0
        for segment in self._segments:
            if segment.first > position:
                spans.append(Span(position, segment.first - 1))
            position = segment.last + 1
        return [*spans, Span(position, end - 1)] if position < end else spans

    def count_received(self) -> int:
        """How many bytes are there."""
        return sum(map(len, self.received()))

    def _drop_complete(self) -> None:
        self._segments = [segment for segment in self._segments if segment.missing]
