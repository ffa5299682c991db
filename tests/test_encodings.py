"""Encodings: made once for all that ask, kept while they are true, within bounds; a failure is nobody else's."""

import asyncio
import gzip

import pytest

from aiomedia import encodings as encodings_module
from aiomedia.encodings import Encoding, Encodings
from aiomedia.parts import Part


def body(encoding: Encoding) -> bytes:
    return b"".join(encoding.plain())


class Maker:
    """Makes an encoding of so many bytes, and counts how often."""

    def __init__(self, size: int = 1) -> None:
        self.size = size
        self.made = 0
        self.outdated: list[Encoding | None] = []

    async def __call__(self, outdated: Encoding | None) -> Encoding:
        self.made += 1
        self.outdated.append(outdated)
        await asyncio.sleep(0)
        return Encoding.of(bytes(self.size))


async def failing(_: Encoding | None) -> Encoding:
    await asyncio.sleep(0)
    raise LookupError("gone")


async def test_all_that_ask_at_a_time_wait_for_one_encoding() -> None:
    encodings, make = Encodings(1000), Maker()
    got = await asyncio.gather(*(encodings.get("key", 1, make) for _ in range(100)))
    assert make.made == 1
    assert len(set(map(id, got))) == 1
    await encodings.get("key", 1, make)
    assert make.made == 1


async def test_another_version_is_encoded_anew() -> None:
    encodings, make = Encodings(1000), Maker()
    for version in (1, 2, 2, 3):
        await encodings.get("key", version, make)
    assert make.made == 3


async def test_those_asked_for_last_are_kept_up_to_the_limit() -> None:
    encodings = Encodings(250)
    makers = {key: Maker(100) for key in "abc"}
    for key in "abaca":
        await encodings.get(key, 1, makers[key])
    assert {key: make.made for key, make in makers.items()} == {"a": 1, "b": 1, "c": 1}
    await encodings.get("b", 1, makers["b"])
    assert makers["b"].made == 2, "it was the one not asked for longest"


async def test_an_encoding_above_the_limit_is_kept_until_another_is_asked_for() -> None:
    encodings, make = Encodings(10), Maker(100)
    for _ in range(2):
        assert len(body(await encodings.get("key", 1, make))) == 100
    assert make.made == 1
    await encodings.get("other", 1, Maker(100))
    await encodings.get("key", 1, make)
    assert make.made == 2


async def test_what_is_compressed_counts_at_once() -> None:
    encodings, make = Encodings(205), Maker(100)
    for key in "ab":
        last = await encodings.get(key, 1, make)
    (compressed,) = await last.compressed()
    assert last.weight > 100 + len(compressed), "the part keeps what it was compressed to, and it is joined to be sent"
    await encodings.get("a", 1, make)
    assert make.made == 3


async def test_parts_that_are_joined_to_be_sent_count_at_once() -> None:
    encodings, make = Encodings(150), Maker(100)
    await encodings.get("a", 1, make)

    async def of_parts(_: Encoding | None) -> Encoding:
        return Encoding([Part(bytes(20)), Part(bytes(20))], '"x"')

    encoding = await encodings.get("b", 1, of_parts)
    assert (encoding.weight, encoding.plain(), encoding.weight) == (40, (bytes(40),), 80)
    await encodings.get("a", 1, make)
    assert make.made == 2


async def test_a_long_body_stays_in_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings_module, "JOINED", 39)
    encoding = Encoding([Part(bytes(20)), Part(bytes(20))], '"x"')
    assert [len(part) for part in encoding.plain()] == [20, 20]
    compressed = await encoding.compressed()
    assert len(compressed) > 1
    assert gzip.decompress(b"".join(compressed)) == bytes(40)


async def test_an_outdated_encoding_is_handed_to_who_makes_the_next_one_once_it_is_made() -> None:
    encodings, make = Encodings(1000), Maker()
    first, second, _ = await asyncio.gather(*(encodings.get("key", version, make) for version in (1, 2, 3)))
    assert make.outdated == [None, first, second]
    with pytest.raises(LookupError):
        await encodings.get("key", 4, failing)
    await encodings.get("key", 5, make)
    assert make.outdated[3:] == [None], "what failed may have spoilt it"


async def test_very_many_small_ones_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings_module, "MAX_KEPT", 3)
    encodings, first = Encodings(1000), Maker()
    await encodings.get("first", 1, first)
    for key in range(3):
        await encodings.get(key, 1, Maker())
    await encodings.get("first", 1, first)
    assert first.made == 2


async def test_a_failure_is_told_to_who_asked_and_kept_from_all_others() -> None:
    encodings, make = Encodings(1000), Maker()
    answers = await asyncio.gather(
        *(encodings.get("bad", 1, failing) for _ in range(3)),
        *(encodings.get(key, 1, make) for key in range(3)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [LookupError] * 3 + [Encoding] * 3
    assert len(body(await encodings.get("bad", 1, make))) == 1


async def test_who_stops_waiting_stops_nobody_else() -> None:
    encodings, make = Encodings(1000), Maker()
    impatient = asyncio.create_task(encodings.get("key", 1, make))
    await asyncio.sleep(0)
    impatient.cancel()
    assert len(body(await encodings.get("key", 1, make))) == 1
    assert make.made == 1


@pytest.mark.parametrize("size", [10, encodings_module.COMPRESS_IN_THREAD + 1])
async def test_the_compressed_body_is_made_once_and_has_a_tag_of_its_own(size: int) -> None:
    encoding = Encoding.of(bytes(size))
    first, second = await asyncio.gather(encoding.compressed(), encoding.compressed())
    assert first is second
    assert gzip.decompress(b"".join(first)) == bytes(size)
    assert encoding.gzip_etag != encoding.etag


async def test_a_compression_that_failed_is_tried_again_and_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    encodings = Encodings(1000)
    encoding = await encodings.get("key", 1, Maker())
    with monkeypatch.context() as patched:
        patched.setattr(encodings_module, "in_gzip", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await encoding.compressed()
    await encodings.get("other", 1, Maker())
    assert encoding.weight == 1
    assert gzip.decompress(b"".join(await encoding.compressed())) == body(encoding)


def test_the_entity_tag_is_that_of_the_bytes() -> None:
    assert Encoding.of(b"a").etag == Encoding.of(b"a", next_url="/x").etag
    assert Encoding.of(b"a").etag != Encoding.of(b"b").etag
