"""Multipart content: what is framed is read back as the same bytes."""

from hypothesis import given
from hypothesis import strategies as st

from aiomedia.content import Content, content_range, multipart, one_range
from aiomedia.ranges import Span
from tests.multipart import read_parts

BOUNDARY = "c0ffee5eed"


def serialised(content: Content, representation: bytes) -> bytes:
    """The content as it goes over the wire."""
    parts = (head + representation[span.first : span.last + 1] for head, span in content.parts)
    return b"".join(parts) + content.end


@given(st.data(), st.binary(min_size=1, max_size=200))
def test_what_is_framed_is_read_back(data: st.DataObject, representation: bytes) -> None:
    length = len(representation)
    positions = st.tuples(st.integers(0, length - 1), st.integers(0, length - 1)).map(sorted)
    spans = [Span(first, last) for first, last in data.draw(st.lists(positions, min_size=2, max_size=16))]
    content = multipart(spans, "video/mp4", length, BOUNDARY)
    body = serialised(content, representation)
    assert content.length == len(body)
    assert read_parts(body, f"multipart/byteranges; boundary={BOUNDARY}") == [
        ("video/mp4", content_range(span, length), representation[span.first : span.last + 1]) for span in spans
    ]


def test_one_range_is_not_framed() -> None:
    assert serialised(one_range(Span(2, 4)), b"0123456789") == b"234"
    assert one_range(Span(2, 4)).length == 3


def test_a_content_range_has_both_positions_and_the_whole_length() -> None:
    assert content_range(Span(2, 4), 10) == "bytes 2-4/10"
