"""One file from a hostile server: what ends up at the target is one version of it, whole, or what was there before."""

import asyncio
import os
import stat
import time
from base64 import b64encode
from dataclasses import replace
from errno import ENOSPC
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from aiomedia.client.errors import DiskFull, DownloadError, GaveUp, Refused, TargetLocked, Unusable
from aiomedia.client.part import open_part
from tests.asking import eventually
from tests.client.fetching import Fetch, content_of
from tests.client.hostile import LONG_AGO, Behaviour, File, Reply, Request, error, honest, hostile

ONE = File(content_of(5000))
TWO = File(content_of(5000, seed=2), etag='"two"')


async def test_a_file_comes_whole_and_leaves_nothing_beside_it(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(ONE, request)) as server:
        done = await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert (done.size, done.etag, done.path) == (5000, '"one"', str(fetch.target))
    assert fetch.beside == []
    assert fetch.notices == []
    assert fetch.progress[-1][:2] == (5000, 5000)
    assert server.requests[0].headers["Accept-Encoding"] == "identity"
    assert server.ranges == [None]


async def test_an_empty_file_is_a_file(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(File(b""), request)) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == b""
    assert fetch.beside == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("abortive", [False, True])
async def test_a_cut_at_any_byte_is_continued_there(fetch: Fetch, chunked: bool, abortive: bool) -> None:
    file = File(content_of(40))
    for after in range(40):

        def behave(request: Request, after: int = after) -> Reply:
            reply = replace(honest(file, request), chunked=chunked)
            return replace(reply.cut(after), abortive=abortive) if request.number == 0 else reply

        async with hostile(behave) as server:
            await fetch(server.url)
        assert fetch.target.read_bytes() == file.content
        assert fetch.beside == []
        assert len(server.requests) == 2
        fetch.target.unlink()


async def test_a_connection_that_is_cut_after_every_few_bytes_ends_with_the_file(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(ONE, request).cut(100)) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert len(server.requests) <= 60
    assert server.requests[-1].headers["If-Range"] == '"one"'


@pytest.mark.parametrize(
    ("file", "if_range"),
    [
        (ONE, '"one"'),
        (replace(ONE, etag=None), LONG_AGO),
        (replace(ONE, etag='W/"one"'), None),
        (replace(ONE, etag=None, last_modified=None), None),
        (replace(ONE, etag=None, last_modified="Tue, 14 Nov 2023 22:13:19 GMT"), None),  # a second before its Date
    ],
    ids=["strong tag", "strong date", "weak tag", "nothing", "weak date"],
)
async def test_only_a_strong_validator_continues(fetch: Fetch, file: File, if_range: str | None) -> None:
    def behave(request: Request) -> Reply:
        return honest(file, request).cut(2000) if request.number == 0 else honest(file, request)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == file.content
    assert server.requests[1].headers.get("If-Range") == if_range
    assert (server.ranges[1] is None) == (if_range is None)


async def test_a_file_that_is_replaced_meanwhile_comes_anew_in_the_same_answer(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(TWO, request) if request.number else honest(ONE, request).cut(99)) as one:
        await fetch(one.url)
    assert fetch.target.read_bytes() == TWO.content
    assert len(one.requests) == 2
    assert any("the file on the server has changed: from the start again" in notice for notice in fetch.notices)


def changed(**changes: Any) -> Behaviour:
    """A server whose first answer is cut, and whose later parts are not what they ought to be."""

    def behave(request: Request) -> Reply:
        reply = honest(ONE, request)
        if request.number == 0:
            return reply.cut(2000)
        return reply.but(**changes) if reply.status == 206 else reply

    return behave


