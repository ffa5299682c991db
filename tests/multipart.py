"""A reader of `multipart/byteranges`, as RFC 2046 5.1.1 and RFC 9110 14.6 have it."""

from typing import NamedTuple


class ReadPart(NamedTuple):
    content_type: str
    content_range: str
    content: bytes


def read_parts(body: bytes, content_type: str) -> list[ReadPart]:
    """The parts of a body; `content_type` is the whole answer's field, which names the boundary."""
    media_type, _, boundary = content_type.partition("; boundary=")
    assert media_type == "multipart/byteranges"
    first, *parts, last = body.split(f"--{boundary}".encode())
    assert (first, last) == (b"", b"--\r\n")
    return [_read_part(part) for part in parts]


def _read_part(part: bytes) -> ReadPart:
    assert part.startswith(b"\r\n")
    assert part.endswith(b"\r\n")
    head, blank, content = part[2:-2].partition(b"\r\n\r\n")
    assert blank
    fields = dict(line.split(": ") for line in head.decode().split("\r\n"))
    assert set(fields) == {"Content-Type", "Content-Range"}
    return ReadPart(fields["Content-Type"], fields["Content-Range"], content)
