"""Files that are kept open: the last ones, for a while, as long as they are what the index knows."""

import os
import resource as limits
from pathlib import Path

import pytest

from aiomedia.storage.descriptors import KEPT_S, MOST, Descriptors, capacity
from aiomedia.storage.open_file import OpenFile
from tests.samples import resource


@pytest.fixture
def kept() -> Descriptors:
    return Descriptors(3)


def opened(path: Path, name: str, version: int = 0) -> OpenFile:
    path.touch()
    descriptor = os.open(path, os.O_RDONLY)
    return OpenFile(descriptor, resource(name, version=version), os.fstat(descriptor), is_remote=False)


def test_those_that_were_asked_for_last_are_kept(tmp_path: Path, kept: Descriptors) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        kept.keep(name, opened(tmp_path / "x", name), 0)
    assert kept.get("a.mp4", resource("a.mp4"), 0) is not None
    kept.keep("d.mp4", opened(tmp_path / "x", "d.mp4"), 0)
    found = [name for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4") if kept.get(name, resource(name), 0)]
    assert found == ["a.mp4", "c.mp4", "d.mp4"]


def test_one_of_another_version_is_not_given(tmp_path: Path, kept: Descriptors) -> None:
    kept.keep("a.mp4", opened(tmp_path / "x", "a.mp4"), 0)
    assert kept.get("a.mp4", resource("a.mp4", version=1), 0) is None


@pytest.mark.parametrize("paths", [["a.mp4", "b.mp4", "unknown.mp4"], None])
def test_those_that_the_index_does_not_know_just_so_are_dropped(
    tmp_path: Path, kept: Descriptors, paths: list[str] | None
) -> None:
    index = {"a.mp4": resource("a.mp4"), "b.mp4": resource("b.mp4", version=1)}
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        kept.keep(name, opened(tmp_path / "x", name), 0)
    kept.drop_changed(paths, index.get)
    assert len(kept) == (1 if paths is None else 2)
    assert kept.get("a.mp4", resource("a.mp4"), 0) is not None


def test_those_that_nobody_asks_for_are_dropped(tmp_path: Path, kept: Descriptors) -> None:
    for name in ("a.mp4", "b.mp4"):
        kept.keep(name, opened(tmp_path / "x", name), 0)
    kept.get("a.mp4", resource("a.mp4"), KEPT_S)
    kept.drop_unused(KEPT_S + 1)
    assert len(kept) == 1
    kept.drop_unused(2 * KEPT_S + 1)
    assert len(kept) == 0


def test_one_that_is_dropped_while_it_is_used_stays_open(tmp_path: Path, kept: Descriptors) -> None:
    kept.keep("a.mp4", opened(tmp_path / "x", "a.mp4"), 0)
    used = kept.get("a.mp4", resource("a.mp4"), 0)
    assert used is not None
    kept.clear()
    os.fstat(used.descriptor)


@pytest.mark.parametrize(
    ("soft", "roots", "expected"),
    [(1024, 1, 256), (1024, 2, 128), (1_000_000, 1, MOST), (limits.RLIM_INFINITY, 4, MOST // 4), (3, 1, 1)],
)
def test_how_many_depends_on_how_many_the_process_may_have(
    monkeypatch: pytest.MonkeyPatch, soft: int, roots: int, expected: int
) -> None:
    monkeypatch.setattr(limits, "getrlimit", lambda _: (soft, soft))
    assert capacity(roots) == expected
