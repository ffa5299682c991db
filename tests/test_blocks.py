"""Blocks: brought up to date, they are what they would be if made anew."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia import blocks as blocks_module
from aiomedia.blocks import Blocks, fragment
from aiomedia.directory import Directory
from aiomedia.listing import around
from aiomedia.parts import in_gzip
from aiomedia.resource import Links
from tests.samples import resource

LINKS = Links("", None)
NAMES = [f"{number}.mp4" for number in range(12)]
FILES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5))


@pytest.fixture(autouse=True, params=[1, 2, 4, 1000], ids="{} files in a block".format)
def files_in_block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "FILES_IN_BLOCK", request.param)


def _directory(versions: dict[str, int]) -> Directory:
    return Directory({name: resource(name, version=version) for name, version in versions.items()})


def _made(directory: Directory) -> Blocks:
    return Blocks(directory.names, directory.files, LINKS)


def _bodies(blocks: Blocks) -> list[bytes]:
    return [part.body for part in blocks.parts]


@given(FILES, st.lists(FILES, max_size=4))
def test_updated_blocks_equal_those_made_anew(first: dict[str, int], later: list[dict[str, int]]) -> None:
    directory = _directory(first)
    blocks = _made(directory)
    for versions in later:
        version = directory.version
        directory.replace(_directory(versions).files)
        blocks.update(directory.changed_since(version) or (), directory.files)
        anew = _made(directory)
        assert _bodies(blocks) == _bodies(anew), "the same blocks, so that what is compressed by them is the same too"
        assert (blocks.total, blocks.fingerprint) == (anew.total, anew.fingerprint)
        assert in_gzip(around("/x", blocks.total, blocks.parts)) == in_gzip(around("/x", anew.total, anew.parts))


@given(FILES)
def test_the_parts_are_the_json_of_all_files_in_their_order(versions: dict[str, int]) -> None:
    directory = _directory(versions)
    encoded = b"".join(_bodies(_made(directory)))
    assert encoded == b"".join(fragment(directory.files[name], name, LINKS) + b"," for name in sorted(versions))


@given(FILES)
def test_what_was_taken_of_the_parts_stays_as_it_was(versions: dict[str, int]) -> None:
    directory = _directory(versions)
    blocks = _made(directory)
    parts = blocks.parts
    before = [part.body for part in parts]
    blocks.update(NAMES, {})
    assert blocks.total == 0
    assert [part.body for part in parts] == before


@given(FILES, FILES)
def test_the_fingerprint_differs_exactly_when_the_files_do(first: dict[str, int], second: dict[str, int]) -> None:
    one, other = _made(_directory(first)), _made(_directory(second))
    assert (one.fingerprint == other.fingerprint) == (_bodies(one) == _bodies(other))


def test_a_fragment_is_the_contracts_json_with_its_keys_in_order() -> None:
    body = fragment(resource("1.mp4"), "1.mp4", LINKS)
    assert list(msgspec.json.decode(body)) == [
        "filename",
        "size",
        "type",
        "modified",
        "download_url_video",
        "download_url_audio",
        "etag",
        "content_type",
    ]
