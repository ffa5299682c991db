"""The real command, killed at random moments and started again, against a real server."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.asking import DEADLINE_S
from tests.mirroring import change_something
from tests.processes import Server, running

KILLS = int(os.environ.get("KILLS", "12"))
SIZE = 48 * 1024 * 1024  # long enough for several connections

# The command itself, but for how often it writes down what is there: on loopback all is there within a second.
COMMAND = """
import sys
from aiomedia.client import transfer
from aiomedia.cli import main
transfer.SAVED_EVERY_S = 0.005
main(sys.argv[1:])
"""


def start(url: str, here: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=here,
        env={**os.environ, "AIOMEDIA_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


CHANGES = 1_000
TOGETHER = 20  # changes between two moments at which somebody may die


@pytest.mark.timeout(240)
def test_a_mirror_follows_a_thousand_changes_while_both_sides_are_killed(root: Path, tmp_path: Path) -> None:
    chance = random.Random(8)
    here = tmp_path / "here"
    here.mkdir()
    server = Server(root)
    mirror = watching(server.url, here)
    try:
        for number in range(CHANGES):
            change_something(root, chance, number)
            if number % TOGETHER == 0:
                time.sleep(chance.random() / 3)  # a start takes longer than some of these
                if chance.random() < 0.15:
                    killed(mirror)
                    mirror = watching(server.url, here)
                if chance.random() < 0.08:
                    killed(server.process)
                    server = Server(root, "--port", server.port)
        deadline = time.monotonic() + 3 * DEADLINE_S
        while (there := contents(root)) != (mirrored := contents(here / "m")):
            assert mirror.poll() is None
            assert time.monotonic() < deadline, {name for name, _ in there.items() ^ mirrored.items()}
            time.sleep(0.1)
    finally:
        killed(mirror)
        killed(server.process)


def watching(url: str, here: Path) -> subprocess.Popen[str]:
    return start(url, here, "mirror", "m", "--watch", "--delete", "-q")


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def contents(directory: Path) -> dict[str, bytes]:
    """What is there, parts that were left included."""
    found = {}
    for parent, _, names in os.walk(directory):  # which passes over what is gone by the time that it is read
        for path in (Path(parent, name) for name in names if not name.startswith(".")):
            with suppress(FileNotFoundError):  # renamed since it was listed
                found[str(path.relative_to(directory))] = path.read_bytes()
    return found


def put(root: Path, content: bytes) -> None:
    (root / ".new").write_bytes(content)
    (root / ".new").rename(root / "x.mp4")


@pytest.mark.timeout(60 + 5 * KILLS)
def test_a_download_that_is_killed_again_and_again_ends_with_the_file(root: Path, tmp_path: Path) -> None:
    chance = random.Random(7)
    here = tmp_path / "here"
    here.mkdir()
    versions = [chance.randbytes(SIZE), chance.randbytes(SIZE)]
    present = versions[0]
    put(root, present)
    resumed = 0
    with running(root) as server:
        for number in range(KILLS):
            with start(server.url, here, "get", "x.mp4", "--wait", "20") as process:
                killed_while_it_receives(process, here / "x.mp4.part", chance)
                _, told = process.communicate(timeout=DEADLINE_S)
                resumed += "goes on with" in told
                assert "Traceback" not in told
            if (here / "x.mp4").exists():
                assert (here / "x.mp4").read_bytes() in versions
                (here / "x.mp4").unlink()
            if number % 5 == 4:
                present = versions[number % 2]
                put(root, present)
        with start(server.url, here, "get", "x.mp4", "--wait", "20") as process:
            _, told = process.communicate(timeout=DEADLINE_S * 2)
            assert process.returncode == 0, told
    assert resumed > 0
    assert (here / "x.mp4").read_bytes() == present
    assert os.listdir(here) == ["x.mp4"]


def test_a_download_outlives_its_server(root: Path, tmp_path: Path) -> None:
    content = random.Random(9).randbytes(SIZE)
    put(root, content)
    server = Server(root)
    process = start(server.url, tmp_path, "get", "x.mp4", "--wait", "20")
    try:
        deadline = time.monotonic() + DEADLINE_S
        while written(tmp_path / "x.mp4.part") is None:
            assert time.monotonic() < deadline
            assert process.poll() is None
        process.send_signal(signal.SIGSTOP)  # or it would be through before its server is gone
        killed(server.process)
        server = Server(root, "--port", server.port)
        process.send_signal(signal.SIGCONT)
        _, told = process.communicate(timeout=2 * DEADLINE_S)
        assert process.returncode == 0, told
        assert "again in" in told
    finally:
        killed(process)
        killed(server.process)
    assert (tmp_path / "x.mp4").read_bytes() == content


def killed_while_it_receives(process: subprocess.Popen[str], part: Path, chance: random.Random) -> None:
    """Kills a process some milliseconds after it has begun to write, unless it ends before."""
    before = written(part)
    deadline = time.monotonic() + DEADLINE_S
    while process.poll() is None and written(part) in (None, before):
        assert time.monotonic() < deadline
    time.sleep(chance.random() / 10)
    process.send_signal(signal.SIGKILL)


def written(path: Path) -> int | None:
    """When a file was last written, if there is one that holds something."""
    try:
        status = path.stat()
    except FileNotFoundError:  # by now it has its own name
        return None
    return status.st_mtime_ns if status.st_size else None