@pytest.mark.parametrize(
    "changes",
    [
        {"ETag": '"two"'},
        {"ETag": None},
        {"ETag": 'W/"one"'},
        {"Content_Range": "bytes 1999-4999/5000"},
        {"Content_Range": "bytes 2001-4999/5000"},
        {"Content_Range": "bytes 2000-5000/5001"},
        {"Content_Range": "bytes 2000-4999/4999"},
        {"Content_Range": "bytes 2000-4999/6000"},
        {"Content_Range": "bytes 2000-4998/5000"},
        {"Content_Range": "bytes=2000-4999/5000"},
        {"Content_Range": "items 2000-4999/5000"},
        {"Content_Range": "bytes */5000"},
        {"Content_Range": "bytes ٢000-4999/5000"},
        {"Content_Range": None},
        {"Content_Type": "multipart/byteranges; boundary=x", "Content_Range": None},
    ],
    ids=str,
)
async def test_a_part_that_is_not_what_was_asked_for_is_never_used(fetch: Fetch, changes: dict[str, Any]) -> None:
    async with hostile(changed(**changes)) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert server.ranges == [None, "bytes=2000-4999", None]


async def test_ranges_that_are_ignored_begin_anew_in_the_same_answer(fetch: Fetch) -> None:
    def behave(request: Request) -> Reply:
        whole = honest(ONE, request._replace(headers=type(request.headers)()))
        return whole.cut(2000) if request.number == 0 else whole

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert len(server.requests) == 2
    assert any("does not answer ranges" in notice for notice in fetch.notices)


@pytest.mark.parametrize("status", [412, 416])
async def test_a_part_that_is_refused_makes_it_begin_anew(fetch: Fetch, status: int) -> None:
    def behave(request: Request) -> Reply:
        if request.number == 0:
            return honest(ONE, request).cut(2000)
        return error(status, Content_Range="bytes */1") if "Range" in request.headers else honest(TWO, request)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == TWO.content


async def test_an_overlong_body_gives_its_first_bytes(fetch: Fetch) -> None:
    def behave(request: Request) -> Reply:
        reply = honest(ONE, request)
        if request.number == 0:
            return reply.cut(2000)
        return replace(reply, body=reply.body + b"more" * 1000, chunked=True)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content


async def test_a_part_may_be_shorter_than_what_was_asked_for(fetch: Fetch) -> None:
    def behave(request: Request) -> Reply:
        if request.number == 0:
            return honest(ONE, request).cut(1000)
        first = int(request.headers["Range"][6:].split("-")[0])
        request.headers["Range"] = f"bytes={first}-{min(first + 999, 4999)}"
        return honest(ONE, request)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert len(server.requests) == 5


async def test_a_length_that_is_too_long_is_a_cut_and_never_a_file(fetch: Fetch) -> None:
    async with hostile(lambda request: replace(honest(ONE, request).but(Content_Length="6000"), closes=True)) as server:
        with pytest.raises(DownloadError):
            await fetch(server.url)
    assert not fetch.target.exists()


async def test_an_end_that_can_not_be_told_from_a_cut_is_refused(fetch: Fetch) -> None:
    fetch.target.write_bytes(b"before")
    async with hostile(lambda request: replace(honest(ONE, request).but(Content_Length=None), closes=True)) as server:
        with pytest.raises(Unusable, match="can't be told from a cut"):
            await fetch(server.url)
    assert fetch.target.read_bytes() == b"before"
    assert fetch.beside == []


async def test_a_coding_that_was_not_asked_for_is_refused(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(ONE, request).but(Content_Encoding="gzip")) as server:
        with pytest.raises(Unusable, match="as gzip"):
            await fetch(server.url)
    assert fetch.beside == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 451, 501])
async def test_a_final_refusal_leaves_the_target_and_tells_the_status(fetch: Fetch, status: int) -> None:
    fetch.target.write_bytes(b"before")
    async with hostile(lambda request: error(status)) as server:
        with pytest.raises(Refused, match=str(status)) as caught:
            await fetch(server.url)
        assert len(server.requests) == 1
    assert caught.value.status == status
    assert fetch.target.read_bytes() == b"before"
    assert fetch.beside == []


