"""Waiting for a file: the answer is held until it is there, and then is the ordinary one (the contract's section 6)."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from aiomedia.web import holding
from tests.asking import connected, error_of, eventually
from tests.conftest import Serve
from tests.holding import answer, asked, until_held
from tests.processes import running

NAMED, GENERATED, LISTED = "/download/video/5output.mp4", "/download/generated/video/5", "/list/generated/5"


def put(path: Path, content: bytes = b"12345") -> None:
    """Renames a file into place, as pipelines do."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(content)
    hidden.rename(path)


@pytest.mark.each_loop
@pytest.mark.each_way
@pytest.mark.parametrize("url", [NAMED, GENERATED, "/download/generated/video/4?task_id=5"])
@pytest.mark.parametrize("size", [5, 1_000_000])
async def test_a_download_waits_until_the_file_is_there(root: Path, serve: Serve, url: str, size: int) -> None:
    client = await serve(root)
    asking = asked(client, f"{url}{'&' if '?' in url else '?'}wait=60")
    await until_held(client.app, 1)
    put(root / "5output.wav")
    put(root / "15output.mp4")
    content = bytes(range(256)) * (size // 256 + 1)
    put(root / "5output.mp4", content)
    got = await answer(asking)
    assert (got.status, got.body) == (200, content)
    assert got.headers["ETag"]
    assert got.headers["Content-Disposition"] == 'attachment; filename="5output.mp4"'
    await until_held(client.app, 0)


async def test_a_download_waits_until_the_file_is_written(root: Path, serve: Serve) -> None:
    client = await serve(root)
    asking = asked(client, f"{NAMED}?wait=60")
    await until_held(client.app, 1)
    with (root / "5output.mp4").open("wb") as file:
        for _ in range(5):
            file.write(b"1")
            file.flush()
            await asyncio.sleep(0.05)
            assert not asking.done()
    got = await answer(asking)
    assert (got.status, got.body) == (200, b"11111")


async def test_a_file_that_is_there_is_answered_at_once(root: Path, serve: Serve) -> None:
    put(root / "5output.mp4")
    client = await serve(root)
    for url in (NAMED, GENERATED, LISTED):
        assert (await answer(asked(client, f"{url}?wait=60"))).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", [NAMED, GENERATED])
async def test_after_the_time_the_answer_is_the_ordinary_one(root: Path, serve: Serve, url: str, method: str) -> None:
    client = await serve(root)
    got = await answer(asked(client, f"{url}?wait=0.2", method=method))
    assert got.status == 404
    assert got.headers["Retry-After"] == "1"
    assert not got.body or json.loads(got.body)["code"] == "not_found"
    with (root / "5output.mp4").open("wb") as file:
        file.write(b"1")
        file.flush()
        assert await error_of(client, f"{url}?wait=0.3") == (404, "being_written")


async def test_a_listing_waits_for_as_many_files_as_are_asked_for(root: Path, serve: Serve) -> None:
    client = await serve(root)
    one, two = asked(client, f"{LISTED}?wait=60"), asked(client, f"{LISTED}?wait=60&count=2")
    await until_held(client.app, 2)
    put(root / "5output.mp4")
    assert json.loads((await answer(one)).body)["total_files"] == 1
    await until_held(client.app, 1)
    put(root / "5output.wav")
    assert json.loads((await answer(two)).body)["total_files"] == 2


async def test_a_listing_that_waited_in_vain_says_what_there_is(root: Path, serve: Serve) -> None:
    client = await serve(root)
    got = await answer(asked(client, f"{LISTED}?wait=0.2"))
    assert (got.status, json.loads(got.body)["state"]) == (200, "unknown")
    put(root / "5output.mp4")
    got = await answer(asked(client, f"{LISTED}?wait=0.5&count=2"))
    assert json.loads(got.body)["state"] == "ready"


@pytest.mark.parametrize(
    "field", ["wait=60", "Wait = 60", 'respond-async, wait="60"', "a;wait=1, wait=60, wait=0", ", wait=60;x=y"]
)
async def test_a_preference_is_applied_and_told(root: Path, serve: Serve, field: str) -> None:
    client = await serve(root)
    asking = asked(client, NAMED, headers={"Prefer": field})
    await until_held(client.app, 1)
    put(root / "5output.mp4")
    got = await answer(asking)
    assert got.status == 200
    assert got.headers["Preference-Applied"] == "wait=60"


@pytest.mark.parametrize(
    "field",
    ["wait", "wait=", "wait=x", "wait=-1", "wait=1.5", "wait=٣", "waiting=60", 'x="wait=60"', "wait=x, wait=60", '"'],
)
async def test_an_invalid_preference_is_ignored(root: Path, serve: Serve, field: str) -> None:
    client = await serve(root)
    got = await answer(asked(client, NAMED, headers={"Prefer": field}))
    assert got.status == 404
    assert "Preference-Applied" not in got.headers


async def test_a_preference_that_was_waited_for_in_vain_is_told_too(root: Path, serve: Serve) -> None:
    client = await serve(root)
    got = await answer(asked(client, NAMED, headers={"Prefer": "wait=1"}))
    assert (got.status, got.headers["Preference-Applied"], got.headers["Retry-After"]) == (404, "wait=1", "1")


@pytest.mark.parametrize("url", [NAMED, GENERATED, LISTED, "/changes"])
@pytest.mark.parametrize(
    "query", ["wait=", "wait=x", "wait=-1", "wait=+1", "wait=1e3", "wait=nan", "wait=1&wait=2", "wait=%D9%A3"]
)
async def test_an_invalid_wait_is_refused(root: Path, serve: Serve, url: str, query: str) -> None:
    client = await serve(root)
    assert await error_of(client, f"{url}?{query}") == (400, "invalid_parameter")


@pytest.mark.parametrize("count", ["0", "-1", "x", "", "10001"])
async def test_an_invalid_count_is_refused(root: Path, serve: Serve, count: str) -> None:
    client = await serve(root)
    assert await error_of(client, f"{LISTED}?wait=1&count={count}") == (400, "invalid_parameter")


async def test_nobody_waits_longer_than_the_configuration_says(root: Path, serve: Serve) -> None:
    client = await serve(root, max_wait_s=1.0)
    assert await error_of(client, f"{NAMED}?wait={'9' * 400}") == (404, "not_found")
    got = await answer(asked(client, NAMED, headers={"Prefer": "wait=60"}))
    assert (got.status, got.headers["Preference-Applied"]) == (404, "wait=1")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("/download/video/x.txt", (400, "invalid_file_type")),
        ("/download/video/a%2F..%2Fx.mp4", (400, "invalid_filename")),
        ("/download/video/x.mp4?directory=/etc", (403, "directory_not_allowed")),
        ("/download/generated/video/a%2Fb", (404, "not_found")),
    ],
)
async def test_what_can_never_be_is_refused_at_once(root: Path, serve: Serve, url: str, error: tuple[int, str]) -> None:
    client = await serve(root)
    assert await error_of(client, f"{url}{'&' if '?' in url else '?'}wait=60") == error


