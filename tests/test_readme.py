"""README's examples, run as they stand there against a server that serves the samples."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from aiomedia.cli import main
from tests.asking import DEADLINE_S
from tests.browser import chromium
from tests.processes import SAMPLES, engine, running

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text()
URL = "http://localhost:5000"


class Command(NamedTuple):
    """A command of a console block, and what is shown of its output; `…` stands for anything."""

    line: str
    output: str


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[Command]:
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [Command(*part.partition("\n")[::2]) for part in parts]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server of a copy of the samples, for README puts a file there."""
    samples = tmp_path / "samples"
    shutil.copytree(SAMPLES, samples)
    with running(samples) as server:
        yield server.url, samples


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """Where a newcomer's files are downloaded to."""
    path = tmp_path / "here"
    path.mkdir()
    return path


def run_command(line: str, cwd: Path) -> str:
    done = subprocess.run(["bash", "-euc", line], cwd=cwd, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stdout.strip()


def test_the_console_commands_do_what_is_shown(served: tuple[str, Path], empty: Path) -> None:
    engine("curl")
    url, samples = served
    assert len(commands()) >= 9
    for line, output in commands():
        line = line.replace(URL, url).replace("…/samples", shlex.quote(str(samples)))
        expected = ".*".join(map(re.escape, output.strip().split("…")))
        # A script asks within milliseconds of its rename, a newcomer does not.
        deadline = time.monotonic() + DEADLINE_S
        while not re.fullmatch(expected, shown := run_command(line, empty), re.DOTALL):
            assert time.monotonic() < deadline, f"{line}: {shown}"
    for name in ("scene_one.mp4", "5output.mp4", "5output.wav"):
        assert (empty / name).read_bytes() == (SAMPLES / name).read_bytes()
    assert (empty / "42output.mp4").read_bytes() == (SAMPLES / "5output.mp4").read_bytes(), "which was waited for"


def run_python(code: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_that_follows_is_told_of_changes(served: tuple[str, Path], empty: Path) -> None:
    url, samples = served
    code = python_block("/changes").replace(URL, url)
    with subprocess.Popen([sys.executable, "-c", code], cwd=empty, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "scene_one.mp4" in process.stdout.readline()
            (samples / "scene_one.mp4").rename(samples / "scene_two.mp4")
            told = {process.stdout.readline().strip() for _ in range(2)}
            assert told == {"removed scene_one.mp4", "added scene_two.mp4"}
        finally:
            process.kill()


def python_block(part: str) -> str:
    (code,) = (block for block in blocks("python") if part in block)
    return code


def test_the_aiohttp_example_downloads_the_videos(served: tuple[str, Path], empty: Path) -> None:
    run_python(python_block("iter_chunked").replace(URL, served[0]), empty)
    assert {path.name: path.read_bytes() for path in empty.iterdir()} == {
        path.name: path.read_bytes() for path in SAMPLES.glob("*.mp4")
    }


def test_the_clients_example_downloads_the_videos(served: tuple[str, Path], empty: Path) -> None:
    run_python(python_block("aiomedia.Client").replace(URL, served[0]), empty)
    assert {path.name: path.read_bytes() for path in empty.iterdir()} == {
        path.name: path.read_bytes() for path in SAMPLES.glob("*.mp4")
    }


def test_the_requests_example_puts_the_file_together(served: tuple[str, Path], empty: Path) -> None:
    output = run_python(python_block("import requests").replace(URL, served[0]), empty)
    assert int(output) == (SAMPLES / "5output.mp4").stat().st_size


def test_the_embedding_example_makes_an_application(empty: Path) -> None:
    code = python_block("add_subapp").replace('__name__ == "__main__"', "False")
    code += 'print(any("/media/list/files" in str(route.resource) for route in app.router.routes()))'
    assert run_python(code, empty).strip() == "True"


def test_the_shell_blocks_name_what_there_is() -> None:
    lines = [shlex.split(line, comments=True) for block in blocks("sh") for line in block.splitlines()]
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    made = {words[1] for words in lines if words[0] == "make"}
    assert made == {"run", "test", "check", "bench"}
    assert made <= targets
    for words in lines:
        if words[:2] == ["aiomedia", "config"]:
            subprocess.run([sys.executable, "-m", *words], check=True, capture_output=True, timeout=30)
        elif words[0] == "aiomedia":  # tests/test_client_page.py runs them
            assert words[1] in main.commands


def test_the_javascript_example_plays_a_video_in_a_real_browser(served: tuple[str, Path]) -> None:
    (code,) = blocks("javascript")
    with chromium() as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{served[0]}/browse/")
        shown = page.evaluate(
            f"""async () => {{
                {code}
                await new Promise((resolve, reject) => {{
                    video.oncanplay = resolve;
                    video.onerror = () => reject(video.error.message);
                }});
                video.currentTime = video.duration - 0.5;
                await new Promise((resolve) => {{ video.onseeked = resolve; }});
                return {{size: blob.size, type: blob.type, duration: video.duration, width: video.videoWidth}};
            }}"""
        )
    assert shown["size"] == (SAMPLES / "5output.mp4").stat().st_size
    assert shown["type"] == "video/mp4"
    assert shown["duration"] == pytest.approx(6, abs=0.5)
    assert shown["width"] == 320
    assert not complaints


def test_the_samples_are_real_video_and_sound() -> None:
    assert (SAMPLES / "5output.mp4").read_bytes()[4:8] == b"ftyp"
    assert (SAMPLES / "5output.wav").read_bytes()[:4] == b"RIFF"
