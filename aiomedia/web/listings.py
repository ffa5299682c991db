"""Listings of a directory's files and of an identifier's, answered from memory."""

from typing import Final

import msgspec
from aiohttp import hdrs, web
from multidict import istr

from aiomedia.conditional import NotModified, PreconditionFailed, Validators, precondition
from aiomedia.encodings import Encoding
from aiomedia.errors import NotFound
from aiomedia.media import Kind
from aiomedia.names import checked_identifier
from aiomedia.negotiation import accepts_gzip
from aiomedia.query import Order, Query, Sort, decode_position
from aiomedia.resource import GeneratedListing
from aiomedia.web.errors import error_response
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS, CURSOR, ETAG
from aiomedia.web.keys import LIBRARY, MOUNT
from aiomedia.web.parameters import Parameters, path_tail
from aiomedia.web.pieces import in_pieces
from aiomedia.web.waits import in_time

routes = web.RouteTableDef()

JSON: Final = "application/json"

TYPES: Final[dict[str, Kind | None]] = {"video": "video", "audio": "audio", "all": None}
BOOLEANS: Final = {"true": True, "false": False}
SORTS: Final[dict[str, Sort]] = {"name": "name", "size": "size", "modified": "modified"}
ORDERS: Final[dict[str, Order]] = {"asc": "asc", "desc": "desc"}
LIMIT_MAX: Final = 10_000  # files on a page
COUNT_MAX: Final = 10_000  # files of one identifier that somebody may wait for


@routes.get("/list/files")
async def list_files(request: web.Request) -> web.Response:
    library = request.app[LIBRARY]
    parameters = Parameters(request)
    place = library.place(parameters.text("directory"))
    cursor = library.feed.cursor()  # of now: what changes while it is encoded may be in it or not
    encoding = await library.lister.list_files(place, _query(parameters), request.app[MOUNT])
    response = await negotiated(request, encoding, JSON)
    response.headers[CURSOR] = cursor
    if encoding.next_url is not None:
        response.headers[hdrs.LINK] = f'<{encoding.next_url}>; rel="next"'
    return response


@routes.get("/list/generated/{uuid:(?s:.*)}")
async def list_generated(request: web.Request) -> web.Response:
    library = request.app[LIBRARY]
    identifier = checked_identifier(path_tail(request))
    parameters = Parameters(request)
    place = library.place(parameters.text("directory"))
    wanted = parameters.number("count", 1, COUNT_MAX) or 1

    async def attempt() -> GeneratedListing:
        listing = library.list_generated(place, identifier, request.app[MOUNT])
        if listing.total_files < wanted:
            raise NotFound("There are not so many files of this identifier.")
        return listing

    try:
        listing = await in_time(request, parameters, library.generated_keys(place, (identifier,)), attempt)
    except NotFound:
        listing = library.list_generated(place, identifier, request.app[MOUNT])  # what there is of them
    cursor = library.feed.cursor()
    response = await negotiated(request, encoded_generated(listing), JSON)
    response.headers[CURSOR] = cursor
    return response


def encoded_generated(listing: GeneratedListing) -> Encoding:
    """The answer that tells of an identifier's files."""
    return Encoding.of(msgspec.json.encode(listing))


def _query(parameters: Parameters) -> Query:
    after = parameters.text("after")
    return Query(
        type=parameters.choice("type", TYPES, None),
        recursive=parameters.choice("recursive", BOOLEANS, False),
        q=parameters.text("q"),
        sort=parameters.choice("sort", SORTS, "name"),
        order=parameters.choice("order", ORDERS, "asc"),
        limit=parameters.number("limit", 1, LIMIT_MAX),
        after=None if after is None else decode_position(after),
    )


async def negotiated(request: web.Request, encoding: Encoding, content_type: str) -> web.Response:
    """Answers in the content coding that the client takes, or with what the preconditions make of this encoding."""
    is_gzip = accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))
    etag = encoding.gzip_etag if is_gzip else encoding.etag
    headers = _validator_headers(etag)
    match precondition(request.headers, Validators(etag)):
        case NotModified():
            return web.Response(status=304, headers=headers)
        case PreconditionFailed():
            return error_response(412, "precondition_failed", "This is not what was asked for.", headers)
    body = await encoding.compressed() if is_gzip else encoding.plain()
    return web.Response(body=in_pieces(body), headers=content_headers(etag, content_type, is_gzip=is_gzip))


def content_headers(etag: str, content_type: str, *, is_gzip: bool) -> dict[istr, str]:
    """The fields of an answer with content that may be compressed, but those that any answer has."""
    headers = _validator_headers(etag) | {CONTENT_TYPE_OPTIONS: "nosniff", hdrs.CONTENT_TYPE: content_type}
    if is_gzip:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return headers


def _validator_headers(etag: str) -> dict[istr, str]:
    return {ETAG: etag, hdrs.CACHE_CONTROL: "no-cache", hdrs.VARY: hdrs.ACCEPT_ENCODING}
