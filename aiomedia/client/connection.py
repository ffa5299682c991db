"""A server's address, the session by which it is asked, and what is sent with each request."""

import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TypeVar

from aiohttp import ClientSession, TCPConnector
from multidict import CIMultiDictProxy
from yarl import URL

from aiomedia.client.calling import Server, call
from aiomedia.client.downloading import Downloaded, download
from aiomedia.client.exchange import Source
from aiomedia.client.progress import Progress
from aiomedia.client.transfer import Options

MANY_CONNECTIONS = 64  # at most, in a session of our own

T = TypeVar("T")


class Connection:
    """Asks one server; the token is sent to it alone. It is open between `open` and `close`."""

    def __init__(
        self, base_url: str, token: str | None, session: ClientSession | None, options: Options, silence_s: float
    ) -> None:
        self.base = URL(base_url)
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._given, self._options, self._silence_s = session, options, silence_s
        self._stack = AsyncExitStack()
        self._server: Server | None = None

    async def open(self) -> None:
        """Makes a session, if none was given."""
        session = self._given
        if session is None:
            connector = TCPConnector(limit=MANY_CONNECTIONS)
            session = await self._stack.enter_async_context(ClientSession(connector=connector))
        self._server = Server(session, self._headers, self._silence_s, self._options.attempts)

    async def close(self) -> None:
        """Closes the session that was made."""
        self._server = None
        await self._stack.aclose()

    @property
    def server(self) -> Server:
        if self._server is None:
            raise RuntimeError("A client is used within `async with`.")
        return self._server

    def at(self, path: str) -> URL:
        """The URL of a path below where the application is, encoded already."""
        return self.base.join(URL(self.base.raw_path.rstrip("/") + path, encoded=True))

    async def call(self, url: URL, shape: type[T], wait: float | None = None) -> tuple[T, CIMultiDictProxy[str]]:
        """Asks for JSON of this shape; see `calling.call`."""
        return await call(self.server, url, shape, wait)

    async def download(
        self,
        url: URL,
        target: str,
        wait: float | None,
        notice: Callable[[str], None] | None,
        progress: Callable[[Progress], None] | None,
        syncs_directory: bool = True,
    ) -> Downloaded:
        """Downloads from any URL; with `wait` a file that is not there yet is waited for, so many seconds."""
        options = replace(self._options, syncs_directory=syncs_directory)
        headers = dict(self._headers) if url.origin() == self.base.origin() else {}
        silence_s = self._silence_s
        if wait is not None:
            # Not in the query, for it is the URL that tells whose part is there.
            headers["Prefer"] = f"wait={math.ceil(wait)}"
            silence_s += wait
        source = Source(self.server.session, url, headers, silence_s)
        return await download(source, target, options, notice, progress)
