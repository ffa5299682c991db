"""A plain HTML index of the default root with relative links, for `rclone`, `wget -r`, `lftp`, VLC and people."""

import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from urllib.parse import quote

from aiohttp import hdrs, web

from aiomedia.encodings import Encoding
from aiomedia.names import checked_filename
from aiomedia.offload import offloaded
from aiomedia.place import Place
from aiomedia.resource import Resource
from aiomedia.web.fields import CONTENT_SECURITY_POLICY
from aiomedia.web.keys import LIBRARY, MOUNT
from aiomedia.web.listings import negotiated
from aiomedia.web.parameters import path_tail
from aiomedia.web.sending import send_file

routes = web.RouteTableDef()

LAST_SECOND = 253_402_300_799  # of the year 9999: a file system may hold times that no calendar has

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .2rem .75rem .2rem 0; text-align: start; border-block-end: 1px solid #8883; }
td:nth-child(n + 2), th:nth-child(n + 2) { text-align: end; white-space: nowrap; }
td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
"""
# Nothing but this very style sheet and what we serve ourselves may be loaded, whatever a file is called.
_POLICY = (
    "default-src 'none'; connect-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)


@routes.get("/browse")
async def browse_root(request: web.Request) -> web.Response:
    return redirect(301, "browse/")


@routes.get("/browse/{path:(?s:.*)}")
async def browse(request: web.Request) -> web.StreamResponse:
    library = request.app[LIBRARY]
    tail = path_tail(request).removeprefix("./")  # rclone does not take it out of a link
    path = checked_filename(tail.removesuffix("/")) if tail else ""
    root = library.place(None)
    place = Place(root.root, path, is_default=not path)
    if path in root.root.index.directories:
        if tail and tail == path:
            return redirect(301, f"{request.app[MOUNT]}/browse/{quote(path)}/")
        return await _page(request, place)
    found, resource = await library.find(root, tail)
    return await send_file(request, root, found, resource, "inline")


def redirect(status: int, location: str) -> web.Response:
    """To a location that may be relative to the URL which was asked for."""
    headers = {hdrs.LOCATION: location, hdrs.CACHE_CONTROL: "no-cache", hdrs.CONTENT_LENGTH: "0"}
    return web.Response(status=status, headers=headers)


async def _page(request: web.Request, place: Place) -> web.Response:
    version = place.directory().tree_version
    encoding = await request.app[LIBRARY].encodings.get(("browse", place.absolute), version, lambda _: _encoded(place))
    response = await negotiated(request, encoding, "text/html; charset=utf-8")
    response.headers[CONTENT_SECURITY_POLICY] = _POLICY
    return response


async def _encoded(place: Place) -> Encoding:
    directory = place.directory()
    resources = [directory.files[name] for name in directory.names]
    return Encoding.of(await offloaded(len(resources), _body, place.path, sorted(directory.children), resources))


def _body(path: str, children: Sequence[str], resources: Sequence[Resource]) -> bytes:
    return "\n".join(_lines(path, children, resources)).encode()


def _lines(path: str, children: Sequence[str], resources: Sequence[Resource]) -> Iterator[str]:
    title = escape(f"/{path}/" if path else "/")
    yield f"<!DOCTYPE html>\n<html lang=en>\n<meta charset=utf-8>\n<title>Index of {title}</title>"
    yield "<meta name=viewport content='width=device-width, initial-scale=1'>"
    yield f"<style>{_STYLE}</style>\n<h1>Index of {title}</h1>\n<table>"
    yield "<thead><tr><th scope=col>Name<th scope=col>Bytes<th scope=col>Modified (UTC)\n<tbody>"
    if path:
        yield "<tr><td><a href='../'>../</a><td><td>"
    for name in children:
        yield f"<tr><td>{_link(f'{name}/')}<td><td>"
    for resource in resources:
        modified = time.strftime("%Y-%m-%d %H:%M", time.gmtime(min(resource.modified, LAST_SECOND)))
        yield f"<tr><td>{_link(resource.name)}<td>{resource.size}<td>{modified}"
    yield "</table>"


def _link(name: str) -> str:
    # './', or a name like 'take:1.mp4' would be read as a URL with a scheme.
    return f"<a href='./{quote(name)}'>{escape(name)}</a>"
