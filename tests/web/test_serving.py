"""`aiomedia serve` as a process: its address, its log, how it ends; and the connection under a shrinking file."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from aiomedia.web.serving import Address
from tests.asking import DEADLINE_S, eventually
from tests.processes import running

SIZE = 64 * 1024 * 1024  # more than the sockets' buffers hold, so that a client can be slow


def address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@asynccontextmanager
async def slow_download(url: str) -> AsyncIterator[asyncio.StreamReader]:
    """A download of which nothing is read until it is asked for."""
    reader, writer = await asyncio.open_connection(*address_of(url), limit=4096)
    try:
        writer.write(b"GET /download/video/x.mp4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
        yield reader
    finally:
        writer.close()


async def received_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection is closed or cut."""
    received = b""
    try:
        while some := await asyncio.wait_for(reader.read(65_536), DEADLINE_S):
            received += some
    except ConnectionError:
        pass
    return received


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


async def _is_refused(url: str) -> bool:
    try:
        async with ClientSession(timeout=ClientTimeout(total=1)) as session, session.get(url):
            return False
    except TimeoutError:
        return False  # accepted at the very moment at which the socket was closed
    except ClientError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_well_with_an_idle_connection_open(root: Path, number: int) -> None:
    with running(root) as server:
        async with ClientSession(server.url) as session, session.get("/health/live"):
            status, log = server.stop(number)
    assert status == 0
    assert "Traceback" not in log


async def test_on_sigterm_new_connections_are_refused_and_a_download_is_finished(root: Path) -> None:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root) as server:
        async with slow_download(server.url) as reader:
            server.process.terminate()
            await eventually(lambda: _is_refused(f"{server.url}/health/live"))
            assert server.process.poll() is None
            assert await asyncio.wait_for(reader.read(-1), DEADLINE_S) == (root / "x.mp4").read_bytes()
        assert server.process.wait(DEADLINE_S) == 0


async def test_a_download_is_cut_when_the_grace_period_is_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOMEDIA_GRACE_PERIOD_S", "0.2")
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root) as server:
        async with slow_download(server.url) as reader:
            assert server.stop(signal.SIGTERM)[0] == 0
            assert len(await received_of(reader)) < SIZE


async def test_a_second_interrupt_ends_it_at_once(root: Path) -> None:
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root) as server:
        async with slow_download(server.url):
            server.process.send_signal(signal.SIGINT)
            await eventually(lambda: _is_refused(f"{server.url}/health/live"))
            status, log = server.stop(signal.SIGINT)
    assert status == 130
    assert "Traceback" not in log


def test_an_address_that_is_taken_is_told_in_a_line(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "aiomedia", "serve", root, "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == f"aiomedia: can't listen on 127.0.0.1:{port}: Address already in use\n"


def test_it_listens_on_loopback_alone_by_default(root: Path) -> None:
    with running(root) as server:
        assert server.url.startswith("http://127.0.0.1:")


def test_each_request_is_a_line_of_the_log_that_nobody_forges(root: Path) -> None:
    with running(root) as server:
        with socket.create_connection(address_of(server.url)) as client:
            client.sendall(
                b'GET /list/files HTTP/1.1\r\nHost: a\r\nUser-Agent: "\xc2\x9b31m\xff"\r\nConnection: close\r\n\r\n'
            )
            while client.recv(65_536):
                pass
        _, log = server.stop(signal.SIGTERM)
    (line,) = (line for line in log.splitlines() if "/list/files" in line)
    assert re.search(r'127\.0\.0\.1 GET "/list/files" 200 \d+ [\d.]+ms "\\"', line)
    assert line.isascii()
    assert line.isprintable()


async def test_the_log_tells_the_bytes_of_a_download(root: Path) -> None:
    (root / "x.mp4").write_bytes(bytes(100_000))
    with running(root) as server:
        async with ClientSession() as session, session.get(f"{server.url}/download/video/x.mp4") as response:
            await response.read()
        _, log = server.stop(signal.SIGTERM)
    (sent,) = re.findall(r'"/download/video/x\.mp4" 200 (\d+) ', log)
    assert 100_000 < int(sent) < 101_000, "with its head"


async def test_a_file_that_shrinks_while_it_is_sent_closes_the_connection(
    root: Path, server: Address, caplog: pytest.LogCaptureFixture
) -> None:
    path = await served_file(root, server, bytes(SIZE))
    async with slow_download(server.url) as reader:
        os.truncate(path, 1000)
        assert len(await received_of(reader)) < SIZE
    assert "changed while it was sent" in caplog.text


async def test_no_complete_answer_holds_bytes_of_two_versions(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"A" * SIZE)
    async with slow_download(server.url) as reader:
        with path.open("r+b") as file:
            file.write(b"B" * SIZE)
        assert len(await received_of(reader)) < SIZE


async def test_a_file_that_is_renamed_while_it_is_sent_is_sent_whole(root: Path, server: Address) -> None:
    path = await served_file(root, server, b"A" * SIZE)
    async with slow_download(server.url) as reader:
        path.rename(root / "y.mp4")
        assert await received_of(reader) == b"A" * SIZE


async def test_the_answer_after_one_of_a_file_that_shrank_is_not_taken_for_its_rest(
    root: Path, server: Address
) -> None:
    path = await served_file(root, server, bytes(SIZE))
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"GET /download/video/x.mp4 HTTP/1.1\r\nHost: a\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
    os.truncate(path, 1000)
    assert b"HTTP/1.1" not in await received_of(reader)
    writer.close()


async def test_a_keepalive_connection_serves_many_requests(server: Address) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    for _ in range(3):
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
        length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        assert json.loads(await reader.readexactly(length)) == {"status": "live"}
    writer.close()
    await writer.wait_closed()
