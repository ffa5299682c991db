"""The way of a file's bytes: from its open descriptor to the socket, all of them or an answer that is cut short."""

import asyncio
import errno
import logging
import os
from collections.abc import Mapping
from typing import NoReturn

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import istr

from aiomedia.content import Content
from aiomedia.ranges import Span
from aiomedia.storage.base import OpenFile

logger = logging.getLogger(__name__)

# Up to so many bytes are read and written at once: they fit into the sockets' buffers, where `sendfile` would put pages
# that are the file's still. It is faster, too.
COPIED = 256 * 1024

# What the network says of a client that is gone, so mostly no fault of ours.
_GONE = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.ENOTCONN})


class FileResponse(web.StreamResponse):
    """Sends ranges of an open file, as it was decided, and closes it.

    aiohttp's own opens by path, decides only when it is sent, and goes on when the file turns out to be shorter: then
    the next answer on the connection is taken for the rest of this one.
    """

    def __init__(self, opened: OpenFile, content: Content, status: int, headers: Mapping[istr, str]) -> None:
        super().__init__(status=status, headers=headers)
        self._opened = opened
        self._content = content
        self.content_length = content.length

    def enable_compression(self, *arguments: object, **keywords: object) -> None:
        """Not even when a middleware asks for it: media is compressed, and the validators are of its plain bytes."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if self.prepared:
            return await super().prepare(request)
        with self._opened.file:
            writer = await super().prepare(request)
            if writer is not None and request.method != hdrs.METH_HEAD and self._content.length > 0:
                await self._send(request, writer)
        return writer

    async def _send(self, request: BaseRequest, writer: AbstractStreamWriter) -> None:
        """Holds the end back until the file turns out to be what its validators say, so no whole answer is a splice."""
        parts, end, _ = self._content
        held = 0 if end else 1
        try:
            for head, span in parts:
                if head:
                    await writer.write(head)
                await self._send_span(request, writer, Span(span.first, span.last - held))
            end = end or os.pread(self._opened.file.fileno(), held, parts[-1].span.last)
            if not end or self._has_changed():
                self._cut("the file changed")
            await writer.write(end)
        except ConnectionError:
            raise
        except OSError as error:
            self._cut(str(error), logging.INFO if error.errno in _GONE else logging.ERROR)

    async def _send_span(self, request: BaseRequest, writer: AbstractStreamWriter, span: Span) -> None:
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        file, first, count = self._opened.file, span.first, len(span)
        if count <= COPIED:
            content = os.pread(file.fileno(), count, first)
            if len(content) < count:
                self._cut("the file shrank")
            await writer.write(content)
            return
        file.seek(first)  # from here on it tells how much was sent, however that ends
        try:
            sent = await asyncio.get_running_loop().sendfile(transport, file, first, count)
        except NotImplementedError:  # uvloop's
            sent = await self._copy(writer, first, count)
        except BaseException:
            writer.output_size += file.tell() - first
            raise
        else:
            writer.output_size += sent
        if sent < count:
            self._cut("the file shrank")

    async def _copy(self, writer: AbstractStreamWriter, first: int, count: int) -> int:
        """Does what `loop.sendfile` does where there is none."""
        descriptor, sent = self._opened.file.fileno(), 0
        while sent < count:
            some = await asyncio.to_thread(os.pread, descriptor, min(COPIED, count - sent), first + sent)
            if not some:
                break
            await writer.write(some)
            sent += len(some)
        return sent

    def _has_changed(self) -> bool:
        """Not by its ctime: a file that is replaced or renamed changes that, and is sent to its old end."""
        status, known = os.fstat(self._opened.file.fileno()), self._opened.resource
        return (status.st_size, status.st_mtime_ns) != (known.size, known.modified_ns)

    def _cut(self, reason: str, level: int = logging.ERROR) -> NoReturn:
        """Ends the answer, and with it the connection: aiohttp closes what fails so."""
        logger.log(level, "%a: %s while it was sent; the connection is closed", self._opened.resource.name, reason)
        raise ConnectionResetError(reason)
