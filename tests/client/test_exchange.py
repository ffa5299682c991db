"""Answers that are no HTTP, or HTTP that no download can use: an error that says so, and nothing left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aiomedia.client.errors import DownloadError, GaveUp, Refused, Unusable
from tests.client.fetching import Fetch

OK = b'HTTP/1.1 200 OK\r\nETag: "a"\r\n'
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """The URL of a server that says this, whatever it is asked, and closes."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.mp4"
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (b"", GaveUp, "disconnected"),
        (b"\x00\xff garbage\r\n\r\n", GaveUp, "is no HTTP"),
        (b"SSH-2.0-OpenSSH\r\n", GaveUp, "is no HTTP"),
        (CHUNKED + b"ZZ\r\n", GaveUp, "is no HTTP"),
        (CHUNKED + b"-5\r\nhello\r\n", GaveUp, "is no HTTP"),
        (CHUNKED + b"FFFFFFFFFFFFFFFFFFFF\r\nhello\r\n", GaveUp, "is no HTTP"),
        (CHUNKED, GaveUp, "not completed"),
        (OK + b"X: " + b"a" * 100_000 + b"\r\n\r\n", GaveUp, "is no HTTP"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", GaveUp, "is no HTTP"),
        (OK + b"Content-Length: -5\r\n\r\nhello", GaveUp, "is no HTTP"),
        (OK + b"Content-Length: 99999999999999999999999\r\n\r\nhello", GaveUp, "is no HTTP"),
        (OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", GaveUp, "is no HTTP"),
        (
            OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Unusable,
            "sends it as gzip, chunked",
        ),
        (OK + b"Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello", Unusable, "sends it as br"),
        (b"HTTP/1.1 302 x\r\nLocation: http://[::bad/\r\nContent-Length: 0\r\n\r\n", Unusable, "redirecting"),
        (b"HTTP/1.1 302 x\r\nLocation: ftp://a/\r\nContent-Length: 0\r\n\r\n", Unusable, "ftp://a/"),
        (b"HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n", Unusable, "answered 302"),
        (b"HTTP/1.1 204 x\r\n\r\n", Unusable, "answered 204"),
        (b"HTTP/1.1 206 x\r\nContent-Length: 5\r\n\r\nhello", Unusable, "answered 206"),
        (b"HTTP/1.1 304 x\r\n\r\n", Unusable, "answered 304"),
        (b'HTTP/1.1 403 x\r\nContent-Length: 17\r\n\r\n{"error": "No!."}', Refused, r"^No!\.$"),
        (b"HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n", Refused, "answered 999"),
    ],
)
async def test_what_can_not_be_used_is_an_error_in_one_line(
    fetch: Fetch, answer: bytes, error: type[DownloadError], said: str
) -> None:
    fetch.attempts = 1
    async with answering(answer) as url:
        with pytest.raises(error, match=said) as caught:
            await fetch(url)
    assert "\n" not in str(caught.value)
    assert not fetch.target.exists()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n",
        OK + b"Content-Length: 5\r\nSet-Cookie: \xff\xfe=;;;\r\n\r\nhello",
        OK + b"Content-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
        CHUNKED + b"0\r\nX-Trailer: yes\r\n\r\n",
    ],
)
async def test_what_is_odd_and_right_is_a_file(fetch: Fetch, answer: bytes) -> None:
    async with answering(answer) as url:
        await fetch(url)
    assert fetch.target.read_bytes() == b"hello"
    assert fetch.beside == []
