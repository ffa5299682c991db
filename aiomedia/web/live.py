"""The live page, which shows a directory's files as they come and go."""

from typing import Final

from aiohttp import web

from aiomedia.errors import NotFound
from aiomedia.web.browse import redirect
from aiomedia.web.fields import CONTENT_SECURITY_POLICY
from aiomedia.web.keys import MOUNT, PAGE
from aiomedia.web.listings import negotiated

routes = web.RouteTableDef()

# File names are whatever somebody wrote to disk: should one ever become markup, still nothing of it runs or loads.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    return await _asset(request, "index.html")


# Where nothing is mounted aiohttp takes "" for "/", which comes first.
@routes.get("")
async def home_without_its_slash(request: web.Request) -> web.Response:
    """Where the application is mounted; from there relative URLs would lead beside it."""
    query = request.rel_url.raw_query_string
    return redirect(301, f"{request.app[MOUNT].rpartition('/')[2]}/{'?' if query else ''}{query}")


@routes.get("/page/{name}")
async def asset(request: web.Request) -> web.Response:
    return await _asset(request, request.match_info["name"])


async def _asset(request: web.Request, name: str) -> web.Response:
    found = request.app[PAGE].get(name)
    if found is None:
        raise NotFound("The page has no such part.")
    response = await negotiated(request, found.encoding, found.content_type)
    response.headers[CONTENT_SECURITY_POLICY] = _POLICY
    return response
