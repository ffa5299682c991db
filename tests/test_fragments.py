"""Fragments: brought up to date, they are what they would be if made anew."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.fragments import Fragments
from aiomedia.index import Directory
from aiomedia.resource import Links
from tests.samples import resource

LINKS = Links("", None)
FILES = st.dictionaries(st.sampled_from([f"{number}.mp4" for number in range(8)]), st.integers(0, 3))


def _directory(versions: dict[str, int]) -> Directory:
    return Directory({name: resource(name, version=version) for name, version in versions.items()})


def _made(directory: Directory) -> Fragments:
    return Fragments(directory.names, directory.files, LINKS)


@given(FILES, st.lists(FILES, max_size=4))
def test_updated_fragments_equal_those_made_anew(first: dict[str, int], later: list[dict[str, int]]) -> None:
    directory = _directory(first)
    fragments = _made(directory)
    for versions in later:
        version = directory.version
        directory.replace(_directory(versions).files)
        fragments.update(directory.changed_since(version) or (), directory.files)
        anew = _made(directory)
        assert (fragments.names, fragments.bodies) == (anew.names, anew.bodies)
        assert fragments.fingerprint == anew.fingerprint


@given(FILES, FILES)
def test_the_fingerprint_differs_exactly_when_the_files_do(first: dict[str, int], second: dict[str, int]) -> None:
    one, other = _made(_directory(first)), _made(_directory(second))
    assert (one.fingerprint == other.fingerprint) == (one.bodies == other.bodies)


def test_a_fragment_is_the_contracts_json_with_its_keys_in_order() -> None:
    (body,) = _made(_directory({"1.mp4": 0})).bodies
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