async def test_a_file_may_come_with_its_directory(root: Path, tmp_path: Path, serve: Serve) -> None:
    client = await serve(root)
    asking = [
        asked(client, "/download/video/sub/5output.mp4?wait=60"),
        asked(client, f"{GENERATED}?wait=60&directory={root}/sub"),
        asked(client, f"{LISTED}?wait=60&directory={root}/sub"),
    ]
    await until_held(client.app, 3)
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub/5output.mp4")
    (tmp_path / "sub").rename(root / "sub")
    assert [(await answer(each)).status for each in asking] == [200, 200, 200]


async def test_a_wait_outlasts_a_root_that_goes_and_comes(root: Path, serve: Serve) -> None:
    client = await serve(root)
    asking = asked(client, f"{NAMED}?wait=60")
    await until_held(client.app, 1)
    root.rename(root.with_name("away"))

    async def status() -> int:
        async with client.get("/list/files") as response:
            return response.status

    await eventually(status, lambda status: status == 503)
    assert not asking.done()
    put(root.with_name("away") / "5output.mp4")
    root.with_name("away").rename(root)
    assert (await answer(asking)).status == 200


async def test_a_client_that_goes_away_frees_its_place(
    root: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "LOOK_S", 0.05)
    client = await serve(root)
    for url in (NAMED, "/events"):
        async with connected(client, f"GET {url}?wait=60 HTTP/1.1".encode(), b"Host: a"):
            await until_held(client.app, 1)
        await until_held(client.app, 0)


