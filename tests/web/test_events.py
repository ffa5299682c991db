"""Changes as Server-Sent Events (the contract's section 7), read as WHATWG HTML 9.2.6 says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientResponse

from aiomedia.index import Changes
from aiomedia.web import events
from aiomedia.web.keys import LIBRARY
from tests.asking import DEADLINE_S, Client, connected
from tests.conftest import Serve
from tests.holding import until_held
from tests.mirroring import Mirror, mirrored_through_a_thousand_changes
from tests.samples import resource
from tests.web.test_changes import cursor_of


class Event(NamedTuple):
    """An event that a browser would dispatch."""

    name: str
    file: dict[str, Any]
    last_id: str


class Stream:
    """An event stream, read line by line."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self.last_id = ""
        self.retry_ms: int | None = None
        self.comments = 0

    async def next(self) -> Event:
        """The next event. Raises EOFError when the stream ends before it."""
        name, data = "message", ""
        while True:
            field, _, value = (await self._line()).partition(":")
            value = value.removeprefix(" ")
            match field:
                case "event":
                    name = value
                case "data":
                    data = value
                case "id":
                    self.last_id = value
                case "retry":
                    self.retry_ms = int(value)
                case "":
                    if value:
                        self.comments += 1
                    elif data:
                        return Event(name, json.loads(data), self.last_id)
                case _:
                    raise AssertionError(f"{field}: {value}")

    async def until_named(self) -> str:
        """The first id, which comes with the first lines."""
        while not self.last_id:
            line = await self._line()
            self.last_id = line.removeprefix("id: ") if line.startswith("id: ") else ""
        return self.last_id

    async def _line(self) -> str:
        line = await asyncio.wait_for(self.response.content.readline(), DEADLINE_S)
        if not line:
            raise EOFError
        return line.decode().removesuffix("\n")


@asynccontextmanager
async def following(client: Client, since: str | None = None, **parameters: str) -> AsyncIterator[Stream]:
    """A stream, that goes on after an event of this id."""
    headers = {} if since is None else {"Last-Event-ID": since}
    async with client.get("/events", params=parameters, headers=headers) as response:
        assert response.status == 200, await response.text()
        yield Stream(response)


def put(path: Path, content: bytes = b"1") -> None:
    path.with_name(f".{path.name}").write_bytes(content)
    path.with_name(f".{path.name}").rename(path)


