"""The watches of a tree: which directories they cover, and which lack one."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aiomedia.storage import watches as module
from aiomedia.storage.base import Stamp
from aiomedia.storage.watches import Lacking, Watches, survey
from tests.asking import DEADLINE_S


def stamp(directory: Path, device: int | None = None) -> Stamp:
    status = directory.stat()
    return Stamp(status.st_dev if device is None else device, status.st_ino, 0, 0)


@contextmanager
def watching(root: Path) -> Iterator[Watches]:
    watches = Watches(str(root))
    try:
        yield watches
    finally:
        watches.close()


def test_a_survey_finds_the_directories_that_could_be_indexed(root: Path, tmp_path: Path) -> None:
    for name in ("a/b", ".hidden/c", "a/new\nline"):
        (root / name).mkdir(parents=True)
    (root / "a/x.mp4").touch()
    (root / "y.mp4").symlink_to("a/x.mp4")
    (root / "nowhere").symlink_to("nothing")
    assert survey(str(root)) == ([str(root), str(root / "a"), str(root / "a/b")], True)
    (root / "a/link").symlink_to(tmp_path)
    assert not survey(str(root)).is_plain


def test_a_survey_of_what_is_not_there_finds_nothing(root: Path) -> None:
    assert survey(str(root / "absent")) == ([], True)


def test_a_plain_tree_is_watched_with_all_that_comes_to_it(root: Path) -> None:
    (root / "a").mkdir()
    with watching(root) as watches:
        assert watches.is_recursive
        known = {"": stamp(root), "a": stamp(root / "a")}
        assert watches.lacking(known) == (set(), set())
        assert watches.overlooked({"a", "absent"}) == set()


def test_a_link_in_it_is_not_followed_and_each_new_directory_lacks_a_watch(root: Path, tmp_path: Path) -> None:
    (root / "link").symlink_to(tmp_path)
    with watching(root) as watches:
        assert not watches.is_recursive
        (root / "new").mkdir()
        (root / ".hidden").mkdir()
        (root / "x.mp4").touch()
        assert watches.lacking({"": stamp(root), "new": stamp(root / "new")}) == ({"new"}, set())
        assert watches.overlooked({"new", ".hidden", "x.mp4", ""}) == {"new"}
        assert watches.inotify is not None
        assert len(watches.inotify.watched()) == 1


def test_a_link_that_comes_to_a_plain_tree_makes_all_doubtful(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tree/.deep").mkdir(parents=True)
    with watching(root) as watches:
        (tmp_path / "tree/.deep/link").symlink_to("..")
        (tmp_path / "tree").rename(root / ".tree")
        assert watches.overlooked({".tree"}) == {""}


def test_what_is_told_by_the_name_of_a_link_that_went_makes_all_doubtful(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/link").symlink_to(root)
    with watching(root) as watches:
        for source, target in ((tmp_path / "tree", root / "tree"), (root / "tree", tmp_path / "tree")):
            source.rename(target)
            assert told(watches)
        (root / "x.mp4").touch()
        assert told(watches) == {"tree/link/x.mp4"}
        assert watches.overlooked({"tree/link/x.mp4", "gone/y.mp4"}) == set(), "it may have gone just now"
        monkeypatch.setattr(module, "GHOST_S", 0)
        assert watches.overlooked({"z.mp4", "other/y.mp4"}) == set()
        assert watches.overlooked({"gone", "gone/y.mp4"}) == set(), "it came and went once more"
        assert watches.overlooked({"tree/link/x.mp4"}) == {""}


def told(watches: Watches) -> set[str]:
    """What is told next, below the root; within the deadline."""
    paths = watches.wait(debounce_ms=50, step_ms=5, patience_ms=int(1000 * DEADLINE_S), stop=threading.Event())
    return {path.partition("/media/")[2] for path in paths}


def test_what_went_or_became_another_lacks_nothing(root: Path, tmp_path: Path) -> None:
    with watching(root) as watches:
        known = {"": stamp(root), "gone": stamp(tmp_path), "other": stamp(tmp_path)}
        (root / "other").mkdir()
        assert watches.lacking(known) == (set(), set())


def test_a_device_on_which_nothing_is_found_is_told(root: Path) -> None:
    elsewhere = Path("/proc/sys")
    assert os.stat(elsewhere).st_dev != os.stat(root).st_dev
    with watching(root) as watches:
        (root / "proc").mkdir()
        known = {"": stamp(root), "proc": stamp(root / "proc", elsewhere.stat().st_dev)}
        assert watches.lacking(known) == Lacking(set(), {elsewhere.stat().st_dev})
