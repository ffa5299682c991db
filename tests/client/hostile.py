"""A server that does what servers do to downloads: it cuts, lies, ignores, changes, refuses and redirects."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from multidict import CIMultiDict

from aiomedia.dates import http_date

NOW = 1_700_000_000
LONG_AGO = http_date(NOW - 86_400)


@dataclass(frozen=True)
class File:
    """One version of what is served, and what is told of it."""

    content: bytes
    etag: str | None = '"one"'
    last_modified: str | None = LONG_AGO


class Request(NamedTuple):
    target: str
    headers: CIMultiDict[str]
    number: int  # of the requests so far, from 0


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire. `sent` bytes of the body are sent, then the connection is cut."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: int | None = None
    chunked: bool = False
    abortive: bool = False  # the cut is a reset
    silent: bool = False  # instead of a cut, nothing more is ever sent
    closes: bool = False  # the connection ends with the body
    drips: bool = False  # a few bytes at a time

    def but(self, **headers: str | None) -> "Reply":
        """With other fields; None leaves one out. An underscore stands for a hyphen."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {name: value for name, value in self.headers.items() if name not in changed}
        fields |= {name: value for name, value in changed.items() if value is not None}
        return replace(self, headers=fields)

    def cut(self, after: int) -> "Reply":
        return replace(self, sent=after)


Behaviour = Callable[[Request], Reply]


def honest(file: File, request: Request) -> Reply:
    """The answer of a good server (RFC 9110 13.1.5 and 14), written without a look at ours."""
    headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "Date": http_date(NOW)}
    if file.etag is not None:
        headers["ETag"] = file.etag
    if file.last_modified is not None:
        headers["Last-Modified"] = file.last_modified
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    size = len(file.content)
    if asked is None or request.headers.get("If-Range") not in (file.etag, file.last_modified, None):
        return Reply(200, headers | {"Content-Length": str(size)}, file.content)
    first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    if first > last:
        return Reply(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"}, b"")
    part = file.content[first : last + 1]
    ranged = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(len(part))}
    return Reply(206, headers | ranged, part)


def error(status: int, **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"Content-Length": "2", **fields}, b"no")


@dataclass
class Hostile:
    """The running server. What it is asked is kept in `requests`."""

    port: int
    behave: Behaviour
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/x.mp4"

    @property
    def ranges(self) -> list[str | None]:
        """What each request asked for."""
        return [request.headers.get("Range") for request in self.requests]


@asynccontextmanager
async def hostile(behave: Behaviour) -> AsyncIterator[Hostile]:
    """A server that answers by a function of the request."""
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answering.add(task)
        try:
            while await _answer_one(running, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the test
        finally:
            answering.discard(task)
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    running = Hostile(server.sockets[0].getsockname()[1], behave)
    try:
        yield running
    finally:
        server.close()
        for task in list(answering):
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        await server.wait_closed()


async def _answer_one(server: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answers a request. Returns whether the connection is still of use."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = CIMultiDict(_field(each) for each in fields)
    request = Request(line.split()[1], headers, len(server.requests))
    server.requests.append(request)
    reply = server.behave(request)
    encoded = _encoded(reply)
    step = 97 if reply.drips else len(encoded)
    for start in range(0, len(encoded), step):
        writer.write(encoded[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.001 if reply.drips else 0)
    if reply.silent:
        await asyncio.Event().wait()
    if reply.abortive:
        writer.transport.abort()
    return reply.sent is None and not reply.closes


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


def _encoded(reply: Reply) -> bytes:
    headers = dict(reply.headers)
    body = reply.body if reply.sent is None else reply.body[: reply.sent]
    if reply.chunked:
        headers.pop("Content-Length", None)
        headers["Transfer-Encoding"] = "chunked"
        end = b"0\r\n\r\n" if reply.sent is None else b""
        body = b"".join(b"%x\r\n%b\r\n" % (len(some), some) for some in _pieces(body)) + end
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} Whatever\r\n{head}\r\n".encode() + body


def _pieces(body: bytes) -> list[bytes]:
    return [body[start : start + 1000] for start in range(0, len(body), 1000)]
