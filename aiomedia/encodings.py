"""Encoded answers that are kept while they are true, plain and compressed, up to so many bytes."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeGuard

from aiomedia.parts import Part, in_gzip
from aiomedia.resource import short_hash

# Compressing a listing of 2 MB takes 7 ms: a longer answer than this is compressed in a thread.
COMPRESS_IN_THREAD = 1024 * 1024
# One write of so much takes less than several; to join it takes a millisecond, and twice the memory.
JOINED = 4 * 1024 * 1024
MAX_KEPT = 1_000  # encodings; with the limit in bytes alone, very many small ones would be kept


class Encoding:
    """An encoded answer. Its entity tag is given, and changes exactly when its bytes do.

    Each content coding has an entity tag of its own (RFC 9110 8.8.3.3).
    """

    __slots__ = ("_compressed", "_parts", "_plain", "etag", "next_url", "on_growth")

    def __init__(self, parts: Sequence[Part], etag: str, next_url: str | None = None) -> None:
        self._parts = parts
        self.etag = etag
        self.next_url = next_url  # of the page after this one
        self.on_growth: Callable[[], None] | None = None  # called when it holds more than before
        self._plain: Sequence[bytes] | None = None
        self._compressed: asyncio.Future[Sequence[bytes]] | None = None

    @classmethod
    def of(cls, body: bytes, next_url: str | None = None) -> "Encoding":
        """An answer of these bytes, of which its entity tag is a hash."""
        return cls((Part(body),), f'"{short_hash(body)}"', next_url)

    @property
    def gzip_etag(self) -> str:
        return f'{self.etag[:-1]}-gzip"'

    @property
    def weight(self) -> int:
        """How many bytes it holds."""
        held = sum(part.weight for part in self._parts)
        if self._plain is not None and len(self._plain) < len(self._parts):
            held += len(self._plain[0])
        if _succeeded(self._compressed) and len(self._compressed.result()) == 1:
            held += len(self._compressed.result()[0])
        return held

    def plain(self) -> Sequence[bytes]:
        """The body, in one part or several."""
        if self._plain is None:
            self._plain = _joined([part.body for part in self._parts])
            if len(self._parts) > 1:  # or it holds no more than before
                self._has_grown()
        return self._plain

    async def compressed(self) -> Sequence[bytes]:
        """The body in gzip, in one part or several; it is compressed once, whoever asks."""
        if self._compressed is None or (self._compressed.done() and not _succeeded(self._compressed)):
            self._compressed = asyncio.ensure_future(self._compress())
            self._compressed.add_done_callback(lambda _: self._has_grown())
        return await asyncio.shield(self._compressed)

    async def _compress(self) -> Sequence[bytes]:
        if sum(len(part.body) for part in self._parts) < COMPRESS_IN_THREAD:
            return self.in_gzip()
        return await asyncio.to_thread(self.in_gzip)

    def in_gzip(self) -> Sequence[bytes]:
        """The same here and now, for what is short."""
        return _joined(in_gzip(self._parts))

    def _has_grown(self) -> None:
        if self.on_growth is not None:
            self.on_growth()


def _joined(parts: Sequence[bytes]) -> Sequence[bytes]:
    return parts if len(parts) == 1 or sum(map(len, parts)) > JOINED else (b"".join(parts),)


Encode = Callable[[Encoding | None], Awaitable[Encoding]]
"""Makes an encoding; of the last one for the same key, where that is known."""


class Encodings:
    """The encodings that were asked for last, each as long as the version that it was made of is the present one.

    The very last is kept however large it is: whoever asks for it asks again, and it would only be made again.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, tuple[int, asyncio.Future[Encoding]]] = OrderedDict()

    async def get(self, key: Hashable, version: int, encode: Encode) -> Encoding:
        """The encoding of this key and version. All that ask at a time wait for one `encode`, or get what it raises.

        A key's encodings are made one after the other.
        """
        known = self._kept.get(key)
        if known is None or known[0] != version:
            outdated = None if known is None else known[1]
            known = self._kept[key] = (version, asyncio.ensure_future(_encoded(encode, outdated)))
            known[1].add_done_callback(lambda encoding: self._made(key, encoding))
        self._kept.move_to_end(key)
        encoding = known[1]
        return encoding.result() if encoding.done() else await asyncio.shield(encoding)

    def _made(self, key: Hashable, encoding: asyncio.Future[Encoding]) -> None:
        known = self._kept.get(key)
        if _succeeded(encoding):
            encoding.result().on_growth = self._trim
        elif known is not None and known[1] is encoding:
            del self._kept[key]  # the next one to ask has it tried again
        self._trim()

    def _trim(self) -> None:
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        weights = {key: _weight(encoding) for key, (_, encoding) in self._kept.items()}
        excess = sum(weights.values()) - self._max_bytes
        for key in list(weights)[:-1]:
            if excess <= 0:
                return
            del self._kept[key]
            excess -= weights[key]


async def _encoded(encode: Encode, outdated: asyncio.Future[Encoding] | None) -> Encoding:
    if outdated is not None:
        await asyncio.wait([outdated])
        if _succeeded(outdated):
            return await encode(outdated.result())
    return await encode(None)


def _weight(encoding: asyncio.Future[Encoding]) -> int:
    return encoding.result().weight if _succeeded(encoding) else 0


def _succeeded(future: asyncio.Future[Any] | None) -> TypeGuard[asyncio.Future[Any]]:
    return future is not None and future.done() and not future.cancelled() and future.exception() is None
