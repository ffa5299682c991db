"""The application within another, and its routes."""

from pathlib import Path

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient

from aiomedia import Config, create_app
from tests.asking import Client, eventually

ROUTES = {
    ("GET", "/"),
    ("GET", "/browse"),
    ("GET", "/browse/{path}"),
    ("GET", "/download/audio/{filename}"),
    ("GET", "/download/generated/audio/{uuid}"),
    ("GET", "/download/generated/video/{uuid}"),
    ("GET", "/download/video/{filename}"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/healthz"),
    ("GET", "/list/files"),
    ("GET", "/list/generated/{uuid}"),
}


def test_the_route_table() -> None:
    app = create_app()
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource}
    assert routes == ROUTES | {("HEAD", path) for _, path in ROUTES}


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
    async with client.get(f"{prefix}/") as response:
        assert response.status == 200
        assert response.url.path == f"{prefix}/browse/"
    async with client.get(f"{prefix}/nowhere") as response:
        assert (await response.json())["code"] == "not_found"
