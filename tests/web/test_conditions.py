"""Conditions and ranges over the socket: what was decided is what is answered."""

import os
from pathlib import Path

import pytest
from aiohttp import BodyPartReader, ClientSession, MultipartReader

from aiomedia.conditional import NotModified, PreconditionFailed
from aiomedia.dates import http_date
from aiomedia.ranges import Span, Spans, Unsatisfiable, Whole
from aiomedia.web.serving import Address
from tests.asking import RawAnswer, error_of, raw_answer
from tests.conftest import Serve
from tests.downloading import served_file
from tests.multipart import read_parts
from tests.rfc9110 import EARLIER, ETAG, LENGTH, TABLES, VALIDATORS, Row

pytestmark = pytest.mark.each_way

CONTENT = bytes(range(LENGTH))
URL = "/download/video/x.mp4"


async def served(root: Path, server: Address, content: bytes) -> str:
    """Puts `x.mp4` there, with the tables' date, and returns its entity tag once it is served."""
    await served_file(root, server, content, modified=VALIDATORS.last_modified)
    async with ClientSession() as session, session.head(f"{server.url}{URL}") as response:
        return response.headers["ETag"]


async def asked(server: Address, row: Row, etag: str) -> RawAnswer:
    fields = [f"{name}: {value.replace(ETAG, etag)}".encode() for name, value in row.fields]
    return await raw_answer(server, f"{row.method} {URL} HTTP/1.1".encode(), b"Host: a", b"Connection: close", *fields)


def check(row: Row, answer: RawAnswer, etag: str) -> None:
    content = CONTENT[: row.length]
    match row.selection:
        case Whole():
            assert (answer.status, answer.body) == (200, content if row.method == "GET" else b"")
            assert answer.headers["Content-Length"] == str(row.length)
        case Span(first, last):
            assert (answer.status, answer.body) == (206, content[first : last + 1])
            assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{row.length}"
            assert answer.headers["Content-Length"] == str(last - first + 1)
        case Spans(spans):
            assert answer.status == 206
            assert "Content-Range" not in answer.headers
            assert answer.headers["Content-Length"] == str(len(answer.body))
            assert read_parts(answer.body, answer.headers["Content-Type"]) == [
                ("video/mp4", f"bytes {span.first}-{span.last}/{row.length}", content[span.first : span.last + 1])
                for span in spans
            ]
        case NotModified():
            assert (answer.status, answer.body) == (304, b"")
        case PreconditionFailed():
            assert answer.error() == (412, "precondition_failed")
        case Unsatisfiable():
            assert answer.error() == (416, "range_not_satisfiable")
            assert answer.headers["Content-Range"] == f"bytes */{row.length}"
    if answer.status in (200, 206, 304):
        assert answer.headers["ETag"] == etag
        assert answer.headers["Last-Modified"] == http_date(VALIDATORS.last_modified or 0)


@pytest.mark.parametrize("name", TABLES)
async def test_each_row_of_the_rfc_is_answered(root: Path, server: Address, name: str) -> None:
    for length in {row.length for row in TABLES[name]}:
        etag = await served(root, server, CONTENT[:length])
        for row in TABLES[name]:
            if row.length == length:
                check(row, await asked(server, row, etag), etag)


async def test_several_ranges_are_what_a_multipart_reader_reads(root: Path, serve: Serve) -> None:
    content = os.urandom(3_000_000)
    (root / "x.mp4").write_bytes(content)
    client = await serve(root)
    asked = [(0, 1_000_000), (2_500_000, 2_999_999), (7, 7)]
    value = ",".join(f"{first}-{last}" for first, last in asked)
    async with client.get(URL, headers={"Range": f"bytes={value}"}) as response:
        assert response.status == 206
        reader = MultipartReader.from_response(response)
        for first, last in asked:
            part = await reader.next()
            assert isinstance(part, BodyPartReader)
            assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
            assert await part.read() == content[first : last + 1]
        assert await reader.next() is None


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"If-None-Match": "*"},
        {"If-Match": '"other"'},
        {"If-Unmodified-Since": EARLIER},
        {"Accept-Encoding": "gzip"},
    ],
)
@pytest.mark.parametrize(
    "url", [URL, "/list/files", "/list/generated/x", "/browse/", "/browse/x.mp4", "/health/ready", "/", "/browse"]
)
async def test_head_is_get_without_the_content_under_any_condition(
    root: Path, serve: Serve, url: str, fields: dict[str, str]
) -> None:
    (root / "x.mp4").write_bytes(CONTENT)
    client = await serve(root)
    async with (
        client.get(url, headers=fields, allow_redirects=False) as got,
        client.head(url, headers=fields, allow_redirects=False) as headed,
    ):
        assert headed.status == got.status
        assert {**got.headers, "Date": ""} == {**headed.headers, "Date": ""}
        assert await headed.read() == b""


