"""Comparing a directory with what is known of it, after anything that no event told of."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from aiomedia.index import Index
from aiomedia.storage.local import LocalDirectory
from tests.storage.test_local import attached


def known_of(storage: LocalDirectory) -> Index:
    tree = storage.scan()[""]
    assert isinstance(tree, Mapping)
    return Index(tree)


def differences(storage: LocalDirectory, index: Index, path: str = "", *, thoroughly: bool) -> set[str]:
    return storage.differences(path, index.directories[path], thoroughly=thoroughly)


@pytest.fixture
def filled(root: Path) -> Path:
    for name in ("x.mp4", "y.wav", "notes.txt", ".hidden.mp4"):
        (root / name).write_bytes(b"12345")
    (root / "sub").mkdir()
    (root / "sub/z.mp4").touch()
    (root / "link.mp4").symlink_to("x.mp4")
    for name, target in {
        "self.mp4": "self.mp4",
        "out.mp4": "/etc/passwd",
        "gone.mp4": "nowhere",
        "sub/back": "..",
    }.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "fifo.mp4")
    return root


@pytest.mark.parametrize("thoroughly", [False, True])
@pytest.mark.parametrize("follow_symlinks", [False, True])
def test_what_is_known_does_not_differ(filled: Path, follow_symlinks: bool, thoroughly: bool) -> None:
    storage = attached(filled, follow_symlinks)
    index = known_of(storage)
    for path in ("", "sub"):
        assert differences(storage, index, path, thoroughly=thoroughly) == set()


# What happens to the directory, and the paths at which it differs then.
BY_NAME = {
    "touch new.mp4": {"new.mp4"},
    "rm x.mp4": {"x.mp4"},
    "mv x.mp4 r.mp4": {"x.mp4", "r.mp4"},
    "mkdir made": {"made"},
    "mv sub moved": {"sub", "moved"},
    "rm x.mp4; mkdir x.mp4": {"x.mp4"},
    "rm x.mp4; mkfifo x.mp4": {"x.mp4"},
    "rm x.mp4; ln -s y.wav x.mp4": {"x.mp4"},
    "rm -r sub; touch sub": {"sub"},
    "touch other.txt .other.mp4": set(),
}
BY_STATUS = ["echo 123456 >x.mp4", "touch -d 1970-01-02 x.mp4", "cp -p x.mp4 .n; mv .n x.mp4"]


def happen(command: str, root: Path) -> None:
    subprocess.run(["sh", "-euc", command], cwd=root, check=True)


@pytest.mark.parametrize("thoroughly", [False, True])
@pytest.mark.parametrize("command", BY_NAME)
def test_names_that_came_or_went_differ(filled: Path, command: str, thoroughly: bool) -> None:
    storage = attached(filled)
    index = known_of(storage)
    happen(command, filled)
    assert differences(storage, index, thoroughly=thoroughly) == BY_NAME[command]


@pytest.mark.parametrize("command", BY_STATUS)
def test_a_file_that_is_another_differs_when_each_is_compared(filled: Path, command: str) -> None:
    storage = attached(filled)
    index = known_of(storage)
    happen(command, filled)
    assert differences(storage, index, thoroughly=True) == {"x.mp4"}


def test_a_directory_that_is_gone_differs_itself(filled: Path) -> None:
    storage = attached(filled)
    index = known_of(storage)
    happen("rm -r sub", filled)
    assert differences(storage, index, "sub", thoroughly=False) == {"sub"}


def test_a_directory_in_which_something_came_or_went_has_another_stamp(filled: Path) -> None:
    storage = attached(filled)
    stamps = storage.changed_directories({"": None, "sub": None})
    assert set(stamps) == {"", "sub"}
    assert storage.changed_directories(stamps) == {}
    (filled / "sub/new.mp4").touch()
    assert set(storage.changed_directories(stamps)) == {"sub"}
    (filled / "sub").rename(filled / "moved")
    assert storage.changed_directories({"sub": stamps["sub"]}) == {"sub": None}
    (filled / "sub").mkdir()
    assert set(storage.changed_directories({"sub": stamps["sub"]})) == {"sub"}
