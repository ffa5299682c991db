"""Listings: the contract's section 3, over real sockets."""

import gzip
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import hdrs

from aiomedia import blocks, encodings
from aiomedia.encodings import Encoding
from aiomedia.web import pieces
from tests.asking import Client, error_of, eventually, listed
from tests.conftest import Serve

SECOND = 1_000_000_000


def put(root: Path, name: str, size: int = 1, modified: int = 1_691_234_567) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, ns=(modified * SECOND, modified * SECOND + 999))


async def get(client: Client, url: str) -> Any:
    async with client.get(url) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "application/json"
        return await response.json()


async def test_the_contracts_example(root: Path, serve: Serve) -> None:
    put(root, "scene_one.mp4", 1_048_576)
    put(root, "output.wav", 524_288, 1_691_234_568)
    put(root, "notes.txt")
    client = await serve(root)
    async with client.get("/list/files") as response:
        body = await response.read()
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert "Link" not in response.headers
    listing = json.loads(body)
    etags = [file["etag"] for file in listing["files"]]
    expected = {
        "directory": str(root),
        "total_files": 2,
        "files": [
            {
                "filename": "output.wav",
                "size": 524_288,
                "type": "audio",
                "modified": 1_691_234_568,
                "download_url_video": None,
                "download_url_audio": "/download/audio/output.wav",
                "etag": etags[0],
                "content_type": "audio/wav",
            },
            {
                "filename": "scene_one.mp4",
                "size": 1_048_576,
                "type": "video",
                "modified": 1_691_234_567,
                "download_url_video": "/download/video/scene_one.mp4",
                "download_url_audio": None,
                "etag": etags[1],
                "content_type": "video/mp4",
            },
        ],
        "next": None,
    }
    assert json.dumps(listing) == json.dumps(expected), "the keys are in the contract's order too"
    async with client.head("/download/audio/output.wav") as response:
        assert response.headers["ETag"] == etags[0]


async def test_an_empty_directory_lists_no_files_and_an_unknown_one_is_not_found(root: Path, serve: Serve) -> None:
    (root / "empty").mkdir()
    client = await serve(root)
    listing = await get(client, f"/list/files?directory={root}/empty")
    assert listing == {"directory": f"{root}/empty", "total_files": 0, "files": [], "next": None}
    for url in ("/list/files", "/list/generated/5"):
        assert await error_of(client, f"{url}?directory={root}/gone") == (404, "not_found")


async def test_every_url_of_every_listing_works(root: Path, tmp_path: Path, serve: Serve) -> None:
    other = tmp_path / "other root&more"
    for where in (root, other):
        for name in ("x.mp4", "a b/ü/y.wav", "a b/5output.mp4"):
            put(where, name)
    client = await serve(root, other)
    seen = 0
    for directory in (None, f"{root}/a b", f"{other}", f"{other}/a b", f"{other}/a b/ü"):
        for recursive in ("true", "false"):
            parameters = {"recursive": recursive} | ({} if directory is None else {"directory": directory})
            async with client.get("/list/files", params=parameters) as response:
                listing = await response.json()
            for file in listing["files"]:
                url = file["download_url_video"] or file["download_url_audio"]
                assert parse_qs(urlsplit(url).query).get("directory", [None]) == [directory]
                async with client.get(url) as response:
                    assert response.status == 200
                    assert response.headers["ETag"] == file["etag"]
                seen += 1
    assert seen == 3 + 1 + 2 + 1 + 3 + 1 + 2 + 1 + 1 + 1


async def test_files_that_come_change_and_go_are_listed_so(root: Path, serve: Serve) -> None:
    client = await serve(root)
    put(root, "x.mp4")
    await eventually(lambda: listed(client), lambda names: names == ["x.mp4"])
    put(root, "x.mp4", 77)
    await eventually(lambda: get(client, "/list/files"), lambda body: body["files"][0]["size"] == 77)
    put(root, "sub/y.mp4")
    await eventually(lambda: listed(client, recursive="true"), lambda names: names == ["sub/y.mp4", "x.mp4"])
    (root / "x.mp4").unlink()
    await eventually(lambda: listed(client), lambda names: names == [])


async def test_parameters_combine(root: Path, serve: Serve) -> None:
    for position, name in enumerate(("b.mp4", "a.wav", "sub/c.mp4", "sub/d.mp4")):
        put(root, name, size=10 - position, modified=position)
    client = await serve(root)
    for parameters, expected in [
        ({"type": "all"}, ["a.wav", "b.mp4"]),
        ({"type": "audio"}, ["a.wav"]),
        ({"order": "desc"}, ["b.mp4", "a.wav"]),
        ({"sort": "size"}, ["a.wav", "b.mp4"]),
        ({"sort": "modified", "order": "desc"}, ["a.wav", "b.mp4"]),
        ({"recursive": "true", "q": "*/?.MP4", "sort": "modified", "order": "desc"}, ["sub/d.mp4", "sub/c.mp4"]),
        ({"q": "B"}, ["b.mp4"]),
        ({"unknown": "ignored"}, ["a.wav", "b.mp4"]),
    ]:
        assert await listed(client, **parameters) == expected


