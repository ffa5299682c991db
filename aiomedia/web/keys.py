"""What an application holds, by typed keys."""

from aiohttp import web

from aiomedia.event_stream import EventStream
from aiomedia.library import Library
from aiomedia.web.assets import Asset
from aiomedia.web.holding import Holds
from aiomedia.web.transfer import Means

LIBRARY = web.AppKey("aiomedia.library", Library)
MOUNT = web.AppKey("aiomedia.mount", str)  # the path at which the application is mounted: "" or "/media"
MEANS = web.AppKey("aiomedia.means", Means)  # of sending files
HOLDS = web.AppKey("aiomedia.holds", Holds)
EVENT_STREAM = web.AppKey("aiomedia.event_stream", EventStream)
PAGE = web.AppKey("aiomedia.page", dict[str, Asset])  # the live page: what it is made of, by name
DESCRIPTION = web.AppKey("aiomedia.description", dict[str, Asset])  # of the interface: for programs, and to read
