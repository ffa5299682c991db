"""Answers without aiohttp are those that aiohttp's way gives, and a connection goes on as if nothing had happened."""

import asyncio
import logging
import os
import re
import signal
from pathlib import Path

import pytest
from aiohttp.web_protocol import RequestHandler

from aiomedia import Config
from aiomedia.web.file_response import COPIED
from aiomedia.web.serving import Address, listening
from tests.asking import Connection, RawAnswer, connected, eventually
from tests.downloading import DOWNLOAD, HOST, SIZE, served_file, slow_download
from tests.processes import running

pytestmark = pytest.mark.each_way

ROUND_ABOUT = b"X-Unknown: 1"  # whatever it means, so that the request is aiohttp's
LIVE = b"GET /health/live HTTP/1.1"


async def ask(connection: Connection, *fields: bytes) -> RawAnswer:
    connection.send(DOWNLOAD, HOST, *fields)
    return await connection.answer()


def without_date(answer: RawAnswer) -> tuple[str, list[tuple[str, str]], bytes]:
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["Date"])
    return answer.line, [field for field in answer.headers.items() if field[0] != "Date"], answer.body


@pytest.mark.parametrize("size", [0, 1, 4096, COPIED - 1, COPIED, COPIED + 1, 3_000_000])
async def test_an_answer_is_the_same_whichever_way_it_goes(root: Path, server: Address, size: int) -> None:
    await served_file(root, server, os.urandom(size))
    async with connected(server) as connection:
        expected = await ask(connection, ROUND_ABOUT)
        for _ in range(3):
            assert without_date(await ask(connection)) == without_date(expected)
        assert without_date(await ask(connection, ROUND_ABOUT)) == without_date(expected)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize(
    "target", ["/list/generated/5", "/list/generated/6", "/download/generated/video/5", "/download/generated/audio/5"]
)
async def test_so_is_what_an_identifier_has(root: Path, server: Address, target: str, coding: str) -> None:
    await served_file(root, server, b"1", name="5output.webm")
    await served_file(root, server, b"123", name="5output.mp4")
    line, accepted = f"GET {target} HTTP/1.1".encode(), f"Accept-Encoding: {coding}".encode()
    async with connected(server) as connection:
        connection.send(line, HOST, accepted, ROUND_ABOUT)
        expected = await connection.answer()
        for _ in range(2):
            connection.send(line, HOST, accepted)
            assert without_date(await connection.answer()) == without_date(expected)
    assert ("Content-Encoding" in expected.headers) == (coding == "gzip" and "list" in target)