@pytest.mark.parametrize(
    "query",
    [
        "type=Video",
        "type=",
        "recursive=1",
        "recursive=True",
        "sort=date",
        "order=down",
        "limit=0",
        "limit=10001",
        "limit=-1",
        "limit=1_0",
        "limit=%EF%BC%91",
        "limit=",
        "limit=" + "9" * 5000,
        "after=x",
        "type=video&type=video",
        "directory=/a&directory=/a",
        "q=%ff",
        "limit=1&after=WzAsIngiXQ&after=WzAsIngiXQ",
    ],
)
async def test_a_parameter_outside_its_table_or_given_twice_is_refused(root: Path, serve: Serve, query: str) -> None:
    client = await serve(root)
    assert await error_of(client, f"/list/files?{query}") == (400, "invalid_parameter")


@pytest.mark.parametrize(
    "query", ["sort=name", "sort=size&order=desc", "sort=modified&type=video&q=mp4&recursive=true"]
)
async def test_next_leads_through_all_pages_and_stands_in_link_too(root: Path, serve: Serve, query: str) -> None:
    for number in range(7):
        put(root, f"{number} &ü.mp4", size=number % 3 + 1)
    client = await serve(root)
    whole = await get(client, f"/list/files?{query}")
    seen: list[Any] = []
    url: str | None = f"/list/files?{query}&limit=3"
    while url is not None:
        async with client.get(url) as response:
            page = await response.json()
            link = response.headers.get("Link")
        assert page["total_files"] == 7
        assert len(page["files"]) <= 3
        seen += page["files"]
        url = page["next"]
        assert link == (None if url is None else f'<{url}>; rel="next"')
    assert seen == whole["files"]


async def test_a_page_of_another_directory_leads_on_in_that_directory(root: Path, serve: Serve) -> None:
    for number in range(3):
        put(root, f"a b/{number}.mp4")
    client = await serve(root)
    page = await get(client, f"/list/files?directory={root}/a%20b&limit=2")
    assert [file["filename"] for file in (await get(client, page["next"]))["files"]] == ["2.mp4"]


async def test_the_entity_tag_changes_exactly_when_the_bytes_do(root: Path, serve: Serve) -> None:
    put(root, "x.mp4")
    client = await serve(root)
    queries = ["", "?type=video", "?sort=size", "?limit=1", "?recursive=true", "?q=x"]
    tags: dict[str, dict[str, bytes]] = {query: {} for query in queries}

    async def note() -> None:
        for query in queries:
            async with client.get(f"/list/files{query}") as response:
                body = await response.read()
                assert tags[query].setdefault(response.headers["ETag"], body) == body

    await note()
    put(root, "sub/y.mp4")
    await eventually(lambda: listed(client, recursive="true"), lambda names: len(names) == 2)
    await note()
    (root / "sub/y.mp4").unlink()
    await eventually(lambda: listed(client, recursive="true"), lambda names: len(names) == 1)
    await note()
    assert {query: len(seen) for query, seen in tags.items()} == dict.fromkeys(queries, 1) | {"?recursive=true": 2}
    put(root, "z.wav")
    await eventually(lambda: listed(client), lambda names: len(names) == 2)
    await note()
    assert {query: len(seen) for query, seen in tags.items()} == {
        "": 2,
        "?type=video": 1,
        "?sort=size": 2,
        "?limit=1": 2,
        "?recursive=true": 3,
        "?q=x": 1,
    }


async def test_each_coding_has_an_entity_tag_of_its_own_and_answers_304(root: Path, serve: Serve) -> None:
    put(root, "x.mp4")
    client = await serve(root)
    tags = []
    for coding in ("identity", "gzip"):
        headers = {"Accept-Encoding": coding}
        async with client.get("/list/files", headers=headers, auto_decompress=False) as response:
            assert response.headers.get("Content-Encoding", "identity") == coding
            body = await response.read()
            assert response.headers["Content-Length"] == str(len(body))
            tags.append(response.headers["ETag"])
        assert json.loads(gzip.decompress(body) if coding == "gzip" else body)["total_files"] == 1
    assert tags[0] != tags[1]
    for coding, own, other in (("identity", *tags), ("gzip", *reversed(tags))):
        for tag, status in ((own, 304), (f"W/{own}", 304), (f'"x", {own}', 304), ("*", 304), (other, 200)):
            headers = {"Accept-Encoding": coding, "If-None-Match": tag}
            async with client.get("/list/files", headers=headers) as response:
                assert response.status == status
                assert response.headers["ETag"] == own
                assert response.headers["Vary"] == "Accept-Encoding"
                assert response.headers["Cache-Control"] == "no-cache"
    put(root, "y.mp4")
    await eventually(lambda: listed(client), lambda names: len(names) == 2)
    async with client.get("/list/files", headers={"If-None-Match": ", ".join(tags)}) as response:
        assert response.status == 200


