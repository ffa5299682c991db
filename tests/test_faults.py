"""Everything that makes an index go stale, produced for real: each is seen in /health/ready, and healed by itself.

The limits and the mounts are those of namespaces of their own: nothing here touches the machine.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.processes import Server, engine, held, running

OPTIONS = ("--no-access-log",)  # that nobody reads, and that would fill its pipe
HEALED_S = 30.0  # how long healing may take, as is promised

NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing every file takes its turn soon; what is measured here is whether it heals."""
    monkeypatch.setenv("AIOMEDIA_FULL_RECONCILE_S", "2")


def get(url: str) -> tuple[int, Any]:
    try:
        with urlopen(url) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def listed(server: Server) -> set[tuple[str, int]] | None:
    """The path and the size of each file that is listed; None while nothing is known."""
    status, body = get(f"{server.url}/list/files?recursive=true")
    return {(file["filename"], file["size"]) for file in body["files"]} if status == 200 else None


def on_disk(root: str | Path) -> set[tuple[str, int]]:
    """The truth, as it is seen from where `root` is looked at."""
    found = subprocess.run(
        ["find", root, "-name", "*.mp4", "-type", "f", "-printf", r"%P\t%s\0"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return {(path, int(size)) for path, _, size in (line.partition("\t") for line in found.split("\0") if line)}


def health(server: Server) -> dict[str, Any]:
    _, body = get(f"{server.url}/health/ready")
    (root,) = body["roots"]
    return {**root, "status": body["status"]}


def within_deadline(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + HEALED_S
    while not holds():
        assert time.monotonic() < deadline, "not healed"
        time.sleep(0.05)


def until_true(server: Server, root: Path) -> None:
    """Waits until the listing equals the disk."""
    within_deadline(lambda: listed(server) == on_disk(f"/proc/{server.process.pid}/root{root}"))


@contextmanager
def contained(root: Path, setup: str = "true") -> Iterator[Server]:
    """A server in namespaces of its own, in which a command is run first."""
    shell = [engine("unshare"), *NAMESPACES[1:], "sh", "-euc", f'{setup}; exec "$@"', "sh"]
    with running(root, *OPTIONS, within=shell) as server:
        yield server


def inside(server: Server, *command: str) -> None:
    """Runs a command where the server is."""
    enter = [engine("nsenter"), "--target", str(server.process.pid), "--user", "--mount", "--preserve-credentials"]
    subprocess.run([*enter, *command], check=True)


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch, often: None) -> None:
    """Every file is compared only when events may have been lost."""
    monkeypatch.setenv("AIOMEDIA_FULL_RECONCILE_S", "3600")


@pytest.fixture
def by_events(monkeypatch: pytest.MonkeyPatch, seldom: None) -> None:
    """Nothing is compared, unless the watch fails."""
    monkeypatch.setenv("AIOMEDIA_RECONCILE_S", "3600")


@pytest.mark.usefixtures("seldom")
def test_w1_a_queue_that_overflows_loses_nothing_in_the_end(root: Path) -> None:
    (root / "sub").mkdir()
    with running(root, *OPTIONS) as server:
        os.kill(server.process.pid, signal.SIGSTOP)
        for number in range(12_000):
            (root / f"{number}.mp4").touch()
        (root / "sub/x.mp4").write_bytes(b"12345")
        os.kill(server.process.pid, signal.SIGCONT)
        until_true(server, root)
        assert health(server)["overflows_suspected"] >= 1


@pytest.mark.usefixtures("seldom")
def test_w1_a_file_that_was_written_to_while_the_queue_overflowed_is_found_too(root: Path) -> None:
    (root / "x.mp4").write_bytes(b"1")
    with running(root, *OPTIONS) as server:
        os.kill(server.process.pid, signal.SIGSTOP)
        for number in range(12_000):
            (root / f"{number}.mp4").touch()
        (root / "x.mp4").write_bytes(b"12345")
        for number in range(12_000):
            (root / f"{number}.mp4").unlink()
        os.kill(server.process.pid, signal.SIGCONT)
        until_true(server, root)


@pytest.mark.usefixtures("seldom")
def test_w1_after_a_server_was_stopped_for_a_while_every_file_is_compared(root: Path) -> None:
    with running(root, *OPTIONS) as server:
        os.kill(server.process.pid, signal.SIGSTOP)
        time.sleep(3)
        os.kill(server.process.pid, signal.SIGCONT)
        within_deadline(lambda: health(server)["overflows_suspected"] >= 1)


def test_w2_files_in_directories_that_were_just_made_are_seen(root: Path) -> None:
    with running(root, *OPTIONS) as server:
        for number in range(200):
            (root / f"{number}/b/c").mkdir(parents=True)
            (root / f"{number}/b/c/x.mp4").touch()
        until_true(server, root)


def test_w3_w4_a_tree_that_is_moved_in_and_out_takes_its_files_along(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    (tmp_path / "tree/deep/x.mp4").touch()
    with running(root, *OPTIONS) as server:
        (tmp_path / "tree").rename(root / "tree")
        until_true(server, root)
        assert listed(server) == {("tree/deep/x.mp4", 0)}
        (root / "tree").rename(tmp_path / "out")
        within_deadline(lambda: listed(server) == set())


def test_w5_a_root_that_is_deleted_and_made_anew_is_followed(root: Path) -> None:
    with running(root, *OPTIONS) as server:
        root.rmdir()
        within_deadline(lambda: health(server)["state"] == "missing")
        assert health(server)["status"] == "unavailable"
        root.mkdir()
        (root / "x.mp4").touch()
        until_true(server, root)
        assert health(server)["state"] == "live"


def test_w6_w7_a_root_that_was_renamed_away_is_no_more_and_another_in_its_place_is(root: Path, tmp_path: Path) -> None:
    with running(root, *OPTIONS) as server:
        root.rename(tmp_path / "old")
        root.mkdir()
        (tmp_path / "old/ghost.mp4").touch()
        (root / "new.mp4").touch()
        within_deadline(lambda: listed(server) == {("new.mp4", 0)})
    parent = tmp_path / "parent"
    (parent / "media").mkdir(parents=True)
    with running(parent / "media", *OPTIONS) as server:
        parent.rename(tmp_path / "elsewhere")
        within_deadline(lambda: health(server)["state"] == "missing")
        (parent / "media").mkdir(parents=True)
        (parent / "media/x.mp4").touch()
        until_true(server, parent / "media")


def test_w8_a_root_that_is_missing_at_the_start_is_picked_up(root: Path) -> None:
    root.rmdir()
    server = Server(root, *OPTIONS)
    try:
        assert listed(server) is None
        root.mkdir()
        (root / "x.mp4").touch()
        until_true(server, root)
    finally:
        server.process.kill()
        server.process.communicate()


def test_w9_w10_what_is_mounted_over_a_root_or_a_directory_is_served_while_it_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOMEDIA_RECONCILE_S", "1")
    (root / "sub").mkdir()
    (root / "x.mp4").touch()
    (root / "sub/y.mp4").touch()
    with contained(root) as server:
        for place, name in ((root / "sub", "sub/over.mp4"), (root, "over.mp4")):
            inside(server, "mount", "-t", "tmpfs", "none", str(place))
            inside(server, "touch", str(place / "over.mp4"))
            until_true(server, root)
            assert (name, 0) in (listed(server) or set())
            within_deadline(lambda: health(server)["restarts"] >= 1)  # what is mounted is watched
            inside(server, "umount", "--lazy", str(place))  # the server has the root open
            until_true(server, root)
            assert listed(server) == {("x.mp4", 0), ("sub/y.mp4", 0)}


LIMITS = {"max_inotify_watches": 2, "max_inotify_instances": 0}


@pytest.mark.parametrize("limit", LIMITS)
def test_w11_w12_a_root_that_cannot_be_watched_is_compared_instead(root: Path, limit: str) -> None:
    for number in range(5):
        (root / str(number)).mkdir()
    with contained(root, f"echo {LIMITS[limit]} > /proc/sys/user/{limit}") as server:
        assert health(server)["state"] == "degraded"
        assert health(server)["status"] == "ready", "for it is not old"
        (root / "3/x.mp4").write_bytes(b"1")
        until_true(server, root)
        (root / "3/x.mp4").write_bytes(b"123")
        until_true(server, root)
        assert health(server)["reason"]


def test_w11_a_directory_for_which_no_watch_is_left_is_noticed_and_compared(
    root: Path, seldom: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOMEDIA_RECONCILE_S", "1")
    for name in "ab":
        (root / name).mkdir()
    with contained(root, "echo 4 > /proc/sys/user/max_inotify_watches") as server:
        assert health(server)["state"] == "live"
        for name in "cd":
            (root / name).mkdir()
        within_deadline(lambda: health(server)["state"] == "degraded")
        assert health(server)["reason"] == "1 of the directories can't be watched, such as 'd'"
        restarts = health(server)["restarts"]
        (root / "d/x.mp4").write_bytes(b"1")
        until_true(server, root)
        (root / "d/x.mp4").write_bytes(b"123")
        until_true(server, root)
        assert health(server)["restarts"] == restarts, "what can't be watched is not tried again and again"
        shutil.rmtree(root / "c")
        (root / "d").rename(root / "e")
        within_deadline(lambda: health(server)["state"] == "live")


@contextmanager
def unreadable(directory: Path) -> Iterator[None]:
    """A directory that a contained server may not read."""
    if os.geteuid() == 0:
        shutil.chown(directory, 12_345)  # who is nobody in a namespace of its own
    directory.chmod(0o700 if os.geteuid() == 0 else 0)
    try:
        yield
    finally:
        directory.chmod(0o700)


def test_w13_a_directory_that_may_not_be_read_hides_no_other(root: Path, by_events: None) -> None:
    for name in "abcdefgh":
        (root / name).mkdir()
    with unreadable(root / "c"), contained(root) as server:
        assert health(server)["state"] == "live"
        for name in "abdefgh":
            (root / name / "x.mp4").touch()
        within_deadline(lambda: listed(server) == {(f"{name}/x.mp4", 0) for name in "abdefgh"})
        (root / "new/deep").mkdir(parents=True)
        within_deadline(lambda: health(server)["generation"] > 2)
        (root / "new/deep/x.mp4").touch()
        until_true(server, root)
        (root / "new/deep/x.mp4").write_bytes(b"1")
        until_true(server, root)
        assert health(server)["differences_found"] == 0
        (root / "c").chmod(0o755)
        (root / "c/y.mp4").touch()
        until_true(server, root)


def test_w13_a_link_to_what_may_not_be_read_or_is_outside_stops_nothing(
    root: Path, tmp_path: Path, by_events: None
) -> None:
    for name in ("secret", "outside"):
        (tmp_path / name).mkdir()
        (root / f"link to {name}").symlink_to(tmp_path / name)
    with unreadable(tmp_path / "secret"), contained(root) as server:
        assert health(server)["state"] == "live"
        (tmp_path / "outside/x.mp4").touch()
        (root / "x.mp4").touch()
        within_deadline(lambda: listed(server) == {("x.mp4", 0)})
        (root / "link to outside").unlink()
        (root / "y.mp4").touch()
        until_true(server, root)


def test_w14_names_that_are_not_utf8_stop_nothing(root: Path) -> None:
    with running(root, *OPTIONS) as server:
        for number in range(20):
            os.close(os.open(os.fsencode(root) + b"/%d\xff.mp4" % number, os.O_CREAT | os.O_WRONLY))
        (root / "ok.mp4").touch()
        within_deadline(lambda: listed(server) == {("ok.mp4", 0)})
        within_deadline(lambda: health(server)["state"] == "live")
        assert health(server)["restarts"] >= 1


def test_w15_a_watch_whose_thread_reads_no_more_events_is_set_anew(root: Path) -> None:
    with running(root, *OPTIONS) as server, held(server, "notify-rs inoti"):
        (root / "x.mp4").touch()
        within_deadline(lambda: health(server)["restarts"] >= 1 and health(server)["state"] == "live")
        (root / "y.mp4").touch()
        until_true(server, root)


def test_w19_what_is_written_by_another_name_is_found(root: Path, tmp_path: Path) -> None:
    (root / "x.mp4").write_bytes(b"1")
    os.link(root / "x.mp4", tmp_path / "outside")
    with running(root, *OPTIONS) as server:
        (tmp_path / "outside").write_bytes(b"12345")
        until_true(server, root)


def test_w25_a_storm_of_renames_ends_in_the_truth(root: Path) -> None:
    (root / "a.mp4").write_bytes(b"1")
    (root / "b.mp4").write_bytes(b"22")
    with running(root, *OPTIONS) as server:
        for _ in range(1000):
            (root / "a.mp4").rename(root / "t.mp4")
            (root / "b.mp4").rename(root / "a.mp4")
            (root / "t.mp4").rename(root / "b.mp4")
        (root / "a.mp4").rename(root / "c.mp4")
        until_true(server, root)


def test_w27_what_changes_below_an_overlay_is_found(root: Path, tmp_path: Path) -> None:
    for name in ("lower", "upper", "work"):
        (tmp_path / name).mkdir()
    layers = ",".join(f"{name}dir={tmp_path / name}" for name in ("lower", "upper", "work"))
    with contained(root, f"mount -t overlay overlay -o userxattr,{layers} {root}") as server:
        (tmp_path / "upper/x.mp4").touch()
        until_true(server, root)
        assert listed(server) == {("x.mp4", 0)}


def test_w32_a_burst_of_twenty_thousand_files_is_seen_whole(root: Path) -> None:
    with running(root, *OPTIONS) as server:
        for number in range(20_000):
            (root / f"{number}.mp4").touch()
        until_true(server, root)
