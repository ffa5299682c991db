"""What changed since a cursor, at once or as soon as something does."""

import asyncio
from contextlib import ExitStack

import msgspec
from aiohttp import hdrs, web

from aiomedia.following import View, folded
from aiomedia.offload import offloaded
from aiomedia.resource import ChangedFile, ChangeListing
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS
from aiomedia.web.holding import Hold
from aiomedia.web.keys import HOLDS, LIBRARY, MOUNT
from aiomedia.web.listings import BOOLEANS, JSON, TYPES
from aiomedia.web.parameters import Parameters
from aiomedia.web.waits import requested_wait_s

routes = web.RouteTableDef()


@routes.get("/changes")
async def list_changes(request: web.Request) -> web.Response:
    parameters = Parameters(request)
    view = requested_view(request, parameters)
    since, wait_s = parameters.text("since"), requested_wait_s(request, parameters)
    feed = request.app[LIBRARY].feed
    if since is None:
        changes: list[ChangedFile] = []
        cursor = feed.cursor()
    else:
        changes, cursor = await _changes(request, view, feed.position_of(since), wait_s)
    body = await offloaded(len(changes), msgspec.json.encode, ChangeListing(cursor, changes))
    headers = {hdrs.CONTENT_TYPE: JSON, hdrs.CACHE_CONTROL: "no-cache", CONTENT_TYPE_OPTIONS: "nosniff"}
    return web.Response(body=body, headers=headers)


def requested_view(request: web.Request, parameters: Parameters) -> View:
    """What the request's parameters say. Raises what a listing of it would."""
    place = request.app[LIBRARY].place(parameters.text("directory"))
    kind = parameters.choice("type", TYPES, None)
    is_recursive = parameters.choice("recursive", BOOLEANS, False)
    place.directory()
    return View(place.root.path, place.path, kind, is_recursive, place.links(request.app[MOUNT]))


async def _changes(request: web.Request, view: View, position: int, wait_s: float) -> tuple[list[ChangedFile], str]:
    """What changed after this position, as soon as something did, and the cursor up to which that is all.

    Raises CursorExpired, and TooManyRequests.
    """
    feed = request.app[LIBRARY].feed
    until = asyncio.get_running_loop().time() + wait_s
    with ExitStack() as stack:
        hold: Hold | None = None
        while True:
            with feed.waiters.waiting(view.key) as woken:
                cursor, changes = feed.cursor(), feed.since(view.root, position)
                rows = await offloaded(len(changes), folded, changes, view)
                if rows or wait_s == 0:
                    return rows, cursor
                hold = hold or stack.enter_context(request.app[HOLDS].hold(request))
                happened = await hold.wait(woken, until)
            if happened is None:
                wait_s = 0
            else:
                position = happened - 1  # what happened before that is not shown, or it would have been told