async def test_what_is_gone_half_way_keeps_what_there_is_of_it(fetch: Fetch) -> None:
    gone = True

    def behave(request: Request) -> Reply:
        if request.number == 0:
            return honest(ONE, request).cut(2000)
        return error(404) if gone else honest(ONE, request)

    async with hostile(behave) as server:
        with pytest.raises(Refused):
            await fetch(server.url)
        assert fetch.beside == ["x.mp4.part", "x.mp4.part.json"]
        gone = False
        await fetch(server.url)
        assert server.ranges[-1] == "bytes=2000-4999"
    assert fetch.target.read_bytes() == ONE.content
    assert fetch.beside == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_asked_again(fetch: Fetch, status: int) -> None:
    def behave(request: Request) -> Reply:
        return error(status, Retry_After="0") if request.number % 2 == 0 else honest(ONE, request).cut(3000)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert server.ranges == [None, None, "bytes=3000-4999", "bytes=3000-4999"]


async def test_attempts_that_bring_nothing_end_with_what_happened_last(fetch: Fetch) -> None:
    fetch.target.write_bytes(b"before")

    def behave(request: Request) -> Reply:
        return honest(ONE, request).cut(2000) if request.number == 0 else error(503)

    async with hostile(behave) as server:
        with pytest.raises(GaveUp, match=r"5 attempts in a row.*answered 503"):
            await fetch(server.url)
        assert len(server.requests) == 6
    assert fetch.target.read_bytes() == b"before"
    assert fetch.beside == ["x.mp4.part", "x.mp4.part.json"]


async def test_a_server_that_is_not_there_is_told_after_some_attempts(fetch: Fetch) -> None:
    async with hostile(lambda request: error(500)) as server:
        pass
    with pytest.raises(GaveUp, match=r"can't connect to 127\.0\.0\.1:"):
        await fetch(server.url)
    assert fetch.beside == []


async def test_a_file_that_always_changes_is_given_up(fetch: Fetch) -> None:
    tags = count()

    def behave(request: Request) -> Reply:
        return honest(replace(ONE, etag=f'"{next(tags)}"'), request).cut(2000)

    async with hostile(behave) as server:
        with pytest.raises(GaveUp, match="has changed"):
            await fetch(server.url)
    assert not fetch.target.exists()


async def test_a_server_that_falls_silent_is_cut(fetch: Fetch) -> None:
    fetch.silence_s = 0.2

    def behave(request: Request) -> Reply:
        reply = honest(ONE, request)
        return replace(reply.cut(2000), silent=True) if request.number == 0 else reply

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert server.ranges == [None, "bytes=2000-4999"]
    assert any("nothing for too long" in notice for notice in fetch.notices)


async def test_a_server_that_is_slow_is_not_silent(fetch: Fetch) -> None:
    fetch.silence_s = 2.0
    async with hostile(lambda request: replace(honest(ONE, request), drips=True)) as server:
        await fetch(server.url)
        assert len(server.requests) == 1
    assert fetch.target.read_bytes() == ONE.content


async def test_redirects_are_followed_to_the_same_version(fetch: Fetch) -> None:
    def behave(request: Request) -> Reply:
        if request.target == "/x.mp4":
            return error(307, Location=f"/moved{request.number}")
        return honest(ONE, request).cut(2000)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert server.ranges[-1] == "bytes=4000-4999"


async def test_redirects_without_an_end_are_given_up_at_once(fetch: Fetch) -> None:
    async with hostile(lambda request: error(302, Location="/x.mp4")) as server:
        with pytest.raises(Unusable):
            await fetch(server.url)
        assert len(server.requests) == 10


def with_digest(file: File, content: bytes) -> Behaviour:
    digest = b64encode(sha256(content).digest()).decode()
    return lambda request: honest(file, request).but(Repr_Digest=f"sha-512=:AAAA:, sha-256=:{digest}:")


async def test_a_digest_is_verified(fetch: Fetch) -> None:
    async with hostile(with_digest(ONE, ONE.content)) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content


async def test_what_has_another_digest_is_fetched_anew_and_never_becomes_the_target(fetch: Fetch) -> None:
    async with hostile(with_digest(ONE, TWO.content)) as server:
        with pytest.raises(GaveUp, match="digest"):
            await fetch(server.url)
        assert len(server.requests) == 5
    assert not fetch.target.exists()
    assert fetch.beside == []


