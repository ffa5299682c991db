"""Asking a served application: waiting with a deadline, listings, errors, and bytes as they go over the socket."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from aiomedia.library import Library

T = TypeVar("T")
Client = TestClient[web.Request, web.Application]

DEADLINE_S = 20.0  # generous: two slow cores, shared with others


async def eventually(probe: Callable[[], Awaitable[T]], wanted: Callable[[T], object] = bool) -> T:
    """Asks again and again until the answer is a wanted one; fails with the last answer at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not wanted(answer := await probe()):
        assert time.monotonic() < deadline, f"still not so: {answer!r}"
        await asyncio.sleep(0.01)
    return answer


async def until_live(library: Library) -> None:
    """Waits until every root is scanned and followed."""

    async def states() -> list[str]:
        return [root.state for root in library.roots]

    await eventually(states, lambda states: set(states) == {"live"})


async def listed(client: Client, **parameters: str) -> list[str]:
    """The file names of `/list/files`."""
    async with client.get("/list/files", params=parameters) as response:
        assert response.status == 200, await response.text()
        return [file["filename"] for file in (await response.json())["files"]]


async def error_of(client: Client, url: str, **arguments: Any) -> tuple[int, str]:
    """The status and the slug of an error, which is the contract's JSON and nothing else."""
    async with client.get(URL(url, encoded=True), **arguments) as response:
        assert response.content_type == "application/json", await response.text()
        body = await response.json()
        assert set(body) == {"error", "code"}
        assert body["error"].endswith(".")
        return response.status, body["code"]


class Listening(Protocol):
    """What listens on a socket: a served application, or a whole server."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int | None: ...


async def raw(server: Listening, *lines: bytes) -> tuple[int, bytes]:
    """Sends these bytes, and returns the status and the body: clients normalise a URL before they send it."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
        body = await asyncio.wait_for(reader.read(), DEADLINE_S)
    finally:
        writer.close()
        await writer.wait_closed()
    return int(head.split()[1]), body


async def raw_get(server: Listening, target: str | bytes) -> tuple[int, bytes]:
    """GET of exactly this request-target."""
    encoded = target.encode() if isinstance(target, str) else target
    return await raw(server, b"GET " + encoded + b" HTTP/1.1", b"Host: test", b"Connection: close")
