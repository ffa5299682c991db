"""An answer with bytes of a file: all of them, or an answer that is cut short."""

import asyncio
import errno
import logging
import socket
from collections.abc import Mapping
from functools import partial

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import istr

from aiomedia.content import Content
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.patience import Patience
from aiomedia.web.transfer import FileChanged, Means, Transfer, duplicate

logger = logging.getLogger(__name__)

# Up to so many bytes are read and written at once: they fit into the sockets' buffers, where `sendfile` would put pages
# that are the file's still. It is faster, too.
COPIED = 64 * 1024

# What the network says of a client that is gone, so mostly no fault of ours.
_GONE = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.ENOTCONN})


class FileResponse(web.StreamResponse):
    """Sends ranges of an open file, as it was decided.

    aiohttp's own opens by path, decides only when it is sent, and goes on when the file turns out to be shorter: then
    the next answer on the connection is taken for the rest of this one.
    """

    def __init__(
        self, opened: OpenFile, content: Content, status: int, headers: Mapping[istr, str], means: Means
    ) -> None:
        super().__init__(status=status, headers=headers)
        self._opened = opened
        self._content = content
        self._means = means
        self.content_length = content.length

    def enable_compression(self, *arguments: object, **keywords: object) -> None:
        """Not even when a middleware asks for it: media is compressed, and the validators are of its plain bytes."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if self.prepared:
            return await super().prepare(request)
        name = self._opened.resource.name
        try:
            writer = await super().prepare(request)
            if writer is not None and request.method != hdrs.METH_HEAD and self._content.length > 0:
                await self._send(request, writer)
        except (OSError, FileChanged, RuntimeError) as error:  # the last when no thread can be started
            log_cut(name, error)
            raise ConnectionResetError(str(error)) from error  # aiohttp closes the connection of what fails so
        finally:
            del self._opened  # aiohttp keeps the answer until the connection's next request
        return writer

    async def _send(self, request: BaseRequest, writer: AbstractStreamWriter) -> None:
        """Holds the end back until the file turns out to be what its validators say, so no whole answer is a splice."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        patience = Patience(
            self._means.timeout_s, lambda: writer.output_size - transport.get_write_buffer_size(), transport.abort
        )
        patience.start()
        try:
            if self._content.length <= COPIED:
                await self._copy_whole(writer)
            elif (out := duplicate(transport, self._opened)) is None:
                await self._copy(writer)
            else:
                await self._transfer(out, transport, writer, patience)
        finally:
            patience.stop()

    async def _copy_whole(self, writer: AbstractStreamWriter) -> None:
        """A short answer is read before any of it is sent."""
        pieces = []
        for head, span in self._content.parts:
            pieces += [head, await self._read(span.first, len(span))]
        await self._make_sure()
        await writer.write(b"".join([*pieces, self._content.end]))

    async def _transfer(
        self, out: socket.socket, transport: asyncio.Transport, writer: AbstractStreamWriter, patience: Patience
    ) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        transfer = Transfer(out, self._opened, self._content, partial(_settle, done), self._means)
        try:
            writer.send_headers()
            await _flush(transport, writer)
            patience.stop()  # a transfer has its own
            transfer.start()
            await done
        finally:
            transfer.cancel()
            writer.output_size += transfer.sent
            del done, transfer  # an error leads back here by its traceback, and would keep the file open

    async def _copy(self, writer: AbstractStreamWriter) -> None:
        """The way where the kernel's can't be gone: over TLS, off Linux, from a network file system."""
        parts, end, _ = self._content
        held = 0 if end else 1
        for head, span in parts:
            if head:
                await writer.write(head)
            stop = span.last + 1 - held
            for first in range(span.first, stop, COPIED):
                await writer.write(await self._read(first, min(COPIED, stop - first)))
        last = end or await self._read(parts[-1].span.last, 1)
        await self._make_sure()
        await writer.write(last)

    async def _read(self, first: int, count: int) -> bytes | bytearray:
        """So many bytes: at once when they are in memory, else by a reader. Raises FileChanged when there are fewer."""
        content = bytearray(count)
        if self._opened.read_resident(content, first) == count:
            return content
        read = await self._means.wait_for(self._opened.read, first, count)
        if len(read) < count:
            raise FileChanged("the file shrank")
        return read

    async def _make_sure(self) -> None:
        """Raises FileChanged when the bytes that were read may be of another version than the validators."""

        def is_unchanged() -> bool:
            return self._opened.is_unchanged

        if not (await self._means.wait_for(is_unchanged) if self._opened.is_remote else is_unchanged()):
            raise FileChanged("the file changed")


def log_cut(name: str, error: BaseException) -> None:
    """Says of an answer that is cut what is to blame; not of a client that is gone, for that is its own business."""
    if isinstance(error, ConnectionError):
        return
    is_clients = isinstance(error, TimeoutError) or (isinstance(error, OSError) and error.errno in _GONE)
    level = logging.INFO if is_clients else logging.ERROR
    logger.log(level, "%a: %s while it was sent; the connection is closed", name, str(error))


def _settle(done: asyncio.Future[None], error: BaseException | None) -> None:
    if not done.done():
        done.set_result(None) if error is None else done.set_exception(error)


async def _flush(transport: asyncio.Transport, writer: AbstractStreamWriter) -> None:
    """Waits until nothing lies in the transport's own buffer: what goes past it would overtake that."""
    low, high = transport.get_write_buffer_limits()
    transport.set_write_buffer_limits(0)
    try:
        await writer.drain()
    finally:
        transport.set_write_buffer_limits(high, low)
    if transport.is_closing():
        raise ConnectionResetError("the client is gone")
