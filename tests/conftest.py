"""What many tests share: a directory to serve, a served application, and that nothing is leaked."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
import uvloop
from pytest_aiohttp.plugin import AiohttpClient

from aiomedia import Config, create_app
from aiomedia.web.keys import LIBRARY
from aiomedia.web.serving import Address, listening
from tests.asking import DEADLINE_S, Client, eventually, until_live
from tests.processes import SAMPLES, running

# The ways in which the bytes of a file can go: those in memory by the kernel, by a thread's patience with a disk, and
# copied where the kernel's way can't be gone.
WAYS: dict[str, dict[str, object]] = {
    "resident": {},
    "cold": {"aiomedia.storage.open_file.OpenFile.read_resident": lambda *_: 0},
    "copied": {"aiomedia.storage.open_file.RESIDENT": None},
}
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A test of `each_loop` runs on each, all others on asyncio's own."""
    return LOOPS if item.get_closest_marker("each_loop") else {"asyncio": asyncio.new_event_loop}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("each_way"):
        metafunc.fixturenames.append("way")
        metafunc.parametrize("way", WAYS, indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the ways in which a file can be sent, for all that is sent in this test."""
    name: str = request.param
    for target, value in WAYS[name].items():
        monkeypatch.setattr(target, value)
    return name


class Serve(Protocol):
    """Starts an application on a real socket, and waits until its roots are scanned unless told not to."""

    async def __call__(self, *roots: Path, ready: bool = True, **keys: Any) -> Client: ...


@pytest.fixture(autouse=True)
def no_descriptor_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test closes what it opens, or lets go of it."""
    before = _descriptors()
    yield
    request.node.funcargs.clear()  # or pytest itself holds what the fixtures gave
    deadline = time.monotonic() + DEADLINE_S
    while leaked := _descriptors() - before:  # the watcher's thread closes its own when it notices that it is stopped
        assert time.monotonic() < deadline, f"left open: {leaked}"
        gc.collect()
        time.sleep(0.01)


def _descriptors() -> set[tuple[str, str]]:
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
        except FileNotFoundError:
            continue  # the one that listed them
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty directory to serve."""
    path = tmp_path / "media"
    path.mkdir()
    return path


@pytest.fixture
async def serve(aiohttp_client: AiohttpClient) -> AsyncIterator[Serve]:
    """Applications that are gone, with all their tasks, after the test."""
    before = asyncio.all_tasks()
    clients: list[Client] = []

    async def start(*roots: Path, ready: bool = True, **keys: Any) -> Client:
        app = create_app(Config(roots=tuple(map(str, roots)), **keys))
        client: Client = await aiohttp_client(app)
        clients.append(client)
        if ready:
            await until_live(app[LIBRARY])
        return client

    yield start
    for client in clients:
        await client.close()
    # aiohttp's connections end in callbacks: they get a few turns of the loop.
    await eventually(lambda: _tasks_since(before), lambda tasks: not tasks)


async def _tasks_since(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - before - {asyncio.current_task()}


@pytest.fixture
async def server(root: Path) -> AsyncIterator[Address]:
    """The server of `aiomedia serve` around the root, in this process."""
    async with listening(Config(roots=(str(root),), port=0)) as (address,):
        yield address


@pytest.fixture(scope="module")
def samples_url() -> Iterator[str]:
    """`aiomedia serve samples`, as `make run` does it."""
    with running(SAMPLES) as server:
        yield server.url


@pytest.fixture(scope="session", autouse=True)
def libuv() -> None:
    """libuv keeps a pipe from its first loop on, so there is one before any test looks for leaks."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.sleep(0))
