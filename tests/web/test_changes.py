"""What changed since a cursor (the contract's section 7)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Client, error_of, eventually
from tests.conftest import Serve
from tests.holding import answer, asked, until_held
from tests.mirroring import Mirror, mirrored_through_a_thousand_changes


async def cursor_of(client: Client, **parameters: str) -> str:
    async with client.get("/list/files", params=parameters) as response:
        assert response.status == 200
        return response.headers["Aiomedia-Cursor"]


async def changes(client: Client, since: str, **parameters: str) -> dict[str, Any]:
    async with client.get("/changes", params={"since": since, **parameters}) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "application/json"
        assert response.headers["Cache-Control"] == "no-cache"
        body: dict[str, Any] = await response.json()
        assert list(body) == ["cursor", "changes"]
        return body


def rows(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(change["op"], change["file"]["filename"]) for change in body["changes"]]


async def until_changed(client: Client, since: str, wanted: list[tuple[str, str]], **parameters: str) -> dict[str, Any]:
    return await eventually(lambda: changes(client, since, **parameters), lambda body: rows(body) == wanted)


@pytest.mark.parametrize("path", ["/list/files", "/list/files?limit=1&type=audio", "/list/generated/5"])
async def test_a_listing_has_a_cursor_and_its_304_too(root: Path, serve: Serve, path: str) -> None:
    client = await serve(root)
    async with client.get(path) as response:
        cursor, etag = response.headers["Aiomedia-Cursor"], response.headers["ETag"]
    assert (await changes(client, cursor))["changes"] == []
    async with client.get(path, headers={"If-None-Match": etag}) as response:
        assert response.status == 304
        assert response.headers["Aiomedia-Cursor"] == cursor


async def test_without_a_cursor_there_is_the_present_one(root: Path, serve: Serve) -> None:
    client = await serve(root)
    async with client.get("/changes") as response:
        body = await response.json()
    assert body == {"cursor": await cursor_of(client), "changes": []}


async def test_a_change_is_listed_with_the_file_as_the_listing_has_it(root: Path, serve: Serve) -> None:
    client = await serve(root)
    start = await cursor_of(client)
    (root / "x.mp4").write_bytes(b"1")
    body = await until_changed(client, start, [("added", "x.mp4")])
    async with client.get("/list/files") as response:
        (listed,) = (await response.json())["files"]
    assert body["changes"] == [{"op": "added", "file": listed}]

    (root / ".y").write_bytes(b"12")
    (root / ".y").rename(root / "x.mp4")
    await until_changed(client, body["cursor"], [("modified", "x.mp4")])
    body = await changes(client, start)
    assert rows(body) == [("added", "x.mp4")], "one row a file: for this client it came"
    assert body["changes"][0]["file"]["size"] == 2

    (root / "x.mp4").unlink()
    gone = await until_changed(client, body["cursor"], [("removed", "x.mp4")])
    assert gone["changes"][0]["file"] == body["changes"][0]["file"], "as it was last"
    assert rows(await changes(client, start)) == [("removed", "x.mp4")], "came and went"
    assert rows(await changes(client, gone["cursor"])) == []


async def test_changes_of_a_directory_are_what_its_listing_shows(root: Path, serve: Serve) -> None:
    (root / "sub/deep").mkdir(parents=True)
    client = await serve(root)
    start = await cursor_of(client)
    for path in ("1.mp4", "sub/2.mp4", "sub/3.wav", "sub/deep/4.mp4"):
        (root / path).write_bytes(b"1")
        await eventually(lambda path=path: _is_served(client, path))  # type: ignore[misc] # mypy takes no defaults here
    sub = str(root / "sub")
    for parameters, names in (
        ({}, ["1.mp4"]),
        ({"recursive": "true"}, ["1.mp4", "sub/2.mp4", "sub/3.wav", "sub/deep/4.mp4"]),
        ({"recursive": "true", "type": "audio"}, ["sub/3.wav"]),
        ({"directory": sub}, ["2.mp4", "3.wav"]),
        ({"directory": sub, "recursive": "true", "type": "video"}, ["2.mp4", "deep/4.mp4"]),
    ):
        body = await changes(client, start, **parameters)
        assert [name for _, name in rows(body)] == names
        for change in body["changes"]:
            url = change["file"]["download_url_video"] or change["file"]["download_url_audio"]
            async with client.get(url) as response:
                assert response.status == 200


async def _is_served(client: Client, path: str) -> bool:
    kind = "audio" if path.endswith(".wav") else "video"
    async with client.head(f"/download/{kind}/{path}") as response:
        return response.status == 200


@pytest.mark.parametrize("cursor", ["", "x", "AAAAAAAA-1", "-1", "%00", "9" * 1000])
@pytest.mark.parametrize("wait", ["", "&wait=60"])
async def test_what_is_no_cursor_of_this_run_is_gone(root: Path, serve: Serve, cursor: str, wait: str) -> None:
    client = await serve(root)
    assert await error_of(client, f"/changes?since={cursor}{wait}") == (410, "cursor_expired")


async def test_a_cursor_of_an_earlier_run_is_gone(root: Path, serve: Serve) -> None:
    earlier = await cursor_of(await serve(root))
    assert await error_of(await serve(root), f"/changes?since={earlier}") == (410, "cursor_expired")


async def test_a_cursor_that_is_too_old_is_gone(root: Path, serve: Serve) -> None:
    client = await serve(root, changes_kept=3)
    start = await cursor_of(client)
    for number in range(4):
        (root / f"{number}.mp4").touch()
        await eventually(lambda number=number: _is_served(client, f"{number}.mp4"))  # type: ignore[misc]
    assert await error_of(client, f"/changes?since={start}") == (410, "cursor_expired")


async def test_a_cursor_from_before_a_root_was_replaced_is_gone(root: Path, serve: Serve) -> None:
    client = await serve(root)
    start = await cursor_of(client)
    root.rename(root.with_name("away"))
    root.mkdir()

    async def error() -> tuple[int, str] | None:
        async with client.get("/changes", params={"since": start}) as response:
            return None if response.status == 200 else (response.status, (await response.json())["code"])

    await eventually(error, lambda error: error == (410, "cursor_expired"))


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("directory=x", (400, "invalid_directory")),
        ("directory=/etc", (403, "directory_not_allowed")),
        ("directory={root}/absent", (404, "not_found")),
        ("type=image", (400, "invalid_parameter")),
        ("recursive=1", (400, "invalid_parameter")),
        ("since=a&since=b", (400, "invalid_parameter")),
    ],
)
@pytest.mark.parametrize("path", ["/changes", "/events"])
async def test_what_is_asked_for_badly_is_refused(
    root: Path, serve: Serve, path: str, query: str, error: tuple[int, str]
) -> None:
    client = await serve(root)
    assert await error_of(client, f"{path}?{query.format(root=root)}") == error


@pytest.mark.parametrize("path", ["/changes", "/events"])
async def test_of_a_root_that_is_missing_nothing_is_known(root: Path, serve: Serve, path: str) -> None:
    client = await serve(root / "absent", ready=False)
    assert await error_of(client, path) == (503, "unavailable")


async def test_an_empty_answer_is_held_until_something_changes_that_it_shows(root: Path, serve: Serve) -> None:
    (root / "sub").mkdir()
    client = await serve(root)
    start = await cursor_of(client)
    asking = asked(client, f"/changes?since={start}&type=video&wait=60")
    await until_held(client.app, 1)
    for path in ("1.wav", "sub/1.mp4"):
        (root / path).touch()
        await eventually(lambda path=path: _is_served(client, path))  # type: ignore[misc]
    assert not asking.done()
    (root / "2.mp4").touch()
    assert rows(json.loads((await answer(asking)).body)) == [("added", "2.mp4")]
    assert rows(json.loads((await answer(asked(client, f"/changes?since={start}&wait=60"))).body)), "at once"


async def test_nothing_changed_is_an_answer_too(root: Path, serve: Serve) -> None:
    client = await serve(root)
    start = await cursor_of(client)
    assert await changes(client, start, wait="0.2") == {"cursor": start, "changes": []}


async def test_a_consumer_that_dies_again_and_again_ends_with_what_is_there(root: Path, serve: Serve) -> None:
    """Whoever lists once and then goes on from where it was, or lists again on 410, misses nothing."""
    client = await serve(root, changes_kept=200)

    async def consume(mirror: Mirror) -> None:
        while True:
            if mirror.cursor is None:
                await mirror.list(client)
            parameters = {"since": mirror.cursor or "", "recursive": "true", "wait": "60"}
            async with client.get("/changes", params=parameters) as response:
                if response.status == 410:
                    mirror.cursor = None
                    continue
                news = await response.json()
            for change in news["changes"]:
                mirror.take(change["op"], change["file"])
            mirror.cursor = news["cursor"]

    await mirrored_through_a_thousand_changes(client, root, consume)
