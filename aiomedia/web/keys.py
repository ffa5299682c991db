"""What an application holds, by typed keys."""

from aiohttp import web

from aiomedia.library import Library

LIBRARY = web.AppKey("aiomedia.library", Library)
MOUNT = web.AppKey("aiomedia.mount", str)  # the path at which the application is mounted: "" or "/media"