@pytest.mark.parametrize("url", ["/list/files", "/list/generated/x", "/browse/"])
async def test_a_listing_is_sent_only_under_the_conditions_that_hold(root: Path, serve: Serve, url: str) -> None:
    client = await serve(root)
    async with client.get(url) as response:
        etag = response.headers["ETag"]
    assert await error_of(client, url, headers={"If-Match": '"other"'}) == (412, "precondition_failed")
    for fields in ({"If-Match": etag}, {"If-Unmodified-Since": EARLIER}, {"Range": "bytes=0-9"}):
        async with client.get(url, headers=fields) as response:
            assert response.status == 200


async def test_conditions_do_not_count_for_what_is_not_there(root: Path, serve: Serve) -> None:
    client = await serve(root)
    for fields in ({"If-Match": '"other"'}, {"If-None-Match": "*"}, {"Range": "bytes=0-1"}):
        assert await error_of(client, URL, headers=fields) == (404, "not_found")


async def test_a_content_coding_is_never_put_on_a_file(root: Path, serve: Serve) -> None:
    for name in ("x.mp4", "x.mp4.gz", "x.mp4.br"):
        (root / name).write_bytes(name.encode())
    client = await serve(root)
    async with client.get(URL, headers={"Accept-Encoding": "gzip, br"}) as response:
        assert await response.read() == b"x.mp4"
        assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("condition", "status"),
    [({"If-Match": "ETAG"}, 412), ({"If-Range": "ETAG", "Range": "bytes=5-"}, 200), ({"Range": "bytes=50-"}, 416)],
)
async def test_what_the_index_does_not_know_yet_the_open_file_tells(
    root: Path, serve: Serve, condition: dict[str, str], status: int
) -> None:
    (root / "x.mp4").write_bytes(CONTENT)
    client = await serve(root, watch_step_ms=1000)
    async with client.get(URL) as response:
        etag = response.headers["ETag"]
    (root / ".new").write_bytes(CONTENT[:50])
    (root / ".new").replace(root / "x.mp4")
    headers = {name: value.replace("ETAG", etag) for name, value in condition.items()}
    async with client.get(URL, headers=headers) as response:
        assert response.status == status
        if status == 200:
            assert await response.read() == CONTENT[:50]


async def test_whoever_got_the_new_file_is_told_of_no_other(root: Path, serve: Serve) -> None:
    (root / "x.mp4").write_bytes(CONTENT[:10])
    client = await serve(root, watch_step_ms=1000)
    (root / ".new").write_bytes(CONTENT)
    (root / ".new").replace(root / "x.mp4")
    async with client.get(URL) as response:
        fields = {"If-Match": response.headers["ETag"], "Range": "bytes=50-"}
    async with client.get(URL, headers=fields) as response:
        assert (response.status, await response.read()) == (206, CONTENT[50:])


async def test_a_file_that_the_index_does_not_know_to_be_gone_is_not_found(root: Path, serve: Serve) -> None:
    (root / "x.mp4").write_bytes(CONTENT)
    client = await serve(root, watch_step_ms=1000)
    (root / "x.mp4").unlink()
    assert await error_of(client, URL) == (404, "not_found")


async def test_a_time_before_the_epoch_is_the_epoch(root: Path, server: Address) -> None:
    await served_file(root, server, CONTENT, modified=-1e6)
    answer = await raw_answer(server, b"GET /download/video/x.mp4 HTTP/1.1", b"Host: a", b"Connection: close")
    assert answer.headers["Last-Modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"
