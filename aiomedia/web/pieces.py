"""Sending a long body piece by piece: of a whole one aiohttp makes two copies, for as long as the client reads."""

from typing import Final

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

WHOLE: Final = 4 * 1024 * 1024  # bytes; up to this one write is faster than several
PIECE: Final = 1024 * 1024


class Pieces(Payload):
    """A body of which the next piece is written when the client has taken most of the last."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._body = body
        self._size = len(body)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._body.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        view = memoryview(self._body)
        for start in range(0, len(view), PIECE):
            await writer.write(view[start : start + PIECE])


def in_pieces(body: bytes) -> bytes | Pieces:
    """What `web.Response` takes as its body."""
    return body if len(body) <= WHOLE else Pieces(body)
