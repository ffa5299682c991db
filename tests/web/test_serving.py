"""`aiomedia serve` as a process: its address, its log, how it ends."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests.asking import DEADLINE_S, eventually
from tests.downloading import CLOSE, SIZE, slow_download
from tests.processes import engine, running


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
        async with slow_download(server, CLOSE) as download:
            server.process.terminate()
            await eventually(lambda: _is_refused(f"{server.url}/health/live"))
            assert server.process.poll() is None
            assert await download.rest() == (root / "x.mp4").read_bytes()
        assert server.process.wait(DEADLINE_S) == 0


async def test_a_download_is_cut_when_the_grace_period_is_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOMEDIA_GRACE_PERIOD_S", "0.2")
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root) as server:
        async with slow_download(server, CLOSE) as download:
            assert server.stop(signal.SIGTERM)[0] == 0
            assert await download.is_cut()


async def test_a_second_interrupt_ends_it_at_once(root: Path) -> None:
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root) as server:
        async with slow_download(server, CLOSE):
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
        with socket.create_connection((server.host, server.port)) as client:
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


@pytest.mark.parametrize("end", ["the file shrinks", "the client leaves"])
async def test_the_log_tells_how_much_of_a_download_was_sent_when_it_is_cut(root: Path, end: str) -> None:
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root) as server:
        async with slow_download(server, CLOSE) as download:
            received = len(await download.connection.reader.readexactly(SIZE // 4))
            if end == "the file shrinks":
                os.truncate(root / "x.mp4", 1000)
                received += len(await download.rest())
        _, log = await asyncio.to_thread(server.stop, signal.SIGTERM)
    (sent,) = re.findall(r'"/download/video/x\.mp4" 200 (\d+) ', log)
    assert received <= int(sent) < SIZE


async def test_when_descriptors_run_out_no_file_seems_to_be_absent(root: Path) -> None:
    for number in range(20):
        (root / f"{number}.mp4").write_bytes(b"1")
    limited = [engine("prlimit"), "--nofile=48"]
    with running(root, "--no-access-log", within=limited) as server, ExitStack() as clients:
        async with ClientSession(server.url, connector=TCPConnector(limit=1)) as session:

            async def statuses() -> set[int]:
                found = set()
                for number in range(20):
                    async with session.get(f"/download/video/{number}.mp4") as response:
                        await response.read()
                        found.add(response.status)
                return found

            async with session.get("/health/live") as response:
                await response.read()
            for _ in range(60):
                clients.enter_context(socket.create_connection((server.host, server.port)))
            await asyncio.sleep(0.2)  # until they are accepted, as far as they are
            assert await statuses() <= {200, 503}
            clients.close()
            await eventually(statuses, lambda statuses: statuses == {200})


def test_it_takes_as_many_descriptors_as_it_may(root: Path) -> None:
    with running(root, within=[engine("prlimit"), "--nofile=256:512"]) as server:
        limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    assert re.search(r"Max open files +512 +512 ", limits)
