"""Files below a directory, and nowhere else."""

import os
from pathlib import Path

import pytest

from aiomedia.client.errors import CannotWrite, UnsafeName
from aiomedia.client.tree import directories_for, removed, target_at


@pytest.fixture
def top(tmp_path: Path) -> Path:
    path = tmp_path / "top"
    path.mkdir()
    return path


def test_a_target_is_a_path_or_a_name_in_a_directory(top: Path) -> None:
    assert target_at(top, "x.mp4") == str(top / "x.mp4")
    assert target_at(top / "y.mp4", "x.mp4") == str(top / "y.mp4")
    for name in ("a/x.mp4", "../x.mp4", ".x.mp4", ""):
        with pytest.raises(UnsafeName):
            target_at(top, name)


def test_directories_are_made_on_the_way(top: Path) -> None:
    assert directories_for(str(top), "a/b/x.mp4") == str(top / "a/b/x.mp4")
    assert (top / "a/b").is_dir()
    (top / "file").touch()
    with pytest.raises(CannotWrite, match="is no directory"):
        directories_for(str(top), "file/x.mp4")


def test_removing_leaves_what_is_not_the_files(top: Path) -> None:
    for name in ("x.mp4", "x.mp4.part", "x.mp4.part.json", "x.mp4.part.json.new", "y.mp4"):
        path = Path(directories_for(str(top), f"a/b/{name}"))
        path.touch()
    removed(str(top), "a/b/x.mp4", whole=False)
    assert sorted(os.listdir(top / "a/b")) == ["x.mp4", "y.mp4"]
    removed(str(top), "a/b/x.mp4", whole=True)
    assert os.listdir(top / "a/b") == ["y.mp4"]
    removed(str(top), "a/b/y.mp4", whole=True)
    assert os.listdir(top) == []
    removed(str(top), "a/b/y.mp4", whole=True)


def test_removing_does_not_follow_a_link(top: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x.mp4").touch()
    (top / "a").symlink_to(tmp_path / "elsewhere")
    removed(str(top), "a/x.mp4", whole=True)
    assert (tmp_path / "elsewhere/x.mp4").exists()


def test_a_directory_in_the_place_of_a_file_is_told(top: Path) -> None:
    (top / "x.mp4").mkdir()
    with pytest.raises(CannotWrite):
        removed(str(top), "x.mp4", whole=True)
