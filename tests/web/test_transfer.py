"""The bytes of a file on their way: whatever happens to it meanwhile, no whole answer is a mix of two versions."""

import asyncio
import errno
import os
import resource as limits
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from aiohttp import ClientSession, web
from pytest_aiohttp.plugin import AiohttpClient

from aiomedia import Config, create_app
from aiomedia.index import Settling
from aiomedia.resource import Resource
from aiomedia.storage.local import LocalDirectory
from aiomedia.storage.open_file import OpenFile
from aiomedia.web.keys import LIBRARY
from aiomedia.web.serving import Address
from tests.asking import DEADLINE_S, Client, connected, eventually, until_live
from tests.downloading import CLOSE, DOWNLOAD, HOST, SIZE, served_file, slow_download
from tests.multipart import read_parts

T = TypeVar("T")

pytestmark = [pytest.mark.each_loop, pytest.mark.each_way]

IN_PARTS = f"Range: bytes=0-{SIZE // 2},{SIZE // 2 + 1}-".encode()  # both are longer than the sockets' buffers


@pytest.mark.parametrize("fields", [[], [b"Range: bytes=1-"], [IN_PARTS]], ids=["whole", "range", "ranges"])
async def test_a_file_that_shrinks_while_it_is_sent_closes_the_connection(
    root: Path, server: Address, caplog: pytest.LogCaptureFixture, fields: list[bytes]
) -> None:
    path = await served_file(root, server, bytes(SIZE))
    async with slow_download(server, CLOSE, *fields) as download:
        os.truncate(path, 1000)
        assert await download.is_cut()
    assert "the file shrank while it was sent" in caplog.text


@pytest.mark.parametrize("fields", [[], [b"Range: bytes=1-"], [IN_PARTS]], ids=["whole", "range", "ranges"])
async def test_no_complete_answer_holds_bytes_of_two_versions(
    root: Path, server: Address, caplog: pytest.LogCaptureFixture, fields: list[bytes]
) -> None:
    path = await served_file(root, server, b"A" * SIZE)
    async with slow_download(server, CLOSE, *fields) as download:
        with path.open("r+b") as file:
            file.write(b"B" * SIZE)
        assert await download.is_cut()
    assert "the file changed while it was sent" in caplog.text


async def test_a_file_that_is_renamed_while_it_is_sent_is_sent_whole(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"A" * SIZE)
    async with slow_download(server, CLOSE) as download:
        path.rename(root / "y.mp4")
        assert await download.rest() == b"A" * SIZE


async def test_the_answer_after_one_of_a_file_that_shrank_is_not_taken_for_its_rest(
    root: Path, server: Address
) -> None:
    path = await served_file(root, server, bytes(SIZE))
    next_request = b"\r\n".join([b"", b"GET /health/live HTTP/1.1", b"Host: a"])
    async with slow_download(server, next_request) as download:
        os.truncate(path, 1000)
        assert b"HTTP/1.1" not in await download.rest()


async def test_a_file_that_is_replaced_while_it_is_sent_is_sent_to_its_old_end(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"A" * SIZE)
    async with slow_download(server, CLOSE) as download:
        (root / ".new").write_bytes(b"B" * SIZE)
        (root / ".new").replace(path)
        assert await download.rest() == b"A" * SIZE


async def test_a_file_that_is_deleted_while_it_is_sent_is_sent_to_its_old_end(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"A" * SIZE)
    async with slow_download(server, CLOSE) as download:
        path.unlink()
        assert await download.rest() == b"A" * SIZE


@pytest.mark.parametrize(("error", "logged"), [(errno.EIO, True), (errno.ESTALE, True), (errno.ETIMEDOUT, False)])
async def test_a_fault_while_a_file_is_sent_cuts_the_answer_and_is_logged_unless_it_is_the_networks(
    root: Path,
    server: Address,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: int,
    logged: bool,
) -> None:
    """A mock, for nobody can order a disk to fail."""
    await served_file(root, server, bytes(SIZE))
    calls = 0

    def failing(real: Callable[..., T]) -> Callable[..., T]:
        def call(*arguments: int) -> T:
            nonlocal calls
            calls += 1
            if calls > 1:
                raise OSError(error, os.strerror(error))
            return real(*arguments)

        return call

    for name in ("sendfile", "pread"):
        monkeypatch.setattr(os, name, failing(getattr(os, name)))
    async with slow_download(server, CLOSE) as download:
        assert await download.is_cut()
    assert (os.strerror(error) in caplog.text) == logged
    assert "Traceback" not in caplog.text


async def test_a_client_that_leaves_is_no_error(root: Path, server: Address, caplog: pytest.LogCaptureFixture) -> None:
    await served_file(root, server, bytes(SIZE))
    for _ in range(5):
        async with slow_download(server, CLOSE) as download:
            await download.connection.reader.readexactly(1000)
    async with ClientSession() as session, session.get(f"{server.url}/health/live") as response:
        assert response.status == 200
    assert "ERROR" not in caplog.text


