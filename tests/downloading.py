"""Downloads at a client's own pace, so that something can happen to the file meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession

from aiomedia.web.serving import Address
from tests.asking import Connection, Listening, connected, eventually

DOWNLOAD, HOST, CLOSE = b"GET /download/video/x.mp4 HTTP/1.1", b"Host: a", b"Connection: close"
SIZE = 64 * 1024 * 1024  # more than the sockets' buffers hold, so that a client can be slow


@asynccontextmanager
async def slow_download(server: Listening, *lines: bytes) -> AsyncIterator[Connection]:
    """A download of `x.mp4`, of which nothing is read behind its head until it is asked for.

    `lines` are further fields, or an empty line and another request.
    """
    async with connected(server, DOWNLOAD, HOST, *lines) as connection:
        await connection.head()
        yield connection


async def served_file(root: Path, server: Address, content: bytes) -> Path:
    """Writes `x.mp4`, and waits until it is served whole."""
    path = root / "x.mp4"
    path.write_bytes(content)
    async with ClientSession() as session:

        async def length() -> int | None:
            async with session.head(f"{server.url}/download/video/x.mp4") as response:
                return response.content_length if response.status == 200 else None

        await eventually(length, lambda length: length == len(content))
    return path
