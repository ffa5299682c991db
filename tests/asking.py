"""Asking a served application: waiting with a deadline, listings, errors, and bytes as they go over the socket."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

from aiohttp import web
from aiohttp.test_utils import TestClient
from multidict import CIMultiDict
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


class RawAnswer(NamedTuple):
    """An answer as it came over the socket, with its status line."""

    line: str
    headers: CIMultiDict[str]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.line.split()[1])

    def error(self) -> tuple[int, str]:
        """The status and the slug of an error, which is the contract's JSON and nothing else."""
        assert self.headers["Content-Type"] == "application/json"
        error = json.loads(self.body)
        assert set(error) == {"error", "code"}
        return self.status, error["code"]


class Connection:
    """Bytes as they go over a socket: clients normalise a request before they send it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    def send(self, *lines: bytes) -> None:
        """Sends a request's head; or more than one, or one with content, with an empty line between."""
        self._writer.write(b"\r\n".join(lines) + b"\r\n\r\n")

    def send_bytes(self, some: bytes) -> None:
        self._writer.write(some)

    def send_end(self) -> None:
        """Closes this direction: nothing more is asked."""
        self._writer.write_eof()

    def reset(self) -> None:
        """Leaves without a word: what the server sends from now on is refused."""
        connected: socket.socket = self._writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def head(self) -> tuple[str, CIMultiDict[str]]:
        """The next answer's status line and fields."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
        line, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        return line, CIMultiDict([_field(field) for field in fields])

    async def answer(self) -> RawAnswer:
        """The next answer, which has content; what comes after it is left."""
        line, headers = await self.head()
        content = self.reader.readexactly(int(headers["Content-Length"]))
        return RawAnswer(line, headers, await asyncio.wait_for(content, DEADLINE_S))

    async def rest(self) -> bytes:
        """What comes until the connection is closed or cut."""
        received = bytearray()
        try:
            while some := await asyncio.wait_for(self.reader.read(65_536), DEADLINE_S):
                received += some
        except ConnectionError:
            pass
        return bytes(received)


@asynccontextmanager
async def connected(server: Listening, *lines: bytes) -> AsyncIterator[Connection]:
    """A connection, on which these lines were sent."""
    reader, writer = await asyncio.open_connection(server.host, server.port, limit=4096)
    try:
        connection = Connection(reader, writer)
        if lines:
            connection.send(*lines)
        yield connection
    finally:
        writer.close()


async def raw_answer(server: Listening, *lines: bytes) -> RawAnswer:
    """Sends these lines, and reads until the server closes."""
    async with connected(server, *lines) as connection:
        return RawAnswer(*await connection.head(), await connection.rest())


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, value


async def raw(server: Listening, *lines: bytes) -> tuple[int, bytes]:
    """Sends these bytes, and returns the status and the body."""
    answer = await raw_answer(server, *lines)
    return answer.status, answer.body


async def raw_get(server: Listening, target: str | bytes) -> tuple[int, bytes]:
    """GET of exactly this request-target."""
    encoded = target.encode() if isinstance(target, str) else target
    return await raw(server, b"GET " + encoded + b" HTTP/1.1", b"Host: test", b"Connection: close")