async def test_what_is_open_and_in_memory_is_answered_without_aiohttp(
    root: Path, server: Address, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await served_file(root, server, b"123")
    parsed: list[bytes] = []
    real = RequestHandler.data_received

    def data_received(handler: RequestHandler, data: bytes) -> None:
        parsed.append(data)
        real(handler, data)

    monkeypatch.setattr(RequestHandler, "data_received", data_received)
    async with connected(server) as connection:
        await ask(connection)
        parsed.clear()
        assert (await ask(connection)).body == b"123"
        assert len(parsed) == (0 if way == "resident" else 1)


async def test_answers_come_in_the_order_of_their_requests(root: Path, server: Address) -> None:
    content = os.urandom(COPIED * 2)
    await served_file(root, server, content)
    async with connected(server) as connection:
        for first, second in ((DOWNLOAD, LIVE), (LIVE, DOWNLOAD), (DOWNLOAD, DOWNLOAD)):
            connection.send(first, HOST, b"", second, HOST)
            for line in (first, second):
                assert (await connection.answer()).body == (content if line is DOWNLOAD else b'{"status":"live"}')


async def test_a_request_that_comes_while_a_file_is_sent_is_answered_after_it(root: Path, server: Address) -> None:
    await served_file(root, server, bytes(SIZE))
    async with slow_download(server) as download:
        download.connection.send(LIVE, HOST)
        download.connection.send(DOWNLOAD, HOST)
        assert await download.connection.reader.readexactly(SIZE) == bytes(SIZE)
        assert (await download.connection.answer()).body == b'{"status":"live"}'
        assert (await download.connection.answer()).body == bytes(SIZE)


async def test_a_client_that_closed_its_direction_gets_its_answer(root: Path, server: Address) -> None:
    await served_file(root, server, bytes(SIZE))
    async with slow_download(server) as download:
        download.connection.send_end()
        assert await download.rest() == bytes(SIZE)


async def test_a_head_in_two_pieces_is_one(root: Path, server: Address) -> None:
    await served_file(root, server, b"123")
    async with connected(server) as connection:
        for cut in (1, len(DOWNLOAD), -3):
            head = DOWNLOAD + b"\r\n" + HOST + b"\r\n\r\n"
            connection.send_bytes(head[:cut])
            await asyncio.sleep(0.01)
            connection.send_bytes(head[cut:])
            assert (await connection.answer()).body == b"123"


async def test_a_file_that_was_replaced_is_not_sent_any_more(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"old")
    async with connected(server) as connection:
        before = await ask(connection)
        for version in range(20):
            (root / ".x").write_bytes(b"%d" % version)
            os.utime(root / ".x", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
            (root / ".x").replace(path)
            answer = await ask(connection)  # at once: no event came yet
            assert answer.body == b"%d" % version
            assert answer.headers["ETag"] != before.headers["ETag"]


async def test_no_file_that_is_gone_is_held_open(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"1" * 100_000)
    sub = root / "sub"
    sub.mkdir()
    await served_file(root, server, b"1", name="sub/x.mp4")
    async with connected(server) as connection:  # which stays open
        assert (await ask(connection)).status == 200
        path.unlink()
        sub.rename(root.with_name("elsewhere"))

        async def held() -> list[str]:
            numbers = os.listdir("/proc/self/fd")
            links = [f"/proc/self/fd/{number}" for number in numbers]
            return [os.readlink(link) for link in links if os.path.lexists(link) and ".mp4" in os.readlink(link)]

        await eventually(held, lambda held: not held)


async def test_a_file_being_written_again_is_not_sent(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"12345")
    async with connected(server) as connection:
        assert (await ask(connection)).status == 200
        with path.open("ab") as file:
            file.write(b"6")
            file.flush()
            assert (await ask(connection)).error() == (404, "being_written")

        async def body() -> bytes:
            return (await ask(connection)).body

        await eventually(body, lambda body: body == b"123456")


async def test_an_idle_connection_is_closed_and_a_slow_download_is_not(root: Path) -> None:
    async with listening(Config(roots=(str(root),), port=0, keepalive_timeout_s=0.2)) as (server,):
        await served_file(root, server, bytes(SIZE))
        async with slow_download(server) as download:
            await asyncio.sleep(0.5)  # longer than it could idle
            assert len(await download.rest()) == SIZE, "and then it is closed"


async def test_a_client_that_takes_nothing_is_cut_off(root: Path) -> None:
    async with listening(Config(roots=(str(root),), port=0, send_timeout_s=0.2)) as (server,):
        await served_file(root, server, bytes(SIZE))
        for field in ((), (ROUND_ABOUT,)):
            async with slow_download(server, *field) as download:
                await asyncio.sleep(1)
                assert await download.is_cut()


async def test_a_client_that_takes_a_little_now_and_then_is_not(root: Path) -> None:
    async with listening(Config(roots=(str(root),), port=0, send_timeout_s=0.4)) as (server,):
        await served_file(root, server, bytes(SIZE))
        for field in ((), (ROUND_ABOUT,)):
            async with slow_download(server, *field) as download:
                for _ in range(8):
                    await download.connection.reader.readexactly(SIZE // 16)
                    await asyncio.sleep(0.2)
                assert await download.connection.reader.readexactly(SIZE // 2) == bytes(SIZE // 2)


async def test_an_answer_is_logged_alike_whichever_way_it_goes(
    root: Path, server: Address, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aiohttp.access")
    agent = b'User-Agent: a"b'
    for size in (100, 1_000_000):
        await served_file(root, server, bytes(size))
        async with connected(server) as connection:
            await ask(connection)
            caplog.clear()
            await ask(connection, agent, ROUND_ABOUT)
            await ask(connection, agent)
            await eventually(lambda: _lines(caplog), lambda lines: len(lines) == 2)
        first, second = (re.sub(r" [0-9.]+ms ", " ", line) for line in await _lines(caplog))
        assert first == second
        assert first.startswith('127.0.0.1 GET "/download/video/x.mp4" 200 ')
        assert first.endswith(r'"a\"b"')


async def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "aiohttp.access"]


async def test_shutting_down_waits_for_a_download(root: Path) -> None:
    context = listening(Config(roots=(str(root),), port=0))
    (server,) = await context.__aenter__()
    await served_file(root, server, bytes(SIZE))
    async with slow_download(server) as download:
        closing = asyncio.create_task(context.__aexit__(None, None, None))
        await asyncio.sleep(0.1)
        assert not closing.done()
        assert await download.rest() == bytes(SIZE), "and then it is closed"
        await closing


async def test_on_sigterm_a_download_is_finished(root: Path) -> None:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root) as server:
        async with slow_download(server) as download:
            server.process.send_signal(signal.SIGTERM)
            assert await download.rest() == (root / "x.mp4").read_bytes()
        assert server.process.wait(20) == 0
