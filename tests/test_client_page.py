"""The examples of docs/client.md, run as they stand there against a server that serves the samples."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import DEADLINE_S
from tests.processes import SAMPLES, running

PAGE = (Path(__file__).parents[1] / "docs/client.md").read_text()
URL = "http://localhost:5000"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    path = tmp_path / "here"
    path.mkdir()
    return path


@pytest.fixture
def served(root: Path) -> Iterator[str]:
    """A server of a copy of the samples, in which something can happen."""
    for sample in SAMPLES.iterdir():
        (root / sample.name).write_bytes(sample.read_bytes())
    with running(root) as server:
        yield server.url


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def python(part: str, url: str) -> list[str]:
    (code,) = (block for block in blocks("python") if part in block)
    return [sys.executable, "-W", "error", "-c", code.replace(URL, url)]


def test_the_commands_print_what_is_shown(served: str, here: Path) -> None:
    (block,) = blocks("console")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, output = command.partition("\n")
        done = subprocess.run(
            ["bash", "-euc", line.replace(URL, served)],
            cwd=here,
            env={**os.environ, "PATH": path, "AIOMEDIA_URL": served},
            capture_output=True,
            text=True,
            timeout=DEADLINE_S * 2,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), line
        expected = ".*".join(map(re.escape, output.strip().split("…")))
        assert re.fullmatch(expected, done.stdout.strip(), re.DOTALL), done.stdout
    assert (here / "sound.wav").read_bytes() == (SAMPLES / "5output.wav").read_bytes()
    assert {file.name for file in (here / "here").glob("[!.]*")} == {"5output.mp4", "scene_one.mp4"}


def test_the_examples_download(served: str, here: Path) -> None:
    for part in ("download_generated", "sync.Client"):
        subprocess.run(python(part, served), cwd=here, check=True, timeout=DEADLINE_S * 2)
    for sample in SAMPLES.iterdir():
        assert (here / sample.name).read_bytes() == sample.read_bytes()
    assert (here / "scene.mp4").read_bytes() == (SAMPLES / "scene_one.mp4").read_bytes()


@pytest.mark.parametrize("part", ["client.changes", "client.mirror"])
def test_the_examples_that_follow_tell_of_changes(served: str, root: Path, here: Path, part: str) -> None:
    with subprocess.Popen(python(part, served), cwd=here, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if part == "client.mirror":
                assert {process.stdout.readline() for _ in range(3)} == {
                    f"fetched {sample.name}\n" for sample in SAMPLES.iterdir()
                }
                (root / "scene_one.mp4").unlink()
                assert process.stdout.readline() == "deleted scene_one.mp4\n"
            else:
                told = followed(root, process)
                assert told.split()[0] in ("added", "removed", "modified")
        finally:
            process.kill()


def followed(root: Path, process: "subprocess.Popen[str]") -> str:
    """The first change that is told of: until it follows, it is not told of any."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    for number in range(1000):
        (root / ".new").write_bytes(b"%d" % number)
        (root / ".new").rename(root / f"{number}.mp4")
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            if line := process.stdout.readline():
                return line
    raise AssertionError("nothing was told")
