"""An answer in parts: each is compressed by itself, and in that order they are one gzip member (RFC 1952). Pure.

Several members would do for the RFC, and need no checksum of the whole; but Chromium and curl stop after the first.
"""

import struct
import zlib
from collections.abc import Sequence

# On a listing, level 1 takes less than half the time of level 6, for 7 % more bytes.
LEVEL = 1
# What fits into a small window needs little memory, and to get and clear that is most of the work:
# for a look-up's 250 bytes it takes 6 µs instead of 60.
SMALL = 1 << 12  # bytes
_SMALL = (12, 5)  # the window's bits, and zlib's memory level
_LARGE = (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)

_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"  # 2.3: deflate, no name, no time, fastest, of an unknown system
_LAST_BLOCK = b"\x03\0"  # RFC 1951 3.2.3: a block that is the last, and empty


class Part:
    """Bytes that never change, and what they were compressed to, once somebody asked."""

    __slots__ = ("_deflated", "body")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._deflated: bytes | None = None

    @property
    def weight(self) -> int:
        """How many bytes it holds."""
        return len(self.body) + len(self._deflated or b"")

    def deflated(self) -> bytes:
        """The bytes as blocks of RFC 1951 that end on a whole byte, and refer to nothing before them."""
        if self._deflated is None:
            window_bits, memory_level = _SMALL if len(self.body) <= SMALL else _LARGE
            compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -window_bits, memory_level)
            self._deflated = compressor.compress(self.body) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return self._deflated


def in_gzip(parts: Sequence[Part]) -> list[bytes]:
    """A gzip member of all parts in their order; only those are compressed that were not before.

    Of 22 MB in 400 parts all takes 30 to 100 ms; when one is new 5 ms, in which the checksum of the whole is made.
    """
    checksum, length = 0, 0
    for part in parts:
        checksum = zlib.crc32(part.body, checksum)
        length += len(part.body)
    end = struct.pack("<LL", checksum, length & 0xFFFF_FFFF)
    return [_HEAD, *(part.deflated() for part in parts), _LAST_BLOCK + end]
