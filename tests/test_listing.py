"""Listings: the contract's section 3, on an index without a server."""

import fnmatch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.directory import Directory
from aiomedia.errors import InvalidParameter
from aiomedia.index import Index
from aiomedia.listing import Page, cut, encode
from aiomedia.matches import Matches, Snapshot, recursive_snapshot
from aiomedia.query import Query, decode_position, encode_position
from aiomedia.resource import FileListing, Links, Resource
from tests.samples import resource

NAMES = ["b.mp4", "B.wav", "a.mp4", "ä.mp3", "10.mp4", "9.mp4", "take[1].mp4", "STRASSE.wav"]
INDEX = Index(
    {
        "": {name: resource(name, size=len(name), modified=position % 3) for position, name in enumerate(NAMES)},
        "sub": {"a.mp4": resource("a.mp4", size=50)},
        "sub/deep": {"z.wav": resource("z.wav", size=60)},
        "sub-": {"y.wav": resource("y.wav", size=70)},
    }
)


def snapshot(index: Index, path: str, query: Query) -> Snapshot:
    directory = index.directories[path]
    return recursive_snapshot(index, path) if query.recursive else Snapshot(directory.files, directory.names)


def names(query: Query, path: str = "") -> list[str]:
    return list(Matches(snapshot(INDEX, path, query), query).names)


def page_of(query: Query, index: Index = INDEX) -> Page:
    return cut(Matches(snapshot(index, "", query), query), query)


def test_files_are_listed_by_code_point() -> None:
    assert names(Query()) == sorted(NAMES)


def test_a_recursive_listing_names_files_relative_to_its_directory() -> None:
    assert names(Query(recursive=True), "sub") == ["a.mp4", "deep/z.wav"]
    everything = names(Query(recursive=True))
    assert everything == sorted([*NAMES, "sub/a.mp4", "sub/deep/z.wav", "sub-/y.wav"])


def test_a_type_is_picked() -> None:
    assert names(Query(type="audio")) == ["B.wav", "STRASSE.wav", "ä.mp3"]
    assert names(Query(type="video", recursive=True), "sub") == ["a.mp4"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("A.MP", ["a.mp4"]),
        ("straße", ["STRASSE.wav"]),
        ("Ä", ["ä.mp3"]),
        ("", sorted(NAMES)),
        ("*.mp3", ["ä.mp3"]),
        ("?.MP4", ["9.mp4", "a.mp4", "b.mp4"]),
        ("*[1]*", ["take[1].mp4"]),
        ("take", ["take[1].mp4"]),
        ("take*", ["take[1].mp4"]),
        ("take?", []),
        ("nothing", []),
    ],
)
def test_q_is_a_part_or_a_glob_over_the_whole_name_whatever_the_case(q: str, expected: list[str]) -> None:
    assert names(Query(q=q)) == expected


def test_q_is_held_against_the_name_as_listed() -> None:
    assert names(Query(q="SUB/*", recursive=True)) == ["sub/a.mp4", "sub/deep/z.wav"]
    assert names(Query(q="sub/*", recursive=True), "sub") == []


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["size", "modified"])
def test_ties_are_by_name_ascending_whatever_the_order(sort: str, order: str) -> None:
    sign = 1 if order == "asc" else -1
    query = Query(sort=sort, order=order)  # type: ignore[arg-type]
    files = INDEX.directories[""].files
    expected = sorted(NAMES, key=lambda name: (sign * getattr(files[name], sort), name))
    assert names(query) == expected


@given(
    sort=st.sampled_from(["name", "size", "modified"]),
    order=st.sampled_from(["asc", "desc"]),
    limit=st.integers(1, 12),
    recursive=st.booleans(),
)
def test_pages_together_are_the_whole(sort: str, order: str, limit: int, recursive: bool) -> None:
    whole = names(Query(sort=sort, order=order, recursive=recursive))  # type: ignore[arg-type]
    seen: list[str] = []
    after = None
    while True:
        query = Query(sort=sort, order=order, recursive=recursive, limit=limit, after=after)  # type: ignore[arg-type]
        shown = page_of(query)
        assert len(shown.names) <= limit
        seen += shown.names
        if shown.last is None:
            break
        after = decode_position(encode_position(shown.last))
    assert seen == whole


def test_a_page_goes_on_where_the_one_before_ended_when_that_file_is_gone() -> None:
    query = Query(limit=2)
    shown = page_of(query)
    assert shown.last is not None
    index = Index({"": {name: resource(name) for name in NAMES if name != shown.last[1]}})
    query = Query(limit=2, after=shown.last)
    assert list(page_of(query, index).names) == sorted(NAMES)[2:4]


@pytest.mark.parametrize("text", ["", "x", "AAAA", "WzBd", "WzAsIDBd", "ü", "W" * 8000, "WzAsImEiXQ=="[:-3]])
def test_an_after_that_no_next_gave_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        decode_position(text)


def test_a_glob_of_many_stars_does_not_backtrack() -> None:
    name = "a" * 200 + ".mp4"
    index = Index({"": {name: resource(name)}})
    pattern = "*a" * 60 + "*b"
    assert not fnmatch.fnmatchcase(name, pattern)
    assert page_of(Query(q=pattern), index).names == [], "with backtracking it would take longer than the universe has"


QUERIES = st.builds(
    Query,
    type=st.sampled_from([None, "video"]),
    q=st.sampled_from([None, "1", "*.mp4"]),
    sort=st.sampled_from(["name", "size", "modified"]),
    order=st.sampled_from(["asc", "desc"]),
)
VALUES = st.dictionaries(
    st.sampled_from([f"{number}.{extension}" for number in range(6) for extension in ("mp4", "wav")]),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
)


@given(QUERIES, VALUES, st.lists(VALUES, max_size=4))
def test_matches_brought_up_to_date_equal_those_made_anew(
    query: Query, first: dict[str, tuple[int, int]], later: list[dict[str, tuple[int, int]]]
) -> None:
    def files_of(values: dict[str, tuple[int, int]]) -> dict[str, Resource]:
        return {name: resource(name, size, modified) for name, (size, modified) in values.items()}

    directory = Directory(files_of(first))
    matches = Matches(Snapshot(directory.files, directory.names), query)
    for values in later:
        version = directory.version
        directory.replace(files_of(values))
        matches.update(directory.changed_since(version) or (), directory.files)
        anew = Matches(Snapshot(directory.files, directory.names), query)
        assert matches.names == anew.names
        assert [matches.position(name) for name in matches.names] == [anew.position(name) for name in anew.names]


@pytest.mark.parametrize("query", [Query(), Query(limit=3), Query(type="audio", q="nothing")])
def test_what_is_encoded_piece_by_piece_is_a_file_listing(query: Query) -> None:
    page, files = page_of(query), INDEX.directories[""].files
    body, next_url = encode("/srv/media", page, files, Links("", None), query)
    listing = msgspec.json.decode(body, type=FileListing)
    assert msgspec.json.encode(listing) == body
    assert [file.filename for file in listing.files] == page.names
    assert (listing.total_files, listing.next) == (page.total, next_url)
