"""Whatever a server does: the target is one version of the file, whole, or what it was before."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiomedia.client import segments
from aiomedia.client.errors import DownloadError
from tests.client.fetching import Fetch, content_of
from tests.client.hostile import File, Reply, Request, error, honest, hostile

SIZE = 3000
# Two versions of one length, one that is longer, and one that is empty.
VERSIONS = [
    File(content_of(SIZE, 1), '"one"'),
    File(content_of(SIZE, 2), '"two"'),
    File(content_of(SIZE + 500, 3), '"three"'),
    File(b"", '"none"'),
]
BEFORE = b"what was there before"


DOINGS = [
    *["nothing"] * 5,
    *["ignored condition"] * 3,
    "chunked",
    "later",
    "gone",
    "redirect",
    "longer length",
    "shorter length",
    "other range",
    "shorter range",
    "other whole length",
    "ignored range",
    "weak",
    "dateless",
    "overlong",
    "unknown end",
    "nonsense",
]


class Evil(NamedTuple):
    """Which version an answer is of, what is done to it, a number for that, and after how many bytes it is cut."""

    version: int
    doing: str
    number: int
    cut: int | None
    abortive: bool


evils = st.builds(
    Evil,
    st.sampled_from([0, 0, 0, 1, 1, 2, 3]),
    st.sampled_from(DOINGS),
    st.integers(0, SIZE + 600),
    st.sampled_from([None, 0, 1, *range(100, SIZE, 500)]),
    st.booleans(),
)


def answer(evil: Evil, request: Request) -> Reply:
    reply = changed(evil, request)
    return reply if evil.cut is None else replace(reply.cut(evil.cut), abortive=evil.abortive)


def changed(evil: Evil, request: Request) -> Reply:
    version, doing, number, *_ = evil
    file = VERSIONS[version]
    reply = honest(file, request)
    plain = request._replace(headers=type(request.headers)())
    size = len(reply.body)
    match doing:
        case "chunked":
            return replace(reply, chunked=True)
        case "later":
            return error(503, Retry_After="0")
        case "gone":
            return error(404)
        case "redirect":
            return error(302, Location=f"/{number}") if number % 2 else reply
        case "longer length":
            return replace(reply.but(Content_Length=str(size + 1 + number)), closes=True)
        case "shorter length" if (
            reply.status == 206
        ):  # a whole of which the length is a lie is the file, for all one knows
            return replace(reply.but(Content_Length=str(number % (size + 1))), closes=True)
        case "other range" if reply.status == 206:
            return reply.but(Content_Range=f"bytes {number}-{number + size - 1}/{len(file.content)}")
        case "shorter range" if size > 1:
            first = len(file.content) - size
            kept = 1 + number % (size - 1)
            sent = {"Content_Range": f"bytes {first}-{first + kept - 1}/*", "Content_Length": str(kept)}
            return replace(reply, body=reply.body[:kept]).but(**sent) if reply.status == 206 else reply
        case "other whole length" if reply.status == 206:
            first = len(file.content) - size
            return reply.but(Content_Range=f"bytes {first}-{first + size - 1}/{len(file.content) + number}")
        case "ignored range":
            return honest(file, plain)
        case "ignored condition":
            request.headers.pop("If-Range", None)
            return honest(file, request)
        case "weak":
            return reply.but(ETag=f"W/{file.etag}")
        case "dateless":
            return reply.but(ETag=None, Last_Modified=None, Date=None)
        case "overlong" if reply.status == 206:
            return replace(reply, body=reply.body + b"x" * number, chunked=True)
        case "unknown end":
            return replace(reply.but(Content_Length=None).cut(number), closes=True)
        case "nonsense":
            return Reply(200 + number % 400, {"Content-Length": "3"}, b"???").but(Content_Range=f"bytes {number}-")
        case _:
            return reply


async def fetched(behaviours: Sequence[Evil], target: Path, connections: int) -> None:
    """Meets a behaviour a request, then a good server; fails as it may."""
    target.write_bytes(BEFORE)
    whole = {file.content for file in VERSIONS} | {b"???"}  # which a nonsensical server calls its file
    fetch = Fetch(target, connections, attempts=3)

    def behave(request: Request) -> Reply:
        if request.number < len(behaviours):
            return answer(behaviours[request.number], request)
        return honest(VERSIONS[1], request)

    async with hostile(behave) as server:
        for _ in range(3):
            try:
                await fetch(server.url)
            except DownloadError:
                assert target.read_bytes() == BEFORE
            else:
                assert target.read_bytes() in whole
                assert fetch.beside == []
                target.write_bytes(BEFORE)
        server.requests += [Request("", server.requests[0].headers, 0)] * len(behaviours)
        await fetch(server.url)
    assert target.read_bytes() == VERSIONS[1].content
    assert fetch.beside == []


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(evils, min_size=1, max_size=8), st.sampled_from([1, 3]))
def test_a_target_is_one_version_or_what_it_was(
    monkeypatch: pytest.MonkeyPatch, behaviours: list[Evil], connections: int
) -> None:
    monkeypatch.setattr(segments, "SMALLEST_SHARE", 100)
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(fetched(behaviours, Path(directory, "x.mp4"), connections))
