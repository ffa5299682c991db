"""Following changes, whatever happens to the server and its cursors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from aiomedia.client.client import Client
from aiomedia.client.following import Change, differences
from aiomedia.resource import ChangedFile, ChangeListing, FileListing, ListedFile
from tests.client.hostile import Behaviour, Reply, Request, error, hostile


def file(name: str, etag: str = '"1"') -> ListedFile:
    return ListedFile(name, 1, "video", 0, f"/download/video/{name}", None, etag, "video/mp4")


def json(body: Any, **fields: str) -> Reply:
    content = msgspec.json.encode(body)
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return Reply(200, {"Content-Length": str(len(content)), **headers}, content)


def listing(cursor: str, *files: ListedFile) -> Reply:
    return json(FileListing("/media", len(files), list(files), None), Aiomedia_Cursor=cursor)


def news(cursor: str, *changes: ChangedFile) -> Reply:
    return json(ChangeListing(cursor, list(changes)))


GONE = json({"error": "List again.", "code": "cursor_expired"})
EXPIRED = Reply(410, GONE.headers, GONE.body)


@asynccontextmanager
async def following(*replies: Reply, **keywords: Any) -> AsyncIterator[tuple[AsyncIterator[Change], list[Request]]]:
    """Changes of a server that answers with these, one after the other."""
    behave: Behaviour = lambda request: replies[request.number]  # noqa: E731
    async with hostile(behave) as server, Client(f"http://127.0.0.1:{server.port}", attempts=1) as client:
        yield client.changes(**keywords), server.requests


async def took(changes: AsyncIterator[Change], count: int) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    async for op, changed, cursor in changes:
        found.append((op, changed.filename, cursor))
        if len(found) == count:
            break
    await changes.aclose()  # type: ignore[attr-defined]
    return found


async def test_changes_go_on_from_cursor_to_cursor() -> None:
    first = news("b", ChangedFile("added", file("1.mp4")))
    second = news("c", ChangedFile("removed", file("1.mp4")))
    async with following(first, news("b"), second, since="a") as (changes, requests):
        assert await took(changes, 2) == [("added", "1.mp4", "a"), ("removed", "1.mp4", "b")]
        assert [request.target.split("since=")[1][0] for request in requests] == ["a", "b", "b"]
        assert "wait=30" in requests[0].target


async def test_without_a_cursor_all_is_listed_first() -> None:
    async with following(listing("b", file("1.mp4")), news("c", ChangedFile("added", file("2.mp4")))) as (changes, _):
        assert await took(changes, 2) == [("added", "1.mp4", "b"), ("added", "2.mp4", "b")]


async def test_an_expired_cursor_brings_what_differs_from_what_is_known() -> None:
    known = [file("gone.mp4"), file("same.mp4"), file("changed.mp4")]
    replies = [
        news("b", ChangedFile("added", file("new.mp4"))),
        EXPIRED,
        listing("z", file("changed.mp4", '"2"'), file("same.mp4"), file("new.mp4"), file("newer.mp4")),
    ]
    async with following(*replies, since="a", known=known) as (changes, _):
        told = await took(changes, 4)
    assert told == [
        ("added", "new.mp4", "a"),
        ("removed", "gone.mp4", "z"),
        ("modified", "changed.mp4", "z"),
        ("added", "newer.mp4", "z"),
    ]


async def test_a_server_that_is_away_is_waited_for() -> None:
    away = [error(503, Retry_After="0")] * 3
    async with following(*away, news("b", ChangedFile("added", file("1.mp4"))), since="a") as (changes, requests):
        assert await took(changes, 1) == [("added", "1.mp4", "a")]
        assert len(requests) == 4
    async with following(*away, listing("b", file("1.mp4"))) as (changes, _):
        assert await took(changes, 1) == [("added", "1.mp4", "b")]


def test_differences_make_one_listing_of_the_other() -> None:
    before = {name: file(name) for name in ("a", "b", "c")}
    now = {"b": file("b"), "c": file("c", '"2"'), "d": file("d")}
    assert [change[:2] for change in differences(before, now, "x")] == [
        ("removed", before["a"]),
        ("modified", now["c"]),
        ("added", now["d"]),
    ]
