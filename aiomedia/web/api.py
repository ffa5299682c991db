"""The description of the HTTP interface: for programs, and for people."""

from typing import Final

import msgspec
from aiohttp import web

from aiomedia.encodings import Encoding
from aiomedia.web.assets import CONTENT_TYPES, Asset
from aiomedia.web.fields import CONTENT_SECURITY_POLICY
from aiomedia.web.keys import DESCRIPTION
from aiomedia.web.listings import JSON, negotiated
from aiomedia.web.openapi.document import document
from aiomedia.web.openapi.page import page

routes = web.RouteTableDef()

# It has neither scripts nor anything from elsewhere.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def description(mount: str) -> dict[str, Asset]:
    """Both renderings by their names, of an application that is mounted there."""
    described = document(mount)
    return {
        "openapi.json": Asset(Encoding.of(msgspec.json.encode(described)), JSON),
        "api": Asset(Encoding.of(page(described).encode()), CONTENT_TYPES["html"]),
    }


@routes.get("/openapi.json")
async def openapi(request: web.Request) -> web.Response:
    found = request.app[DESCRIPTION]["openapi.json"]
    return await negotiated(request, found.encoding, found.content_type)


@routes.get("/api")
async def reference(request: web.Request) -> web.Response:
    found = request.app[DESCRIPTION]["api"]
    response = await negotiated(request, found.encoding, found.content_type)
    response.headers[CONTENT_SECURITY_POLICY] = _POLICY
    return response
