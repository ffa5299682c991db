"""Sending a long body piece by piece: of a whole one aiohttp makes two copies, for as long as the client reads."""

from collections.abc import Iterator, Sequence
from typing import Final

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

WHOLE: Final = 4 * 1024 * 1024  # bytes; up to this one write is faster than several
PIECE: Final = 1024 * 1024
# A write costs as much as copying so much does. To join more costs more: the allocator gets fresh pages for it.
GATHERED: Final = 64 * 1024


class Pieces(Payload):
    """A body of which the next piece is written when the client has taken most of the last."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        super().__init__(parts)
        self._parts = parts
        self._size = sum(map(len, parts))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._parts).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        for piece in pieces(self._parts):
            await writer.write(piece)


def in_pieces(parts: Sequence[bytes]) -> bytes | Pieces:
    """What `web.Response` takes as its body."""
    if len(parts) == 1 and len(parts[0]) <= WHOLE:
        return parts[0]
    return Pieces(parts)


def pieces(parts: Sequence[bytes]) -> Iterator[bytes | memoryview]:
    """What to write of the parts at a time: small ones together, large ones by themselves, very large ones cut."""
    gathered: list[bytes] = []
    size = 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= GATHERED:
            view = memoryview(b"".join(gathered))  # which copies nothing when there is just one
            for start in range(0, size, PIECE):
                yield view[start : start + PIECE]
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