async def test_a_client_that_resets_the_connection_is_no_error(
    root: Path, server: Address, caplog: pytest.LogCaptureFixture
) -> None:
    await served_file(root, server, bytes(SIZE))
    ranges = ",".join(f"{first}-{first + 999_999}" for first in range(0, 16_000_000, 1_000_000))
    request = f"GET /download/video/x.mp4 HTTP/1.1\r\nHost: a\r\nRange: bytes={ranges}\r\n\r\n"
    for number in range(50):
        with socket.create_connection((server.host, server.port)) as client:
            client.sendall(request.encode() * 2)
            await asyncio.sleep(number / 10_000)  # at different moments
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await eventually(lambda: _tasks_named("RequestHandler"), lambda tasks: not tasks)
    assert "ERROR" not in caplog.text


async def test_a_small_file_that_shrinks_before_it_is_read_is_not_padded(root: Path, server: Address) -> None:
    content = os.urandom(100_000)
    path = await served_file(root, server, content)
    async with slow_download(server, CLOSE) as download:
        await asyncio.sleep(0.1)  # until it lies in the sockets' buffers
        os.truncate(path, 100)
        assert await download.rest() == content


async def test_a_client_that_left_before_its_answer_is_no_error(
    root: Path, server: Address, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await served_file(root, server, bytes(SIZE), name="y.mp4")
    (root / "y.mp4").rename(root / "x.mp4")  # which nobody opened yet
    real_open, asked, left = LocalDirectory.open, threading.Event(), threading.Event()

    def slow_open(directory: LocalDirectory, path: str, known: Resource | None) -> OpenFile | Settling | None:
        asked.set()
        left.wait(DEADLINE_S)
        return real_open(directory, path, known)

    monkeypatch.setattr(LocalDirectory, "open", slow_open)
    async with connected(server, DOWNLOAD, HOST):
        assert await asyncio.to_thread(asked.wait, DEADLINE_S)
    async with connected(server, b"GET /health/live HTTP/1.1", HOST) as connection:
        await connection.answer()  # by now the server knows
    left.set()
    await eventually(lambda: _tasks_named("RequestHandler"), lambda tasks: not tasks)
    assert "ERROR" not in caplog.text


async def _tasks_named(part: str) -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if part in repr(task)]


async def test_what_is_sent_is_what_is_there(root: Path, server: Address) -> None:
    content = os.urandom(1_000_000)
    await served_file(root, server, content)
    async with ClientSession(server.url) as session:
        for asked, expected in ((None, content), ("bytes=5-", content[5:]), ("bytes=7-7", content[7:8])):
            headers = {"Range": asked} if asked else {}
            async with session.get("/download/video/x.mp4", headers=headers) as response:
                assert await response.read() == expected
        async with session.get("/download/video/x.mp4", headers={"Range": "bytes=0-9,500000-"}) as response:
            parts = read_parts(await response.read(), response.headers["Content-Type"])
        assert [part.content for part in parts] == [content[:10], content[500_000:]]


@pytest.mark.parametrize("field", [b"Accept: */*", b"Range: bytes=1-", b"Range: bytes=0-99999,500000-"])
async def test_a_file_that_is_open_is_sent_when_no_other_descriptor_is_left(
    root: Path, server: Address, field: bytes
) -> None:
    await served_file(root, server, os.urandom(1_000_000))
    async with connected(server) as connection:
        connection.send(DOWNLOAD, HOST, field)
        before = await connection.answer()
        with no_descriptor_left():
            connection.send(DOWNLOAD, HOST, field)
            answer = await connection.answer()
    assert answer.status == before.status
    assert len(answer.body) == len(before.body)
    assert answer.body[-100_000:-100] == before.body[-100_000:-100]


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    limits.setrlimit(limits.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        limits.setrlimit(limits.RLIMIT_NOFILE, (soft, hard))


async def test_a_middleware_that_compresses_everything_leaves_files_as_they_are(
    root: Path, aiohttp_client: AiohttpClient
) -> None:
    @web.middleware
    async def compress(
        request: web.Request, handler: Callable[..., Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        response = await handler(request)
        response.enable_compression()
        return response

    (root / "x.mp4").write_bytes(b"x" * 10_000)
    app = create_app(Config(roots=(str(root),)))
    outer = web.Application(middlewares=[compress])
    outer.add_subapp("/media", app)
    client: Client = await aiohttp_client(outer)
    await until_live(app[LIBRARY])
    async with client.get("/media/download/video/x.mp4", headers={"Accept-Encoding": "gzip"}) as response:
        assert "Content-Encoding" not in response.headers
        assert response.headers["Content-Length"] == "10000"
        assert await response.read() == b"x" * 10_000
