"""Encoded answers that are kept while they are true, plain and compressed, up to so many bytes."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from aiomedia.resource import short_hash

# Compressing a listing of 2 MB takes 7 ms: a longer answer than this is compressed in a thread.
COMPRESS_IN_THREAD = 1024 * 1024
# On a listing, level 1 takes less than half the time of level 6, for 7 % more bytes.
GZIP_LEVEL = 1
MAX_KEPT = 1_000  # encodings; with the limit in bytes alone, very many small ones would be kept


class Encoding:
    """An encoded answer. Its entity tag is that of its bytes unless another is given that changes exactly as they do.

    Each content coding has an entity tag of its own (RFC 9110 8.8.3.3).
    """

    __slots__ = ("_compressed", "body", "etag", "next_url")

    def __init__(self, body: bytes, next_url: str | None = None, etag: str | None = None) -> None:
        self.body = body
        self.next_url = next_url  # of the page after this one
        self.etag = f'"{short_hash(body)}"' if etag is None else etag
        self._compressed: asyncio.Future[bytes] | None = None

    @property
    def gzip_etag(self) -> str:
        return f'{self.etag[:-1]}-gzip"'

    @property
    def weight(self) -> int:
        """How many bytes it holds."""
        compressed = self._compressed
        return len(self.body) + (len(compressed.result()) if compressed is not None and _succeeded(compressed) else 0)

    async def compressed(self) -> bytes:
        """The body in gzip; it is compressed once, whoever asks."""
        if self._compressed is None or (self._compressed.done() and not _succeeded(self._compressed)):
            self._compressed = asyncio.ensure_future(_compress(self.body))
        return await asyncio.shield(self._compressed)


async def _compress(body: bytes) -> bytes:
    if len(body) < COMPRESS_IN_THREAD:
        return gzip.compress(body, GZIP_LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, GZIP_LEVEL, mtime=0)


class Encodings:
    """The encodings that were asked for last, each as long as the version that it was made of is the present one."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, tuple[int, asyncio.Future[Encoding]]] = OrderedDict()

    async def get(self, key: Hashable, version: int, encode: Callable[[], Awaitable[Encoding]]) -> Encoding:
        """The encoding of this key and version. All that ask at a time wait for one `encode`, or get what it raises."""
        known = self._kept.get(key)
        if known is None or known[0] != version:
            known = self._kept[key] = (version, asyncio.ensure_future(encode()))
            known[1].add_done_callback(lambda encoding: self._made(key, encoding))
        self._kept.move_to_end(key)
        encoding = known[1]
        return encoding.result() if encoding.done() else await asyncio.shield(encoding)

    def _made(self, key: Hashable, encoding: asyncio.Future[Encoding]) -> None:
        known = self._kept.get(key)
        if known is not None and known[1] is encoding and not _succeeded(encoding):
            del self._kept[key]  # the next one to ask has it tried again
        self._trim()

    def _trim(self) -> None:
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        weights = {key: _weight(encoding) for key, (_, encoding) in self._kept.items()}
        excess = sum(weights.values()) - self._max_bytes
        for key, weight in weights.items():
            if excess <= 0:
                return
            del self._kept[key]
            excess -= weight


def _weight(encoding: asyncio.Future[Encoding]) -> int:
    return encoding.result().weight if _succeeded(encoding) else 0


def _succeeded(future: asyncio.Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
