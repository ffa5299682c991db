"""The application: its routes, what it holds and what lives as long as it does."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from aiomedia.config import Config
from aiomedia.event_stream import EventStream
from aiomedia.library import Library
from aiomedia.web import api, browse, changes, downloads, events, health, listings, live
from aiomedia.web.assets import page_assets
from aiomedia.web.errors import errors_as_json
from aiomedia.web.holding import Holds
from aiomedia.web.keys import DESCRIPTION, EVENT_STREAM, HOLDS, LIBRARY, MEANS, MOUNT, PAGE
from aiomedia.web.transfer import Means
from aiomedia.web.waits import tell_applied

READERS = 8  # threads that wait for disks; more would make a disk seek more

_ANCHOR = "/list/files"  # a route without a variable part: what stands before it is where we are mounted


def create_app(config: Config | None = None) -> web.Application:
    """An application that serves the configuration's roots; the defaults' without one.

    It runs by itself (`web.run_app`) or mounted (`add_subapp("/media", app)`): the URLs that it prints work in both.
    It starts at once; until its roots are scanned it answers 503.
    """
    app = web.Application(middlewares=[errors_as_json])
    config = config or Config()
    app[LIBRARY] = Library(config)
    readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")  # which start as they are needed
    app[MEANS] = Means(readers, config.send_timeout_s)
    app[HOLDS] = Holds(config.max_held, config.max_held_per_client, config.max_wait_s)
    app[EVENT_STREAM] = EventStream(app[LIBRARY].feed)
    app[PAGE] = page_assets()
    for nouns in (downloads, listings, changes, events, health, browse, live, api):
        app.add_routes(nouns.routes)
    app.on_response_prepare.append(tell_applied)
    app.on_shutdown.append(_end_holds)
    app.cleanup_ctx.append(_following)
    return app


async def _following(app: web.Application) -> AsyncIterator[None]:
    anchor = next(path for path in map(_canonical, app.router.resources()) if path.endswith(_ANCHOR))
    app[MOUNT] = anchor.removesuffix(_ANCHOR)
    app[DESCRIPTION] = api.description(app[MOUNT])
    async with app[LIBRARY].following(), app[HOLDS].looking():
        yield
    app[MEANS].readers.shutdown(wait=False)


async def _end_holds(app: web.Application) -> None:
    app[HOLDS].end()


def _canonical(resource: web.AbstractResource) -> str:
    return resource.canonical
