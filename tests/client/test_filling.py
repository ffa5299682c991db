"""Several connections for one file."""

from dataclasses import replace

import pytest

from aiomedia.client import segments
from aiomedia.client.errors import DownloadError, Refused
from tests.client.fetching import Fetch, content_of
from tests.client.hostile import Behaviour, File, Reply, Request, error, honest, hostile

SIZE = 100_000
ONE = File(content_of(SIZE))
TWO = File(content_of(SIZE, seed=2), etag='"two"')


@pytest.fixture
def fetch(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """Shares are small here, and four connections are used from the first byte on."""
    monkeypatch.setattr(segments, "SMALLEST_SHARE", 5000)
    fetch.connections = 4
    return fetch


def slow_first(behave: Behaviour) -> Behaviour:
    """The first answer stops after some bytes and stays open, so that others are needed for the rest."""

    def slowly(request: Request) -> Reply:
        reply = behave(request)
        return replace(reply.cut(1000), silent=True) if request.number == 0 else reply

    return slowly


async def test_several_connections_share_a_file(fetch: Fetch) -> None:
    fetch.silence_s = 0.5  # until the first connection is given up
    async with hostile(slow_first(lambda request: honest(ONE, request))) as server:
        await fetch(server.url)
        firsts = [asked.removeprefix("bytes=").split("-")[0] for asked in server.ranges[1:4] if asked]
        assert len(set(firsts)) == 3
        assert {request.headers.get("If-Range") for request in server.requests[1:]} == {'"one"'}
    assert fetch.target.read_bytes() == ONE.content
    assert fetch.beside == []


@pytest.mark.parametrize(
    "file", [replace(ONE, etag=None, last_modified=None), replace(ONE, etag='W/"one"')], ids=["none", "weak"]
)
async def test_without_a_strong_validator_there_is_one_connection(fetch: Fetch, file: File) -> None:
    async with hostile(lambda request: honest(file, request)) as server:
        await fetch(server.url)
        assert server.ranges == [None]
    assert fetch.target.read_bytes() == file.content


async def test_a_server_that_does_not_offer_ranges_is_asked_once(fetch: Fetch) -> None:
    async with hostile(lambda request: honest(ONE, request).but(Accept_Ranges="none")) as server:
        await fetch(server.url)
        assert server.ranges == [None]


async def test_a_short_file_has_one_connection(fetch: Fetch) -> None:
    fetch.parallel_from = SIZE + 1
    async with hostile(lambda request: honest(ONE, request)) as server:
        await fetch(server.url)
        assert server.ranges == [None]


async def test_a_server_that_offers_ranges_and_ignores_them_is_read_to_the_end(fetch: Fetch) -> None:
    def behave(request: Request) -> Reply:
        return honest(ONE, request._replace(headers=type(request.headers)()))

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content
    assert fetch.beside == []


async def test_a_change_that_one_connection_sees_stops_all(fetch: Fetch) -> None:
    def behave(request: Request) -> Reply:
        return honest(TWO if request.number >= 2 else ONE, request)

    async with hostile(slow_first(behave)) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == TWO.content
    assert any("has changed" in notice for notice in fetch.notices)


async def test_a_refusal_of_one_connection_fails_the_download(fetch: Fetch) -> None:
    async with hostile(slow_first(lambda request: error(403) if request.number else honest(ONE, request))) as server:
        with pytest.raises(Refused) as caught:
            await fetch(server.url)
    assert caught.value.status == 403
    assert not fetch.target.exists()


async def test_connections_that_are_too_many_leave_it_to_the_others(fetch: Fetch) -> None:
    """A server that takes two at a time says 503 to the others."""

    def behave(request: Request) -> Reply:
        if request.number in (2, 3):
            return error(503, Retry_After="0")
        return honest(ONE, request)

    async with hostile(behave) as server:
        await fetch(server.url)
    assert fetch.target.read_bytes() == ONE.content


async def test_what_several_connections_left_is_continued_by_another_number_of_them(fetch: Fetch) -> None:
    fetch.attempts = 2
    refuses = True

    def behave(request: Request) -> Reply:
        if request.number < 4:
            return honest(ONE, request).cut(10_000)
        return error(503) if refuses else honest(ONE, request)

    async with hostile(behave) as server:
        with pytest.raises(DownloadError):
            await fetch(server.url)
        assert fetch.target.with_name("x.mp4.part").stat().st_size == SIZE, "there is room for all of it"
        refuses = False
        fetch.connections = 1
        before = len(server.requests)
        await fetch(server.url)
        (there,) = [int(notice.split()[3]) for notice in fetch.notices if notice.startswith("goes on with")]
        assert there >= 20_000
        assert sum(map(length_of, server.ranges[before:])) == SIZE - there
    assert fetch.target.read_bytes() == ONE.content
    assert fetch.beside == []


def length_of(asked: str | None) -> int:
    """How many bytes a Range asks for."""
    assert asked is not None
    first, last = asked.removeprefix("bytes=").split("-")
    return int(last) + 1 - int(first)
