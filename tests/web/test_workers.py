"""`aiomedia serve --workers 2`: processes that share an address, and what becomes of them."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from tests.asking import DEADLINE_S, connected, eventually, raw_get
from tests.downloading import CLOSE, SIZE, slow_download
from tests.processes import Server, running

TWO = ("--workers", "2")
QUIET = (*TWO, "--no-access-log")  # nobody reads the log before the end, and a pipe holds few of its lines


async def _workers(server: Server) -> set[int]:
    """The processes that gunicorn's started; one that ended and that nobody waited for is among them."""
    pid = server.process.pid
    children = await asyncio.to_thread(Path(f"/proc/{pid}/task/{pid}/children").read_text)
    return set(map(int, children.split()))


def _connections(pid: int, port: int | None) -> set[str]:
    """The inodes of the established connections to this port that a process holds."""
    held = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            held.add(os.readlink(f"/proc/{pid}/fd/{number}"))
        except FileNotFoundError:
            continue
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = f":{port:04X}"
    return {row[9] for row in rows if row[1].endswith(local) and row[3] == "01" and f"socket:[{row[9]}]" in held}


async def test_downloads_come_from_each_of_the_workers(root: Path) -> None:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root, *TWO) as server:
        workers = await eventually(lambda: _workers(server), lambda workers: len(workers) == 2)
        async with AsyncExitStack() as stack:
            downloads = []

            async def are_all_busy() -> bool:
                downloads.append(await stack.enter_async_context(slow_download(server, CLOSE)))
                return all(_connections(worker, server.port) for worker in workers)

            await eventually(are_all_busy)
            for download in downloads:
                assert await download.rest() == (root / "x.mp4").read_bytes()


async def test_on_sigterm_a_download_is_finished_and_no_process_is_left(root: Path) -> None:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root, *TWO) as server:
        workers = await _workers(server)
        async with slow_download(server, CLOSE) as download:
            server.process.terminate()
            await eventually(lambda: _is_refused(server))
            assert server.process.poll() is None
            assert await download.rest() == (root / "x.mp4").read_bytes()
        assert await asyncio.to_thread(server.process.wait, DEADLINE_S) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_sigterm_before_the_workers_have_started_ends_it_well(root: Path) -> None:
    server = Server(root, *TWO)
    status, log = server.stop(signal.SIGTERM)
    assert status == 0
    assert "Traceback" not in log


async def test_a_download_is_cut_when_the_grace_period_is_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOMEDIA_GRACE_PERIOD_S", "0.2")
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root, *TWO) as server:
        async with slow_download(server, CLOSE) as download:
            assert (await asyncio.to_thread(server.stop, signal.SIGTERM))[0] == 0
            assert await download.is_cut()


async def test_an_interrupt_after_sigterm_ends_it_at_once(root: Path) -> None:
    (root / "x.mp4").write_bytes(bytes(SIZE))
    with running(root, *QUIET) as server:
        async with slow_download(server, CLOSE) as download:
            server.process.terminate()
            await eventually(lambda: _is_refused(server))
            _, log = await asyncio.to_thread(server.stop, signal.SIGINT)
            assert await download.is_cut()
    assert "Traceback" not in log


async def test_sigterm_of_the_whole_process_group_counts_once(root: Path) -> None:
    (root / "x.mp4").write_bytes(os.urandom(SIZE))
    with running(root, *TWO) as server:
        async with slow_download(server, CLOSE) as download:
            for pid in (*await _workers(server), server.process.pid):
                os.kill(pid, signal.SIGTERM)
            await eventually(lambda: _is_refused(server))
            assert await download.rest() == (root / "x.mp4").read_bytes()
        assert await asyncio.to_thread(server.process.wait, DEADLINE_S) == 0


async def test_sighup_replaces_the_workers_and_no_request_fails(root: Path) -> None:
    for number in range(2000):
        (root / f"{number}.mp4").touch()
    with running(root, *QUIET) as server:
        before = await eventually(lambda: _workers(server), lambda workers: len(workers) == 2)
        is_done = asyncio.Event()

        async def ask() -> int:
            asked = 0
            while not is_done.is_set():
                status, _ = await asyncio.wait_for(raw_get(server, "/list/files?limit=1"), DEADLINE_S)
                assert status == 200
                asked += 1
            return asked

        asking = [asyncio.create_task(ask()) for _ in range(4)]
        server.process.send_signal(signal.SIGHUP)
        after = await eventually(lambda: _workers(server), lambda now: len(now) == 2 and not now & before)
        is_done.set()
        assert all(asked > 0 for asked in await asyncio.gather(*asking))
        assert after.isdisjoint(before)
        assert not any(Path(f"/proc/{worker}").exists() for worker in before), "and no zombie is left"


async def test_a_worker_that_dies_is_replaced(root: Path) -> None:
    with running(root, *TWO) as server:
        before = await eventually(lambda: _workers(server), lambda workers: len(workers) == 2)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: _workers(server), lambda now: len(now) == 2 and killed not in now)
        async with ClientSession(server.url) as session, session.get("/list/files") as response:
            assert response.status == 200


async def test_the_log_is_in_the_form_of_a_single_process(root: Path) -> None:
    with running(root, *TWO) as server:
        await raw_get(server, "/list/files")
        status, log = await asyncio.to_thread(server.stop, signal.SIGTERM)
    assert status == 0
    lines = log.splitlines()
    assert [line for line in lines if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO [\w.]+: ", line)] == []
    assert sum('GET "/list/files" 200' in line for line in lines) == 1


async def test_a_request_that_is_no_http_is_refused_as_by_a_single_process(root: Path) -> None:
    with running(root, *TWO) as server:
        async with connected(server, b"GET /list/files HTTP/1.1", b"Host: a b") as connection:
            answer = await connection.answer()
    assert answer.error() == (400, "bad_request")


def test_an_address_that_is_taken_is_told_in_a_line(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _ended("serve", root, *TWO, "--port", port)
    assert (done.returncode, done.stderr) == (
        1,
        f"aiomedia: can't listen on 127.0.0.1:{port}: Address already in use\n",
    )


def test_without_gunicorn_it_says_so_in_a_line(root: Path) -> None:
    hidden = "import sys; sys.modules['gunicorn'] = None; from aiomedia.cli import main; main()"
    done = _ended("serve", root, *TWO, command=("-c", hidden))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("aiomedia: workers: more than 1 need gunicorn")


def _ended(*arguments: object, command: tuple[str, ...] = ("-m", "aiomedia")) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


async def _is_refused(server: Server) -> bool:
    try:
        async with ClientSession() as session, session.get(f"{server.url}/health/live"):
            return False
    except ClientError:
        return True
