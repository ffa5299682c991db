"""Errors: the contract's section 4."""

import asyncio
import errno
import logging
import os
from pathlib import Path

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient

from aiomedia.storage.local import LocalDirectory
from aiomedia.web.errors import errors_as_json
from tests.asking import error_of
from tests.conftest import Serve


async def test_a_root_that_is_missing_is_unavailable_and_never_empty(tmp_path: Path, serve: Serve) -> None:
    root = tmp_path / "absent"
    client = await serve(root, ready=False)
    for url in (
        "/list/files",
        "/list/files?recursive=true",
        f"/list/files?directory={root}/sub",
        "/list/generated/5",
        "/download/video/x.mp4",
        "/download/generated/audio/5",
        "/browse/",
    ):
        async with client.get(url) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "1"
            assert (await response.json())["code"] == "unavailable"


@pytest.mark.parametrize("error", [errno.EMFILE, errno.EIO])
async def test_a_fault_of_the_system_is_unavailable_and_not_a_missing_file(
    root: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    (root / "x.mp4").touch()
    client = await serve(root)

    def failing(self: LocalDirectory, path: str, known: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(LocalDirectory, "open", failing)
    async with client.get("/download/video/x.mp4") as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
        assert (await response.json())["code"] == "unavailable"


async def test_a_failure_inside_is_logged_and_tells_nothing(
    aiohttp_client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise RuntimeError("the secret path /etc/shadow")

    async def slow(request: web.Request) -> web.Response:
        raise asyncio.TimeoutError  # noqa: UP041 # aiohttp makes a 504 in plain text of it

    app = web.Application(middlewares=[errors_as_json])
    app.router.add_get("/broken", broken)
    app.router.add_get("/slow", slow)
    client = await aiohttp_client(app)
    for url in ("/broken", "/slow"):
        assert await error_of(client, url) == (500, "internal_error")
        async with client.get(url) as response:
            assert "secret" not in await response.text()
    assert "the secret path" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


async def test_an_error_is_not_kept_and_not_sniffed(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with client.get("/download/video/x.mp4") as response:
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
