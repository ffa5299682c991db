"""The application within another, and its routes."""

import json
import os
import ssl
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, TCPConnector, UnixConnector, web
from pytest_aiohttp.plugin import AiohttpClient

from aiomedia import Config, create_app
from aiomedia.web.keys import LIBRARY
from tests.asking import Client, eventually, until_live
from tests.holding import answer, asked, until_held

ROUTES = {
    ("GET", ""),
    ("GET", "/"),
    ("GET", "/api"),
    ("GET", "/browse"),
    ("GET", "/browse/{path}"),
    ("GET", "/changes"),
    ("GET", "/download/audio/{filename}"),
    ("GET", "/download/generated/audio/{uuid}"),
    ("GET", "/download/generated/video/{uuid}"),
    ("GET", "/download/video/{filename}"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/healthz"),
    ("GET", "/list/files"),
    ("GET", "/list/generated/{uuid}"),
    ("GET", "/openapi.json"),
    ("GET", "/page/{name}"),
}
ONLY_GET = {("GET", "/events")}  # a stream has no end, and so no head that is true of all of it


def test_the_route_table() -> None:
    app = create_app()
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    assert routes == ROUTES | {("HEAD", path) for _, path in ROUTES} | ONLY_GET


@pytest.mark.parametrize("mounts", [["/media"], ["/media/v1", "/outer"]])
async def test_every_url_that_a_mounted_application_prints_works(
    root: Path, tmp_path: Path, aiohttp_client: AiohttpClient, mounts: list[str]
) -> None:
    other = tmp_path / "other"
    for where in (root, other):
        (where / "sub").mkdir(parents=True)
        for name in ("5output.mp4", "5output.wav", "5output.webm", "sub/x.mp4"):
            (where / name).write_bytes(name.encode())
    app = create_app(Config(roots=(str(root), str(other))))
    for mount in mounts:
        outer = web.Application()
        outer.add_subapp(mount, app)
        app = outer
    client: Client = await aiohttp_client(app)
    prefix = "".join(reversed(mounts))

    async def status() -> int:
        async with client.get(f"{prefix}/health/ready") as response:
            return response.status

    await eventually(status, lambda status: status == 200)
    urls = []
    for directory in ({}, {"directory": str(other)}, {"directory": f"{root}/sub"}):
        async with client.get(f"{prefix}/list/files", params={"recursive": "true", **directory}) as response:
            files = (await response.json())["files"]
            urls += [file["download_url_video"] or file["download_url_audio"] for file in files]
        async with client.get(f"{prefix}/list/generated/5", params=directory) as response:
            urls += [file["download_url"] for file in (await response.json())["generated_files"]]
    assert len(urls) == 4 + 3 + 4 + 3 + 1
    for url in urls:
        async with client.get(url) as response:
            assert response.status == 200
    async with client.get(f"{prefix}/list/files", params={"limit": "1"}) as response:
        next_url = (await response.json())["next"]
    async with client.get(next_url) as response:
        assert response.status == 200
    async with client.get(f"{prefix}/browse") as response:
        assert response.status == 200
        assert response.url.path == f"{prefix}/browse/"
    async with client.get(f"{prefix}/nowhere") as response:
        assert (await response.json())["code"] == "not_found"


async def test_a_mounted_application_holds_answers_and_ends_them_when_it_stops(
    root: Path, aiohttp_client: AiohttpClient
) -> None:
    app = create_app(Config(roots=(str(root),)))
    outer = web.Application()
    outer.add_subapp("/media", app)
    client: Client = await aiohttp_client(outer)
    await until_live(app[LIBRARY])
    async with client.get("/media/changes") as response:
        cursor = (await response.json())["cursor"]
    waiting = asked(client, "/media/download/generated/video/5", headers={"Prefer": "wait=60"})
    following = asked(client, f"/media/changes?since={cursor}&wait=60")
    await until_held(app, 2)
    (root / "5output.mp4").write_bytes(b"12345")
    got = await answer(waiting)
    assert (got.body, got.headers["Preference-Applied"]) == (b"12345", "wait=60")
    (change,) = json.loads((await answer(following)).body)["changes"]
    async with client.get(change["file"]["download_url_video"]) as response:
        assert response.status == 200
    held, stream = asked(client, "/media/list/generated/6?wait=60"), asked(client, "/media/events")
    await until_held(app, 2)
    await client.server.close()
    assert (await answer(held)).status == 503
    assert (await answer(stream)).status == 200


@pytest.mark.each_loop
@pytest.mark.each_way
@pytest.mark.parametrize("transport", ["tls", "unix"])
async def test_downloads_work_over_other_transports(root: Path, tmp_path: Path, transport: str) -> None:
    content = os.urandom(1_000_000)
    (root / "x.mp4").write_bytes(content)
    app = create_app(Config(roots=(str(root),)))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        connector = await (_tls(runner) if transport == "tls" else _unix(runner, tmp_path / "socket"))
        await until_live(app[LIBRARY])
        base = "https://localhost" if transport == "tls" else "http://localhost"
        async with ClientSession(connector=connector) as session:
            for first in (0, 5, 999_990):
                url = f"{base}:{_port(runner)}/download/video/x.mp4"
                async with session.get(url, headers={"Range": f"bytes={first}-"}) as response:
                    assert await response.read() == content[first:]
    finally:
        await runner.cleanup()


async def _tls(runner: web.AppRunner) -> TCPConnector:
    authority = trustme.CA()
    serving, asking = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(serving)
    authority.configure_trust(asking)
    await web.TCPSite(runner, "localhost", 0, ssl_context=serving).start()
    return TCPConnector(ssl=asking)


async def _unix(runner: web.AppRunner, path: Path) -> UnixConnector:
    await web.UnixSite(runner, str(path)).start()
    return UnixConnector(str(path))


def _port(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    return address[1] if isinstance(address, tuple) else 80
