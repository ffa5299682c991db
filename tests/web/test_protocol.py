"""The connection: what is no request, how long one may take, and what comes after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aiomedia import Config
from aiomedia.web.serving import Address, listening
from tests.asking import connected, eventually, raw_answer
from tests.downloading import CLOSE, DOWNLOAD, HOST, SIZE, served_file, slow_download
from tests.rfc9112 import MESSAGES, Message

LIVE = b"GET /health/live HTTP/1.1"
IS_LIVE = b'{"status":"live"}'


@asynccontextmanager
async def serving(root: Path, **keys: Any) -> AsyncIterator[Address]:
    """A server with these keys of the configuration."""
    async with listening(Config(roots=(str(root),), port=0, **keys)) as (address,):
        yield address


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"{message.section} {message.rule}")
async def test_each_message_gets_its_answer_in_a_version_that_is_ours(server: Address, message: Message) -> None:
    async with connected(server, *message.lines) as connection:
        answer = await connection.answer()
    assert answer.status == message.status
    assert answer.line.startswith("HTTP/1.0" if b"HTTP/1.0" in message.lines[0] else "HTTP/1.1")
    if message.status >= 400:
        _, code = answer.error()
        assert code in ("bad_request", "not_found", "method_not_allowed")


@pytest.mark.parametrize(
    "lines",
    [
        (b"GARBAGE",),
        (LIVE,),
        (LIVE, HOST, HOST),
        (LIVE, b"Host: a b"),
        (b"GET /health/live HTTP/2.0", HOST),
        (LIVE, HOST, b"Content-Length: 3", b"", b"abc"),
    ],
)
async def test_a_connection_that_was_misused_is_closed(server: Address, lines: list[bytes]) -> None:
    answer = await raw_answer(server, *lines, b"", LIVE, HOST)
    assert answer.error() == (400, "bad_request")
    assert answer.headers["Connection"] == "close"
    assert len(answer.body) == int(answer.headers["Content-Length"]), "and nothing after it"


async def test_a_connection_serves_many_requests(server: Address) -> None:
    async with connected(server) as connection:
        for _ in range(3):
            connection.send(LIVE, HOST)
            assert (await connection.answer()).body == IS_LIVE


async def test_requests_that_come_at_once_are_answered_in_their_order(root: Path, server: Address) -> None:
    await served_file(root, server, b"0123456789")
    requests = (
        (DOWNLOAD, HOST, b"Range: bytes=2-3", b""),
        (DOWNLOAD, HOST, b"Range: bytes=20-", b""),
        (DOWNLOAD, HOST, b"Range: bytes=0-0,-2", b""),
        (b"GET /nowhere HTTP/1.1", HOST, b""),
        (LIVE, HOST, CLOSE),
    )
    async with connected(server, *(line for request in requests for line in request)) as connection:
        answers = [await connection.answer() for _ in requests]
        assert await connection.rest() == b""
    assert [answer.status for answer in answers] == [206, 416, 206, 404, 200]
    assert answers[0].body == b"23"
    assert answers[2].body.count(b"Content-Range") == 2


FAULTS = [(b"GARBAGE",), (b"GET / HTTP/2.0", HOST), (LIVE,), (b"GET /" + b"y" * 9000 + b" HTTP/1.1", HOST)]


@pytest.mark.parametrize("fault", FAULTS, ids=["garbage", "another version", "no host", "too long"])
async def test_a_fault_takes_nothing_from_the_requests_before_it(server: Address, fault: tuple[bytes, ...]) -> None:
    async with connected(server, LIVE, HOST, b"", LIVE, HOST, b"", *fault) as connection:
        assert (await connection.answer()).body == IS_LIVE
        assert (await connection.answer()).body == IS_LIVE
        answer = await connection.answer()
        assert answer.status in (400, 414)
        assert await connection.rest() == b""


@pytest.mark.parametrize("fault", FAULTS[:3], ids=["garbage", "another version", "no host"])
@pytest.mark.parametrize("count", [1, 31, 32, 33, 40, 100])  # aiohttp's parser takes 32 at a time
@pytest.mark.parametrize("cut", [0, 1, 2, 3])
async def test_nor_does_it_however_many_there_are_and_wherever_their_bytes_are_cut(
    server: Address, fault: tuple[bytes, ...], count: int, cut: int
) -> None:
    requests = count * (LIVE + b"\r\n" + HOST + b"\r\n\r\n")
    async with connected(server) as connection:
        connection.send_bytes(requests[: len(requests) - cut])
        if cut:
            await asyncio.sleep(0.01)
        connection.send_bytes(requests[len(requests) - cut :] + b"\r\n".join(fault) + b"\r\n\r\n")
        for _ in range(count):
            assert (await connection.answer()).body == IS_LIVE
        assert (await connection.answer()).status == 400
        assert await connection.rest() == b""


@pytest.mark.parametrize("last", [(LIVE, HOST, CLOSE), (b"GET /health/live HTTP/1.0",)])
@pytest.mark.parametrize("more", [(LIVE, HOST), (b"GARBAGE",)])
async def test_nothing_counts_after_the_last_request(
    server: Address, last: tuple[bytes, ...], more: tuple[bytes, ...]
) -> None:
    async with connected(server, *last, b"", *more) as connection:
        assert (await connection.answer()).body == IS_LIVE
        assert await connection.rest() == b""


async def test_a_client_that_has_no_more_to_ask_may_still_read(root: Path, server: Address) -> None:
    await served_file(root, server, bytes(SIZE))
    async with connected(server) as connection:
        for _ in range(2):
            connection.send(LIVE, HOST)
        connection.send(DOWNLOAD, HOST)
        connection.send_end()
        assert (await connection.answer()).body == (await connection.answer()).body == IS_LIVE
        assert len((await connection.answer()).body) == SIZE
        assert await connection.rest() == b"", "and then the connection is closed"


async def test_head_gets_no_content_whatever_is_wrong(server: Address) -> None:
    for lines in ((b"HEAD / HTTP/1.1",), (b"HEAD / HTTP/1.1", HOST, HOST), (b"HEAD / HTTP/2.0", HOST)):
        answer = await raw_answer(server, *lines)
        assert (answer.status, answer.body) == (400, b"")
        same = await raw_answer(server, lines[0].replace(b"HEAD", b"GET"), *lines[1:])
        assert answer.headers["Content-Length"] == same.headers["Content-Length"] == str(len(same.body))


@pytest.mark.parametrize("begin", [b"H", b"HEAD", b"HEAD ", b"\r\n", b"\r\nHE", b"\r\n\r\nHEAD /"])
async def test_nor_in_however_many_pieces_it_comes(server: Address, begin: bytes) -> None:
    async with connected(server) as connection:
        connection.send_bytes(begin)
        await asyncio.sleep(0.01)
        connection.send_bytes(b"HEAD / HTTP/2.0\r\nHost: a\r\n\r\n"[len(begin.lstrip()) :])
        connection.send(b"GET / HTTP/2.0", HOST)  # whatever comes behind it
        line, _ = await connection.head()
        assert " 400 " in line
        assert await connection.rest() == b""


@pytest.mark.parametrize("coding", [(b"Content-Length: 6",), (b"Transfer-Encoding: chunked",)])
@pytest.mark.parametrize("packets", [1, 2, 50])
async def test_what_comes_after_content_is_a_request(server: Address, coding: tuple[bytes], packets: int) -> None:
    content = b"\r\n\r\nab" if b"6" in coding[0] else b"4\r\n\r\n\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\n"
    head = b"\r\n".join([b"POST /list/files HTTP/1.1", HOST, *coding, b"", b""])
    some = (head + content + LIVE + b"\r\nHost: a\r\n\r\n") * 3
    size = -(-len(some) // packets)
    async with connected(server) as connection:
        for start in range(0, len(some), size):
            connection.send_bytes(some[start : start + size])
            if packets > 1:
                await asyncio.sleep(0.005)
        for _ in range(3):
            assert (await connection.answer()).error() == (405, "method_not_allowed")
            assert (await connection.answer()).body == IS_LIVE


async def test_a_head_that_begins_behind_content_has_its_time(root: Path) -> None:
    async with serving(root, head_timeout_s=0.2) as server, connected(server) as connection:
        post = b"POST /list/files HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        connection.send_bytes(post + LIVE)
        assert (await connection.answer()).status == 405
        assert await connection.rest() == b""


async def test_thousands_of_requests_that_come_at_once_are_answered(server: Address) -> None:
    request = LIVE + b"\r\nHost: a\r\nX: " + b"y" * 100 + b"\r\n\r\n"
    async with connected(server) as connection:
        connection.send_bytes(request * 3000)
        for _ in range(3000):
            assert (await connection.answer()).body == IS_LIVE


async def test_with_http_1_0_the_connection_ends_with_the_answer_unless_it_is_to_stay(
    root: Path, server: Address
) -> None:
    await served_file(root, server, b"0123456789")
    download = DOWNLOAD.replace(b"1.1", b"1.0")
    answer = await raw_answer(server, download)
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"0123456789", "10")
    assert "Transfer-Encoding" not in answer.headers
    assert (await raw_answer(server, download, b"Range: bytes=-2")).body == b"89"
    async with connected(server) as connection:
        for _ in range(2):
            connection.send(download, b"Connection: keep-alive")
            assert (await connection.answer()).body == b"0123456789"


@pytest.mark.parametrize(("method", "error"), [(b"GET", (400, "bad_request")), (b"PUT", (405, "method_not_allowed"))])
async def test_content_is_not_waited_for(server: Address, method: bytes, error: tuple[int, str]) -> None:
    """The answer is there before the content is; without a 100, for which some clients wait."""
    length = b"Content-Length: 1000000"
    for fields in ([length], [length, b"Expect: 100-continue"], [b"Transfer-Encoding: chunked"]):
        async with connected(server, method + b" /list/files HTTP/1.1", HOST, *fields) as connection:
            assert (await connection.answer()).error() == error


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_an_upgrade_is_declined_and_the_connection_goes_on(server: Address, protocol: bytes) -> None:
    upgrade = (LIVE, HOST, b"Connection: Upgrade", b"Upgrade: " + protocol)
    async with connected(server, *upgrade) as connection:
        assert (await connection.answer()).body == IS_LIVE
        connection.send(LIVE, HOST)
        assert (await connection.answer()).body == IS_LIVE
    async with connected(server, *upgrade, b"", LIVE, HOST) as connection:
        for _ in range(2):
            assert (await connection.answer()).body == IS_LIVE
    answer = await raw_answer(server, b"POST / HTTP/1.1", *upgrade[1:], b"Content-Length: 3", b"", b"abc", LIVE, HOST)
    assert answer.error() == (400, "bad_request"), "and what comes after it is not answered"


async def test_a_range_of_ten_thousand_ranges_is_the_whole_file(root: Path, server: Address) -> None:
    await served_file(root, server, b"0123456789")
    ranges = b",".join([b"0-0"] * 10_000)
    answer = await raw_answer(server, DOWNLOAD, HOST, CLOSE, b"Range: bytes=" + ranges)
    assert (answer.status, answer.body) == (200, b"0123456789")


async def test_a_head_is_bounded_as_a_whole(server: Address) -> None:
    """Each of its lines, and how many they are, would be taken."""
    async with connected(server) as connection:
        answer = asyncio.create_task(connection.answer())
        connection.send_bytes(LIVE + b"\r\nHost: a\r\n")
        for _ in range(100):
            connection.send_bytes(b"X: " + b"y" * 2000 + b"\r\n")
            await asyncio.wait({answer}, timeout=0.02)  # what is sent when the answer is there would have it reset
            if answer.done():
                break
        assert (await answer).error() == (400, "bad_request")


@pytest.mark.parametrize("begun", [b"G", LIVE + b"\r\nHost: a\r\nX: y"])
async def test_a_head_that_is_not_finished_in_time_closes_the_connection(root: Path, begun: bytes) -> None:
    async with serving(root, head_timeout_s=0.2) as server, connected(server) as connection:
        connection.send_bytes(begun)
        assert await connection.rest() == b""


async def test_a_head_is_not_given_more_time_for_coming_in_drips(root: Path) -> None:
    async with serving(root, head_timeout_s=0.2) as server, connected(server) as connection:
        ended = asyncio.create_task(connection.rest())
        connection.send_bytes(LIVE + b"\r\nHost: a\r\nX: ")
        while not ended.done():
            connection.send_bytes(b"y")
            await asyncio.sleep(0.05)  # a client's pace
        assert await ended == b""


async def test_an_idle_connection_is_closed_after_its_own_time(root: Path) -> None:
    async with serving(root, keepalive_timeout_s=0.2) as server, connected(server, LIVE, HOST) as connection:
        assert (await connection.answer()).body == IS_LIVE
        assert await connection.rest() == b""


async def test_a_head_that_has_begun_is_not_idling(root: Path) -> None:
    async with serving(root, keepalive_timeout_s=0.2) as server, connected(server) as connection:
        connection.send_bytes(LIVE + b"\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.reader.read(), 0.5)  # longer than it could idle
        connection.send(HOST)
        assert (await connection.answer()).body == IS_LIVE


@pytest.mark.each_loop
@pytest.mark.each_way
async def test_a_head_that_waits_for_a_download_to_end_does_not_cut_it(root: Path) -> None:
    async with serving(root, head_timeout_s=0.2, keepalive_timeout_s=0.2) as server:
        await served_file(root, server, bytes(SIZE))
        async with slow_download(server) as download:
            download.connection.send_bytes(b"GET /hea")
            await asyncio.sleep(0.5)  # longer than both, before the client reads on
            assert len(await download.rest()) == SIZE, "and then the connection is closed"


async def test_a_client_that_takes_nothing_of_a_listing_is_cut_off(root: Path) -> None:
    for number in range(8_000):  # whose listing is longer than the sockets' buffers
        (root / f"{number:0240}.mp4").touch()
    async with serving(root, send_timeout_s=0.2) as server, connected(server) as connection:

        async def page() -> bytes:
            connection.send(b"GET /list/files?limit=1 HTTP/1.1", HOST)
            return (await connection.answer()).body

        await eventually(page, lambda page: b'"total_files":8000' in page)
        connection.send(b"GET /list/files HTTP/1.1", HOST)
        _, headers = await connection.head()
        await asyncio.sleep(1)
        assert len(await connection.rest()) < int(headers["Content-Length"])


async def test_a_head_that_follows_an_upgrade_has_its_time_too(root: Path) -> None:
    upgrade = (LIVE, HOST, b"Connection: Upgrade", b"Upgrade: websocket", b"", b"")
    async with serving(root, head_timeout_s=0.2, keepalive_timeout_s=0.2) as server, connected(server) as connection:
        connection.send_bytes(b"\r\n".join(upgrade) + b"G")
        assert (await connection.answer()).body == IS_LIVE
        assert await connection.rest() == b""


async def test_a_client_that_says_nothing_is_left(root: Path) -> None:
    async with serving(root, keepalive_timeout_s=0.2) as server, connected(server) as connection:
        assert await connection.rest() == b""


async def test_content_is_no_head(root: Path) -> None:
    """However long, and however many pieces it comes in: one answer, and the connection goes on."""
    post = (b"POST /list/files HTTP/1.1", HOST, b"Content-Length: 1000000")
    async with serving(root, head_timeout_s=0.2) as server, connected(server, *post) as connection:
        assert (await connection.answer()).error() == (405, "method_not_allowed")
        for _ in range(10):
            connection.send_bytes(b"y" * 100_000)
            await asyncio.sleep(0.01)  # so that they are pieces
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.reader.read(1), 0.5)
        connection.send(LIVE, HOST)
        assert (await connection.answer()).body == IS_LIVE


async def test_content_is_thrown_away_as_it_is(server: Address) -> None:
    """Whoever inflated it first would stumble over this."""
    post = (b"POST /list/files HTTP/1.1", HOST, b"Content-Encoding: deflate", b"Content-Length: 11")
    async with connected(server, *post, b"", b"garbage") as connection:  # and two line ends
        assert (await connection.answer()).error() == (405, "method_not_allowed")
        connection.send(LIVE, HOST)
        assert (await connection.answer()).body == IS_LIVE
