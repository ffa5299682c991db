"""The client's calls, against a served application."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

import aiomedia
from aiomedia.client.client import Client
from aiomedia.client.errors import Refused, UnsafeName, Unusable
from aiomedia.errors import InvalidFileType
from aiomedia.resource import ListedFile
from aiomedia.web.keys import LIBRARY
from tests.asking import eventually, until_live
from tests.client.hostile import Reply, Request, error, hostile
from tests.conftest import Serve

Connect = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
async def connect(serve: Serve, root: Path) -> Connect:
    """A client of a server of the root."""
    server = await serve(root)

    @asynccontextmanager
    async def connected(**keywords: Any) -> AsyncIterator[Client]:
        async with Client(str(server.make_url("/")), **keywords) as client:
            yield client

    return connected


@pytest.fixture
def here(tmp_path: Path) -> Path:
    path = tmp_path / "here"
    path.mkdir()
    return path


def put(root: Path, name: str, content: bytes = b"content") -> None:
    """Puts a file there, whole."""
    (root / name).parent.mkdir(exist_ok=True)
    (root / ".new").write_bytes(content)
    (root / ".new").rename(root / name)


async def listed_all(client: Client, count: int) -> None:
    async def total() -> int:
        return (await client.list_files(recursive=True)).total_files

    await eventually(total, lambda total: total == count)


async def test_a_listing_is_of_the_servers_own_structs(connect: Connect, root: Path) -> None:
    put(root, "a.mp4")
    put(root, "b.wav", b"sound")
    put(root, "deep/c é.mp4")
    async with connect() as client:
        await listed_all(client, 3)
        listing = await client.list_files()
        assert listing.directory == str(root)
        assert [(file.filename, file.size, file.type) for file in listing.files] == [
            ("a.mp4", 7, "video"),
            ("b.wav", 5, "audio"),
        ]
        assert all(isinstance(file, ListedFile) for file in listing.files)
        assert listing.cursor
        newest = await client.list_files(type="video", sort="modified", order="desc", limit=1, recursive=True)
        assert (newest.total_files, len(newest.files)) == (2, 1)
        assert [file.filename for file in (await client.list_files(q="B")).files] == ["b.wav"]
        assert [file.filename for file in (await client.list_files(directory=str(root / "deep"))).files] == ["c é.mp4"]


async def test_pages_follow_each_other(connect: Connect, root: Path) -> None:
    for number in range(7):
        put(root, f"{number}.mp4")
    async with connect() as client:
        await listed_all(client, 7)
        first = await client.list_files(limit=3)
        sizes = [len(page.files) async for page in client.pages(first)]
        assert sizes == [3, 3, 1]
        assert [file.filename async for file in client.iterate_files()] == [f"{number}.mp4" for number in range(7)]


async def test_a_file_is_downloaded_to_a_path_or_into_a_directory(connect: Connect, root: Path, here: Path) -> None:
    put(root, "deep/c é.mp4", b"video")
    async with connect() as client:
        await listed_all(client, 1)
        done = await client.download("deep/c é.mp4", here)
        assert done.path == str(here / "c é.mp4")
        assert Path(done.path).read_bytes() == b"video"
        assert done.etag == (await client.list_files(recursive=True)).files[0].etag
        await client.download("c é.mp4", here / "other", directory=str(root / "deep"))
        assert (here / "other").read_bytes() == b"video"


async def test_errors_have_the_servers_status_slug_and_words(connect: Connect, here: Path) -> None:
    async with connect() as client:
        with pytest.raises(Refused, match="no such file") as caught:
            await client.download("nowhere.mp4", here)
        assert (caught.value.status, caught.value.code) == (404, "not_found")
        with pytest.raises(Refused) as caught:
            await client.list_files(directory="/etc")
        assert (caught.value.status, caught.value.code) == (403, "directory_not_allowed")
        with pytest.raises(InvalidFileType):
            await client.download("notes.txt", here)
    assert list(here.iterdir()) == []


async def test_a_file_that_is_not_there_yet_is_waited_for(connect: Connect, root: Path, here: Path) -> None:
    async with connect() as client:
        waiting = asyncio.ensure_future(client.download("late.mp4", here, wait=20))
        listing = asyncio.ensure_future(client.list_generated("5", wait=20, count=2))
        sound = asyncio.ensure_future(client.download_generated("5", "video", here, wait=20))
        await asyncio.sleep(0.05)
        put(root, "late.mp4", b"late")
        put(root, "5output.wav", b"sound")
        put(root, "5output.mp4", b"video")
        await waiting
        await sound
        assert [file.type for file in (await listing).generated_files] == ["audio", "video"]
    assert (here / "late.mp4").read_bytes() == b"late"
    assert (here / "5output.mp4").read_bytes() == b"video"


async def test_a_generated_file_goes_to_a_path_too(connect: Connect, root: Path, here: Path) -> None:
    put(root, "5output.wav", b"sound")
    async with connect() as client:
        await listed_all(client, 1)
        await client.download_generated("5", "audio", here / "sound")
        with pytest.raises(Refused):
            await client.download_generated("5", "video", here)
        with pytest.raises(Refused):
            await client.download_generated("5", "video", here, wait=0.1)
    assert (here / "sound").read_bytes() == b"sound"


async def test_an_application_that_is_mounted_is_asked_there(root: Path, here: Path, aiohttp_client: Any) -> None:
    put(root, "a.mp4")
    media = aiomedia.create_app(aiomedia.Config(roots=(str(root),)))
    app = web.Application()
    app.add_subapp("/media", media)
    server = await aiohttp_client(app)
    await until_live(media[LIBRARY])
    for base in ("/media", "/media/"):
        async with Client(str(server.make_url(base))) as client:
            listing = await client.list_files(limit=1)
            assert [page.total_files async for page in client.pages(listing)] == [1]
            await client.download("a.mp4", here)
    shutil.rmtree(here)


async def test_a_session_that_is_given_is_used_and_left_open(connect: Connect) -> None:
    async with ClientSession(headers={"X-Mine": "yes"}) as session, connect(session=session) as client:
        await client.list_files()
        await client._connection.close()
        assert not session.closed


async def test_a_client_is_used_within_its_block(here: Path) -> None:
    client = Client("http://localhost:1")
    with pytest.raises(RuntimeError, match="async with"):
        await client.list_files()


async def test_the_token_goes_to_the_server_and_nowhere_else(here: Path) -> None:
    def behave(request: Request) -> Reply:
        return Reply(200, {"Content-Length": "2", "ETag": '"a"'}, b"no")

    async with (
        hostile(behave) as ours,
        hostile(behave) as other,
        Client(f"http://127.0.0.1:{ours.port}", token="secret") as client,
    ):
        await client.download_url(ours.url, here)
        await client.download_url(f"http://127.0.0.1:{other.port}/y.mp4", here)
        with pytest.raises(Unusable, match="does not answer as aiomedia"):
            await client.list_files()
    assert [request.headers.get("Authorization") for request in ours.requests] == ["Bearer secret"] * 2
    assert "Authorization" not in other.requests[0].headers


async def test_a_redirect_elsewhere_does_not_take_the_token_along(here: Path) -> None:
    async with (
        hostile(lambda request: Reply(200, {"Content-Length": "0"}, b"")) as other,
        hostile(lambda request: error(302, Location=other.url)) as ours,
        Client(f"http://127.0.0.1:{ours.port}", token="secret") as client,
    ):
        await client.download_url(ours.url, here)
    assert "Authorization" not in other.requests[0].headers


@pytest.mark.parametrize("path", ["..%2fx.mp4", "", ".profile", "a%00b", "%2Fetc%2Fpasswd", "a%5Cb"])
async def test_the_name_in_a_url_never_leads_elsewhere(here: Path, path: str) -> None:
    async with Client("http://127.0.0.1:1", attempts=0) as client:
        with pytest.raises(UnsafeName):
            await client.download_url(f"http://127.0.0.1:1/{path}", here)
    assert list(here.iterdir()) == []


async def test_what_may_pass_is_asked_again() -> None:
    def behave(request: Request) -> Reply:
        if request.number < 3:
            return error(503, Retry_After="0")
        body = b'{"directory":"/a","total_files":0,"files":[],"next":null}'
        return Reply(200, {"Content-Length": str(len(body))}, body)

    async with hostile(behave) as server, Client(f"http://127.0.0.1:{server.port}") as client:
        assert (await client.list_files()).files == []
        assert len(server.requests) == 4
