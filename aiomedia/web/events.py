"""What happens to the files of a directory, told to a client for as long as it stays.

aiohttp-sse has a task for each client to keep it alive, and encodes each event for each of them. Here is neither.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import hdrs, web
from multidict import istr

from aiomedia.errors import CursorExpired
from aiomedia.following import View
from aiomedia.web.changes import requested_view
from aiomedia.web.fields import CONTENT_TYPE_OPTIONS
from aiomedia.web.holding import Hold
from aiomedia.web.keys import EVENT_STREAM, HOLDS, LIBRARY
from aiomedia.web.parameters import Parameters

routes = web.RouteTableDef()

HEARTBEAT_S = 15.0  # a proxy closes a connection on which nothing happens
RETRY_MS = 1_000  # until a browser connects again

LAST_EVENT_ID: Final = istr("Last-Event-ID")

_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream",
    hdrs.CACHE_CONTROL: "no-cache",
    CONTENT_TYPE_OPTIONS: "nosniff",
    "X-Accel-Buffering": "no",  # or nginx would keep events back
}


@routes.get("/events", allow_head=False)
async def stream_events(request: web.Request) -> web.StreamResponse:
    parameters = Parameters(request)
    view = requested_view(request, parameters)
    since = request.headers.get(LAST_EVENT_ID) or parameters.text("since")
    with request.app[HOLDS].hold(request) as hold:
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        with suppress(ConnectionError):  # the client is gone
            await _stream(response, request.app, hold, view, since)
            await response.write_eof()
    return response


async def _stream(
    response: web.StreamResponse, app: web.Application, hold: Hold, view: View, since: str | None
) -> None:
    """Writes what happens after a cursor until it is over. Raises ConnectionError when the client is gone."""
    feed, stream = app[LIBRARY].feed, app[EVENT_STREAM]
    try:
        position = feed.position if since is None else feed.position_of(since)
        first = stream.named(position)
    except CursorExpired:
        position = feed.position
        first = stream.reset(position)
    await response.write(b"retry: %d\n%b" % (RETRY_MS, first))
    while not hold.is_over:
        with feed.waiters.waiting(view.key) as woken:
            try:
                some, position = stream.after(view, position)
            except CursorExpired:
                position = feed.position
                some = stream.reset(position)
            if some:
                await response.write(some)
                continue
            happened = await hold.wait(woken, asyncio.get_running_loop().time() + HEARTBEAT_S)
        if happened is not None:
            position = happened - 1  # what happened before that is not shown, or it would have been told
        elif not hold.is_over:
            await response.write(b": nothing new\n" + stream.named(position))