async def test_a_large_listing_is_the_same_in_either_coding(root: Path, serve: Serve) -> None:
    for number in range(5000):
        (root / f"{number}.mp4").touch()
    client = await serve(root)
    bodies = set()
    for coding in ("identity", "gzip"):
        async with client.get("/list/files", headers={hdrs.ACCEPT_ENCODING: coding}) as response:
            bodies.add(await response.read())
    assert len(bodies) == 1
    names = sorted(f"{number}.mp4" for number in range(5000))
    assert await listed(client) == names
    assert await listed(client, sort="size", recursive="true") == names
    (root / "5.mp4").unlink()
    await eventually(lambda: listed(client), lambda found: found == [name for name in names if name != "5.mp4"])


async def test_a_listing_longer_than_one_write_arrives_whole_at_a_slow_client_too(
    root: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "WHOLE", 0)
    monkeypatch.setattr(pieces, "PIECE", 1000)
    monkeypatch.setattr(pieces, "GATHERED", 2000)
    monkeypatch.setattr(encodings, "JOINED", 0)
    monkeypatch.setattr(blocks, "FILES_IN_BLOCK", 8)
    for number in range(300):
        (root / f"{number}.mp4").touch()
    client = await serve(root)
    for coding in ("identity", "gzip"):
        async with client.get("/list/files", headers={hdrs.ACCEPT_ENCODING: coding}) as response:
            assert "Content-Length" in response.headers
            assert (await response.json())["total_files"] == 300
        async with client.head("/list/files", headers={hdrs.ACCEPT_ENCODING: coding}) as headed:
            assert headed.headers["Content-Length"] == response.headers["Content-Length"]


async def test_a_304_after_a_change_builds_no_body(root: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("x.mp4", "y.mp4"):
        put(root, name)
    client = await serve(root)
    assert await listed(client) == ["x.mp4", "y.mp4"]
    async with client.get("/list/files") as response:
        with_both = response.headers["ETag"]
    (root / "y.mp4").unlink()
    await eventually(lambda: listed(client), lambda names: names == ["x.mp4"])
    monkeypatch.setattr(Encoding, "plain", lambda _: 1 / 0)
    monkeypatch.setattr(Encoding, "compressed", lambda _: 1 / 0)
    put(root, "y.mp4", size=2)

    async def answer() -> tuple[int, str]:
        async with client.get("/list/files", headers={"If-None-Match": "*"}) as response:
            return response.status, response.headers["ETag"]

    status, etag = await eventually(answer, lambda answer: answer != (304, with_both))
    assert status == 304
    assert etag != with_both


async def test_the_contracts_example_of_a_generated_listing(root: Path, serve: Serve) -> None:
    put(root, "5output.mp4", 1_048_576)
    put(root, "5output.wav", 524_288, 1_691_234_568)
    put(root, "15output.mp4")
    client = await serve(root)
    body = await get(client, "/list/generated/5")
    tags = [file["etag"] for file in body["generated_files"]]
    expected = {
        "uuid": "5",
        "total_files": 2,
        "generated_files": [
            {
                "type": "audio",
                "filename": "5output.wav",
                "path": f"{root}/5output.wav",
                "download_url": "/download/generated/audio/5",
                "size": 524_288,
                "modified": 1_691_234_568,
                "etag": tags[0],
            },
            {
                "type": "video",
                "filename": "5output.mp4",
                "path": f"{root}/5output.mp4",
                "download_url": "/download/generated/video/5",
                "size": 1_048_576,
                "modified": 1_691_234_567,
                "etag": tags[1],
            },
        ],
        "state": "ready",
    }
    assert json.dumps(body) == json.dumps(expected)


async def test_an_unknown_identifier_has_no_files(root: Path, serve: Serve) -> None:
    client = await serve(root)
    body = await get(client, "/list/generated/%C3%BC%22%3C")
    assert body == {"uuid": 'ü"<', "total_files": 0, "generated_files": [], "state": "unknown"}
    for identifier in ("", "a/b", "a%2fb"):
        assert await error_of(client, f"/list/generated/{identifier}") == (404, "not_found")


async def test_later_files_of_a_kind_have_the_url_of_their_own_name(root: Path, serve: Serve) -> None:
    for position, name in enumerate(("a b/7output.mp4", "a b/7output.mkv", "a b/7output.wav", "a b/7output.webm")):
        put(root, name, modified=position)
    client = await serve(root)
    body = await get(client, f"/list/generated/7?directory={root}/a%20b")
    assert [file["filename"] for file in body["generated_files"]] == [
        "7output.wav",
        "7output.webm",
        "7output.mkv",
        "7output.mp4",
    ]
    paths = [urlsplit(file["download_url"]).path for file in body["generated_files"]]
    assert paths == [
        "/download/generated/audio/7",
        "/download/generated/video/7",
        "/download/video/7output.mkv",
        "/download/video/7output.mp4",
    ]
    for file in body["generated_files"]:
        async with client.get(file["download_url"]) as response:
            assert response.headers["ETag"] == file["etag"]


async def test_a_generated_listing_answers_304(root: Path, serve: Serve) -> None:
    put(root, "5output.mp4")
    client = await serve(root)
    async with client.get("/list/generated/5") as response:
        etag = response.headers["ETag"]
    async with client.get("/list/generated/5", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
