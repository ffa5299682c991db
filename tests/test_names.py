"""Names: the contract's sections 1 and 2."""

import pytest

from aiomedia.errors import InvalidDirectory, InvalidFilename
from aiomedia.names import (
    checked_filename,
    is_indexable,
    is_indexable_path,
    is_utf8,
    join,
    normalised_directory,
    split,
)


@pytest.mark.parametrize(
    "name", ["take.mp4", "Überraschung 🎬.mp4", "a b+c%20#?&.wav", 'say "hi".mp3', "'<b>.ogg", "x" * 255, "．．", "%2e"]
)
def test_names_of_any_printable_characters_are_indexable(name: str) -> None:
    assert is_indexable(name)
    assert checked_filename(name) == name


@pytest.mark.parametrize("control", ["\0", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\\"])
def test_control_characters_line_separators_and_backslashes_are_not(control: str) -> None:
    assert not is_indexable(f"a{control}b.mp4")
    assert not is_indexable_path(f"sub/a{control}b.mp4")
    with pytest.raises(InvalidFilename):
        checked_filename(f"a{control}b.mp4")


def test_dot_files_and_what_lies_below_a_dot_directory_are_not_indexable() -> None:
    assert not is_indexable(".take.mp4")
    assert not is_indexable_path(".hidden/take.mp4")
    assert not is_indexable_path("sub/.hidden/take.mp4")
    assert is_indexable_path("sub/not.hidden/take.mp4")


def test_the_root_itself_is_indexable() -> None:
    assert is_indexable_path("")


def test_a_name_that_is_not_utf8_is_told_from_one_that_is() -> None:
    undecodable = b"\xff.mp4".decode(errors="surrogateescape")
    assert not is_utf8(undecodable)
    assert not is_indexable(undecodable)
    assert is_utf8("naïve.mp4")


@pytest.mark.parametrize(
    "filename", ["", "/", "/x.mp4", "x.mp4/", "a//x.mp4", ".", "..", "../x.mp4", "a/../x.mp4", "a/./x"]
)
def test_a_filename_with_an_empty_or_dotted_segment_is_refused(filename: str) -> None:
    with pytest.raises(InvalidFilename):
        checked_filename(filename)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("/media", "/media"),
        ("/media/", "/media"),
        ("//media///a/./b//", "/media/a/b"),
        ("/", "/"),
        ("/a b/ü", "/a b/ü"),
        ("/...", "/..."),
    ],
)
def test_a_directory_is_normalised(given: str, normal: str) -> None:
    assert normalised_directory(given) == normal


@pytest.mark.parametrize("given", ["", "media", "./media", "~", "/media/..", "/../media", "/media\0", "\0", " /media"])
def test_a_directory_that_is_empty_relative_dotted_or_holds_a_nul_is_refused(given: str) -> None:
    with pytest.raises(InvalidDirectory):
        normalised_directory(given)


def test_paths_are_joined_and_split_below_the_root() -> None:
    assert join("", "a") == "a"
    assert join("a", "b") == "a/b"
    assert split("a/b/c.mp4") == ("a/b", "c.mp4")
    assert split("c.mp4") == ("", "c.mp4")
