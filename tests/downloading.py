"""Downloads at a client's own pace, so that something can happen to the file meanwhile."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from aiohttp import ClientSession

from aiomedia.web.serving import Address
from tests.asking import Connection, Listening, connected, eventually

DOWNLOAD, HOST, CLOSE = b"GET /download/video/x.mp4 HTTP/1.1", b"Host: a", b"Connection: close"
SIZE = 64 * 1024 * 1024  # more than the sockets' buffers hold, so that a client can be slow


class Download(NamedTuple):
    """A download that has begun, and how long its content is to be."""

    connection: Connection
    length: int

    async def rest(self) -> bytes:
        """The content, and what comes after it, until the connection is closed or cut."""
        return await self.connection.rest()

    async def is_cut(self) -> bool:
        """Whether the connection is closed before the answer is complete."""
        return len(await self.rest()) < self.length


@asynccontextmanager
async def slow_download(server: Listening, *lines: bytes) -> AsyncIterator[Download]:
    """A download of `x.mp4`, of which nothing is read behind its head until it is asked for.

    `lines` are further fields, or an empty line and another request.
    """
    async with connected(server, DOWNLOAD, HOST, *lines) as connection:
        _, headers = await connection.head()
        yield Download(connection, int(headers["Content-Length"]))


async def served_file(
    root: Path, server: Address, content: bytes, modified: float | None = None, name: str = "x.mp4"
) -> Path:
    """Puts a file there, and waits until it is served whole."""
    path = root / name
    (root / ".x").write_bytes(content)
    if modified is not None:
        os.utime(root / ".x", (modified, modified))
    (root / ".x").replace(path)
    async with ClientSession() as session:

        async def length() -> int | None:
            async with session.head(f"{server.url}/download/video/{name}") as response:
                return response.content_length if response.status == 200 else None

        await eventually(length, lambda length: length == len(content))
    return path
