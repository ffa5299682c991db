"""Names under which nothing leaves the target's directory."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiomedia.client.errors import UnsafeName
from aiomedia.client.safe_name import LONGEST_NAME, part_name, safe_path


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x.mp4",
        "a/../../x.mp4",
        "/etc/passwd",
        "a//b",
        "a/",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "\udcff",
        ".bashrc",
        "a/.ssh/keys.mp4",
        "x" * 256,
        "é" * 128,
        "a/" + "x" * 256,
    ],
)
def test_a_name_that_leads_elsewhere_or_hides_is_refused(name: str) -> None:
    with pytest.raises(UnsafeName):
        safe_path(name)


@pytest.mark.parametrize("name", ["x.mp4", "a/b/c.wav", "a b.mp4", "é.mp4", "a..b", "-rf", "x" * 255, "~"])
def test_other_names_are_taken_as_they_are(name: str) -> None:
    assert safe_path(name) == name


@given(st.text("ab./\\\0\n \x85é"))
def test_what_is_taken_stays_below(name: str) -> None:
    try:
        path = os.path.normpath(os.path.join("/base", safe_path(name)))
    except UnsafeName:
        return
    assert path == f"/base/{name}"


@given(st.text("xyz.é€😀 ", min_size=1, max_size=255).filter(lambda name: len(name.encode()) <= LONGEST_NAME))
def test_a_part_has_a_name_that_fits_with_all_that_is_added(name: str) -> None:
    assert len(f"{part_name(name)}.json.new".encode()) <= LONGEST_NAME


def test_parts_of_long_names_differ() -> None:
    names = ["x" * 250 + end for end in ("a.mp4", "b.mp4")]
    assert part_name(names[0]) != part_name(names[1])
    assert part_name("x.mp4") == "x.mp4.part"
