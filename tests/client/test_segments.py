"""Who fetches which bytes: together all of them, and none twice."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from aiomedia.client.segments import SMALLEST_SHARE, Segment, Segments
from aiomedia.ranges import Span

LONG = 100 * SMALLEST_SHARE


def spans(length: int) -> st.SearchStrategy[list[Span]]:
    positions = st.integers(0, length - 1)
    return st.lists(st.tuples(positions, positions).map(lambda pair: Span(min(pair), max(pair))), max_size=6)


def positions_of(received: list[Span]) -> set[int]:
    return {position for span in received for position in range(span.first, span.last + 1)}


@given(spans(50))
def test_what_is_received_and_what_is_missing_make_the_file(received: list[Span]) -> None:
    segments = Segments(50, received)
    assert positions_of(segments.received()) == positions_of(received)
    assert segments.count_received() == len(positions_of(received))
    missing = set()
    while (segment := segments.take()) is not None:
        missing |= set(range(segment.first, segment.last + 1))
        segment.first = segment.last + 1
    assert missing == set(range(50)) - positions_of(received)
    assert segments.is_complete()
    assert segments.received() == [Span(0, 49)]


@given(st.data())
def test_any_number_of_workers_that_stop_and_go_on_fetch_every_byte_once(data: st.DataObject) -> None:
    segments = Segments(LONG)
    working: list[Segment] = []
    fetched: list[Span] = []
    for _ in range(200):
        match data.draw(st.sampled_from(["take", "receive", "give back"])) if working else "take":
            case "take":
                segment = segments.take()
                if segment is not None:
                    assert segment not in working
                    working.append(segment)
            case "receive":
                segment = data.draw(st.sampled_from(working))
                size = min(segment.missing, data.draw(st.integers(1, LONG)))
                if size:
                    fetched.append(Span(segment.first, segment.first + size - 1))
                    segment.first += size
            case _:
                segment = working.pop(data.draw(st.integers(0, len(working) - 1)))
                segments.give_back(segment)
        if segments.is_complete():
            break
        assert segments.count_received() == sum(map(len, fetched))
    fetched.sort(key=lambda span: span.first)
    for one, other in itertools.pairwise(fetched):
        assert one.last < other.first
    for segment in working:
        segments.give_back(segment)
    assert segments.count_received() + sum(segment.missing for segment in left(segments)) == LONG


def left(segments: Segments) -> list[Segment]:
    """All that is missing, taken without a split."""
    found: list[Segment] = []
    while (first := segments.first_missing()) is not None:
        segment = segments.take()
        assert segment is not None
        assert segment.first == first.first
        found.append(Segment(segment.first, segment.last))
        segment.first = segment.last + 1
    return found


def test_a_worker_without_a_segment_takes_half_of_the_largest() -> None:
    segments = Segments(8 * SMALLEST_SHARE)
    first = segments.take()
    second = segments.take()
    assert first is not None
    assert second is not None
    assert (first.first, first.last + 1) == (0, 4 * SMALLEST_SHARE)
    assert (second.first, second.last + 1) == (4 * SMALLEST_SHARE, 8 * SMALLEST_SHARE)
    first.first = 3 * SMALLEST_SHARE
    third = segments.take()
    assert third is not None
    assert third.first == 6 * SMALLEST_SHARE


def test_what_is_small_is_not_split() -> None:
    segments = Segments(2 * SMALLEST_SHARE - 1)
    assert segments.take() is not None
    assert segments.take() is None


def test_who_was_relieved_of_bytes_that_come_back_goes_on_with_them() -> None:
    segments = Segments(8 * SMALLEST_SHARE)
    first, second = segments.take(), segments.take()
    assert first is not None
    assert second is not None
    segments.give_back(second)
    assert first.last == 8 * SMALLEST_SHARE - 1
    assert segments.first_missing() == Span(0, 8 * SMALLEST_SHARE - 1)


def test_a_length_that_becomes_known_ends_the_last_segment() -> None:
    segments = Segments(None)
    segment = segments.take()
    assert segment is not None
    assert segments.take() is None, "what has no end has no half"
    segment.first = 10
    assert segments.received() == [Span(0, 9)]
    segments.end_at(10)
    assert segments.is_complete()
    assert segments.received() == [Span(0, 9)]
    assert Segments(0).is_complete()
