"""What an answer's content is made of: ranges of a file, and what frames them. No byte of the file is read here."""

from collections.abc import Sequence
from typing import NamedTuple

from aiomedia.ranges import Span


class Part(NamedTuple):
    """What goes before a range, and the range."""

    head: bytes
    span: Span


class Content(NamedTuple):
    """The parts in their order, what goes after the last, and the length of it all in bytes."""

    parts: Sequence[Part]
    end: bytes
    length: int


def one_range(span: Span) -> Content:
    """A range by itself."""
    return Content((Part(b"", span),), b"", len(span))


def multipart(spans: Sequence[Span], content_type: str, length: int, boundary: str) -> Content:
    """`multipart/byteranges` of a representation of this type and length (RFC 9110 14.6, RFC 2046 5.1).

    The boundary must occur in none of the ranges.
    """
    parts = []
    delimiter = f"--{boundary}"
    for span in spans:
        head = f"{delimiter}\r\nContent-Type: {content_type}\r\nContent-Range: {content_range(span, length)}\r\n\r\n"
        parts.append(Part(head.encode(), span))
        delimiter = f"\r\n--{boundary}"
    end = f"{delimiter}--\r\n".encode()
    return Content(parts, end, sum(len(head) + len(span) for head, span in parts) + len(end))


def content_range(span: Span, length: int) -> str:
    """A Content-Range field's value (14.4)."""
    return f"bytes {span.first}-{span.last}/{length}"
