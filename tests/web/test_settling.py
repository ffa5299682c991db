"""Files that are being written: nobody gets a byte of one before it is whole."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asking import Client, error_of, eventually, listed
from tests.conftest import Serve

pytestmark = pytest.mark.each_way

BEING_WRITTEN = (404, "being_written")


@contextmanager
def half_written(path: Path) -> Iterator[None]:
    """A file with a writer that has more to write."""
    with path.open("wb") as file:
        file.write(b"half")
        file.flush()
        yield


async def state_of(client: Client, identifier: str) -> str:
    async with client.get(f"/list/generated/{identifier}") as response:
        body = json.loads(await response.read())
        assert body["total_files"] == len(body["generated_files"])
        state: str = body["state"]
        return state


async def until_state(client: Client, identifier: str, wanted: str) -> None:
    await eventually(lambda: state_of(client, identifier), lambda state: state == wanted)


async def test_a_file_that_is_being_written_is_told_from_one_that_is_not_there(root: Path, serve: Serve) -> None:
    client = await serve(root)
    with half_written(root / "5output.mp4"):
        await until_state(client, "5", "writing")
        for url in ("/download/video/5output.mp4", "/download/generated/video/5", "/browse/5output.mp4"):
            assert await error_of(client, url) == BEING_WRITTEN
            async with client.get(url) as response:
                assert response.headers["Retry-After"] == "1"
        assert await error_of(client, "/download/generated/audio/5") == (404, "not_found"), "that is not being written"
        assert await listed(client) == []
        async with client.get("/list/generated/5") as response:
            assert (await response.json())["generated_files"] == []
    await until_state(client, "5", "ready")
    async with client.get("/download/generated/video/5") as response:
        assert await response.read() == b"half"


async def test_a_file_that_is_written_while_the_server_starts_is_not_served(root: Path, serve: Serve) -> None:
    with half_written(root / "5output.mp4"):
        client = await serve(root)
        assert await error_of(client, "/download/video/5output.mp4") == BEING_WRITTEN
        assert await state_of(client, "5") == "writing"
    await until_state(client, "5", "ready")


async def test_of_an_identifier_that_has_one_kind_ready_that_one_is_told(root: Path, serve: Serve) -> None:
    (root / "5output.wav").write_bytes(b"sound")
    client = await serve(root)
    with half_written(root / "5output.mp4"):

        async def error() -> tuple[int, str]:
            return await error_of(client, "/download/generated/video/5")

        await eventually(error, lambda error: error == BEING_WRITTEN)
        assert await state_of(client, "5") == "ready"
        async with client.get("/download/generated/audio/5") as response:
            assert await response.read() == b"sound"


async def test_a_ready_file_that_is_written_to_again_is_ready_no_more(root: Path, serve: Serve) -> None:
    (root / "x.mp4").write_bytes(b"one")
    client = await serve(root)
    assert await listed(client) == ["x.mp4"]
    with (root / "x.mp4").open("ab") as file:
        file.write(b"two")
        file.flush()
        assert await error_of(client, "/download/video/x.mp4") == BEING_WRITTEN, "even before its event is there"
        await eventually(lambda: listed(client), lambda names: names == [])
    await eventually(lambda: listed(client), lambda names: names == ["x.mp4"])
    async with client.get("/download/video/x.mp4") as response:
        assert await response.read() == b"onetwo"


async def test_a_file_that_is_renamed_into_place_over_one_that_is_being_written_is_ready(
    root: Path, serve: Serve
) -> None:
    client = await serve(root)
    with half_written(root / "5output.mp4"):
        await until_state(client, "5", "writing")
        (root / ".new").write_bytes(b"whole")
        (root / ".new").replace(root / "5output.mp4")
        await until_state(client, "5", "ready")
        async with client.get("/download/video/5output.mp4") as response:
            assert await response.read() == b"whole"


async def test_a_file_that_is_deleted_while_it_is_written_is_forgotten(root: Path, serve: Serve) -> None:
    client = await serve(root)
    with half_written(root / "5output.mp4"):
        await until_state(client, "5", "writing")
        (root / "5output.mp4").unlink()
        await until_state(client, "5", "unknown")


async def test_no_client_ever_gets_half_a_file(root: Path, serve: Serve) -> None:
    client = await serve(root)
    pieces = [os.urandom(100_000) for _ in range(20)]

    async def ask() -> bytes:
        while True:
            async with client.get("/download/video/5output.mp4") as response:
                if response.status == 200:
                    return await response.read()
            await asyncio.sleep(0.01)  # a client's pace

    clients = [asyncio.create_task(ask()) for _ in range(20)]
    with (root / "5output.mp4").open("wb") as file:
        for piece in pieces:
            file.write(piece)
            file.flush()
            await asyncio.sleep(0.02)  # a producer's pace
    for got in await asyncio.wait_for(asyncio.gather(*clients), 20):
        assert got == b"".join(pieces)
