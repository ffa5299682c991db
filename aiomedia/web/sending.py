"""Sending a file: what to send is decided by the validators that the open descriptor has, before anything is sent."""

import secrets
import time
from functools import lru_cache
from typing import assert_never

from aiohttp import hdrs, web
from multidict import istr

from aiomedia.conditional import NotModified, PreconditionFailed, Selection, Validators, select
from aiomedia.content import content_range, multipart, one_range
from aiomedia.dates import http_date
from aiomedia.disposition import Disposition, content_disposition
from aiomedia.errors import NotFound
from aiomedia.place import Place
from aiomedia.ranges import Span, Spans, Unsatisfiable, Whole
from aiomedia.resource import Resource
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.errors import error_response
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS, ETAG
from aiomedia.web.file_response import FileResponse
from aiomedia.web.keys import MEANS
from aiomedia.web.transfer import Means

BOUNDARY_BYTES = 16  # random ones: no file holds the boundary of an answer that is yet to be given

_last_modified = lru_cache(maxsize=1024)(http_date)


async def send_file(
    request: web.Request, place: Place, path: str, resource: Resource, disposition: Disposition
) -> web.StreamResponse:
    """Answers with the file of the index at this path, or with what the request's conditions make of it.

    Raises NotFound when it is gone by now, BeingWritten, Forbidden when it may not be read, and Unavailable.
    """
    validators, selection = _selected(request, resource)
    if isinstance(selection, NotModified | PreconditionFailed | Unsatisfiable):
        return _without_file(selection, validators, resource)
    opened = await place.root.open(path)
    if opened is None:
        raise NotFound("There is no such file.")
    if opened.resource != resource:
        resource = opened.resource
        validators, selection = _selected(request, resource)
        if isinstance(selection, NotModified | PreconditionFailed | Unsatisfiable):
            return _without_file(selection, validators, resource)
    return _with_file(selection, opened, _file_headers(validators, resource, disposition), request.app[MEANS])


def whole_headers(resource: Resource, disposition: Disposition) -> dict[istr, str]:
    """The fields of an answer with the whole file, but those that any answer has."""
    headers = _file_headers(_validators(resource), resource, disposition)
    headers[hdrs.CONTENT_TYPE] = resource.media_type.content_type
    headers[hdrs.CONTENT_LENGTH] = str(resource.size)
    return headers


def _validators(resource: Resource) -> Validators:
    # The time is never later than the answer's Date (RFC 9110 8.8.2.1), nor before the epoch, which some can't read.
    return Validators(resource.etag, min(max(resource.modified, 0), int(time.time())))


def _selected(request: web.Request, resource: Resource) -> tuple[Validators, Selection]:
    validators = _validators(resource)
    return validators, select(request.method, request.headers, validators, resource.size)


def _file_headers(validators: Validators, resource: Resource, disposition: Disposition) -> dict[istr, str]:
    return _headers(validators) | {
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CONTENT_DISPOSITION: content_disposition(disposition, resource.name),
    }


def _headers(validators: Validators) -> dict[istr, str]:
    assert validators.last_modified is not None
    return {
        ETAG: validators.etag,
        hdrs.LAST_MODIFIED: _last_modified(validators.last_modified),
        hdrs.CACHE_CONTROL: "no-cache",
        CONTENT_TYPE_OPTIONS: "nosniff",
    }


def _with_file(
    selection: Whole | Span | Spans, opened: OpenFile, headers: dict[istr, str], means: Means
) -> FileResponse:
    length, content_type = opened.resource.size, opened.resource.media_type.content_type
    match selection:
        case Whole():
            headers[hdrs.CONTENT_TYPE] = content_type
            return FileResponse(opened, one_range(Span(0, length - 1)), 200, headers, means)
        case Span():
            headers[hdrs.CONTENT_TYPE] = content_type
            headers[hdrs.CONTENT_RANGE] = content_range(selection, length)
            return FileResponse(opened, one_range(selection), 206, headers, means)
        case Spans(spans):
            boundary = secrets.token_hex(BOUNDARY_BYTES)
            headers[hdrs.CONTENT_TYPE] = f"multipart/byteranges; boundary={boundary}"
            return FileResponse(opened, multipart(spans, content_type, length, boundary), 206, headers, means)
        case _:
            assert_never(selection)


def _without_file(
    selection: NotModified | PreconditionFailed | Unsatisfiable, validators: Validators, resource: Resource
) -> web.Response:
    match selection:
        case NotModified():
            return web.Response(status=304, headers=_headers(validators))
        case PreconditionFailed():
            return error_response(412, "precondition_failed", "The file is not the one that was asked for.")
        case Unsatisfiable():
            headers = {hdrs.CONTENT_RANGE: f"bytes */{resource.size}"}
            return error_response(416, "range_not_satisfiable", "No range lies within the file.", headers)
