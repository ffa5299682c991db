"""Sending a file: the selection is made of the validators that the open descriptor has, and its bytes are sent."""

import asyncio
import logging
import os
import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from io import FileIO
from typing import Any, Literal, assert_never
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import istr

from aiomedia.conditional import (
    NotModified,
    PreconditionFailed,
    Selection,
    Span,
    Unsatisfiable,
    Validators,
    Whole,
    select,
)
from aiomedia.errors import NotFound
from aiomedia.place import Place
from aiomedia.resource import Resource
from aiomedia.storage.base import OpenFile
from aiomedia.web.errors import error_response
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS, ETAG

logger = logging.getLogger(__name__)

Disposition = Literal["attachment", "inline"]

# Marks that show a name in another order than it has: `gpj.4pm` for `mp4.jpg` (Unicode TR 36).
_BIDI_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class FileResponse(web.FileResponse):
    """Sends a part of an open file, as it was decided; aiohttp's own opens by path and decides when it is sent."""

    def __init__(self, opened: OpenFile, first: int, count: int, status: int, headers: Mapping[istr, str]) -> None:
        super().__init__("", status=status, headers=headers)
        self._opened = opened
        self._first = first
        self._count = count
        self.content_length = count

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if self.prepared:
            return await web.StreamResponse.prepare(self, request)
        with self._opened.file as file:
            if self._count == 0 or request.method == hdrs.METH_HEAD:
                return await web.StreamResponse.prepare(self, request)
            return await self._sendfile(request, file, self._first, self._count)

    async def _sendfile(self, request: BaseRequest, fobj: Any, offset: int, count: int) -> AbstractStreamWriter:
        """Sends all but the last byte, and that one only when the file is still what its validators say.

        So no complete answer is a splice. A file that shrank would besides have the next answer on the connection
        taken for the rest of this one.
        """
        writer = await web.StreamResponse.prepare(self, request)
        assert writer is not None
        last = offset + count - 1
        if count > 1:
            await self._send(request, writer, fobj, offset, count - 1)
        end = os.pread(fobj.fileno(), 1, last) if fobj.tell() == last or count == 1 else b""
        if not end or self._has_changed(os.fstat(fobj.fileno())):
            logger.error("%a changed while it was sent; the connection is closed", self._opened.resource.name)
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the file changed while it was sent")
        await writer.write(end)
        await self.write_eof()
        return writer

    async def _send(
        self, request: BaseRequest, writer: AbstractStreamWriter, file: FileIO, offset: int, count: int
    ) -> None:
        if request.transport is None:
            raise ConnectionResetError("the client is gone")
        try:
            await asyncio.get_running_loop().sendfile(request.transport, file, offset, count)
        except NotImplementedError:  # a loop without sendfile
            await self._sendfile_fallback(writer, file, offset, count)
        else:
            writer.output_size += count  # past the writer, which counts for the access log

    def _has_changed(self, status: os.stat_result) -> bool:
        """Not by its ctime: a file that is replaced or renamed changes that, and is sent to its old end."""
        known = self._opened.resource
        return (status.st_size, status.st_mtime_ns) != (known.size, known.modified_ns)


async def send_file(
    request: web.Request, place: Place, path: str, resource: Resource, disposition: Disposition
) -> web.StreamResponse:
    """Answers with the file of the index at this path, or with what the request's conditions make of it.

    Raises NotFound when it is gone by now, and Unavailable.
    """
    selection = _select(request, resource)
    if isinstance(selection, NotModified | PreconditionFailed | Unsatisfiable):
        return _without_content(selection, resource)
    opened = await place.root.open(path)
    if opened is None:
        raise NotFound("There is no such file.")
    resource = opened.resource
    selection = _select(request, resource)  # of the very file that is open
    if isinstance(selection, NotModified | PreconditionFailed | Unsatisfiable):
        opened.file.close()
        return _without_content(selection, resource)
    headers = _headers(resource) | {
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CONTENT_TYPE: resource.media_type.content_type,
        hdrs.CONTENT_DISPOSITION: content_disposition(disposition, resource.name),
    }
    match selection:
        case Whole():
            return FileResponse(opened, 0, resource.size, 200, headers)
        case Span(first, last):
            headers[hdrs.CONTENT_RANGE] = f"bytes {first}-{last}/{resource.size}"
            return FileResponse(opened, first, last - first + 1, 206, headers)
        case _:
            assert_never(selection)


@lru_cache(maxsize=1024)
def content_disposition(disposition: Disposition, filename: str) -> str:
    """The field of this file name (RFC 6266), with `filename*` when plain ASCII can't hold it as it is.

    Quotes are escaped; marks that turn the reading direction are left out, since they make one name look like another.
    """
    shown = _BIDI_MARKS.sub("", filename)
    fallback = shown.encode("ascii", "replace").decode().replace("?", "_") if not shown.isascii() else shown
    quoted = fallback.replace('"', '\\"')
    field = f'{disposition}; filename="{quoted}"'
    # A browser decodes %41 in `filename`, and some take a quote's escape for the name's end: both need the other form.
    if quoted != shown or "%" in shown:
        field += f"; filename*=UTF-8''{quote(shown, safe='')}"
    return field


@lru_cache(maxsize=1024)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _last_modified(resource: Resource) -> int:
    """Never later than the answer's Date (RFC 9110 8.8.2.1), nor before the epoch, which some clients can't read."""
    return min(max(resource.modified, 0), int(time.time()))


def _select(request: web.Request, resource: Resource) -> Selection:
    validators = Validators(resource.etag, _last_modified(resource))
    return select(request.method, request.headers, validators, resource.size)


def _headers(resource: Resource) -> dict[istr, str]:
    return {
        ETAG: resource.etag,
        hdrs.LAST_MODIFIED: _http_date(_last_modified(resource)),
        hdrs.CACHE_CONTROL: "no-cache",
        CONTENT_TYPE_OPTIONS: "nosniff",
    }


def _without_content(selection: NotModified | PreconditionFailed | Unsatisfiable, resource: Resource) -> web.Response:
    match selection:
        case NotModified():
            return web.Response(status=304, headers=_headers(resource))
        case PreconditionFailed():
            return error_response(412, "precondition_failed", "The file is not the one that was asked for.")
        case Unsatisfiable():
            headers = {hdrs.CONTENT_RANGE: f"bytes */{resource.size}"}
            return error_response(416, "range_not_satisfiable", "No range lies within the file.", headers)
