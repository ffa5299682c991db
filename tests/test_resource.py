"""What the index knows of a file: entity tags and URLs."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from aiomedia.media import media_type
from aiomedia.resource import Links, Resource, entity_tag, listed_file


def _replace_with_equal_size_and_times(path: Path) -> None:
    times = path.stat()
    replacement = path.with_suffix(".new")
    replacement.write_bytes(b"B" * times.st_size)
    os.utime(replacement, ns=(times.st_atime_ns, times.st_mtime_ns))
    replacement.replace(path)


def _write_in_place_and_restore_times(path: Path) -> None:
    times = path.stat()
    with path.open("r+b") as file:
        file.write(b"C")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"D")


@pytest.mark.parametrize("change", [_replace_with_equal_size_and_times, _write_in_place_and_restore_times, _append])
def test_whatever_changes_a_file_changes_its_entity_tag(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"A" * 100)
    before = entity_tag(path.stat())
    assert before == entity_tag(path.stat())
    change(path)
    assert entity_tag(path.stat()) != before


def test_an_entity_tag_is_strong_and_quoted(tmp_path: Path) -> None:
    tag = entity_tag(tmp_path.stat())
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert tag[1:-1].isascii()
    assert '"' not in tag[1:-1]


@pytest.mark.parametrize("name", ["a b.mp4", "100%.mp4", "a#b?c&d=e.mp4", "ü/🎬.mp4", "q\"'.mp4", "a+b;c.mp4"])
def test_a_url_decodes_to_the_name_it_was_made_of(name: str) -> None:
    url = urlsplit(Links("/at", "/media/a b&c").download("video", name))
    assert url.path.isascii()
    assert unquote(url.path) == f"/at/download/video/{name}"
    assert parse_qs(url.query) == {"directory": ["/media/a b&c"]}
    assert url.fragment == ""


def test_the_default_root_needs_no_directory_in_its_urls() -> None:
    assert Links("", None).generated("audio", "a b") == "/download/generated/audio/a%20b"


def test_a_listed_file_has_a_url_of_its_own_kind_alone() -> None:
    media = media_type("x.wav")
    assert media is not None
    listed = listed_file(Resource("x.wav", 5, 1_691_234_567_999_999_999, '"t"', media), "x.wav", Links("", None))
    assert listed.download_url_video is None
    assert listed.download_url_audio == "/download/audio/x.wav"
    assert listed.modified == 1_691_234_567