async def test_what_happens_is_told(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with following(client) as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.response.headers["Cache-Control"] == "no-cache"
        assert stream.response.headers["X-Accel-Buffering"] == "no"
        put(root / "x.mp4")
        added = await stream.next()
        async with client.get("/list/files") as response:
            (listed,) = (await response.json())["files"]
        assert (added.name, added.file) == ("added", listed)
        put(root / "x.mp4", b"22")
        modified = await stream.next()
        assert (modified.name, modified.file["size"]) == ("modified", 2)
        (root / "x.mp4").unlink()
        removed = await stream.next()
        assert (removed.name, removed.file) == ("removed", modified.file)
        assert len({added.last_id, modified.last_id, removed.last_id}) == 3
        assert stream.retry_ms


@pytest.mark.parametrize("name", ["a b.mp4", "ä:#%.mp4", "event: x.mp4", '"<b>.mp4', "id: 0.wav"])
async def test_a_file_is_one_line_whatever_it_is_called(root: Path, serve: Serve, name: str) -> None:
    client = await serve(root)
    async with following(client) as stream:
        put(root / name)
        assert (await stream.next()).file["filename"] == name


async def test_a_stream_that_is_resumed_misses_nothing_and_repeats_nothing(root: Path, serve: Serve) -> None:
    client = await serve(root)
    last_id: str | None = await cursor_of(client)
    told: list[str] = []
    for number in range(20):
        put(root / f"{2 * number:02}.mp4")
        if number % 2:  # some while nobody listens
            put(root / f"{2 * number + 1:02}.mp4")
        async with following(client, last_id) as stream:
            for _ in range(1 + number % 2):
                event = await stream.next()
                told.append(event.file["filename"])
                last_id = event.last_id
    assert told == sorted(path.name for path in root.iterdir())


async def test_a_stream_on_which_nothing_happened_can_be_resumed_too(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with following(client) as stream:
        last_id = await stream.until_named()
    put(root / "x.mp4")
    async with following(client, last_id) as stream:
        assert (await stream.next()).file["filename"] == "x.mp4"
    async with client.get("/events", params={"since": last_id}) as response:
        stream = Stream(response)
        assert (await stream.next()).file["filename"] == "x.mp4"


async def test_a_consumer_that_dies_again_and_again_ends_with_what_is_there(root: Path, serve: Serve) -> None:
    client = await serve(root, changes_kept=200)

    async def consume(mirror: Mirror) -> None:
        if mirror.cursor is None:
            await mirror.list(client)
        async with following(client, mirror.cursor, recursive="true") as stream:
            while True:
                event = await stream.next()
                if event.name == "reset":
                    await mirror.list(client)
                else:
                    mirror.take(event.name, event.file)
                    mirror.cursor = event.last_id

    await mirrored_through_a_thousand_changes(client, root, consume)


@pytest.mark.parametrize("last_id", ["x", "AAAAAAAA-1"])
async def test_what_cannot_be_resumed_is_reset_and_goes_on_from_there(root: Path, serve: Serve, last_id: str) -> None:
    client = await serve(root)
    async with following(client, last_id) as stream:
        reset = await stream.next()
        assert reset.name == "reset"
        assert reset.last_id == await cursor_of(client)
        put(root / "x.mp4")
        assert (await stream.next()).name == "added"


async def test_a_root_that_was_replaced_is_a_reset(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with following(client) as stream:
        root.rename(root.with_name("away"))
        root.mkdir()
        assert (await stream.next()).name == "reset"
        put(root / "x.mp4")
        assert (await stream.next()).file["filename"] == "x.mp4"


async def test_a_stream_shows_what_the_listing_does(root: Path, serve: Serve) -> None:
    (root / "sub/deep").mkdir(parents=True)
    client = await serve(root)
    async with (
        following(client) as top,
        following(client, recursive="true") as tree,
        following(client, directory=str(root / "sub"), type="audio") as sub,
    ):
        for path in ("sub/deep/1.mp4", "sub/2.mp4", "sub/3.wav", "4.mp4"):
            put(root / path)
            assert (await tree.next()).file["filename"] == path
        assert (await top.next()).file["filename"] == "4.mp4"
        assert (await sub.next()).file["filename"] == "3.wav"


async def test_a_quiet_stream_is_kept_open_and_told_where_it_is(
    root: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    (root / "sub").mkdir()
    client = await serve(root, changes_kept=2)
    async with following(client) as stream:
        await stream.until_named()
        for number in range(5):
            put(root / f"sub/{number}.mp4")
            await asyncio.sleep(0.1)  # longer than a heartbeat
        put(root / "x.mp4")
        assert (await stream.next()).name == "added", "what it is not shown makes it miss nothing"
        assert stream.comments


async def test_a_client_that_reads_nothing_is_reset_and_holds_up_nobody(root: Path, serve: Serve) -> None:
    client = await serve(root, changes_kept=100)
    app = client.app
    assert app is not None
    name = "x" * 200  # so that few thousand events fill the sockets' buffers
    files = {f"{name}{number}.mp4": resource(f"{name}{number}.mp4") for number in range(50)}
    async with connected(client, b"GET /events HTTP/1.1", b"Host: a") as idle, following(client) as other:
        await idle.head()
        await other.until_named()
        for _ in range(400):
            app[LIBRARY].feed.publish(str(root), Changes("", files, {}, files))
            for _ in files:
                assert (await other.next()).name == "added"
        received = b""
        while b"event: reset" not in received[-1_000_000:]:
            received += await asyncio.wait_for(idle.reader.read(1 << 20), DEADLINE_S)
        put(root / "last.mp4")
        while b"last.mp4" not in received[-10_000:]:
            received += await asyncio.wait_for(idle.reader.read(1 << 20), DEADLINE_S)


async def test_a_stream_takes_get_alone(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with client.head("/events") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET"


async def test_many_streams_are_told_the_same(root: Path, serve: Serve) -> None:
    client = await serve(root)
    count = 60
    responses = [await client.get("/events") for _ in range(count)]
    await until_held(client.app, count)
    put(root / "x.mp4")
    told = [await Stream(response).next() for response in responses]
    assert set(map(str, told)) == {str(told[0])}
    for response in responses:
        response.close()
    await until_held(client.app, 0)