async def test_a_client_that_has_nothing_more_to_ask_is_answered(root: Path) -> None:
    with running(root) as server:
        async with connected(server, f"GET {NAMED}?wait=60 HTTP/1.1".encode(), b"Host: a") as connection:
            await asyncio.sleep(0.1)
            connection.send_end()
            assert (await connection.answer()).error() == (404, "not_found")


@pytest.mark.parametrize("limit", ["max_held", "max_held_per_client"])
async def test_no_more_wait_than_may(root: Path, serve: Serve, limit: str) -> None:
    client = await serve(root, **{limit: 2})  # type: ignore[arg-type] # mypy takes it for `ready`
    waiting = [asked(client, f"{NAMED}?wait=60"), asked(client, f"{LISTED}?wait=60")]
    await until_held(client.app, 2)
    cursor = (await answer(asked(client, "/list/files"))).headers["Aiomedia-Cursor"]
    for url in (f"{NAMED}?wait=60", f"{LISTED}?wait=60", "/events", f"/changes?since={cursor}&wait=60"):
        got = await answer(asked(client, url))
        assert (got.status, json.loads(got.body)["code"]) == (429, "too_many_requests")
        assert int(got.headers["Retry-After"]) > 0
    assert await error_of(client, NAMED) == (404, "not_found"), "but all others are answered"
    put(root / "5output.mp4")
    assert [(await answer(each)).status for each in waiting] == [200, 200]
    assert (await answer(asked(client, f"{NAMED}?wait=60"))).status == 200


async def test_a_stop_ends_waits_at_once(root: Path) -> None:
    with running(root) as server:
        lines = [f"GET {NAMED}?wait=300 HTTP/1.1".encode(), b"Host: a"]
        async with (
            connected(server, *lines) as connection,
            connected(server, b"GET /events HTTP/1.1", b"Host: a") as stream,
        ):
            await stream.head()
            await asyncio.sleep(0.1)  # until the first is held
            server.process.send_signal(signal.SIGTERM)
            held = await connection.answer()
            assert held.error() == (503, "unavailable")
            assert held.headers["Retry-After"] == "1"
            assert (await stream.rest()).endswith(b"0\r\n\r\n"), "and a stream is complete"
            assert await asyncio.to_thread(server.process.wait, 20) == 0


async def test_each_of_many_waits_gets_its_own_file(root: Path, serve: Serve) -> None:
    client = await serve(root)
    count = 100  # as many connections as aiohttp's client opens
    asking = [asked(client, f"/download/generated/video/{number}?wait=60") for number in range(count)]
    await until_held(client.app, count)
    for number in range(count):
        put(root / f"{number}output.mp4", b"%d" % number)
    for number, each in enumerate(asking):
        assert (await answer(each)).body == b"%d" % number
    await until_held(client.app, 0)


async def test_what_others_wait_for_is_no_answer(root: Path, serve: Serve) -> None:
    client = await serve(root)
    asking = [asked(client, f"/download/video/{name}.mp4?wait=60") for name in "abc"]
    await until_held(client.app, 3)
    put(root / "b.mp4")
    assert (await answer(asking[1])).status == 200
    await until_held(client.app, 2)
    assert not asking[0].done()
    assert not asking[2].done()
    put(root / "a.mp4")
    put(root / "c.mp4")
    assert [(await answer(each)).status for each in asking] == [200, 200, 200]