async def test_a_download_that_is_cancelled_is_continued(fetch: Fetch) -> None:
    async def received() -> bool:
        return bool(fetch.progress)

    def behave(request: Request) -> Reply:
        if request.number == 0:
            return replace(honest(ONE, request).cut(2000), silent=True)
        return honest(ONE, request)

    async with hostile(behave) as server:
        fetching = asyncio.ensure_future(fetch(server.url))
        await eventually(received)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert fetch.beside == ["x.mp4.part", "x.mp4.part.json"]
        await fetch(server.url)
        assert server.ranges == [None, "bytes=2000-4999"]
    assert fetch.target.read_bytes() == ONE.content


async def test_what_is_left_of_another_address_is_not_continued(fetch: Fetch) -> None:
    fetch.attempts = 1
    async with hostile(lambda request: error(500) if request.number else honest(ONE, request).cut(2000)) as server:
        with pytest.raises(GaveUp):
            await fetch(server.url)
    async with hostile(lambda request: honest(ONE, request)) as server:
        await fetch(server.url)
        assert server.ranges == [None]


async def test_two_downloads_to_one_target_do_not_disturb_each_other(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(ONE, request)) as server:
        with open_part(str(fetch.target)), pytest.raises(TargetLocked):
            await fetch(server.url)
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content


@pytest.mark.parametrize("file", [ONE, replace(ONE, etag=None, last_modified=None)], ids=["strong", "weak"])
async def test_chunks_come_without_a_length(fetch: Fetch, file: File) -> None:
    def behave(request: Request) -> Reply:
        whole = replace(honest(file, request), chunked=True)
        return whole.cut(2500) if request.number == 0 else whole

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == file.content
    assert server.ranges == [None, "bytes=2500-" if file.etag else None]


@pytest.mark.parametrize("connections", [1, 4])
async def test_a_disk_that_fills_up_keeps_what_there_is(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    """It is so full that not even the side file has room, until some of the part is given up."""
    file = File(content_of(2_000_000))
    fetch.connections = connections
    pwrite, ftruncate, replace_file = os.pwrite, os.ftruncate, os.replace
    room = [1_500_000]

    def refuse(*_: object) -> int:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    def write(descriptor: int, content: bytes, position: int) -> int:
        written = pwrite(descriptor, content[: room[0]], position) if room[0] else refuse()
        room[0] -= written
        return written

    def truncate(descriptor: int, length: int) -> None:
        room[0] += 65_536
        ftruncate(descriptor, length)

    def rename(old: str, new: str) -> None:
        if old.endswith(".json.new") and not room[0]:
            refuse()
        replace_file(old, new)

    monkeypatch.setattr(os, "posix_fallocate", lambda *_: None)
    async with hostile(lambda request: honest(file, request)) as server:
        with monkeypatch.context() as full:
            full.setattr(os, "pwrite", write)
            full.setattr(os, "ftruncate", truncate)
            full.setattr(os, "replace", rename)
            room[0] -= 65_536  # what it begins with
            with pytest.raises(DiskFull, match="no room left"):
                await fetch(server.url)
        assert fetch.beside == ["x.mp4.part", "x.mp4.part.json"]
        await fetch(server.url)
    assert any(notice.startswith("goes on with") for notice in fetch.notices)
    assert fetch.target.read_bytes() == file.content
    assert fetch.beside == []


async def test_a_download_that_is_cancelled_once_it_is_there_leaves_nothing_beside(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = asyncio.Event()
    loop = asyncio.get_running_loop()
    fsync = os.fsync

    def slowly(descriptor: int) -> None:
        fsync(descriptor)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            loop.call_soon_threadsafe(synced.set)
            time.sleep(0.05)

    monkeypatch.setattr(os, "fsync", slowly)
    async with hostile(lambda request: honest(ONE, request)) as server:
        fetching = asyncio.ensure_future(fetch(server.url))
        await synced.wait()
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
    assert fetch.target.read_bytes() == ONE.content
    assert fetch.beside == []
