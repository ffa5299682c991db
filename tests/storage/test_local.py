"""The local storage, on real directories: what is seen, what is left out, what may be opened."""

import errno
import logging
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from aiomedia.directory import Directory
from aiomedia.resource import Resource
from aiomedia.storage.base import RootMissing
from aiomedia.storage.beneath import LetGo
from aiomedia.storage.local import LocalDirectory, LocalStorage
from aiomedia.storage.open_file import OpenFile


def attached(root: Path, follow_symlinks: bool = False) -> LocalDirectory:
    return LocalStorage(
        str(root), follow_symlinks=follow_symlinks, settle_s=0.5, watch_step_ms=5, watch_debounce_ms=50
    ).attach()


@pytest.fixture
def storage(root: Path) -> LocalDirectory:
    return attached(root)


def scanned(storage: LocalDirectory) -> dict[str, list[str]]:
    tree = storage.scan()[""]
    assert isinstance(tree, Mapping)
    return {directory: sorted(files) for directory, files in tree.items()}


def test_a_scan_sees_every_directory_and_the_media_in_it(root: Path, storage: LocalDirectory) -> None:
    (root / "sub/deep/empty").mkdir(parents=True)
    for name in ("x.mp4", "X.WAV", "notes.txt", "sub/y.mp3", "sub/deep/z.mkv"):
        (root / name).write_bytes(b"12345")
    assert scanned(storage) == {"": ["X.WAV", "x.mp4"], "sub": ["y.mp3"], "sub/deep": ["z.mkv"], "sub/deep/empty": []}
    (file,) = storage.look(["x.mp4"]).values()
    assert isinstance(file, Resource)
    assert file.size == 5


def test_only_regular_files_with_a_printable_visible_name_are_seen(root: Path, storage: LocalDirectory) -> None:
    (root / "directory.mp4").mkdir()
    os.mkfifo(root / "fifo.mp4")
    for name in (".hidden.mp4", "new\nline.mp4", "back\\slash.mp4", "c1\x9b.mp4", "line\u2028.mp4"):
        (root / name).touch()
    (root / ".secret").mkdir()
    (root / ".secret/x.mp4").touch()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket.mp4"))
        assert scanned(storage) == {"": [], "directory.mp4": []}


def test_a_name_that_is_not_utf8_is_left_out_and_logged_once(
    root: Path, storage: LocalDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "good.mp4").touch()
    with open(os.fsencode(root) + b"/\xff.mp4", "wb"):
        pass
    assert scanned(storage) == {"": ["good.mp4"]}
    assert scanned(storage) == {"": ["good.mp4"]}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "not UTF-8" in caplog.text


def test_a_look_sees_a_file_a_directory_or_nothing(root: Path, storage: LocalDirectory) -> None:
    (root / "sub").mkdir()
    (root / "sub/x.mp4").write_bytes(b"1")
    seen = storage.look(["sub/x.mp4", "sub", "gone.mp4", "gone/x.mp4", "sub/x.mp4/y.mp4", ".hidden/x.mp4", "sub/x.txt"])
    resource = seen["sub/x.mp4"]
    assert isinstance(resource, Resource)
    assert resource.name == "x.mp4"
    assert seen["sub"] == {"sub": {"x.mp4": resource}}
    assert [path for path, what in seen.items() if what is not None] == [
        path for path in seen if path in ("sub/x.mp4", "sub")
    ]


def test_links_are_not_followed_unless_asked_for(root: Path, tmp_path: Path, storage: LocalDirectory) -> None:
    (root / "real").mkdir()
    (root / "real/x.mp4").write_bytes(b"1")
    (root / "link").symlink_to("real")
    (root / "link.mp4").symlink_to("real/x.mp4")
    assert scanned(storage) == {"": [], "real": ["x.mp4"]}
    assert storage.look(["link", "link.mp4", "link/x.mp4"])["link/x.mp4"] is None
    assert storage.open("link.mp4", None) is None
    assert storage.open("link/x.mp4", None) is None


def test_links_inside_the_root_are_followed_when_asked_for_and_none_that_leaves_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (root / "real").mkdir()
    (root / "real/x.mp4").write_bytes(b"1")
    (root / ".hidden").mkdir()
    (root / ".hidden/h.mp4").touch()
    for name, target in {
        "link": "real",
        "link.mp4": "real/x.mp4",
        "absolute": str(root / "real"),
        "out.mp4": "../secret.mp4",
        "out": "..",
        "etc": "/etc",
        "hidden": ".hidden",
        "dangling.mp4": "nowhere",
        "circle.mp4": "circle.mp4",
    }.items():
        (root / name).symlink_to(target)
    storage = attached(root, follow_symlinks=True)
    expected = {"": ["link.mp4"], "real": ["x.mp4"], "link": ["x.mp4"], "absolute": ["x.mp4"]}
    assert scanned(storage) == expected
    for path in ("link.mp4", "link/x.mp4", "absolute/x.mp4"):
        opened = storage.open(path, None)
        assert isinstance(opened, OpenFile)
        assert opened.read(0, 2) == b"1"
    for path in ("out.mp4", "out/secret.mp4", "hidden/h.mp4", "dangling.mp4", "circle.mp4"):
        assert storage.open(path, None) is None
        assert storage.look([path])[path] is None


def test_links_that_lead_back_end(root: Path) -> None:
    for name, target in {"a/up": "..", "a/self": ".", "a/b": "../b", "b/a": "../a"}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).symlink_to(target)
    (root / "a/x.mp4").touch()
    storage = attached(root, follow_symlinks=True)
    assert scanned(storage) == {"": [], "a": ["x.mp4"], "b": [], "a/b": [], "b/a": ["x.mp4"]}


