"""Answers without aiohttp are those that aiohttp's way gives, and a connection goes on as if nothing had happened."""

import asyncio
import gc
import logging
import os
import re
import signal
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from aiomedia import Config, create_app
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.file_response import COPIED
from aiomedia.web.serving import Address, Runner, listening
from tests.asking import DEADLINE_S, Connection, RawAnswer, connected, eventually
from tests.downloading import DOWNLOAD, HOST, SIZE, served_file, slow_download
from tests.processes import running

pytestmark = [pytest.mark.each_loop, pytest.mark.each_way]

ROUND_ABOUT = b"X-Unknown: 1"  # whatever it means, so that the request is aiohttp's
LIVE = b"GET /health/live HTTP/1.1"


async def raw_ask(connection: Connection, line: bytes) -> RawAnswer:
    connection.send(line, HOST)
    return await connection.answer()


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


REQUEST = LIVE + b"\r\n" + HOST + b"\r\n\r\n"
POST = b"POST /list/files HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
BEGUN = LIVE + b"\r\nX: "
PACKETS = {
    "alone": [BEGUN],
    "behind a request": [REQUEST + BEGUN],
    "behind one that was cut": [REQUEST[:-1], REQUEST[-1:] + BEGUN],
    "behind one that was cut in its last line": [REQUEST[:-3], REQUEST[-3:] + BEGUN],
    "behind content": [POST + BEGUN],
    "behind content that was cut": [POST[:-2], POST[-2:] + BEGUN],
    "behind more than aiohttp parses": [REQUEST * 40 + BEGUN],
}


@pytest.mark.parametrize("packets", PACKETS.values(), ids=PACKETS)
async def test_what_is_in_a_head_that_has_begun_is_no_request(
    root: Path, server: Address, packets: list[bytes]
) -> None:
    await served_file(root, server, b"123")
    async with connected(server) as connection:
        await ask(connection)
        for packet in packets:
            connection.send_bytes(packet)
            await asyncio.sleep(0.01)
        before = b"".join(packets).count(b"HTTP/1.1") - 1
        for _ in range(before):
            await connection.answer()
        await asyncio.sleep(0.01)
        connection.send(DOWNLOAD, HOST)  # which ends the field X, and the head
        assert (await connection.answer()).body == b'{"status":"live"}'
        assert (await ask(connection)).body == b"123"


async def test_a_connection_that_its_client_closed_is_closed(root: Path, server: Address) -> None:
    await served_file(root, server, b"123")

    def ask_and_close(*fields: bytes) -> None:
        for _ in range(50):
            with socket.create_connection((server.host, server.port), DEADLINE_S) as client:
                client.sendall(b"\r\n".join([DOWNLOAD, HOST, *fields, b"", b""]))
                assert client.recv(65_536)

    for fields in ((), (ROUND_ABOUT,), (b"Range: bytes=0-1",)):
        await asyncio.to_thread(ask_and_close, *fields)

    async def waiting() -> int:
        return connections_that_wait_to_be_closed(server.port)

    await eventually(waiting, lambda waiting: not waiting)  # well before an idle connection is closed


def connections_that_wait_to_be_closed(port: int) -> int:
    """Those in CLOSE-WAIT, as proc(5) lists them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "08" for row in rows)


async def test_the_transport_is_as_before_after_a_download(root: Path) -> None:
    """Else a client that takes nothing of a later answer may not be noticed."""
    config = Config(roots=(str(root),), port=0)
    runner = Runner(create_app(config), config)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.host, 0).start()
        server = Address(*runner.addresses[0])
        await served_file(root, server, bytes(1_000_000))
        async with connected(server) as connection:
            await raw_ask(connection, LIVE)
            assert runner.server is not None
            (transport,) = (each.transport for each in runner.server.connections if each.transport is not None)
            before = transport.get_write_buffer_limits()
            assert len((await ask(connection, b"Range: bytes=1-")).body) == 999_999
            assert transport.get_write_buffer_limits() == before
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("field", [b"Accept: */*", ROUND_ABOUT])
@pytest.mark.parametrize("is_reset", [False, True])
async def test_what_sent_a_file_does_not_hold_it(root: Path, server: Address, field: bytes, is_reset: bool) -> None:
    """Not even until garbage is collected, for a file system with open files can't be unmounted."""
    path = await served_file(root, server, bytes(SIZE))
    gc.collect()
    gc.disable()
    try:
        async with slow_download(server, field) as download:
            if is_reset:
                download.connection.reset()
            else:
                await download.connection.reader.readexactly(SIZE)
        path.unlink()
        await eventually(held, lambda held: not held)
    finally:
        gc.enable()


async def test_a_thread_that_cannot_start_cuts_the_answer(
    root: Path, server: Address, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mock, for a limit on threads is the whole machine's."""
    await served_file(root, server, bytes(SIZE))
    monkeypatch.setattr(OpenFile, "is_resident", lambda *_: False)
    submit = ThreadPoolExecutor.submit

    def submit_unless_reader(pool: ThreadPoolExecutor, *arguments: Any) -> Future[Any]:
        if pool._thread_name_prefix == "reader":
            raise RuntimeError("can't start new thread")
        return submit(pool, *arguments)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit_unless_reader)
    for field in (b"Accept: */*", ROUND_ABOUT):
        async with connected(server, DOWNLOAD, HOST, field) as connection:
            assert len(await connection.rest()) < SIZE
    assert "can't start new thread" in caplog.text
    assert "Traceback" not in caplog.text


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
        await eventually(held, lambda held: not held)


async def held() -> list[str]:
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return [os.readlink(link) for link in links if os.path.lexists(link) and ".mp4" in os.readlink(link)]


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


@pytest.mark.parametrize("more", [(), (b"", LIVE, HOST)])
async def test_on_sigterm_a_download_is_finished(root: Path, more: tuple[bytes, ...]) -> None:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root) as server:
        async with slow_download(server, *more) as download:
            server.process.send_signal(signal.SIGTERM)
            assert await download.rest() == (root / "x.mp4").read_bytes()
        assert server.process.wait(20) == 0