def test_what_is_dirty_by_one_name_is_looked_at_by_its_others(root: Path) -> None:
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    (root / "link.mp4").symlink_to("real/x.mp4")
    (root / "real/x.mp4").touch()
    storage = attached(root, follow_symlinks=True)
    storage.scan()
    assert set(storage.look(["real/x.mp4"])) == {"real/x.mp4", "link/x.mp4", "link.mp4"}
    assert set(storage.look(["link/x.mp4"])) == {"real/x.mp4", "link/x.mp4", "link.mp4"}


def test_a_link_is_looked_at_when_something_above_its_target_moves(root: Path) -> None:
    (root / "a/real").mkdir(parents=True)
    (root / "a/real/x.mp4").touch()
    (root / "link").symlink_to("a/real")
    storage = attached(root, follow_symlinks=True)
    storage.scan()
    (root / "a").rename(root / "b")
    assert storage.look(["a", "b"])["link"] is None


def test_an_open_file_tells_of_itself(root: Path, storage: LocalDirectory) -> None:
    (root / "x.mp4").write_bytes(b"123")
    opened = storage.open("x.mp4", None)
    assert isinstance(opened, OpenFile)
    (root / "x.mp4").unlink()
    assert opened.read(0, 10) == b"123"
    assert opened.resource.size == 3


@pytest.mark.parametrize("path", ["fifo.mp4", "directory.mp4", "gone.mp4", "x.txt", "gone/x.mp4"])
def test_what_is_no_file_of_media_does_not_open_and_hangs_nobody(
    root: Path, storage: LocalDirectory, path: str
) -> None:
    os.mkfifo(root / "fifo.mp4")
    (root / "directory.mp4").mkdir()
    (root / "x.txt").touch()
    assert storage.open(path, None) is None


def test_a_link_swapped_in_between_look_up_and_open_gains_nothing(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.mp4").write_bytes(b"secret")
    (root / "sub").symlink_to(outside)
    (root / "y.mp4").symlink_to(outside / "x.mp4")
    for follow in (False, True):
        storage = attached(root, follow_symlinks=follow)
        assert storage.open("sub/x.mp4", None) is None
        assert storage.open("y.mp4", None) is None


def test_a_root_that_is_missing_or_no_directory_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(RootMissing):
            attached(path)


def test_a_root_that_is_another_directory_than_before_is_told(root: Path, storage: LocalDirectory) -> None:
    (root / "x.mp4").touch()
    root.rename(root.with_name("old"))
    for act in (lambda: storage.look([]), lambda: storage.scan(), lambda: storage.open("x.mp4", None)):
        with pytest.raises(RootMissing):
            act()
    root.mkdir()
    with pytest.raises(RootMissing):
        storage.look([])


def test_what_reads_a_root_that_was_let_go_of_ends(root: Path, storage: LocalDirectory) -> None:
    (root / "x.mp4").write_bytes(b"12345")
    (root / "sub").mkdir()
    (root / "sub/y.mp4").touch()
    storage.let_go()
    for act in (
        lambda: storage.scan(),
        lambda: storage.look(["sub"]),
        lambda: storage.differences("", Directory(), thoroughly=True),
    ):
        with pytest.raises(LetGo):
            act()
    opened = storage.open("x.mp4", None)
    assert isinstance(opened, OpenFile)
    assert opened.read(0, 5) == b"12345", "but files can be opened"


def failing_open(name: str, error: int) -> Callable[..., int]:
    """An os.open that fails for this name. A mock, for what the superuser can't be refused and nobody can order."""
    real_open = os.open

    def open_(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == name:
            raise OSError(error, os.strerror(error))
        return real_open(path, flags, mode, dir_fd=dir_fd)

    return open_


@pytest.mark.parametrize("error", [errno.EIO, errno.ESTALE])
def test_a_path_that_cannot_be_looked_at_is_left_out_of_what_was_seen(
    root: Path, storage: LocalDirectory, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    (root / "sub").mkdir()
    for name in ("sub/x.mp4", "y.mp4"):
        (root / name).touch()
    monkeypatch.setattr(os, "open", failing_open("sub", error))
    assert set(storage.look(["sub/x.mp4", "y.mp4"])) == {"y.mp4"}
    for act in (lambda: storage.open("sub/x.mp4", None), lambda: storage.scan()):
        with pytest.raises(OSError, match=os.strerror(error)):
            act()


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_fault_that_tells_nothing_of_a_file_is_raised(
    root: Path, storage: LocalDirectory, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    (root / "sub").mkdir()
    (root / "sub/x.mp4").touch()
    monkeypatch.setattr(os, "open", failing_open("sub", error))
    for act in (lambda: storage.open("sub/x.mp4", None), lambda: storage.scan(), lambda: storage.look(["sub/x.mp4"])):
        with pytest.raises(OSError, match=os.strerror(error)):
            act()


def test_a_directory_that_may_not_be_read_is_empty_and_logged(
    root: Path, storage: LocalDirectory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "closed").mkdir()
    (root / "closed/x.mp4").touch()
    (root / "y.mp4").touch()
    monkeypatch.setattr(os, "open", failing_open("closed", errno.EACCES))
    assert scanned(storage) == {"": ["y.mp4"], "closed": []}
    assert "Permission denied" in caplog.text


def test_a_file_that_may_not_be_read_is_told_from_one_that_is_not_there(
    root: Path, storage: LocalDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "x.mp4").touch()
    monkeypatch.setattr(os, "open", failing_open("x.mp4", errno.EACCES))
    with pytest.raises(PermissionError):
        storage.open("x.mp4", None)
    assert storage.open("y.mp4", None) is None
